"""Collaborators, requests for waivers, comments and files as JSON."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel

from dealrail.api.shapes.parts import Named, Ref, named, plain, ref, refs
from dealrail.core import clock
from dealrail.process import queries as processes
from dealrail.process.queries import waivers as waiving
from dealrail.process.rules import ProcessSpec


class CollaboratorOut(BaseModel):
    """Somebody who works on a deal besides its owner, or only reads it."""

    person: Ref
    may_write: bool
    added_at: datetime


class WaiverRequestOut(BaseModel):
    """A condition that somebody asks to be waived; `status` is pending, granted, refused or withdrawn."""

    id: int
    deal: Ref
    condition: Named
    to: Named
    reason_key: str
    reason: str
    status: str
    asked_by: Ref | None
    asked_at: datetime
    note: str


class WaiverOut(BaseModel):
    """A condition that a deal was excused from, by whom, when and why."""

    id: int
    deal: Ref
    stage: Named
    condition: Named
    reason_key: str
    reason: str
    given_by: Ref | None
    given_at: datetime


class WaiverRate(BaseModel):
    """Of so many moves forward out of a stage, so many with this condition waived."""

    stage: str
    condition: str
    waived: int
    moves: int


class WaiverReason(BaseModel):
    """How many waivers were given for a reason; the key is empty for those given before the process had reasons."""

    key: str
    name: str
    given: int


class WaiverHabit(BaseModel):
    """How many waivers somebody gave, for which reasons, and how many they asked for."""

    name: str
    gave: int
    asked: int
    reasons: list[WaiverReason]


class WaiverRates(BaseModel):
    """How often the conditions of a process were waived in the last `days` days, and by whom."""

    days: int
    conditions: list[WaiverRate]
    reasons: list[WaiverReason]
    people: list[WaiverHabit]


class CommentOut(BaseModel):
    """What somebody told their colleagues about a deal or a customer."""

    id: int
    deal: Ref | None
    customer: Ref | None
    text: str
    author: Ref | None
    mentions: list[Ref]
    created_at: datetime


class AttachmentOut(BaseModel):
    """A file kept with a deal, a customer or one follow-up there; `deleted_at` while it lies in the recycle bin."""

    id: int
    deal: Ref | None
    customer: Ref | None
    activity: int | None
    name: str
    size: int
    media_type: str
    uploaded_by: Ref | None
    uploaded_at: datetime
    deleted_at: datetime | None


def collaborators_out(rows: Iterable[Any]) -> list[CollaboratorOut]:
    """Who works on a deal besides its owner."""
    return [
        CollaboratorOut(person=Ref(id=row.user.pk, name=row.user.name), **plain(row, "may_write", "added_at"))
        for row in rows
    ]


def waiver_request_out(row: Any) -> WaiverRequestOut:
    """A request for a waiver."""
    spec = processes.spec_of(row.run.version_id)
    return WaiverRequestOut(
        id=row.pk,
        deal=Ref(id=row.run.deal.pk, name=row.run.deal.name),
        condition=Named(key=row.condition, name=_condition(spec, row.condition)),
        to=Named(key=row.to, name=processes.stage_name(spec, row.to)),
        asked_by=ref(row.asked_by),
        **plain(row, "reason_key", "reason", "status", "asked_at", "note"),
    )


def waiver_requests_out(rows: Iterable[Any]) -> list[WaiverRequestOut]:
    """Requests for waivers."""
    return [waiver_request_out(row) for row in rows]


def waivers_out(rows: Iterable[Any]) -> list[WaiverOut]:
    """Waivers that were given."""
    return [_waiver(row) for row in rows]


def _waiver(row: Any) -> WaiverOut:
    spec = processes.spec_of(row.run.version_id)
    return WaiverOut(
        deal=Ref(id=row.run.deal.pk, name=row.run.deal.name),
        stage=Named(key=row.stay.stage.key, name=row.stay.stage.name),
        condition=Named(key=row.condition, name=_condition(spec, row.condition)),
        given_by=ref(row.given_by),
        **plain(row, "reason_key", "reason", "given_at"),
        id=row.pk,
    )


def waiver_rates_out(key: str, days: int) -> WaiverRates:
    """The waiver rates of a process; refuse with NoSuchProcess."""
    processes.version(key)
    since = clock.now() - timedelta(days=days)
    rates = waiving.waiver_rates(key, since=since)
    habits, names = waiving.waiver_habits(key, since=since), waiving.waiver_reason_names(key)
    return WaiverRates(
        days=days,
        conditions=[WaiverRate(**vars(row)) for row in rates],
        reasons=_reasons(waiving.waiver_reasons(key, since=since), names),
        people=[WaiverHabit(**{**vars(row), "reasons": _reasons(row.reasons, names)}) for row in habits],
    )


def _reasons(counts: Mapping[str, int], names: Mapping[str, str]) -> list[WaiverReason]:
    return [WaiverReason(key=key, name=names.get(key, key), given=count) for key, count in counts.items()]


def _condition(spec: ProcessSpec, key: str) -> str:
    names = (row.name for stage in spec.stages for row in stage.conditions if row.key == key and row.name)
    return next(names, key)


def comment_out(row: Any) -> CommentOut:
    """A comment."""
    mentions = refs(list(row.mentions.all()))
    return CommentOut(
        id=row.pk, mentions=mentions, **named(row, "deal", "customer", "author"), **plain(row, "text", "created_at")
    )


def comments_out(rows: Iterable[Any]) -> list[CommentOut]:
    """Comments."""
    return [comment_out(row) for row in rows]


def attachment_out(row: Any) -> AttachmentOut:
    """An attached file."""
    return AttachmentOut(
        id=row.pk,
        activity=row.activity_id,
        **named(row, "deal", "customer", "uploaded_by"),
        **plain(row, "name", "size", "media_type", "uploaded_at", "deleted_at"),
    )


def attachments_out(rows: Iterable[Any]) -> list[AttachmentOut]:
    """Attached files."""
    return [attachment_out(row) for row in rows]
