"""Runs, stays, approvals, waivers and debts."""

from typing import Any

from django.db import models
from django.db.models import F, Q

from dealrail.accounts.models import User
from dealrail.process.models.definitions import DefinitionVersion, Stage
from dealrail.process.models.values import choices
from dealrail.process.rules import Exit, State


class Run(models.Model):
    """One record's walk through one version. `revision` counts its changes, so that a stale form is noticed."""

    version: "models.ForeignKey[Any, DefinitionVersion]" = models.ForeignKey(
        DefinitionVersion, on_delete=models.PROTECT, related_name="runs"
    )
    stage: "models.ForeignKey[Any, Stage]" = models.ForeignKey(
        Stage, on_delete=models.PROTECT, related_name="runs", db_index=False
    )
    state = models.CharField(max_length=8, choices=choices(State), default=State.OPEN)
    revision = models.PositiveIntegerField(default=1)
    started_at = models.DateTimeField()
    stage_entered_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=[State.WON, State.LOST], closed_at__isnull=False)
                | Q(state__in=[State.OPEN, State.PARKED], closed_at__isnull=True),
                name="run_closed_exactly_when_won_or_lost",
            ),
        ]
        indexes = [
            models.Index(fields=["stage", "state"], name="run_by_stage"),
            models.Index(fields=["started_at"], name="run_by_start"),
        ]

    def __str__(self) -> str:
        return f"run {self.pk} in stage {self.stage_id} ({self.state})"


class Stay(models.Model):
    """A run's time in one stage. `assumed`: an imported history only implies it, so its length is unknown."""

    run: "models.ForeignKey[Any, Run]" = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="stays")
    stage: "models.ForeignKey[Any, Stage]" = models.ForeignKey(
        Stage, on_delete=models.PROTECT, related_name="stays", db_index=False
    )
    entered_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)
    exit = models.CharField(max_length=8, choices=choices(Exit), blank=True)
    entered_by: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    left_by: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    worked_minutes = models.PositiveIntegerField(null=True)
    assumed = models.BooleanField(default=False)
    conditions_due = models.PositiveSmallIntegerField(default=0)
    conditions_waived = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run"], condition=Q(left_at__isnull=True), name="one_open_stay_per_run"),
            models.CheckConstraint(
                condition=Q(left_at__isnull=True, exit="") | (Q(left_at__isnull=False) & ~Q(exit="")),
                name="stay_left_at_and_exit_together",
            ),
            models.CheckConstraint(
                condition=Q(left_at__isnull=True) | Q(left_at__gte=F("entered_at")),
                name="stay_left_after_entered",
            ),
            models.CheckConstraint(
                condition=Q(conditions_waived__lte=F("conditions_due")), name="stay_waived_at_most_due"
            ),
        ]
        indexes = [
            models.Index(fields=["stage", "exit", "worked_minutes"], name="stay_by_stage"),
            models.Index(fields=["stage", "left_at"], name="stay_by_leaving"),
        ]

    def __str__(self) -> str:
        return f"stay of run {self.run_id} in stage {self.stage_id}"


class ApprovalRequest(models.Model):
    """A question to the people who may let this run pass one condition of the stage it stays in.

    `about` is what the record held when it was asked, as {field: text}; with another value the answer is worth nothing.
    `remind_at` is when those who haven't answered are reminded next.
    """

    class Status(models.TextChoices):
        PENDING = "pending"
        GRANTED = "granted"
        REFUSED = "refused"
        WITHDRAWN = "withdrawn"
        SPENT = "spent"

    run: "models.ForeignKey[Any, Run]" = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="approvals")
    stay: "models.ForeignKey[Any, Stay]" = models.ForeignKey(Stay, on_delete=models.CASCADE, related_name="approvals")
    condition = models.CharField(max_length=40)
    to = models.CharField(max_length=40)
    about = models.JSONField(default=dict)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    asked_by: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+"
    )
    asked_at = models.DateTimeField()
    decided_by: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=500, blank=True)
    remind_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["stay", "condition", "to"],
                condition=Q(status__in=["pending", "granted"]),
                name="one_live_approval_per_condition_and_move",
            ),
        ]
        indexes = [
            models.Index(fields=["status", "asked_at"], name="approval_by_status"),
            models.Index(
                fields=["remind_at"],
                condition=Q(status="pending", remind_at__isnull=False),
                name="approval_by_reminder",
            ),
        ]

    def __str__(self) -> str:
        return f"approval of {self.condition} for run {self.run_id}: {self.status}"

    @property
    def waits_for(self) -> list[User]:
        """The people who may answer now, active or not."""
        return self.people_who(ApprovalPart.Part.WAITING)

    @property
    def can_be_answered(self) -> bool:
        """Whether each yes that is still needed can come from somebody who may log in."""
        lacking = [row for row in self.parts.all() if row.part in {ApprovalPart.Part.WAITING, ApprovalPart.Part.LATER}]
        manned = {row.seat for row in lacking if row.user.is_active}
        return bool(lacking) and all(row.seat in manned for row in lacking)

    def people_who(self, *parts: str) -> list[User]:
        """The people who have one of these parts in it, each once."""
        return list(dict.fromkeys(row.user for row in self.parts.all() if row.part in parts))


