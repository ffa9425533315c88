"""All tables of the CRM at once: a fresh home need not make them in eight steps."""

from importlib import import_module

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

_found = import_module("dealrail.crm.migrations.0006_search")


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("crm", "0001_initial"),
        ("crm", "0002_import_undone_by"),
        ("crm", "0003_customer_cooldown"),
        ("crm", "0004_deal_won_by"),
        ("crm", "0005_days_work"),
        ("crm", "0006_search"),
        ("crm", "0007_deal_page"),
        ("crm", "0008_off_the_list"),
    ]

    dependencies = [
        ("accounts", "0004_token_made_with"),
        ("process", "0004_what_is_approved"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="BulkJob",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=16)),
                ("step", models.CharField(max_length=16)),
                ("params", models.JSONField(default=dict)),
                (
                    "status",
                    models.CharField(
                        choices=[("running", "Running"), ("done", "Done"), ("stopped", "Stopped")],
                        default="running",
                        max_length=8,
                    ),
                ),
                ("total", models.PositiveIntegerField(default=0)),
                ("done", models.PositiveIntegerField(default=0)),
                ("succeeded", models.PositiveIntegerField(default=0)),
                ("waiting", models.PositiveIntegerField(default=0)),
                ("refused", models.PositiveIntegerField(default=0)),
                (
                    "undo_of",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="undone_by",
                        to="crm.bulkjob",
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
                ("created_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["status"], name="bulk_by_status")],
            },
        ),
        migrations.CreateModel(
            name="BulkRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "job",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="rows", to="crm.bulkjob"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("record_id", models.BigIntegerField()),
                ("name", models.CharField(max_length=200)),
                ("seen_version", models.PositiveIntegerField(null=True)),
                (
                    "result",
                    models.CharField(
                        choices=[("open", "Not yet"), ("done", "Done"), ("waiting", "Waiting"), ("refused", "Refused")],
                        default="open",
                        max_length=8,
                    ),
                ),
                ("message", models.TextField(blank=True)),
                ("before", models.JSONField(default=dict)),
            ],
            options={
                "indexes": [models.Index(fields=["job", "result", "number"], name="bulk_row_by_result")],
                "constraints": [models.UniqueConstraint(fields=("job", "number"), name="bulk_row_once_per_number")],
            },
        ),
        migrations.CreateModel(
            name="Pool",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, unique=True)),
                ("claim_limit", models.PositiveIntegerField(default=0)),
                ("claim_days", models.PositiveIntegerField(default=1)),
                ("capacity", models.PositiveIntegerField(default=0)),
                ("cooldown_days", models.PositiveIntegerField(default=0)),
                ("daily_views", models.PositiveIntegerField(default=0)),
                ("is_default", models.BooleanField(default=False)),
                ("units", models.ManyToManyField(blank=True, related_name="pools", to="accounts.unit")),
                ("admins", models.ManyToManyField(blank=True, related_name="pools", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("is_default", True)), fields=("is_default",), name="one_default_pool"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Claim",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "pool",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="claims", to="crm.pool"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="claims", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("record", models.CharField(max_length=24)),
                ("record_id", models.BigIntegerField()),
                ("claimed_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["pool", "user", "claimed_at"], name="claim_by_user")],
            },
        ),
        migrations.CreateModel(
            name="Region",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, unique=True)),
                ("is_active", models.BooleanField(default=True)),
            ],
        ),
        migrations.CreateModel(
            name="Source",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, unique=True)),
                ("is_active", models.BooleanField(default=True)),
            ],
        ),
        migrations.CreateModel(
            name="Customer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=160)),
                ("name_key", models.CharField(db_index=True, max_length=160)),
                ("code", models.CharField(blank=True, max_length=60)),
                ("credit_code", models.CharField(blank=True, max_length=18)),
                ("phone", models.CharField(blank=True, max_length=30)),
                ("phone_key", models.CharField(blank=True, db_index=True, max_length=30)),
                ("grade", models.CharField(blank=True, choices=[("A", "A"), ("B", "B"), ("C", "C")], max_length=1)),
                ("grade_reason", models.CharField(blank=True, max_length=200)),
                ("industry", models.CharField(blank=True, max_length=80)),
                ("address", models.CharField(blank=True, max_length=200)),
                ("website", models.CharField(blank=True, max_length=200)),
                ("notes", models.TextField(blank=True)),
                ("region", models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to="crm.region")),
                ("source", models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to="crm.source")),
                (
                    "parent",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="crm.customer",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="customers",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("pool", models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to="crm.pool")),
                (
                    "last_owner",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("released_at", models.DateTimeField(null=True)),
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
                (
                    "merged_into",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="crm.customer"
                    ),
                ),
                ("deleted_at", models.DateTimeField(db_index=True, null=True)),
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
                "indexes": [
                    models.Index(fields=["owner", "name"], name="customer_by_owner"),
                    models.Index(fields=["created_at", "id"], name="customer_by_created"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(models.Q(("code", ""), _negated=True), ("deleted_at__isnull", True)),
                        fields=("code",),
                        name="customer_code_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(models.Q(("credit_code", ""), _negated=True), ("deleted_at__isnull", True)),
                        fields=("credit_code",),
                        name="credit_code_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("owner__isnull", True), ("pool__isnull", True), _connector="OR"),
                        name="customer_owned_or_in_pool",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Product",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=60, unique=True)),
                ("name", models.CharField(max_length=120, unique=True)),
                ("series", models.CharField(blank=True, max_length=80)),
                ("unit", models.CharField(blank=True, max_length=20)),
                ("price", models.DecimalField(decimal_places=2, max_digits=14, null=True)),
                ("is_active", models.BooleanField(default=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("price__gte", 0)), name="product_price_not_negative")
                ],
            },
        ),
        migrations.CreateModel(
            name="Deal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=160)),
                ("code", models.CharField(blank=True, max_length=60)),
                (
                    "run",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="deal", to="process.run"
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="deals", to="crm.customer"
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to="crm.product"),
                ),
                ("region", models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to="crm.region")),
                ("source", models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to="crm.source")),
                ("amount", models.DecimalField(decimal_places=2, max_digits=14, null=True)),
                ("expected_close", models.DateField(null=True)),
                (
                    "owner",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deals",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("pool", models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to="crm.pool")),
                (
                    "last_owner",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "won_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("released_at", models.DateTimeField(null=True)),
                ("extra", models.JSONField(default=dict)),
                ("loss_reason", models.CharField(blank=True, max_length=40)),
                ("loss_note", models.CharField(blank=True, max_length=500)),
                ("last_follow_up_at", models.DateTimeField(null=True)),
                ("next_step_at", models.DateTimeField(null=True)),
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
                ("deleted_at", models.DateTimeField(db_index=True, null=True)),
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
                "indexes": [
                    models.Index(fields=["owner", "-id"], name="deal_by_owner"),
                    models.Index(fields=["customer", "-id"], name="deal_by_customer"),
                    models.Index(fields=["created_at", "id"], name="deal_by_created"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(models.Q(("code", ""), _negated=True), ("deleted_at__isnull", True)),
                        fields=("code",),
                        name="deal_code_once",
                    ),
                    models.CheckConstraint(condition=models.Q(("amount__gte", 0)), name="deal_amount_not_negative"),
                    models.CheckConstraint(
                        condition=models.Q(("owner__isnull", True), ("pool__isnull", True), _connector="OR"),
                        name="deal_owned_or_in_pool",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Collaborator",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "deal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="collaborators", to="crm.deal"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("may_write", models.BooleanField(default=False)),
                (
                    "added_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("added_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["user", "deal"], name="collaborator_by_user")],
                "constraints": [models.UniqueConstraint(fields=("deal", "user"), name="collaborator_once_per_deal")],
            },
        ),
        migrations.CreateModel(
            name="Contact",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="contacts", to="crm.customer"
                    ),
                ),
                ("name", models.CharField(max_length=80)),
                ("title", models.CharField(blank=True, max_length=80)),
                (
                    "role",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("decision_maker", "Decision maker"),
                            ("influencer", "Influencer"),
                            ("user", "User"),
                            ("buyer", "Buyer"),
                            ("technical", "Technical assessor"),
                        ],
                        max_length=16,
                    ),
                ),
                ("phone", models.CharField(blank=True, max_length=30)),
                ("phone_key", models.CharField(blank=True, db_index=True, max_length=30)),
                ("email", models.EmailField(blank=True, max_length=254)),
                ("wechat", models.CharField(blank=True, max_length=60)),
                ("notes", models.TextField(blank=True)),
                ("created_at", models.DateTimeField()),
                ("deleted_at", models.DateTimeField(db_index=True, null=True)),
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
                "indexes": [models.Index(fields=["customer", "role"], name="contact_by_role")],
            },
        ),
        migrations.CreateModel(
            name="ContactWords",
            fields=[
                (
                    "contact",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="words",
                        serialize=False,
                        to="crm.contact",
                    ),
                ),
                ("words", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="CustomerMerge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kept",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="crm.customer"),
                ),
                (
                    "gone",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="crm.customer"),
                ),
                ("moved", models.JSONField()),
                ("changed", models.JSONField()),
                (
                    "merged_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("merged_at", models.DateTimeField()),
                (
                    "undone_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("undone_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="CustomerWords",
            fields=[
                (
                    "customer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="words",
                        serialize=False,
                        to="crm.customer",
                    ),
                ),
                ("words", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="DealWords",
            fields=[
                (
                    "deal",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="words",
                        serialize=False,
                        to="crm.deal",
                    ),
                ),
                ("words", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="HandOver",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "deal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="hand_overs", to="crm.deal"
                    ),
                ),
                (
                    "to_user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "from_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("to", models.CharField(blank=True, max_length=40)),
                ("note", models.CharField(blank=True, max_length=500)),
                ("asked_at", models.DateTimeField()),
                ("handed_at", models.DateTimeField(null=True)),
                ("seen_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["deal", "seen_at"], name="hand_over_by_deal")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("handed_at__isnull", True)),
                        fields=("deal",),
                        name="one_waiting_hand_over_per_deal",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportJob",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=16)),
                ("mode", models.CharField(max_length=8)),
                ("name", models.CharField(max_length=200)),
                ("path", models.CharField(max_length=300)),
                ("sha256", models.CharField(max_length=64)),
                ("mapping", models.JSONField()),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("checked", "Checked"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                            ("undoing", "Undoing"),
                            ("undone", "Undone"),
                        ],
                        default="checked",
                        max_length=8,
                    ),
                ),
                ("dry_run", models.BooleanField(default=False)),
                ("channel", models.CharField(max_length=12)),
                ("total", models.PositiveIntegerField(default=0)),
                ("done", models.PositiveIntegerField(default=0)),
                ("next_row", models.PositiveIntegerField(default=0)),
                ("created", models.PositiveIntegerField(default=0)),
                ("changed", models.PositiveIntegerField(default=0)),
                ("skipped", models.PositiveIntegerField(default=0)),
                ("failed", models.PositiveIntegerField(default=0)),
                ("problem", models.TextField(blank=True)),
                (
                    "started_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                (
                    "undone_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("finished_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["status"], name="import_by_status")],
            },
        ),
        migrations.CreateModel(
            name="ImportRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "job",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="rows", to="crm.importjob"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                (
                    "result",
                    models.CharField(
                        choices=[
                            ("created", "Created"),
                            ("changed", "Changed"),
                            ("skipped", "Already there"),
                            ("failed", "Refused"),
                            ("undone", "Removed again"),
                            ("kept", "Kept"),
                        ],
                        max_length=8,
                    ),
                ),
                ("record_kind", models.CharField(blank=True, max_length=16)),
                ("record_id", models.BigIntegerField(null=True)),
                ("field", models.CharField(blank=True, max_length=60)),
                ("message", models.TextField(blank=True)),
            ],
            options={
                "indexes": [models.Index(fields=["job", "result", "number"], name="import_row_by_result")],
            },
        ),
        migrations.CreateModel(
            name="PoolView",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "pool",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="views", to="crm.pool"),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("record", models.CharField(max_length=24)),
                ("record_id", models.BigIntegerField()),
                ("day", models.DateField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("pool", "user", "day", "record", "record_id"), name="pool_view_once_a_day"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SavedMapping",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80)),
                ("kind", models.CharField(max_length=16)),
                ("mapping", models.JSONField()),
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
                "constraints": [models.UniqueConstraint(fields=("kind", "name"), name="mapping_once_per_name")],
            },
        ),
        migrations.CreateModel(
            name="SavedView",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("list", models.CharField(max_length=16)),
                ("name", models.CharField(max_length=60)),
                ("query", models.TextField(blank=True)),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="views", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("is_shared", models.BooleanField(default=False)),
                ("is_pinned", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["list", "is_shared"], name="view_by_list")],
                "constraints": [models.UniqueConstraint(fields=("list", "owner", "name"), name="view_once_per_name")],
            },
        ),
        migrations.RunPython(_found.make_indexes, _found.drop_indexes),
    ]
