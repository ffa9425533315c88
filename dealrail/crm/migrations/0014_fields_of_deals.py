"""Fields of one's own on contacts and deals; the deals' table is made anew, and nothing follows it meanwhile."""

from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models

under_way = import_module("dealrail.crm.migrations.0010_under_way")


class Migration(migrations.Migration):
    dependencies = [
        ("crm", "0013_trials"),
    ]

    operations = [
        migrations.AddField(
            model_name="contact",
            name="custom",
            field=models.JSONField(default=dict),
        ),
        migrations.RunPython(under_way.unfollow, under_way.follow),
        migrations.AddField(
            model_name="deal",
            name="custom",
            field=models.JSONField(default=dict),
        ),
        migrations.RunPython(under_way.follow, under_way.unfollow),
        migrations.CreateModel(
            name="ContactValue",
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
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="crm.contact"),
                ),
            ],
            options={
                "abstract": False,
                "indexes": [
                    models.Index(fields=["field", "text", "record"], name="contactvalue_by_text"),
                    models.Index(fields=["field", "number", "record"], name="contactvalue_by_number"),
                ],
                "constraints": [models.UniqueConstraint(fields=("field", "only"), name="contactvalue_once")],
            },
        ),
        migrations.CreateModel(
            name="DealValue",
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
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="crm.deal"),
                ),
            ],
            options={
                "abstract": False,
                "indexes": [
                    models.Index(fields=["field", "text", "record"], name="dealvalue_by_text"),
                    models.Index(fields=["field", "number", "record"], name="dealvalue_by_number"),
                ],
                "constraints": [models.UniqueConstraint(fields=("field", "only"), name="dealvalue_once")],
            },
        ),
    ]
