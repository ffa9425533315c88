"""Inputs of a form as plain values, so that a refused form keeps what was typed and says at which field it was."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.http import QueryDict

from dealrail.core.errors import Refusal
from dealrail.core.problems import plain, problems_of

LONGEST_NUMBER = 18


@dataclass(frozen=True)
class Input:
    """One field of a form. `kind`: text, tel, email, url, number, date, password, textarea, select or ticks (several).

    `groups` are more options under headings, after the plain ones. `was` is what the record held when the form was
    opened, where that is told apart from what was typed. A `list` finds records of the kind `target` while one types,
    customers by their name alone where none is named. `offers` is the id of a datalist of what may be typed.
    """

    name: str
    label: Any
    kind: str = "text"
    value: Any = ""
    options: tuple[tuple[str, Any], ...] = ()
    groups: tuple[tuple[Any, tuple[tuple[str, Any], ...]], ...] = ()
    help: Any = ""
    error: str = ""
    required: bool = False
    was: str | None = None
    target: str = ""
    offers: str = ""

    @property
    def text(self) -> str:
        """The value as the input holds it."""
        return "" if self.value is None else str(self.value)

    @property
    def ticked(self) -> list[str]:
        """Of several, those that the input holds."""
        return self.text.split(", ")


def options(rows: Iterable[tuple[Any, Any]], *, none: Any = "—") -> tuple[tuple[str, Any], ...]:
    """Choices of a select, with one for nothing on top."""
    return (("", none), *((str(key), label) for key, label in rows))


def filled(
    inputs: Iterable[Input],
    values: Mapping[str, Any],
    refusal: Refusal | None = None,
    was: Mapping[str, Any] | None = None,
) -> list[Input]:
    """The inputs with these values, and what a refusal says at each field that it is about.

    `was` is what the record held when the form was opened; the form carries it along (see `web.opened`).
    """
    wrong = {row["field"]: row["problem"] for row in problems_of(refusal)}
    held = {name: plain(value) for name, value in (was or {}).items()}
    return [
        replace(row, value=values.get(row.name, row.value), error=wrong.get(row.name, ""), was=held.get(row.name))
        for row in inputs
    ]


def typed(posted: Mapping[str, Any], inputs: Iterable[Input]) -> dict[str, Any]:
    """What was typed into these inputs; what wasn't sent is left out."""
    return {row.name: _typed(posted, row) for row in inputs if row.name in posted}


def _typed(posted: Mapping[str, Any], row: Input) -> Any:
    if row.kind != "ticks" or not isinstance(posted, QueryDict):
        return posted[row.name]
    return ", ".join(filter(None, posted.getlist(row.name)))


def texts(posted: QueryDict) -> dict[str, str]:
    """What was sent under each name; several values of one as one text, without the empty ones."""
    return {name: ", ".join(filter(None, values)) for name, values in posted.lists()}


def changed(values: Mapping[str, Any], hidden: Mapping[str, str]) -> dict[str, Any]:
    """What was typed without what still stands masked as it was shown: nobody changed that."""
    return {name: value for name, value in values.items() if name not in hidden or value != hidden[name]}


def whole(text: str | None) -> int | None:
    """A whole number, or None when nothing usable was sent."""
    return int(text) if text and text.isdecimal() and len(text) <= LONGEST_NUMBER else None
