"""Customers, contacts, products, deals, pools, saved views, bulk jobs, imports, saved mappings."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dealrail.accounts.models import Unit, User
from dealrail.process.models import Run


class Region(models.Model):
    """A sales region."""

    name = models.CharField(max_length=80, unique=True)

    def __str__(self) -> str:
        return self.name


class Source(models.Model):
    """Where customers and deals come from."""

    name = models.CharField(max_length=80, unique=True)

    def __str__(self) -> str:
        return self.name


class Product(models.Model):
    """Something we sell."""

    code = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=120, unique=True)
    series = models.CharField(max_length=80, blank=True)
    unit = models.CharField(max_length=20, blank=True)
    price = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(price__gte=0), name="product_price_not_negative")]

    def __str__(self) -> str:
        return self.name


class Pool(models.Model):
    """A public pool (公海). Limits of 0 mean none; without `units` everybody with the permission is a member."""

    name = models.CharField(max_length=80, unique=True)
    units: "models.ManyToManyField[Unit, Any]" = models.ManyToManyField(Unit, blank=True, related_name="pools")
    admins: "models.ManyToManyField[User, Any]" = models.ManyToManyField(User, blank=True, related_name="pools")
    claim_limit = models.PositiveIntegerField(default=0)
    claim_days = models.PositiveIntegerField(default=1)
    capacity = models.PositiveIntegerField(default=0)
    cooldown_days = models.PositiveIntegerField(default=0)
    daily_views = models.PositiveIntegerField(default=0)
    is_default = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["is_default"], condition=Q(is_default=True), name="one_default_pool"),
        ]

    def __str__(self) -> str:
        return self.name


class Customer(models.Model):
    """A company or person we sell to; owned by somebody, or in a pool.

    With `deleted_at` it lies in the recycle bin; with `merged_into` its place was taken by another.
    """

    class Grade(models.TextChoices):
        A = "A"
        B = "B"
        C = "C"

    name = models.CharField(max_length=160)
    name_key = models.CharField(max_length=160, db_index=True)
    code = models.CharField(max_length=60, blank=True)
    credit_code = models.CharField(max_length=18, blank=True)
    phone = models.CharField(max_length=30, blank=True)
    phone_key = models.CharField(max_length=30, blank=True, db_index=True)
    grade = models.CharField(max_length=1, choices=Grade.choices, blank=True)
    grade_reason = models.CharField(max_length=200, blank=True)
    industry = models.CharField(max_length=80, blank=True)
    address = models.CharField(max_length=200, blank=True)
    website = models.CharField(max_length=200, blank=True)
    notes = models.TextField(blank=True)
    region: "models.ForeignKey[Any, Any]" = models.ForeignKey(Region, on_delete=models.PROTECT, null=True)
    source: "models.ForeignKey[Any, Any]" = models.ForeignKey(Source, on_delete=models.PROTECT, null=True)
    parent: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="children"
    )
    owner: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="customers"
    )
    pool: "models.ForeignKey[Any, Any]" = models.ForeignKey(Pool, on_delete=models.PROTECT, null=True)
    last_owner: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+"
    )
    released_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    created_by: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+"
    )
    merged_into: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="+"
    )
    deleted_at = models.DateTimeField(null=True, db_index=True)
    deleted_by: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["code"], condition=~Q(code="") & Q(deleted_at__isnull=True), name="customer_code_once"
            ),
            models.UniqueConstraint(
                fields=["credit_code"],
                condition=~Q(credit_code="") & Q(deleted_at__isnull=True),
                name="credit_code_once",
            ),
            models.CheckConstraint(
                condition=Q(owner__isnull=True) | Q(pool__isnull=True), name="customer_owned_or_in_pool"
            ),
        ]
        indexes = [models.Index(fields=["owner", "name"], name="customer_by_owner")]

    def __str__(self) -> str:
        return self.name


class Contact(models.Model):
    """A person at a customer, with their part in the decision."""

    class Part(models.TextChoices):
        DECISION_MAKER = "decision_maker", _("Decision maker")
        INFLUENCER = "influencer", _("Influencer")
        USER = "user", _("User")
        BUYER = "buyer", _("Buyer")
        TECHNICAL = "technical", _("Technical assessor")

    customer: "models.ForeignKey[Any, Customer]" = models.ForeignKey(
        Customer, on_delete=models.CASCADE, related_name="contacts"
    )
    name = models.CharField(max_length=80)
    title = models.CharField(max_length=80, blank=True)
    role = models.CharField(max_length=16, choices=Part.choices, blank=True)
    phone = models.CharField(max_length=30, blank=True)
    phone_key = models.CharField(max_length=30, blank=True, db_index=True)
    email = models.EmailField(blank=True)
    wechat = models.CharField(max_length=60, blank=True)
    notes = models.TextField(blank=True)
    created_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True, db_index=True)
    deleted_by: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        indexes = [models.Index(fields=["customer", "role"], name="contact_by_role")]

    def __str__(self) -> str:
        return self.name


class Deal(models.Model):
    """One chance to sell, from lead to last payment; its walk through the process is its run.

    `won_by` owned it when it was won, whoever delivers it now. With `deleted_at` it lies in the recycle bin.
    """

    name = models.CharField(max_length=160)
    code = models.CharField(max_length=60, blank=True)
    run: "models.OneToOneField[Any, Run]" = models.OneToOneField(Run, on_delete=models.PROTECT, related_name="deal")
    customer: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        Customer, on_delete=models.PROTECT, null=True, related_name="deals"
    )
    product: "models.ForeignKey[Any, Any]" = models.ForeignKey(Product, on_delete=models.PROTECT, null=True)
    region: "models.ForeignKey[Any, Any]" = models.ForeignKey(Region, on_delete=models.PROTECT, null=True)
    source: "models.ForeignKey[Any, Any]" = models.ForeignKey(Source, on_delete=models.PROTECT, null=True)
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    expected_close = models.DateField(null=True)
    owner: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="deals"
    )
    pool: "models.ForeignKey[Any, Any]" = models.ForeignKey(Pool, on_delete=models.PROTECT, null=True)
    last_owner: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+"
    )
    won_by: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+"
    )
    released_at = models.DateTimeField(null=True)
    extra = models.JSONField(default=dict)
    loss_reason = models.CharField(max_length=40, blank=True)
    loss_note = models.CharField(max_length=500, blank=True)
    last_follow_up_at = models.DateTimeField(null=True)
    next_step_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    created_by: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+"
    )
    deleted_at = models.DateTimeField(null=True, db_index=True)
    deleted_by: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["code"], condition=~Q(code="") & Q(deleted_at__isnull=True), name="deal_code_once"
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="deal_amount_not_negative"),
            models.CheckConstraint(
                condition=Q(owner__isnull=True) | Q(pool__isnull=True), name="deal_owned_or_in_pool"
            ),
        ]
        indexes = [
            models.Index(fields=["owner", "-id"], name="deal_by_owner"),
            models.Index(fields=["customer", "-id"], name="deal_by_customer"),
        ]

    def __str__(self) -> str:
        return self.name


class CustomerWords(models.Model):
    """What a customer is found by; tokens of core.search, indexed by the database itself."""

    customer: "models.OneToOneField[Any, Customer]" = models.OneToOneField(
        Customer, on_delete=models.CASCADE, primary_key=True, related_name="words"
    )
    words = models.TextField()

    def __str__(self) -> str:
        return f"words of customer {self.pk}"


class ContactWords(models.Model):
    """What a contact is found by."""

    contact: "models.OneToOneField[Any, Contact]" = models.OneToOneField(
        Contact, on_delete=models.CASCADE, primary_key=True, related_name="words"
    )
    words = models.TextField()

    def __str__(self) -> str:
        return f"words of contact {self.pk}"


class DealWords(models.Model):
    """What a deal is found by; its customer's words stand with the customer."""

    deal: "models.OneToOneField[Any, Deal]" = models.OneToOneField(
        Deal, on_delete=models.CASCADE, primary_key=True, related_name="words"
    )
    words = models.TextField()

    def __str__(self) -> str:
        return f"words of deal {self.pk}"


