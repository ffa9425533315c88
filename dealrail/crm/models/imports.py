"""Imports and saved mappings."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from dealrail.accounts.models import User


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
        ImportJob, on_delete=models.CASCADE, related_name="rows", db_index=False
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
