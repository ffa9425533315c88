"""Forms, their published versions, and what was answered."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dealrail.accounts.models import User
from dealrail.crm.models import Customer, Deal, Pool, Source


class Form(models.Model):
    """A form (表单) about deals or about customers; `questions` are worked on, and asked once they are published.

    A question is a description of a field (see `forms.rules`) with the filters by which it is shown and required.
    `revision` counts the changes of what is worked on; `published` is the number of the version that is asked, 0 for
    none. One out of use is no longer offered.
    """

    class About(models.TextChoices):
        DEAL = "deal", _("Deals")
        CUSTOMER = "customer", _("Customers")

    key = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    description = models.CharField(max_length=1000, blank=True)
    about = models.CharField(max_length=8, choices=About.choices)
    questions = models.JSONField(default=list)
    revision = models.PositiveIntegerField(default=1)
    published = models.PositiveIntegerField(default=0)
    is_active = models.BooleanField(default=True)
    changed_at = models.DateTimeField()
    changed_by: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    def __str__(self) -> str:
        return self.name


class FormVersion(models.Model):
    """The questions of a form as they were published; never changed."""

    form: "models.ForeignKey[Any, Form]" = models.ForeignKey(Form, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    questions = models.JSONField()
    published_at = models.DateTimeField()
    published_by: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["form", "number"], name="form_version_once")]

    def __str__(self) -> str:
        return f"{self.form_id} version {self.number}"


class FormLink(models.Model):
    """A link by which somebody without a login fills a form in.

    One for a `deal` or a `customer` works once, until a day. Any other stays until it is shut; whoever fills the form
    in by it becomes a customer, and where the form is about deals a deal in `process`, which `owner` gets, or `pool`.
    """

    form: "models.ForeignKey[Any, Form]" = models.ForeignKey(Form, on_delete=models.PROTECT, related_name="links")
    deal: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        Deal, on_delete=models.CASCADE, null=True, related_name="form_links"
    )
    customer: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        Customer, on_delete=models.CASCADE, null=True, related_name="form_links"
    )
    name = models.CharField(max_length=80, blank=True)
    process = models.CharField(max_length=40, blank=True)
    owner: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    pool: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        Pool, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    source: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        Source, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    until = models.DateTimeField(null=True)
    is_open = models.BooleanField(default=True)
    made_at = models.DateTimeField()
    made_by: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    def __str__(self) -> str:
        return f"link to form {self.form_id}"


class FormRecord(models.Model):
    """A form that was filled for a deal or a customer, with the version it was filled with.

    `custom` holds the answers by the keys of the questions, as records hold fields that were added; of `files` what
    they were called. `link` is by which it was filled in without a login. One that was withdrawn stays to be read, and
    counts for nothing any more.
    """

    form: "models.ForeignKey[Any, Form]" = models.ForeignKey(
        Form, on_delete=models.PROTECT, related_name="records", db_index=False
    )
    version: "models.ForeignKey[Any, FormVersion]" = models.ForeignKey(
        FormVersion, on_delete=models.PROTECT, related_name="records", db_index=False
    )
    deal: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        Deal, on_delete=models.CASCADE, null=True, related_name="form_records", db_index=False
    )
    customer: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        Customer, on_delete=models.CASCADE, null=True, related_name="form_records", db_index=False
    )
    link: "models.ForeignKey[Any, FormLink | None]" = models.ForeignKey(
        FormLink, on_delete=models.SET_NULL, null=True, related_name="records", db_index=False
    )
    custom = models.JSONField(default=dict)
    filled_at = models.DateTimeField()
    filled_by: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    withdrawn_why = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(deal__isnull=False, customer__isnull=True) | Q(deal__isnull=True, customer__isnull=False),
                name="form_record_about_one",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_why="")
                | (Q(withdrawn_at__isnull=False) & ~Q(withdrawn_why="")),
                name="form_record_withdrawn_why",
            ),
        ]
        indexes = [
            models.Index(fields=["form", "filled_at", "id"], name="form_record_by_form"),
            models.Index(fields=["deal", "filled_at"], name="form_record_by_deal"),
            models.Index(fields=["customer", "filled_at"], name="form_record_by_customer"),
            models.Index(fields=["link", "filled_at"], name="form_record_by_link", condition=Q(link__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"record of form {self.form_id}"

    @property
    def pool_id(self) -> int | None:
        """The pool that the deal or customer it is about lies in, by which answers are masked."""
        pool: int | None = (self.deal or self.customer).pool_id
        return pool


class FormFile(models.Model):
    """A file that answers the question of this key in a form that was filled in."""

    record: "models.ForeignKey[Any, FormRecord]" = models.ForeignKey(
        FormRecord, on_delete=models.CASCADE, related_name="files"
    )
    question = models.CharField(max_length=40)
    file = models.CharField(max_length=300)
    name = models.CharField(max_length=200)
    size = models.PositiveBigIntegerField()
    media_type = models.CharField(max_length=100)

    def __str__(self) -> str:
        return self.name
