"""The filter builder: rows of field, comparison and value, read from a form or a filter, and written as one filter."""

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dealrail.core.filters import BadFilter, Field, FieldType
from dealrail.web.lists import operators
from dealrail.web.lists.choices import POINTED_OPTIONS, choices, current_process, own_options, specs
from dealrail.web.lists.filters import Option
from dealrail.web.lists.kinds import Look

MOST_ROWS = 20
HIDDEN = {"id", "customer", "deal"}


@dataclass(frozen=True)
class Row:
    """One condition as the form shows it. `control` is text, number, date, choice, several or none."""

    index: int
    field: str = ""
    op: str = ""
    values: tuple[str, ...] = ()
    ops: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    control: str = "none"
    options: tuple[Option, ...] = ()
    error: str = ""

    @property
    def places(self) -> list[tuple[str, str, bool]]:
        """The inputs of a value: what stands in each, which named period it is, and whether it is the second."""
        count = 2 if self.op == "between" else 1
        given = [*self.values, "", ""][:count]
        return [(value, value if value in operators.PERIODS else "", number > 0) for number, value in enumerate(given)]


@dataclass(frozen=True)
class Builder:
    """The conditions and how they are joined; `is_complex` filters were not made here and can only be cleared."""

    rows: list[Row]
    join: str
    fields: list[tuple[str, Any]]
    is_complex: bool = False


class Offered:
    """The fields a list offers to its builder, in words, with what each can be set to."""

    def __init__(self, look: Look) -> None:
        self.look = look
        current = current_process(look.params) if any(one.variants for one in look.fields) else None
        key = current.key if current else ""
        self.fields = {one.name: chosen for one in look.fields if (chosen := _settled(one, key)) is not None}

    def label(self, name: str) -> Any:
        """A field in words."""
        known = self.fields.get(name)
        return self.look.kind.labels.get(name) or (known.label if known else name)

    def options(self, name: str) -> tuple[Option, ...]:
        """What a field can be set to; nothing when it is typed."""
        given = self.look.kind.options.get(name)
        if given is not None:
            return tuple(given(self.look.actor, self.look.params))
        if words := self.fields[name].choices:
            return tuple(choices(words.items()))
        if pointed := POINTED_OPTIONS.get(self.fields[name].points):
            return tuple(pointed(self.look.actor, self.look.params))
        return tuple(own_options(name, self.look.params)) if self.fields[name].key else ()

    def row(self, index: int, name: str, op: str, values: Iterable[str]) -> Row:
        """A condition with the control that its field and comparison ask for."""
        kind = self.fields[name].type
        ops = operators.operators(kind)
        chosen = op if op in ops else next(iter(ops))
        control = _control(kind, chosen)
        options = self.options(name) if control in {"choice", "several"} else ()
        if control in {"choice", "several"} and not options:
            control = "text"
        return Row(index, name, chosen, tuple(values), ops, control, options)

    def builder(self, rows: Iterable[tuple[str, str, tuple[str, ...]]], join: str) -> Builder:
        """The form with these conditions, and an empty one when there are none."""
        known = [row for row in rows if row[0] in self.fields]
        shown = [self.row(index, *row) for index, row in enumerate(known[:MOST_ROWS])]
        return Builder(shown, "any" if join == "any" else "all", self._choices())

    def _choices(self) -> list[tuple[str, Any]]:
        labels = {name: str(self.label(name)) for name in self.fields if name not in HIDDEN}
        twice = {label for label, count in Counter(labels.values()).items() if count > 1}
        processes = {row.key: spec.name for spec in specs(self.look.params) for row in spec.fields} if twice else {}
        return [
            (name, f"{label} · {processes[name]}" if label in twice and name in processes else label)
            for name, label in labels.items()
        ]


def _settled(one: Field, process: str) -> Field | None:
    """A field that differs from process to process is offered only when the list is narrowed to one of them."""
    return one.variants.get(process) if one.variants else one


def _control(kind: FieldType, op: str) -> str:
    if op in operators.WITHOUT_VALUE:
        return "none"
    if kind in operators.CHOSEN:
        return "several" if op in operators.SEVERAL else "choice"
    if kind in operators.DATED:
        return "date"
    return "number" if kind in operators.ORDERED else "text"


def from_filter(offered: Offered, wanted: Mapping[str, Any]) -> Builder:
    """The form for a filter in the address."""
    join, leaves = plain_parts(wanted)
    if leaves is None:
        return Builder([], "all", offered.builder([], "all").fields, is_complex=True)
    return offered.builder([(leaf["field"], leaf["op"], texts_of(leaf)) for leaf in leaves], join)