class Claim(models.Model):
    """A record taken from a pool, for the claim limit."""

    pool: "models.ForeignKey[Any, Pool]" = models.ForeignKey(Pool, on_delete=models.CASCADE, related_name="claims")
    user: "models.ForeignKey[Any, User]" = models.ForeignKey(User, on_delete=models.CASCADE, related_name="claims")
    record = models.CharField(max_length=24)
    record_id = models.BigIntegerField()
    claimed_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["pool", "user", "claimed_at"], name="claim_by_user")]

    def __str__(self) -> str:
        return f"{self.user_id} claimed {self.record}:{self.record_id}"


class PoolView(models.Model):
    """That somebody opened a record of a pool on a day, for the daily view cap."""

    pool: "models.ForeignKey[Any, Pool]" = models.ForeignKey(Pool, on_delete=models.CASCADE, related_name="views")
    user: "models.ForeignKey[Any, User]" = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    record = models.CharField(max_length=24)
    record_id = models.BigIntegerField()
    day = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pool", "user", "day", "record", "record_id"], name="pool_view_once_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} saw {self.record}:{self.record_id} on {self.day}"


class Collaborator(models.Model):
    """Somebody besides the owner (协作人) who may read a deal, or work on it too."""

    deal: "models.ForeignKey[Any, Deal]" = models.ForeignKey(
        Deal, on_delete=models.CASCADE, related_name="collaborators"
    )
    user: "models.ForeignKey[Any, User]" = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    may_write = models.BooleanField(default=False)
    added_by: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+"
    )
    added_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["deal", "user"], name="collaborator_once_per_deal")]
        indexes = [models.Index(fields=["user", "deal"], name="collaborator_by_user")]

    def __str__(self) -> str:
        return f"{self.user_id} works on deal {self.deal_id}"


