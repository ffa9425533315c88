"""A made-up subject whose facts the tests of the log record."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from django.db import transaction

from dealrail.accounts.actor import Actor
from dealrail.events import engine
from dealrail.events.engine import Handler, record
from dealrail.events.facts import Fact
from dealrail.events.models import Event

SUBSCRIBER = "tests.react"


@dataclass(frozen=True, kw_only=True)
class ThingHappened(Fact):
    kind: ClassVar[str] = "thing.happened"
    subject_kind: ClassVar[str] = "thing"
    thing_id: int
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class ThingCounted(Fact):
    kind: ClassVar[str] = "thing.counted"
    subject_kind: ClassVar[str] = "thing"
    thing_id: int


@transaction.atomic
def happen(thing_id: int = 1, text: str = "", occurred_at: datetime | None = None) -> Event:
    """Record that something happened to a thing."""
    return record(ThingHappened(thing_id=thing_id, text=text), actor=Actor.system(), occurred_at=occurred_at)


@contextmanager
def subscribed(handler: Handler, *kinds: str) -> Iterator[None]:
    """Have this handler react while the block lasts."""
    engine.subscribe(*(kinds or ("thing.happened",)), name=SUBSCRIBER)(handler)
    try:
        yield
    finally:
        del engine.subscriptions[SUBSCRIBER]
