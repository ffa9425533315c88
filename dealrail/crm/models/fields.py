"""Fields that an administrator adds to a kind of record, and the values they are filtered by."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dealrail.accounts.models import User
from dealrail.crm.models.customers import Contact, Customer
from dealrail.crm.models.deals import Deal


class CustomField(models.Model):
    """A field of one kind of record; what records hold of it stands in their `custom` under its key.

    `low` and `high` bound numbers and amounts. `retired` choices are no longer offered, but records go on holding them.
    `access` says what a role may less than edit it: {role: hidden or read}. Kind, key, type and `target`, the kind of
    record that a link leads to, never change.

    A `formula` computes with `inputs` (names of fields) and gives a `result` of this type; `under` is what roles may
    with these. While it is computed anew, `computed_to` is the last record done.
    """

    class Type(models.TextChoices):
        TEXT = "text", pgettext_lazy("type of a field", "Text")
        LONG_TEXT = "long_text", _("Long text")
        NUMBER = "number", _("Number")
        MONEY = "money", _("Amount")
        DATE = "date", _("Date")
        CHOICE = "choice", _("Choice")
        CHOICES = "choices", _("Several choices")
        YES_NO = "yes_no", _("Yes or no")
        PERSON = "person", pgettext_lazy("type of a field", "Person")
        UNIT = "unit", _("Department")
        LINK = "link", _("Link to a record")
        PLACE = "place", _("Place")
        FORMULA = "formula", _("Formula")
        FILE = "file", _("File")

    class Target(models.TextChoices):
        CUSTOMER = "customer", _("Customer")
        CONTACT = "contact", _("Contact")
        DEAL = "deal", _("Deal")

    class Format(models.TextChoices):
        PHONE = "phone", _("Phone number")
        EMAIL = "email", _("Mail address")
        WEBSITE = "website", _("Website")
        CREDIT_CODE = "credit_code", _("Credit code")

    kind = models.CharField(max_length=12)
    key = models.CharField(max_length=40)
    name = models.CharField(max_length=80)
    type = models.CharField(max_length=12, choices=Type.choices)
    target = models.CharField(max_length=12, choices=Target.choices, blank=True)
    help = models.CharField(max_length=200, blank=True)
    required = models.BooleanField(default=False)
    unique = models.BooleanField(default=False)
    searchable = models.BooleanField(default=False)
    default = models.CharField(max_length=200, blank=True)
    choices = models.JSONField(default=list)
    retired = models.JSONField(default=list)
    format = models.CharField(max_length=12, choices=Format.choices, blank=True)
    pattern = models.CharField(max_length=60, blank=True)
    low = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    high = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    position = models.PositiveIntegerField()
    is_active = models.BooleanField(default=True)
    access = models.JSONField(default=dict)
    formula = models.CharField(max_length=1000, blank=True)
    result = models.CharField(max_length=12, blank=True)
    inputs = models.JSONField(default=list)
    under = models.JSONField(default=list)
    computed_to = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "key"], name="custom_field_key_once"),
            models.UniqueConstraint(fields=["kind", "name"], name="custom_field_name_once"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def holds(self) -> str:
        """The type of its values: of a formula that of its result."""
        return str(self.result or self.type)


class FieldFile(models.Model):
    """A file that a record holds in a field; its number is the value. Who kept it may put it into one record."""

    field: "models.ForeignKey[Any, CustomField]" = models.ForeignKey(
        CustomField, on_delete=models.CASCADE, related_name="+"
    )
    file = models.CharField(max_length=300)
    name = models.CharField(max_length=200)
    size = models.PositiveBigIntegerField()
    media_type = models.CharField(max_length=100)
    uploaded_by: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    uploaded_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class FieldValue(models.Model):
    """What one record holds of a field, repeated to be found by: a row for each of several choices.

    `number` holds numbers, amounts, ids of what it points at, and 1 or 0 for yes or no. `only` is filled where
    no other record may hold the same.
    """

    field: "models.ForeignKey[Any, CustomField]" = models.ForeignKey(
        CustomField, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    text = models.CharField(max_length=200)
    number = models.FloatField(null=True)
    only = models.CharField(max_length=200, null=True)  # noqa: DJ001 (empty texts would collide)

    class Meta:
        abstract = True
        constraints = [models.UniqueConstraint(fields=["field", "only"], name="%(class)s_once")]
        indexes = [
            models.Index(fields=["field", "text", "record"], name="%(class)s_by_text"),
            models.Index(fields=["field", "number", "record"], name="%(class)s_by_number"),
        ]


class CustomerValue(FieldValue):
    """What a customer holds of a field."""

    record: "models.ForeignKey[Any, Customer]" = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return f"{self.field_id} of customer {self.record_id}"


class ContactValue(FieldValue):
    """What a contact holds of a field."""

    record: "models.ForeignKey[Any, Contact]" = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return f"{self.field_id} of contact {self.record_id}"


class DealValue(FieldValue):
    """What a deal holds of a field."""

    record: "models.ForeignKey[Any, Deal]" = models.ForeignKey(Deal, on_delete=models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return f"{self.field_id} of deal {self.record_id}"
