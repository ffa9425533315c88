"""Saved views and steps for many records."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from dealrail.accounts.models import Role, Unit, User


class SavedView(models.Model):
    """A list as somebody wants it again: filters, columns and order, kept as the query of its address.

    A shared one is seen by everybody, by a department with those below it (`unit`), or by who holds a role (`role`).
    """

    class Audience(models.TextChoices):
        EVERYBODY = "everybody", _("Everybody")
        UNIT = "unit", _("A department")
        ROLE = "role", _("A role")

    list = models.CharField(max_length=16)
    name = models.CharField(max_length=60)
    query = models.TextField(blank=True)
    owner: "models.ForeignKey[Any, User]" = models.ForeignKey(User, on_delete=models.CASCADE, related_name="views")
    is_shared = models.BooleanField(default=False)
    audience = models.CharField(max_length=9, choices=Audience.choices, default=Audience.EVERYBODY)
    # once either is gone, the view is seen by its owner only
    unit: "models.ForeignKey[Any, Unit | None]" = models.ForeignKey(
        Unit, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    role: "models.ForeignKey[Any, Role | None]" = models.ForeignKey(
        Role, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    is_pinned = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["list", "owner", "name"], name="view_once_per_name")]
        indexes = [models.Index(fields=["list", "is_shared"], name="view_by_list")]

    def __str__(self) -> str:
        return self.name


class StandardView(models.Model):
    """The view that a list opens with for who holds a role."""

    list = models.CharField(max_length=16)
    role: "models.ForeignKey[Any, Role]" = models.ForeignKey(Role, on_delete=models.CASCADE, related_name="+")
    view: "models.ForeignKey[Any, SavedView]" = models.ForeignKey(
        SavedView, on_delete=models.CASCADE, related_name="standards"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["list", "role"], name="standard_view_once_per_role")]

    def __str__(self) -> str:
        return f"{self.list} of role {self.role_id}"


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

    job: "models.ForeignKey[Any, BulkJob]" = models.ForeignKey(
        BulkJob, on_delete=models.CASCADE, related_name="rows", db_index=False
    )
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
