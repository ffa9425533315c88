"""Runs that go over to another version: how a stay ended by it, and the waivers that did."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("process", "0007_designers"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="waiver",
            name="one_waiver_per_condition",
        ),
        migrations.AddField(
            model_name="waiver",
            name="ended_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name="stay",
            name="exit",
            field=models.CharField(
                blank=True,
                choices=[
                    ("forward", "forward"),
                    ("back", "back"),
                    ("end", "end"),
                    ("lost", "lost"),
                    ("parked", "parked"),
                    ("migrated", "migrated"),
                ],
                max_length=8,
            ),
        ),
        migrations.AddConstraint(
            model_name="waiver",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("stay", "condition"),
                name="one_waiver_per_condition",
            ),
        ),
    ]
