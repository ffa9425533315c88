"""Rows of the log as JSON."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from dealrail.accounts.actor import Actor
from dealrail.api.shapes.parts import Ref
from dealrail.crm import policy
from dealrail.crm import queries as crm


class Subject(BaseModel):
    """The record an event belongs to."""

    kind: str
    id: int


class EventOut(BaseModel):
    """One fact: `occurred_at` when it happened in the business, `recorded_at` when it was written here."""

    id: int
    kind: str
    subject: Subject
    seq: int
    actor: Ref
    channel: str
    occurred_at: datetime
    recorded_at: datetime
    data: dict[str, Any]


def events_out(actor: Actor, rows: Iterable[Any]) -> list[EventOut]:
    """Events as this reader may see them: how to reach a customer in a pool stays hidden."""
    events = list(rows)
    about = {event.subject_id for event in events if event.subject_kind == "customer"}
    hidden = crm.unreachable_customers(actor, about)
    return [_event(event, event.subject_kind == "customer" and event.subject_id in hidden) for event in events]


def _event(event: Any, masked: bool) -> EventOut:
    return EventOut(
        id=event.pk,
        kind=event.kind,
        subject=Subject(kind=event.subject_kind, id=event.subject_id),
        seq=event.seq,
        actor=Ref(id=event.actor_id, name=event.actor_name),
        channel=event.channel,
        occurred_at=event.occurred_at,
        recorded_at=event.recorded_at,
        data=policy.masked(event.payload) if masked else event.payload,
    )
