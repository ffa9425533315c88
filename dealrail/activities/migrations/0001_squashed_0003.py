"""All tables of activities at once: a fresh home need not make them in three steps."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("activities", "0001_initial"),
        ("activities", "0002_initial"),
        ("activities", "0003_days_work"),
    ]

    dependencies = [
        ("crm", "0001_initial"),
        ("process", "0004_what_is_approved"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Activity",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("call", "Call"),
                            ("wechat", "WeChat"),
                            ("visit", "Visit"),
                            ("email", "Mail"),
                            ("meeting", "Meeting"),
                            ("demo", "Demo"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "deal",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.CASCADE, related_name="activities", to="crm.deal"
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="activities",
                        to="crm.customer",
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, to="crm.contact"),
                ),
                ("stay", models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, to="process.stay")),
                ("text", models.TextField()),
                ("next_step", models.CharField(blank=True, max_length=200)),
                ("next_step_at", models.DateTimeField(null=True)),
                (
                    "author",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="activities",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("occurred_at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField()),
                ("checked_in_at", models.DateTimeField(null=True)),
                ("place", models.CharField(blank=True, max_length=200)),
                ("latitude", models.DecimalField(decimal_places=6, max_digits=8, null=True)),
                ("longitude", models.DecimalField(decimal_places=6, max_digits=9, null=True)),
                ("accuracy", models.PositiveIntegerField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["deal", "-occurred_at"], name="activity_by_deal"),
                    models.Index(fields=["customer", "-occurred_at"], name="activity_by_customer"),
                    models.Index(fields=["author", "-occurred_at"], name="activity_by_author"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("deal__isnull", False), ("customer__isnull", False), _connector="OR"),
                        name="activity_about_something",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("latitude__isnull", True), ("longitude__isnull", True)),
                            models.Q(("latitude__range", (-90, 90)), ("longitude__range", (-180, 180))),
                            _connector="OR",
                        ),
                        name="activity_place_on_earth",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ActionDone",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="actions_done", to="process.run"
                    ),
                ),
                ("stay", models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, to="process.stay")),
                ("action", models.CharField(max_length=40)),
                ("note", models.TextField(blank=True)),
                ("file", models.CharField(blank=True, max_length=300)),
                ("file_name", models.CharField(blank=True, max_length=200)),
                (
                    "activity",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, to="activities.activity"
                    ),
                ),
                (
                    "done_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("done_at", models.DateTimeField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("run", "action"), name="action_done_once_per_run")],
            },
        ),
        migrations.CreateModel(
            name="Attachment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "deal",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attachments",
                        to="crm.deal",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attachments",
                        to="crm.customer",
                    ),
                ),
                (
                    "activity",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attachments",
                        to="activities.activity",
                    ),
                ),
                ("file", models.CharField(max_length=300)),
                ("name", models.CharField(max_length=200)),
                ("size", models.PositiveBigIntegerField()),
                ("media_type", models.CharField(blank=True, max_length=100)),
                (
                    "uploaded_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("uploaded_at", models.DateTimeField()),
                ("deleted_at", models.DateTimeField(null=True)),
                (
                    "deleted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("deal__isnull", False), ("customer__isnull", False), _connector="OR"),
                        name="attachment_about_something",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CalendarFeed",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="calendar_feed",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("created_at", models.DateTimeField()),
                ("last_used_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Comment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "deal",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.CASCADE, related_name="comments", to="crm.deal"
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="comments",
                        to="crm.customer",
                    ),
                ),
                ("text", models.TextField()),
                (
                    "author",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("deleted_at", models.DateTimeField(null=True)),
                ("mentions", models.ManyToManyField(blank=True, related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("deal__isnull", False), ("customer__isnull", False), _connector="OR"),
                        name="comment_about_something",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Task",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("task", "Task"), ("plan", "Planned follow-up"), ("action", "SOP action")],
                        default="task",
                        max_length=8,
                    ),
                ),
                ("title", models.CharField(max_length=200)),
                (
                    "deal",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.CASCADE, related_name="tasks", to="crm.deal"
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.CASCADE, related_name="tasks", to="crm.customer"
                    ),
                ),
                ("action", models.CharField(blank=True, max_length=40)),
                ("stay", models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, to="process.stay")),
                (
                    "owner",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tasks",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("due_at", models.DateTimeField(null=True)),
                ("done_at", models.DateTimeField(null=True)),
                ("dropped", models.BooleanField(default=False)),
                (
                    "done_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("done_at__isnull", True)), fields=["owner", "due_at"], name="task_open"
                    ),
                    models.Index(fields=["deal", "due_at"], name="task_by_deal"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("action", ""), _negated=True),
                        fields=("stay", "action"),
                        name="one_task_per_action",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="TextTemplate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60)),
                ("text", models.TextField()),
                (
                    "kind",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("call", "Call"),
                            ("wechat", "WeChat"),
                            ("visit", "Visit"),
                            ("email", "Mail"),
                            ("meeting", "Meeting"),
                            ("demo", "Demo"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("owner", "name"), name="template_once_per_name"),
                    models.UniqueConstraint(
                        condition=models.Q(("owner__isnull", True)),
                        fields=("name",),
                        name="shared_template_once_per_name",
                    ),
                ],
            },
        ),
    ]
