"""Rows of the log as JSON."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from dealrail.accounts.actor import Actor
from dealrail.activities import queries as activities
from dealrail.api.shapes.parts import Ref
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
    """Events as this reader may see them, without ways to reach a customer in a pool and comments taken back."""
    events = crm.events_as_seen(actor, rows)
    comments = {event.payload["comment_id"] for event in events if event.kind in activities.COMMENTED}
    gone = activities.taken_back(comments)
    return [_event(event, gone) for event in events]


def _event(event: Any, gone: Collection[int]) -> EventOut:
    is_gone = event.kind in activities.COMMENTED and event.payload["comment_id"] in gone
    return EventOut(
        id=event.pk,
        kind=event.kind,
        subject=Subject(kind=event.subject_kind, id=event.subject_id),
        seq=event.seq,
        actor=Ref(id=event.actor_id, name=event.actor_name),
        channel=event.channel,
        occurred_at=event.occurred_at,
        recorded_at=event.recorded_at,
        data={**event.payload, "text": ""} if is_gone else event.payload,
    )
