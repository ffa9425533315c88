"""Recording facts, and who reacts to them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from dealrail.core import clock
from dealrail.events import rules
from dealrail.events.facts import By, Fact
from dealrail.events.models import ChainHead, Event, Receipt

Handler = Callable[[Event], None]
Subject = tuple[str, int]


@dataclass(frozen=True)
class Subscription:
    """A handler under a name that never changes, because stored receipts carry it."""

    name: str
    kinds: frozenset[str]
    handler: Handler


subscriptions: dict[str, Subscription] = {}


def subscribe(*kinds: str, name: str) -> Callable[[Handler], Handler]:
    """Register a reaction to these kinds of events; refuse a name used twice."""

    def register(handler: Handler) -> Handler:
        if name in subscriptions and subscriptions[name].handler is not handler:
            raise ValueError(f"two subscribers are called {name}")
        subscriptions[name] = Subscription(name, frozenset(kinds), handler)
        return handler

    return register


def content(event: Event) -> dict[str, Any]:
    """What of an event is covered by its hash."""
    return {
        "subject": [event.subject_kind, event.subject_id],
        "seq": event.seq,
        "kind": event.kind,
        "payload": event.payload,
        "actor": [event.actor_id, event.actor_name, event.channel],
        "occurred_at": rules.instant(event.occurred_at),
        "recorded_at": rules.instant(event.recorded_at),
    }


def record(fact: Fact, *, actor: By, occurred_at: datetime | None = None) -> Event:
    """Append one fact to its subject's chain, with a receipt for each subscriber, in the caller's transaction."""
    return record_many([(fact, occurred_at)], actor=actor)[0]


def record_many(facts: Sequence[tuple[Fact, datetime | None]], *, actor: By) -> list[Event]:
    """Append several facts, in order, at the cost of one; `None` means that it happened now."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("facts are recorded in the transaction of the action they tell of")
    now = timezone.now()
    heads = _locked_heads({(fact.subject_kind, fact.subject_id) for fact, _ in facts})
    events = [_chained(fact, heads, actor, occurred_at or clock.now(), now) for fact, occurred_at in facts]
    Event.objects.bulk_create(events)
    ChainHead.objects.bulk_create(
        heads.values(),
        update_conflicts=True,
        unique_fields=["subject_kind", "subject_id"],
        update_fields=["seq", "hash"],
    )
    Receipt.objects.bulk_create(_owed(events, now))
    return events


def _locked_heads(subjects: set[Subject]) -> dict[Subject, ChainHead]:
    heads = {
        subject: ChainHead(subject_kind=subject[0], subject_id=subject[1], seq=0, hash=rules.GENESIS)
        for subject in subjects
    }
    for kind in {kind for kind, _ in subjects}:
        ids = [number for name, number in subjects if name == kind]
        rows = ChainHead.objects.select_for_update().filter(subject_kind=kind, subject_id__in=ids)
        for row in rows.order_by("pk"):
            row.pk = None  # upserted by its natural key below
            heads[kind, row.subject_id] = row
    return heads


def _chained(
    fact: Fact, heads: dict[Subject, ChainHead], actor: By, occurred_at: datetime, recorded_at: datetime
) -> Event:
    head = heads[fact.subject_kind, fact.subject_id]
    event = Event(
        subject_kind=fact.subject_kind,
        subject_id=fact.subject_id,
        seq=head.seq + 1,
        kind=fact.kind,
        payload=fact.payload,
        actor_id=actor.user_id,
        actor_name=actor.name[:80],
        channel=actor.channel,
        occurred_at=occurred_at,
        recorded_at=recorded_at,
    )
    event.hash = rules.chain_hash(head.hash, content(event))
    head.seq, head.hash = event.seq, event.hash
    return event


def _owed(events: Iterable[Event], now: datetime) -> list[Receipt]:
    return [
        Receipt(event=event, subscriber=subscription.name, due_at=now)
        for event in events
        for subscription in subscriptions.values()
        if event.kind in subscription.kinds
    ]
