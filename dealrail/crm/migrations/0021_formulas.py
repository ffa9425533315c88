"""Fields may be computed by formulas over others."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("crm", "0020_fields_that_point")]

    operations = [
        migrations.AddField(
            model_name="customfield",
            name="formula",
            field=models.CharField(blank=True, default="", max_length=1000),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="customfield",
            name="result",
            field=models.CharField(blank=True, default="", max_length=12),
            preserve_default=False,
        ),
        migrations.AddField(model_name="customfield", name="inputs", field=models.JSONField(default=list)),
        migrations.AddField(model_name="customfield", name="under", field=models.JSONField(default=list)),
        migrations.AddField(model_name="customfield", name="computed_to", field=models.BigIntegerField(null=True)),
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
                    ("formula", "Formula"),
                ],
                max_length=12,
            ),
        ),
    ]