class HandOver(models.Model):
    """A deal given to its next owner, as with a stage of another department, and what they were told.

    `handed_at` is empty while the move still waits for approval; the card is shown until `seen_at`.
    """

    deal: "models.ForeignKey[Any, Deal]" = models.ForeignKey(Deal, on_delete=models.CASCADE, related_name="hand_overs")
    to_user: "models.ForeignKey[Any, User]" = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    from_user: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+"
    )
    to = models.CharField(max_length=40, blank=True)
    note = models.CharField(max_length=500, blank=True)
    asked_at = models.DateTimeField()
    handed_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["deal"], condition=Q(handed_at__isnull=True), name="one_waiting_hand_over_per_deal"
            ),
        ]
        indexes = [models.Index(fields=["deal", "seen_at"], name="hand_over_by_deal")]

    def __str__(self) -> str:
        return f"deal {self.deal_id} handed to {self.to_user_id}"


class CustomerMerge(models.Model):
    """Two customers made one; `moved` and `changed` hold what it takes to undo it."""

    kept: "models.ForeignKey[Any, Customer]" = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    gone: "models.ForeignKey[Any, Customer]" = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    moved = models.JSONField()
    changed = models.JSONField()
    merged_by: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+"
    )
    merged_at = models.DateTimeField()
    undone_by: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+"
    )
    undone_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.gone_id} merged into {self.kept_id}"


class SavedView(models.Model):
    """A list as somebody wants it again: filters, columns and order, kept as the query of its address."""

    list = models.CharField(max_length=16)
    name = models.CharField(max_length=60)
    query = models.TextField(blank=True)
    owner: "models.ForeignKey[Any, User]" = models.ForeignKey(User, on_delete=models.CASCADE, related_name="views")
    is_shared = models.BooleanField(default=False)
    is_pinned = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["list", "owner", "name"], name="view_once_per_name")]
        indexes = [models.Index(fields=["list", "is_shared"], name="view_by_list")]

    def __str__(self) -> str:
        return self.name


