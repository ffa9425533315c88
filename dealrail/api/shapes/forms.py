"""Forms and what was filled in as JSON."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from dealrail.accounts.actor import Actor
from dealrail.api.shapes.parts import AddedOut, Ref, plain, ref
from dealrail.forms import queries
from dealrail.process.permissions import PROCESS_PUBLISH

# How a part of multipart/form-data is described that holds the files for a question.
FILES_OF_QUESTION: dict[str, Any] = {
    "type": "array",
    "items": {"type": "string", "format": "binary"},
    "description": "The files for the question of this key.",
}


class QuestionOut(BaseModel):
    """A question: a field, and the filters over the answers before it by which it is shown and required."""

    key: str
    name: str
    type: str
    help: str
    required: bool
    default: str = Field(description="The record that a link begins with is told to who makes forms.")
    choices: list[str]
    format: str
    pattern: str
    low: str | None
    high: str | None
    target: str = Field("", description="Where a link leads: customer, contact or deal.")
    formula: str = Field("", description="With {custom.KEY} for the answers before it; names and keys are taken, too.")
    result: str = Field("", description="The type of what a formula results in; it follows from the formula.")
    access: dict[str, str] | None = Field(description="Told to who makes forms.")
    shown_when: dict[str, Any]
    required_when: dict[str, Any]


class FormOut(BaseModel):
    """A form; `questions` are those of the version in force that one is asked or may read.

    A rule that asks about a question one may not see is told to who makes forms only.
    """

    key: str
    name: str
    description: str
    about: str = Field(description="deal or customer")
    is_active: bool
    version: int | None = Field(description="The version that is asked; null before it is published.")
    revision: int = Field(description="What is being worked on; give it back as `seen`.")
    questions: list[QuestionOut]
    draft: list[QuestionOut] | None = Field(description="What is being worked on, for who makes forms.")


class RecordFileOut(BaseModel):
    """A file that answers a question; it is fetched by its id."""

    id: int
    question: str
    name: str
    size: int


class RecordOut(BaseModel):
    """A form that was filled in; what one may not see isn't in `answers`."""

    id: int
    form: str
    version: int
    deal: Ref | None
    customer: Ref | None
    answers: AddedOut
    files: list[RecordFileOut]
    filled_at: datetime
    filled_by: Ref | None
    withdrawn_at: datetime | None = Field(description="Since when it counts no more.")
    withdrawn_why: str


def form_out(actor: Actor, form: Any) -> FormOut:
    """One form, as this reader sees it."""
    may_make = actor.may(PROCESS_PUBLISH)
    asked = queries.version(form).questions if form.published else []
    own = {name: getattr(form, name) for name in ("key", "name", "description", "about", "is_active", "revision")}
    return FormOut(
        **own,
        version=form.published or None,
        questions=_questions(queries.questions_shown(actor, asked), may_make),
        draft=_questions(form.questions, may_make) if may_make else None,
    )


def _questions(rows: Sequence[Mapping[str, Any]], may_make: bool) -> list[QuestionOut]:
    """What only who makes forms is told: who is kept from a question, and the record that a link begins with."""
    kept = [{} if may_make else {"access": None, **({"default": ""} if row["type"] == "link" else {})} for row in rows]
    return [QuestionOut(**{**row, **less}) for row, less in zip(rows, kept, strict=True)]


def records_out(actor: Actor, rows: Sequence[Any]) -> list[RecordOut]:
    """What was filled in, as far as this reader may see it."""
    files, told = queries.files_seen(actor, rows), queries.answers_told(actor, rows)
    return [_record(row, said, files[row.pk]) for row, said in zip(rows, told, strict=True)]


def _record(row: Any, answers: AddedOut, files: Sequence[Any]) -> RecordOut:
    return RecordOut(
        id=row.pk,
        form=row.form.key,
        version=row.version.number,
        deal=ref(row.deal),
        customer=ref(row.customer),
        answers=answers,
        files=[RecordFileOut(id=file.pk, **plain(file, "question", "name", "size")) for file in files],
        filled_at=row.filled_at,
        filled_by=ref(row.filled_by),
        **plain(row, "withdrawn_at", "withdrawn_why"),
    )


class LinkOut(BaseModel):
    """A link by which somebody without a login fills a form in."""

    id: int
    form: str
    path: str = Field(description="After the address of this Dealrail.")
    name: str
    deal: int | None
    customer: int | None
    process: str
    owner: Ref | None
    pool: Ref | None
    source: str
    until: datetime | None
    is_open: bool


def link_out(row: Any) -> LinkOut:
    """A link as its maker is shown it."""
    return LinkOut(
        id=row.pk,
        form=row.form.key,
        path=f"/f/{queries.link_token(row)}/",
        name=row.name,
        deal=row.deal_id,
        customer=row.customer_id,
        process=row.process,
        owner=ref(row.owner),
        pool=ref(row.pool),
        source=row.source.name if row.source else "",
        until=row.until,
        is_open=row.is_open,
    )
