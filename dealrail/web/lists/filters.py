"""Filters in the address: simple ones by name (`?stage=contract&owner=3`), anything else as `?filter=` JSON."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.db.models import Model, QuerySet
from django.http import QueryDict
from django.utils import timezone

from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.core.filters import Field, compile_filter, read_filter, sort_keys
from dealrail.web.inputs import whole
from dealrail.web.lists.paging import Page, page_of

Row = TypeVar("Row", bound=Model)
NONE = "none"
OTHERS = "others"


@dataclass(frozen=True)
class Option:
    """One thing to choose from."""

    value: str
    label: Any


@dataclass(frozen=True)
class Picker:
    """A filter of a list: its name in the address, what it can be set to, and what it is set to."""

    name: str
    label: Any
    options: list[Option] = field(default_factory=list)
    value: str = ""

    @property
    def chosen(self) -> Any:
        """The words for what it is set to."""
        return next((option.label for option in self.options if option.value == self.value), self.value)


def picker(params: QueryDict, name: str, label: Any, options: Iterable[tuple[Any, Any]]) -> Picker:
    """A filter with the value that the address gives it."""
    choices = [Option(str(value), words) for value, words in options]
    return Picker(name=name, label=label, options=choices, value=params.get(name, ""))


def narrowed(
    rows: QuerySet[Row], params: QueryDict, *, names: Iterable[str], fields: list[Field], actor: Actor
) -> QuerySet[Row]:
    """The rows that the address asks for: each named field, the department with those below it, and `filter`."""
    wanted = [_leaf(name, params.getlist(name)) for name in names if params.get(name)]
    asked = {"all": [*wanted, *filter(None, [read_filter(params.get("filter", ""))])]}
    found = rows.filter(compile_filter(asked, fields, now=timezone.now(), me=actor.user_id))
    unit = whole(params.get("unit"))
    return found if unit is None else found.filter(owner__unit__in=people.units_below(unit))


def _leaf(name: str, values: list[str]) -> dict[str, Any]:
    if values == [NONE]:
        return {"field": name, "op": "is_empty"}
    if values == [OTHERS]:
        return {"all": [{"field": name, "op": "is_not_empty"}, {"field": name, "op": "ne", "value": "me"}]}
    if len(values) == 1:
        return {"field": name, "op": "eq", "value": values[0]}
    return {"field": name, "op": "in", "value": values}


def paged(rows: QuerySet[Row], params: QueryDict, fields: list[Field]) -> Page[Row]:
    """The page of these rows that the address asks for."""
    return page_of(rows, sort=sort_keys(params.get("sort", ""), fields)[:1], cursor=params.get("cursor", ""))


def address(params: QueryDict, *, without: Iterable[str] = (), **changed: str) -> str:
    """The query string of the same list with something changed, without the place in it and the wish to count all."""
    kept = [(key, value) for key, values in params.lists() for value in values if value]
    dropped = {"cursor", "total", *without, *changed}
    return urlencode([row for row in kept if row[0] not in dropped] + [row for row in changed.items() if row[1]])


def chips(params: QueryDict, pickers: Iterable[Picker], extra: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What narrows the list now, each with the address that takes it away."""
    words = {row.name: f"{row.label}: {row.chosen}" for row in pickers if row.value}
    words |= {name: f"{label}: {params[name]}" for name, label in extra.items() if params.get(name)}
    return [{"label": label, "href": "?" + address(params, without=[name])} for name, label in words.items()]


@dataclass(frozen=True)
class Column:
    """A head of a table that can be sorted by."""

    label: Any
    name: str = ""
    number: bool = False


def heads(params: QueryDict, columns: Iterable[Column]) -> list[dict[str, Any]]:
    """Table heads with the address that sorts by them, or reverses."""
    now = params.get("sort", "")
    return [
        {
            "label": column.label,
            "number": column.number,
            "href": "?" + address(params, sort=f"-{column.name}" if now == column.name else column.name)
            if column.name
            else "",
            "sorted": {column.name: "ascending", f"-{column.name}": "descending"}.get(now, "") if column.name else "",
        }
        for column in columns
    ]
