"""Recording facts, and who reacts to them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from psycopg.types.json import Jsonb

from dealrail.core import clock
from dealrail.events import rules
from dealrail.events.facts import By, Fact
from dealrail.events.models import Event

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


def record(fact: Fact, *, actor: By, occurred_at: datetime | None = None) -> Event:
    """Append one fact to its subject's chain, with a receipt for each subscriber, in the caller's transaction."""
    return record_many([(fact, occurred_at)], actor=actor)[0]


def record_many(facts: Sequence[tuple[Fact, datetime | None]], *, actor: By) -> list[Event]:
    """Append several facts, in order, at the cost of one; `None` means that it happened now."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("facts are recorded in the transaction of the action they tell of")
    now = clock.written()
    heads = _locked_heads({(fact.subject_kind, fact.subject_id) for fact, _ in facts})
    events = [_chained(fact, heads, actor, occurred_at or clock.now(), now) for fact, occurred_at in facts]
    if connection.vendor == "postgresql" and len(events) == 1:
        _append_at_once(events[0])
    else:
        _append(events, heads, now)
    return events


def _append(events: list[Event], heads: Mapping[Subject, "_Head"], now: datetime) -> None:
    Event.objects.bulk_create(events)
    with connection.cursor() as cursor:
        cursor.executemany(_SAVE_HEAD, [(*subject, head.seq, head.hash) for subject, head in heads.items()])
        if owed := _owed(events, now):
            cursor.executemany(_SAVE_RECEIPT, owed)


def _append_at_once(event: Event) -> None:
    """Write an event, the head of its chain and its receipts with one statement, which only PostgreSQL knows."""
    row = {name: getattr(event, name) for name in _COLUMNS} | {"payload": Jsonb(event.payload)}
    with connection.cursor() as cursor:
        cursor.execute(_APPEND, {**row, "subscribers": _subscribers(event.kind)})
        (event.pk,) = cursor.fetchone()


# Plain SQL here, because every write of the whole program passes through it: building the same four statements
# anew by the ORM took a third of the time of an action.
_HEADS = "SELECT subject_id, seq, hash FROM events_chainhead WHERE subject_kind = %s AND subject_id IN ({}) ORDER BY 1"
_SAVE_HEAD = """
    INSERT INTO events_chainhead (subject_kind, subject_id, seq, hash) VALUES (%s, %s, %s, %s)
    ON CONFLICT (subject_kind, subject_id) DO UPDATE SET seq = excluded.seq, hash = excluded.hash
"""
_SAVE_RECEIPT = """
    INSERT INTO events_receipt (event_id, subscriber, due_at, state, attempts, lease, last_error)
    VALUES (%s, %s, %s, 'owed', 0, '', '')
"""
_COLUMNS = [field.attname for field in Event._meta.concrete_fields if not field.primary_key]
_APPEND = f"""
    WITH event AS (
        INSERT INTO events_event ({", ".join(_COLUMNS)})
        VALUES ({", ".join(f"%({name})s" for name in _COLUMNS)}) RETURNING id
    ), head AS (
        INSERT INTO events_chainhead (subject_kind, subject_id, seq, hash)
        VALUES (%(subject_kind)s, %(subject_id)s, %(seq)s, %(hash)s)
        ON CONFLICT (subject_kind, subject_id) DO UPDATE SET seq = excluded.seq, hash = excluded.hash
    ), receipt AS (
        INSERT INTO events_receipt (event_id, subscriber, due_at, state, attempts, lease, last_error)
        SELECT event.id, subscriber, %(recorded_at)s, 'owed', 0, '', ''
        FROM event, unnest(%(subscribers)s::text[]) AS subscriber
    )
    SELECT id FROM event
"""


# Takes the places of first rows before anybody else can, so that two first rows at once become one chain.
_NEW_HEADS = """
    INSERT INTO events_chainhead (subject_kind, subject_id, seq, hash) VALUES {}
    ON CONFLICT (subject_kind, subject_id) DO UPDATE SET seq = events_chainhead.seq
    RETURNING subject_kind, subject_id, seq, hash
"""
_MOST_HEADS = 1000


@dataclass
class _Head:
    seq: int = 0
    hash: str = rules.GENESIS


def _locked_heads(subjects: set[Subject]) -> dict[Subject, _Head]:
    heads = {subject: _Head() for subject in sorted(subjects)}
    lock = " FOR UPDATE" if connection.features.has_select_for_update else ""
    with connection.cursor() as cursor:
        for kind in sorted({kind for kind, _ in subjects}):
            ids = [number for name, number in subjects if name == kind]
            cursor.execute(_HEADS.format(", ".join(["%s"] * len(ids))) + lock, [kind, *ids])
            for subject_id, seq, last_hash in cursor.fetchall():
                heads[kind, subject_id] = _Head(seq, last_hash)
        if connection.features.has_select_for_update:
            new = [subject for subject, head in heads.items() if not head.seq]
            for start in range(0, len(new), _MOST_HEADS):
                places = [(*subject, 0, rules.GENESIS) for subject in new[start : start + _MOST_HEADS]]
                cursor.execute(_NEW_HEADS.format(", ".join(["(%s, %s, %s, %s)"] * len(places))), sum(places, ()))
                for subject_kind, subject_id, seq, last_hash in cursor.fetchall():
                    heads[subject_kind, subject_id] = _Head(seq, last_hash)
    return heads


def _chained(fact: Fact, heads: dict[Subject, _Head], actor: By, occurred_at: datetime, recorded_at: datetime) -> Event:
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
    event.hash = rules.chain_hash(head.hash, event.content())
    head.seq, head.hash = event.seq, event.hash
    return event


def _owed(events: Iterable[Event], now: datetime) -> list[tuple[Any, ...]]:
    due_at = connection.ops.adapt_datetimefield_value(now)
    return [(event.pk, name, due_at) for event in events for name in _subscribers(event.kind)]


def _subscribers(kind: str) -> list[str]:
    return [subscription.name for subscription in subscriptions.values() if kind in subscription.kinds]