class BulkJob(models.Model):
    """One step for many records, done one by one through the same actions; can be left, and undone where it can."""

    class Status(models.TextChoices):
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        STOPPED = "stopped", _("Stopped")

    kind = models.CharField(max_length=16)
    step = models.CharField(max_length=16)
    params = models.JSONField(default=dict)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.RUNNING)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    succeeded = models.PositiveIntegerField(default=0)
    waiting = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    undo_of: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, related_name="undone_by"
    )
    started_by: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["status"], name="bulk_by_status")]

    def __str__(self) -> str:
        return f"{self.step} for {self.total} of {self.kind} ({self.status})"


class BulkRow(models.Model):
    """What became of one record of a bulk job; `before` is what it takes to undo it."""

    class Result(models.TextChoices):
        OPEN = "open", _("Not yet")
        DONE = "done", _("Done")
        WAITING = "waiting", _("Waiting")
        REFUSED = "refused", _("Refused")

    job: "models.ForeignKey[Any, BulkJob]" = models.ForeignKey(BulkJob, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    record_id = models.BigIntegerField()
    name = models.CharField(max_length=200)
    seen_version = models.PositiveIntegerField(null=True)
    result = models.CharField(max_length=8, choices=Result.choices, default=Result.OPEN)
    message = models.TextField(blank=True)
    before = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "number"], name="bulk_row_once_per_number")]
        indexes = [models.Index(fields=["job", "result", "number"], name="bulk_row_by_result")]

    def __str__(self) -> str:
        return f"{self.name}: {self.result}"


class SavedMapping(models.Model):
    """How the columns and words of a kind of sheet map to ours, kept for next time."""

    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=16)
    mapping = models.JSONField()
    created_by: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "name"], name="mapping_once_per_name")]

    def __str__(self) -> str:
        return self.name


class ImportJob(models.Model):
    """One import of one file, done in steps that can be left, resumed and undone."""

    class Status(models.TextChoices):
        CHECKED = "checked", _("Checked")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        UNDOING = "undoing", _("Undoing")
        UNDONE = "undone", _("Undone")

    kind = models.CharField(max_length=16)
    mode = models.CharField(max_length=8)
    name = models.CharField(max_length=200)
    path = models.CharField(max_length=300)
    sha256 = models.CharField(max_length=64)
    mapping = models.JSONField()
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.CHECKED)
    dry_run = models.BooleanField(default=False)
    channel = models.CharField(max_length=12)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    next_row = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    problem = models.TextField(blank=True)
    started_by: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField()
    undone_by: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+"
    )
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["status"], name="import_by_status")]

    def __str__(self) -> str:
        return f"{self.name} ({self.status})"


class ImportRow(models.Model):
    """What became of one row of a sheet."""

    class Result(models.TextChoices):
        CREATED = "created", _("Created")
        CHANGED = "changed", _("Changed")
        SKIPPED = "skipped", _("Already there")
        FAILED = "failed", _("Refused")
        UNDONE = "undone", _("Removed again")
        KEPT = "kept", _("Kept")

    job: "models.ForeignKey[Any, ImportJob]" = models.ForeignKey(
        ImportJob, on_delete=models.CASCADE, related_name="rows"
    )
    number = models.PositiveIntegerField()
    result = models.CharField(max_length=8, choices=Result.choices)
    record_kind = models.CharField(max_length=16, blank=True)
    record_id = models.BigIntegerField(null=True)
    field = models.CharField(max_length=60, blank=True)
    message = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["job", "result", "number"], name="import_row_by_result")]

    def __str__(self) -> str:
        return f"row {self.number}: {self.result}"
