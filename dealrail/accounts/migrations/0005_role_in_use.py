"""Roles can be taken out of use."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_token_made_with")]

    operations = [
        migrations.AddField(model_name="role", name="is_active", field=models.BooleanField(default=True)),
    ]