class ApprovalPart(models.Model):
    """What somebody has to do with an approval: is asked, comes later, has said yes, or is only told (抄送).

    People in one `seat` answer for each other, one yes a seat is needed; who is only told sits in seat 0.
    A seat that stands `before` another one answers first; those of the other one come later.
    """

    class Part(models.TextChoices):
        WAITING = "waiting"
        LATER = "later"
        AGREED = "agreed"
        SPARED = "spared"
        DELEGATED = "delegated"
        TOLD = "told"

    request: "models.ForeignKey[Any, ApprovalRequest]" = models.ForeignKey(
        ApprovalRequest, on_delete=models.CASCADE, related_name="parts", db_index=False
    )
    user: "models.ForeignKey[Any, User]" = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="parts_in_approvals", db_index=False
    )
    seat = models.PositiveSmallIntegerField(default=1)
    before = models.PositiveSmallIntegerField(null=True)
    part = models.CharField(max_length=10, choices=Part.choices, default=Part.WAITING)
    brought_by: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    answered_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["request", "seat", "user"], name="one_part_per_seat")]
        indexes = [models.Index(fields=["user", "part"], name="approval_part_by_user")]

    def __str__(self) -> str:
        return f"part of user {self.user_id} in approval {self.request_id}: {self.part}"


# Waiting for an answer, or granted for a move that hasn't been made yet.
LIVE_APPROVALS = (ApprovalRequest.Status.PENDING, ApprovalRequest.Status.GRANTED)


class Waiver(models.Model):
    """An audited exception to one condition for one run, while it stays where it is.

    `reason_key` is one of the waiver reasons of its process, if that has any; `reason` says it in words.
    `ended_at`: the run went over to a version in which the condition is another one.
    """

    run: "models.ForeignKey[Any, Run]" = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="waivers")
    stay: "models.ForeignKey[Any, Stay]" = models.ForeignKey(
        Stay, on_delete=models.CASCADE, related_name="waivers", db_index=False
    )
    condition = models.CharField(max_length=40)
    reason_key = models.CharField(max_length=40, blank=True, default="")
    reason = models.CharField(max_length=500)
    given_by: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+"
    )
    given_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["stay", "condition"], condition=Q(ended_at__isnull=True), name="one_waiver_per_condition"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="waiver_has_reason"),
        ]
        indexes = [models.Index(fields=["given_at"], name="waiver_by_time")]

    def __str__(self) -> str:
        return f"waiver of {self.condition} for run {self.run_id}"


class Debt(models.Model):
    """What the SOP would have demanded of an imported deal and the sheet didn't show (欠项)."""

    run: "models.ForeignKey[Any, Run]" = models.ForeignKey(
        Run, on_delete=models.CASCADE, related_name="debts", db_index=False
    )
    stage: "models.ForeignKey[Any, Stage]" = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="+")
    condition = models.CharField(max_length=40)
    code = models.CharField(max_length=40)
    item = models.CharField(max_length=80)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "stage", "condition", "code", "item"], name="debt_once"),
        ]
        indexes = [models.Index(fields=["run"], name="debt_open", condition=Q(settled_at__isnull=True))]

    def __str__(self) -> str:
        return f"debt of run {self.run_id}: {self.condition} {self.item}"


class WaiverRequest(models.Model):
    """Somebody asks that one condition be waived (申请放行) for a run that stays where it is."""

    class Status(models.TextChoices):
        PENDING = "pending"
        GRANTED = "granted"
        REFUSED = "refused"
        WITHDRAWN = "withdrawn"

    run: "models.ForeignKey[Any, Run]" = models.ForeignKey(
        Run, on_delete=models.CASCADE, related_name="waiver_requests"
    )
    stay: "models.ForeignKey[Any, Stay]" = models.ForeignKey(
        Stay, on_delete=models.CASCADE, related_name="waiver_requests"
    )
    condition = models.CharField(max_length=40)
    to = models.CharField(max_length=40)
    reason_key = models.CharField(max_length=40, blank=True, default="")
    reason = models.CharField(max_length=500)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    asked_by: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+"
    )
    asked_at = models.DateTimeField()
    decided_by: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["stay", "condition"],
                condition=Q(status="pending"),
                name="one_pending_waiver_request_per_condition",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="waiver_request_has_reason"),
        ]
        indexes = [models.Index(fields=["status", "asked_at"], name="waiver_request_by_status")]

    def __str__(self) -> str:
        return f"request to waive {self.condition} for run {self.run_id}: {self.status}"
