"""Follow-ups and tasks as JSON."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, Field

from dealrail.accounts.actor import Actor
from dealrail.api.shapes.parts import AddedOut, Ref, added_out, named, plain, ref


class CheckInOut(BaseModel):
    """When and where somebody was at the customer's."""

    at: datetime
    place: str
    latitude: Decimal | None
    longitude: Decimal | None
    accuracy: int | None


class FileOut(BaseModel):
    """A file kept with a follow-up."""

    id: int
    name: str
    size: int


class ActivityOut(BaseModel):
    """A contact with the customer that happened."""

    id: int
    kind: str
    deal: Ref | None
    customer: Ref | None
    contact: Ref | None
    text: str
    next_step: str
    next_step_at: datetime | None
    author: Ref | None
    occurred_at: datetime
    recorded_at: datetime
    check_in: CheckInOut | None
    files: list[FileOut]
    custom: AddedOut


class TaskOut(BaseModel):
    """Something somebody is to do; `done_at` is set when it was done or dropped."""

    id: int
    kind: str
    title: str
    deal: Ref | None
    customer: Ref | None
    action: str
    owner: Ref | None
    due_at: datetime | None
    done_at: datetime | None
    dropped: bool
    created_at: datetime


class DoneOut(BaseModel):
    """Who did an action when, with the evidence; the file itself is fetched by the action's key."""

    at: datetime
    by: Ref | None
    note: str
    file_name: str
    activity: int | None
    form_record: int | None


class ActionOut(BaseModel):
    """An action of the SOP, with how to do it; `demanded` by the gate ahead; `done` is null until it is."""

    key: str
    name: str
    how_to: str
    script: str
    evidence: str
    form: str = Field(description="The key of the form that is its evidence, where that is one.")
    demanded: bool
    done: DoneOut | None


def actions_out(rows: Iterable[Any]) -> list[ActionOut]:
    """Actions of a stage."""
    return [
        ActionOut(
            **plain(row.spec, "key", "name", "how_to", "script", "evidence", "form"),
            demanded=row.demanded,
            done=_done(row.done),
        )
        for row in rows
    ]


def _done(row: Any) -> DoneOut | None:
    if row is None:
        return None
    ids = {"activity": row.activity_id, "form_record": row.form_record_id}
    return DoneOut(at=row.done_at, by=ref(row.done_by), **ids, **plain(row, "note", "file_name"))


def activity_out(actor: Actor, row: Any) -> ActivityOut:
    """A follow-up."""
    [shown] = activities_out(actor, [row])
    return shown


def new_activity_out(actor: Actor, row: Any) -> ActivityOut:
    """A follow-up just written, to which nothing is attached yet."""
    return _activity(row, [], added_out(actor, "activity", [row])[row.pk])


def _activity(row: Any, files: Iterable[Any], added: AddedOut) -> ActivityOut:
    return ActivityOut(
        id=row.pk,
        **named(row, "deal", "customer", "contact", "author"),
        **plain(row, "kind", "text", "next_step", "next_step_at", "occurred_at", "recorded_at"),
        check_in=_check_in(row),
        files=[file_out(file) for file in files],
        custom=added,
    )


def _check_in(row: Any) -> CheckInOut | None:
    if row.checked_in_at is None:
        return None
    return CheckInOut(at=row.checked_in_at, **plain(row, "place", "latitude", "longitude", "accuracy"))


def file_out(row: Any) -> FileOut:
    """A file of a follow-up."""
    return FileOut(id=row.pk, **plain(row, "name", "size"))


def activities_out(actor: Actor, rows: list[Any]) -> list[ActivityOut]:
    """Follow-ups."""
    added = added_out(actor, "activity", rows)
    kept = {row.pk: [file for file in row.attachments.all() if file.deleted_at is None] for row in rows}
    return [_activity(row, kept[row.pk], added[row.pk]) for row in rows]


def task_out(row: Any) -> TaskOut:
    """A task."""
    return TaskOut(
        id=row.pk,
        **named(row, "deal", "customer", "owner"),
        **plain(row, "kind", "title", "action", "due_at", "done_at", "dropped", "created_at"),
    )


def tasks_out(rows: list[Any]) -> list[TaskOut]:
    """Tasks."""
    return [task_out(row) for row in rows]
