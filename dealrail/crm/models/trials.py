"""A text of a process tried on running deals (试运行), or on the moves of past ones (回放)."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from dealrail.accounts.models import User
from dealrail.crm.models.deals import Deal
from dealrail.process.models import Definition, DefinitionVersion


class Trial(models.Model):
    """A dry run over running deals, or a replay of the last moves; worked off piece by piece, changes no deal.

    `content` is what was tried; `version` where that is published. A dry run goes through the deals in the order of
    ids, a replay through events backwards, those of the days from `since` to `until` where there are such: `reached`
    is the last one looked at. `figures` are its sums so far, by verdict and stage and by condition.
    """

    class Kind(models.TextChoices):
        DRY_RUN = "dry_run", _("Dry run")
        REPLAY = "replay", _("Replay")

    class Status(models.TextChoices):
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        STOPPED = "stopped", _("Stopped")

    kind = models.CharField(max_length=8, choices=Kind.choices)
    process: "models.ForeignKey[Any, Definition]" = models.ForeignKey(
        Definition, on_delete=models.PROTECT, related_name="+"
    )
    version: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        DefinitionVersion, on_delete=models.PROTECT, null=True, related_name="+"
    )
    content = models.JSONField()
    mapping = models.JSONField(default=dict)
    filter = models.JSONField(default=dict)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.RUNNING)
    since = models.DateField(null=True)
    until = models.DateField(null=True)
    total = models.PositiveIntegerField()
    looked_at = models.PositiveIntegerField(default=0)
    reached = models.BigIntegerField(default=0)
    figures = models.JSONField(default=dict)
    started_by: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["status"], name="trial_by_status")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.total} ({self.status})"


class TrialRow(models.Model):
    """The verdict on one running deal, or on one move of the past (`event_id`).

    `stage` is the one that was judged; where a deal has none to go to, the one it is in. `blocking` are the keys of the
    conditions that hold it up, each between commas.
    """

    class Verdict(models.TextChoices):
        OPEN = "open", _("May move on")
        APPROVAL = "approval", _("Needs only approval")
        STUCK = "stuck", _("May move on today, then no longer")
        BLOCKED = "blocked", _("Can't move on today, nor then")
        STAYS = "stays", _("Has no stage to go to")
        PARKED = "parked", _("Set aside")
        PASSED = "passed", _("Would have passed")
        STOPPED = "stopped", _("Would have been stopped")
        ASKED = "asked", _("Would have needed an approval")
        GONE = "gone", _("There is no such move any more")
        UNKNOWN = "unknown", _("Not known")

    trial: "models.ForeignKey[Any, Trial]" = models.ForeignKey(
        Trial, on_delete=models.CASCADE, related_name="rows", db_index=False
    )
    deal: "models.ForeignKey[Any, Deal]" = models.ForeignKey(Deal, on_delete=models.CASCADE, related_name="+")
    event_id = models.BigIntegerField(default=0)
    moved_at = models.DateTimeField(null=True)
    stage = models.CharField(max_length=40)
    verdict = models.CharField(max_length=8, choices=Verdict.choices)
    blocking = models.TextField(blank=True)
    won = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["trial", "deal", "event_id"], name="tried_once")]
        indexes = [models.Index(fields=["trial", "verdict", "id"], name="tried_by_verdict")]

    def __str__(self) -> str:
        return f"deal {self.deal_id}: {self.verdict}"

    @property
    def conditions(self) -> list[str]:
        """The keys of the conditions that hold it up."""
        return [key for key in self.blocking.split(",") if key]
