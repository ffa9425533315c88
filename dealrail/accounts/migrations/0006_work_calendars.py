"""Working time of the company and of departments."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models.functions import Coalesce


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_role_in_use")]

    operations = [
        migrations.CreateModel(
            name="WorkCalendar",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("weekdays", models.JSONField(default=list)),
                ("opens_at", models.TimeField()),
                ("closes_at", models.TimeField()),
                ("with_holidays", models.BooleanField(default=True)),
                ("days", models.JSONField(default=dict)),
                (
                    "unit",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="work_calendar",
                        to="accounts.unit",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(Coalesce("unit", 0), name="one_calendar_for_the_company"),
                    models.CheckConstraint(
                        condition=models.Q(("opens_at__lt", models.F("closes_at"))), name="opens_before_it_closes"
                    ),
                ],
            },
        ),
    ]
