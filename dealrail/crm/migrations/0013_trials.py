"""Texts of a process tried on running deals, or on the moves of past ones."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("crm", "0012_custom_fields"),
        ("process", "0008_going_over"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Trial",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("dry_run", "Dry run"), ("replay", "Replay")], max_length=8)),
                ("content", models.JSONField()),
                ("mapping", models.JSONField(default=dict)),
                ("filter", models.JSONField(default=dict)),
                (
                    "status",
                    models.CharField(
                        choices=[("running", "Running"), ("done", "Done"), ("stopped", "Stopped")],
                        default="running",
                        max_length=8,
                    ),
                ),
                ("total", models.PositiveIntegerField()),
                ("looked_at", models.PositiveIntegerField(default=0)),
                ("reached", models.BigIntegerField(default=0)),
                ("figures", models.JSONField(default=dict)),
                ("created_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "process",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="process.definition"
                    ),
                ),
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
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="process.definitionversion",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="TrialRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("event_id", models.BigIntegerField(default=0)),
                ("moved_at", models.DateTimeField(null=True)),
                ("stage", models.CharField(max_length=40)),
                (
                    "verdict",
                    models.CharField(
                        choices=[
                            ("open", "May move on"),
                            ("approval", "Needs only approval"),
                            ("stuck", "May move on today, then no longer"),
                            ("blocked", "Can't move on today, nor then"),
                            ("stays", "Has no stage to go to"),
                            ("parked", "Set aside"),
                            ("passed", "Would have passed"),
                            ("stopped", "Would have been stopped"),
                            ("asked", "Would have needed an approval"),
                            ("gone", "There is no such move any more"),
                            ("unknown", "Not known"),
                        ],
                        max_length=8,
                    ),
                ),
                ("blocking", models.TextField(blank=True)),
                ("won", models.BooleanField(default=False)),
                (
                    "deal",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="crm.deal"),
                ),
                (
                    "trial",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="rows", to="crm.trial"
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="trial",
            index=models.Index(fields=["status"], name="trial_by_status"),
        ),
        migrations.AddIndex(
            model_name="trialrow",
            index=models.Index(fields=["trial", "verdict", "id"], name="tried_by_verdict"),
        ),
        migrations.AddConstraint(
            model_name="trialrow",
            constraint=models.UniqueConstraint(fields=("trial", "deal", "event_id"), name="tried_once"),
        ),
    ]
