"""Layouts: which fields stand where on pages and cards, for everybody and by role."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_role_in_use"), ("crm", "0018_replays_of_a_period")]
    operations = [
        migrations.CreateModel(
            name="Layout",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("place", models.CharField(max_length=8)),
                ("groups", models.JSONField(default=list)),
                ("with_rest", models.BooleanField(default=True)),
                (
                    "role",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.role",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("place", "role"), name="layout_once_per_role"),
                    models.UniqueConstraint(
                        condition=models.Q(("role__isnull", True)), fields=("place",), name="layout_once_for_everybody"
                    ),
                ],
            },
        ),
    ]
