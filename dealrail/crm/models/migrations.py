"""Running deals taken over to another version of their process (迁移)."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dealrail.accounts.models import User
from dealrail.crm.models.deals import Deal
from dealrail.process.models import DefinitionVersion


class Migration(models.Model):
    """Running deals of other versions of a process going over to `version`, one by one; can be left, and stopped.

    `mapping` names for each old stage the one that takes its deals, by keys; where it is empty they stay as they are.
    `filter` is one over `condition_fields` of the version. With `at_next_move` a deal goes over right after somebody
    moved it. `reached` is the last deal that was looked at, in the order of ids.
    """

    class Status(models.TextChoices):
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        STOPPED = "stopped", _("Stopped")

    version: "models.ForeignKey[Any, DefinitionVersion]" = models.ForeignKey(
        DefinitionVersion, on_delete=models.PROTECT, related_name="+"
    )
    mapping = models.JSONField()
    filter = models.JSONField(default=dict)
    at_next_move = models.BooleanField(default=False)
    note = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.RUNNING)
    total = models.PositiveIntegerField()
    reached = models.BigIntegerField(default=0)
    started_by: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["status"], name="migration_by_status")]

    def __str__(self) -> str:
        return f"{self.total} deals to version {self.version_id} ({self.status})"


class MigratedDeal(models.Model):
    """What became of one deal of a migration; `why` is the code of what kept it where it is."""

    class Result(models.TextChoices):
        DONE = "done", _("Went over")
        WAITING = "waiting", _("Goes over at its next move")
        REFUSED = "refused", _("Stays where it is")
        DROPPED = "dropped", _("No longer meant")

    migration: "models.ForeignKey[Any, Migration]" = models.ForeignKey(
        Migration, on_delete=models.CASCADE, related_name="deals", db_index=False
    )
    deal: "models.ForeignKey[Any, Deal]" = models.ForeignKey(
        Deal, on_delete=models.CASCADE, related_name="migrations", db_index=False
    )
    from_stage = models.CharField(max_length=40)
    result = models.CharField(max_length=8, choices=Result.choices)
    why = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["deal", "migration"], name="migrated_once_per_migration"),
            models.UniqueConstraint(
                fields=["deal"], condition=Q(result="waiting"), name="one_migration_waits_for_a_deal"
            ),
        ]
        indexes = [models.Index(fields=["migration", "result", "deal"], name="migrated_by_result")]

    def __str__(self) -> str:
        return f"deal {self.deal_id}: {self.result}"
