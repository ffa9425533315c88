"""Drafts and versions of processes as JSON, and what changes between them."""

from collections.abc import Iterable
from dataclasses import asdict, is_dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from dealrail.api.shapes.parts import Ref, ref
from dealrail.process import checks, examples, rules, texts
from dealrail.process.errors import describe
from dealrail.process.examples import Judged
from dealrail.process.queries.drafts import Text
from dealrail.process.rules import Change, Problem


class DraftOut(BaseModel):
    """What a process shall become; it may still be wrong.

    `revision` is what the next change says it has seen. `base` is the version that was in force when it began, `origin`
    the one it was made from; null where there was none.
    """

    key: str
    name: str
    revision: int
    content: dict[str, Any]
    yaml: str
    base: int | None
    origin: int | None
    can_undo: bool
    can_redo: bool
    started_at: datetime
    started_by: Ref | None
    edited_at: datetime
    edited_by: Ref | None


class ProblemOut(BaseModel):
    """Something wrong in a definition: where, which rule, and a sentence."""

    where: str
    code: str
    message: str


class ExampleOut(BaseModel):
    """An example of the draft, whether it comes out as it should, and what the gate says to it."""

    key: str
    name: str
    expected: str
    verdict: str
    holds: bool
    message: str


class ValidationOut(BaseModel):
    """What keeps a draft from being published, and what doesn't but is hardly meant.

    An example that fails is among the problems. `examples` is empty as long as anything else is wrong.
    """

    problems: list[ProblemOut]
    warnings: list[ProblemOut]
    examples: list[ExampleOut]


class VersionRow(BaseModel):
    """Who published what, when, and why (`note`)."""

    number: int
    published_at: datetime
    published_by: Ref | None
    note: str
    digest: str


class ChangeOut(BaseModel):
    """One change: of which part (process, stage, move, condition, field, action, loss_reason, waiver_reason, example),
    and how (added, removed, changed, moved). `old` and `new` hold the value of the setting, or the whole of what was
    added, removed or moved.
    """

    part: str
    how: str
    stage: str
    key: str
    setting: str
    old: Any
    new: Any


class DifferenceOut(BaseModel):
    """What changes from one text to another, one by one and as a unified difference of their YAML.

    `changes` is null where a draft is too wrong to be read.
    """

    since: str
    to: str
    changes: list[ChangeOut] | None
    text: str


def draft_out(row: Any) -> DraftOut:
    """A draft."""
    names = ("key", "name", "revision", "content", "can_undo", "can_redo", "started_at", "edited_at")
    return DraftOut(
        **{name: getattr(row, name) for name in names},
        yaml=texts.write_yaml(row.content),
        base=row.base.number if row.base else None,
        origin=row.origin.number if row.origin else None,
        started_by=ref(row.started_by),
        edited_by=ref(row.edited_by),
    )


def validation_out(content: Any) -> ValidationOut:
    """What is wrong and what is doubtful, in sentences."""
    is_sound = not checks.problems(content)
    return ValidationOut(
        problems=_told(examples.problems(content)),
        warnings=_told(checks.warnings(content)),
        examples=[_example(row) for row in examples.judged(rules.parse(content))] if is_sound else [],
    )


def _example(row: Judged) -> ExampleOut:
    said = row.found if row.holds else row.says
    example = row.example
    return ExampleOut(
        key=example.key,
        name=example.name,
        expected=example.expect,
        verdict=row.verdict,
        holds=row.holds,
        message=said,
    )


def _told(problems: Iterable[Problem]) -> list[ProblemOut]:
    return [ProblemOut(where=row.where, code=row.code, message=describe(row)) for row in problems]


def version_rows(rows: list[Any]) -> list[VersionRow]:
    """Versions."""
    names = ("number", "published_at", "note", "digest")
    return [
        VersionRow(published_by=ref(row.published_by), **{name: getattr(row, name) for name in names}) for row in rows
    ]


def difference_out(old: Text, new: Text) -> DifferenceOut:
    """What changes from one text to the other."""
    changes = rules.differences(old.spec, new.spec) if old.spec and new.spec else None
    text = texts.unified(old.content, new.content, names=(old.which, new.which))
    shown = None if changes is None else [change_out(row) for row in changes]
    return DifferenceOut(since=old.which, to=new.which, changes=shown, text=text)


def change_out(row: Change) -> ChangeOut:
    """One change as JSON."""
    return ChangeOut(**{**vars(row), "old": _plain(row.old), "new": _plain(row.new)})


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return [_plain(row) for row in value] if isinstance(value, list | tuple) else value