def plain_parts(wanted: Mapping[str, Any]) -> tuple[str, list[Mapping[str, Any]] | None]:
    """How a filter joins its conditions, and these; None in their place when it holds groups inside groups."""
    if not wanted:
        return "all", []
    if [*wanted] in (["all"], ["any"]):
        join = next(iter(wanted))
        parts = wanted[join]
        is_plain = isinstance(parts, list) and all(_is_leaf(part) for part in parts)
        return join, parts if is_plain else None
    return "all", [wanted] if _is_leaf(wanted) else None


def _is_leaf(part: object) -> bool:
    return isinstance(part, Mapping) and isinstance(part.get("field"), str) and isinstance(part.get("op"), str)


def texts_of(leaf: Mapping[str, Any]) -> tuple[str, ...]:
    """The values of a condition as texts."""
    value = leaf.get("value")
    values = value if isinstance(value, list) else [] if value is None else [value]
    return tuple("true" if one is True else "false" if one is False else str(one) for one in values)


def from_form(offered: Offered, posted: QueryDict, *, without: str = "") -> Builder:
    """The form as it was sent, one row left out where that was asked for."""
    return offered.builder(_typed(posted, without), posted.get("join", "all"))


def _typed(posted: QueryDict, without: str) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for index in posted.getlist("row")[:MOST_ROWS]:
        name = posted.get(f"field-{index}", "")
        if name and index != without:
            days, values = posted.getlist(f"day-{index}"), posted.getlist(f"value-{index}")
            filled = [day or value for day, value in zip(days, values, strict=False)] if days else values
            yield name, posted.get(f"op-{index}", ""), tuple(filled)


_FAULTS: Mapping[FieldType, Any] = {
    FieldType.MONEY: gettext_lazy("“%(value)s” is not an amount. Write for example 200,000 or 20万."),
    FieldType.NUMBER: gettext_lazy("“%(value)s” is not a number."),
    FieldType.DATE: gettext_lazy("Choose a day or a period."),
    FieldType.DATETIME: gettext_lazy("Choose a day or a period."),
}


def checked(builder: Builder, offered: Offered, check: Callable[[dict[str, Any]], None]) -> Builder:
    """The form with what is wrong said at each row; `check` refuses a condition that can't be used."""
    rows = [dataclasses.replace(row, error=_fault(row, offered, check)) for row in builder.rows]
    return dataclasses.replace(builder, rows=rows)


def faults(builder: Builder, offered: Offered) -> list[dict[str, str]]:
    """What is wrong, row by row, with the names of the fields."""
    return [
        {"field": f"value-{row.index}", "label": str(offered.label(row.field)), "problem": row.error}
        for row in builder.rows
        if row.error
    ]


def _fault(row: Row, offered: Offered, check: Callable[[dict[str, Any]], None]) -> str:
    kind = offered.fields[row.field].type
    try:
        check(_leaf(row, kind))
    except BadFilter as refusal:
        given = [value for value in row.values if value.strip()]
        if len(given) < len(row.places):
            return _("Write a value, or take this condition away.")
        words = _FAULTS.get(kind, gettext_lazy("“%(value)s” doesn't fit here."))
        return str(words) % {"value": str(refusal.params.get("value", given[0]))[:60]}
    return ""


def to_filter(builder: Builder, fields: Mapping[str, Field]) -> dict[str, Any]:
    """The filter that the form says; nothing for an empty one."""
    leaves = [_leaf(row, fields[row.field].type) for row in builder.rows]
    return {builder.join: leaves} if leaves else {}


def _leaf(row: Row, kind: FieldType) -> dict[str, Any]:
    leaf: dict[str, Any] = {"field": row.field, "op": row.op}
    if row.control == "none":
        return leaf
    values: list[Any] = [one.strip() for one in row.values]
    if kind is FieldType.BOOL:
        values = [one == "true" for one in values]
    if row.op in operators.SEVERAL or row.op == "between":
        return {**leaf, "value": values}
    return {**leaf, "value": values[0] if values else ""}


def in_words(offered: Offered, leaf: Mapping[str, Any]) -> str:
    """One condition as a chip says it."""
    name, op = leaf["field"], leaf["op"]
    known = offered.fields.get(name)
    if known is None:
        return str(name)
    words = {option.value: str(option.label) for option in offered.options(name)}
    return operators.in_words(offered.label(name), known.type, op, [words.get(one, one) for one in texts_of(leaf)])
