"""Follow-ups hold fields that were added."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("activities", "0007_action_examples"),
        ("crm", "0021_formulas"),
    ]

    operations = [
        migrations.AddField(model_name="activity", name="custom", field=models.JSONField(default=dict)),
        migrations.CreateModel(
            name="ActivityValue",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.CharField(max_length=200)),
                ("number", models.FloatField(null=True)),
                ("only", models.CharField(max_length=200, null=True)),
                (
                    "field",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="crm.customfield",
                    ),
                ),
                (
                    "record",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="activities.activity"
                    ),
                ),
            ],
            options={
                "abstract": False,
                "indexes": [
                    models.Index(fields=["field", "text", "record"], name="activityvalue_by_text"),
                    models.Index(fields=["field", "number", "record"], name="activityvalue_by_number"),
                ],
                "constraints": [models.UniqueConstraint(fields=("field", "only"), name="activityvalue_once")],
            },
        ),
    ]
