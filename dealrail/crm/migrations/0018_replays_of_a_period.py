"""A replay may be of the moves of some days."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("crm", "0017_shared_views")]

    operations = [
        migrations.AddField(model_name="trial", name="since", field=models.DateField(null=True)),
        migrations.AddField(model_name="trial", name="until", field=models.DateField(null=True)),
    ]
