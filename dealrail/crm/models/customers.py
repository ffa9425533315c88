"""Customers and contacts, the words they are found by, and merges."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from dealrail.accounts.models import User
from dealrail.crm.models.catalog import Pool, Region, Source


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
    custom = models.JSONField(default=dict)
    region: "models.ForeignKey[Any, Any]" = models.ForeignKey(Region, on_delete=models.PROTECT, null=True)
    source: "models.ForeignKey[Any, Any]" = models.ForeignKey(Source, on_delete=models.PROTECT, null=True)
    parent: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="children"
    )
    owner: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="customers", db_index=False
    )
    pool: "models.ForeignKey[Any, Any]" = models.ForeignKey(Pool, on_delete=models.PROTECT, null=True)
    last_owner: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    released_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    created_by: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    merged_into: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="+"
    )
    deleted_at = models.DateTimeField(null=True)
    deleted_by: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
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
        indexes = [
            models.Index(fields=["owner", "name"], name="customer_by_owner"),
            models.Index(fields=["created_at", "id"], name="customer_by_created"),
            models.Index(fields=["deleted_at"], name="customer_deleted", condition=Q(deleted_at__isnull=False)),
        ]

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
        Customer, on_delete=models.CASCADE, related_name="contacts", db_index=False
    )
    name = models.CharField(max_length=80)
    title = models.CharField(max_length=80, blank=True)
    role = models.CharField(max_length=16, choices=Part.choices, blank=True)
    phone = models.CharField(max_length=30, blank=True)
    phone_key = models.CharField(max_length=30, blank=True, db_index=True)
    email = models.EmailField(blank=True)
    wechat = models.CharField(max_length=60, blank=True)
    notes = models.TextField(blank=True)
    custom = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)
    deleted_by: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        indexes = [
            models.Index(fields=["customer", "role"], name="contact_by_role"),
            models.Index(fields=["deleted_at"], name="contact_deleted", condition=Q(deleted_at__isnull=False)),
            models.Index(Upper("name"), name="contact_by_upper_name"),
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
