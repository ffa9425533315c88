"""Fields may hold a person, a department, a link to a record, or a place."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("crm", "0019_layouts")]

    operations = [
        migrations.AddField(
            model_name="customfield",
            name="target",
            field=models.CharField(
                blank=True,
                choices=[("customer", "Customer"), ("contact", "Contact"), ("deal", "Deal")],
                max_length=12,
                default="",
            ),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="customfield",
            name="type",
            field=models.CharField(
                choices=[
                    ("text", "Text"),
                    ("long_text", "Long text"),
                    ("number", "Number"),
                    ("money", "Amount"),
                    ("date", "Date"),
                    ("choice", "Choice"),
                    ("choices", "Several choices"),
                    ("yes_no", "Yes or no"),
                    ("person", "Person"),
                    ("unit", "Department"),
                    ("link", "Link to a record"),
                    ("place", "Place"),
                ],
                max_length=12,
            ),
        ),
    ]
