"""Collaborators, requests for waivers, comments and files as JSON."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from dealrail.api.shapes.parts import Named, Ref, named, plain, ref, refs
from dealrail.process import queries as processes
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
    reason: str
    status: str
    asked_by: Ref | None
    asked_at: datetime
    note: str


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
        **plain(row, "reason", "status", "asked_at", "note"),
    )


def waiver_requests_out(rows: Iterable[Any]) -> list[WaiverRequestOut]:
    """Requests for waivers."""
    return [waiver_request_out(row) for row in rows]


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
