"""Contacts and deals are found by their whole name, however its letters are written."""

from django.db import migrations, models
from django.db.models.functions import Upper


class Migration(migrations.Migration):
    dependencies = [("crm", "0022_files_in_fields")]

    operations = [
        migrations.AddIndex("contact", models.Index(Upper("name"), name="contact_by_upper_name")),
        migrations.AddIndex("deal", models.Index(Upper("name"), name="deal_by_upper_name")),
    ]
