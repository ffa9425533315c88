"""The parts in an approval say who is asked; the list of approvers goes."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("process", "0010_who_was_asked")]
    operations = [migrations.RemoveField(model_name="approvalrequest", name="approvers")]
