"""The append-only event log, the heads of its chains, and the receipts its subscribers owe."""

from typing import Any

from django.db import models
from django.db.models import Q

from dealrail.events import rules


class Event(models.Model):
    """One fact, for ever. No foreign keys, so that the log never hinders or follows live data.

    Rows of one subject form a chain: `seq` counts from 1, `hash` covers this row and the hash before it.
    `occurred_at` is when it happened in the business, `recorded_at` when it was written here.
    """

    subject_kind = models.CharField(max_length=24)
    subject_id = models.BigIntegerField()
    seq = models.PositiveIntegerField()
    kind = models.CharField(max_length=48)
    payload = models.JSONField()
    actor_id = models.BigIntegerField()
    actor_name = models.CharField(max_length=80)
    channel = models.CharField(max_length=12)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject_kind", "subject_id", "seq"], name="event_once_per_seq"),
        ]
        indexes = [
            models.Index(fields=["kind", "id"], name="event_by_kind"),
            models.Index(fields=["actor_id", "id"], name="event_by_actor"),
            models.Index(fields=["recorded_at"], name="event_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.subject_kind}:{self.subject_id} #{self.seq} {self.kind}"

    def content(self) -> dict[str, Any]:
        """What of this row is covered by its hash."""
        return {
            "subject": [self.subject_kind, self.subject_id],
            "seq": self.seq,
            "kind": self.kind,
            "payload": self.payload,
            "actor": [self.actor_id, self.actor_name, self.channel],
            "occurred_at": rules.instant(self.occurred_at),
            "recorded_at": rules.instant(self.recorded_at),
        }


class ChainHead(models.Model):
    """The last `seq` and hash of one subject's chain, kept apart so that a cut-off end is noticed."""

    subject_kind = models.CharField(max_length=24)
    subject_id = models.BigIntegerField()
    seq = models.PositiveIntegerField()
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject_kind", "subject_id"], name="chain_head_once_per_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.subject_kind}:{self.subject_id} #{self.seq}"


class Receipt(models.Model):
    """What one subscriber owes for one event; marked done in the transaction of its reaction."""

    class State(models.TextChoices):
        OWED = "owed"
        DONE = "done"
        FAILED = "failed"

    event: "models.ForeignKey[Any, Event]" = models.ForeignKey(
        Event, on_delete=models.PROTECT, related_name="receipts", db_index=False
    )
    subscriber = models.CharField(max_length=60)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OWED)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)
    lease = models.CharField(max_length=36, blank=True)
    last_error = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "subscriber"], name="receipt_once_per_subscriber")]
        indexes = [models.Index(fields=["due_at"], name="receipt_owed", condition=Q(state="owed"))]

    def __str__(self) -> str:
        return f"{self.subscriber} for event {self.event_id}: {self.state}"


class Horizon(models.Model):
    """Up to which event the log is whole: none can appear before it any more. One row, which the worker moves on.

    `mark_id` and `mark_xid` are what it waits for: the last event that was seen at some moment, and a transaction that
    began after it; when all older ones have ended, the log is whole up to there.
    """

    event_id = models.BigIntegerField(default=0)
    mark_id = models.BigIntegerField(default=0)
    mark_xid = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"whole up to event {self.event_id}"
