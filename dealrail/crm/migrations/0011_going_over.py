"""Running deals taken over to another version of their process, one by one."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("crm", "0010_under_way"),
        ("process", "0008_going_over"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Migration",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("mapping", models.JSONField()),
                ("filter", models.JSONField(default=dict)),
                ("at_next_move", models.BooleanField(default=False)),
                ("note", models.CharField(blank=True, max_length=200)),
                (
                    "status",
                    models.CharField(
                        choices=[("running", "Running"), ("done", "Done"), ("stopped", "Stopped")],
                        default="running",
                        max_length=8,
                    ),
                ),
                ("total", models.PositiveIntegerField()),
                ("reached", models.BigIntegerField(default=0)),
                ("created_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "started_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="process.definitionversion"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="MigratedDeal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("from_stage", models.CharField(max_length=40)),
                (
                    "result",
                    models.CharField(
                        choices=[
                            ("done", "Went over"),
                            ("waiting", "Goes over at its next move"),
                            ("refused", "Stays where it is"),
                            ("dropped", "No longer meant"),
                        ],
                        max_length=8,
                    ),
                ),
                ("why", models.CharField(blank=True, max_length=40)),
                (
                    "deal",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="migrations",
                        to="crm.deal",
                    ),
                ),
                (
                    "migration",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deals",
                        to="crm.migration",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="migration",
            index=models.Index(fields=["status"], name="migration_by_status"),
        ),
        migrations.AddIndex(
            model_name="migrateddeal",
            index=models.Index(fields=["migration", "result", "deal"], name="migrated_by_result"),
        ),
        migrations.AddConstraint(
            model_name="migrateddeal",
            constraint=models.UniqueConstraint(fields=("deal", "migration"), name="migrated_once_per_migration"),
        ),
        migrations.AddConstraint(
            model_name="migrateddeal",
            constraint=models.UniqueConstraint(
                condition=models.Q(("result", "waiting")), fields=("deal",), name="one_migration_waits_for_a_deal"
            ),
        ),
    ]
