"""What the page of a list shows: rows as cells, heads, filters, what narrows it, sums, the choice of columns."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from dealrail.core.filters import BadFilter, read_filter
from dealrail.crm import permissions
from dealrail.web.lists import filters
from dealrail.web.lists.building import Offered, in_words, plain_parts
from dealrail.web.lists.cells import Cell
from dealrail.web.lists.filters import address, heads, paged
from dealrail.web.lists.kinds import Column, Look


@dataclass(frozen=True)
class Place:
    """A cell in its column."""

    column: Column
    cell: Cell


@dataclass(frozen=True)
class Line:
    """A record as the list shows it: its name and the other cells. `mark` is its id, with its version if any."""

    record: Any
    mark: str
    name: Cell
    places: list[Place]


@dataclass(frozen=True)
class Sum:
    """The foot of a column: empty where it has no sum."""

    column: Column
    value: Any = None


def list_page(look: Look) -> dict[str, Any]:
    """Everything a list shows, in a fixed number of statements."""
    kind, params = look.kind, look.params
    page = paged(look.rows, _sorted(look), look.fields)
    total = look.total()
    look.point(page.rows)
    return {
        "kind": kind,
        "lines": [line(look, row) for row in page.rows],
        "page": page,
        "columns": look.columns,
        "heads": heads(_sorted(look), _heads(look)),
        "total": total,
        "sums": _sums(look.columns, total["sums"]),
        "pickers": look.pickers,
        "chips": list_chips(look),
        "clear": f"?{kind.start and 'all=1'}".rstrip("?"),
        "next": address(params, cursor=page.next) if page.next else "",
        "kept": kept(params, {picker.name for picker in look.pickers} | {"q", "all"}),
        "query": address(params),
        "may_export": look.actor.may(permissions.EXPORTS_RUN),
        "new": kind.new if kind.new and kind.new.is_for(look.actor) else None,
        "is_bare": not page.rows and not kind.rows(look.actor).exists(),
        "may_import": kind.is_imported and look.actor.may(permissions.IMPORTS_RUN),
    }


def line(look: Look, row: Any) -> Line:
    """One record as the list shows it."""
    places = [Place(column, column.cell(row, look.actor)) for column in look.columns]
    run = getattr(row, "run", None)
    return Line(row, f"{row.pk}:{run.revision}" if run else str(row.pk), places[0].cell, places[1:])


def _sorted(look: Look) -> QueryDict:
    if look.sort == look.params.get("sort", ""):
        return look.params
    params = look.params.copy()
    params["sort"] = look.sort
    return params


def _heads(look: Look) -> list[filters.Column]:
    return [filters.Column(column.label, column.sort, number=column.number) for column in look.columns]


def _sums(columns: Iterable[Column], sums: Mapping[str, Any]) -> list[Sum]:
    return [Sum(column, sums.get(column.key)) for column in columns] if sums else []


def kept(params: QueryDict, without: Iterable[str]) -> list[tuple[str, str]]:
    """What of the address a form has to carry along."""
    dropped = {"cursor", "total", *without}
    return [(name, value) for name, values in params.lists() if name not in dropped for value in values if value]


def list_chips(look: Look) -> list[dict[str, Any]]:
    """What narrows the list now, each with the address that takes it away."""
    words = {"q": _("Search"), "customer": look.kind.labels.get("customer", _("Customer"))}
    return [*filters.chips(look.params, look.pickers, words), *filter_chips(look)]


def filter_chips(look: Look) -> list[dict[str, Any]]:
    """The conditions of the filter in the address, one chip each; one chip for a filter that was not made here."""
    try:
        wanted = read_filter(look.params.get("filter", ""))
    except BadFilter:  # the list itself says so
        return []
    join, leaves = plain_parts(wanted)
    if leaves is None:
        return [{"label": _("A filter of your own"), "href": "?" + address(look.params, without=["filter"])}]
    offered = Offered(look) if leaves else None
    return [_chip(look, offered, join, leaves, index) for index in range(len(leaves)) if offered]


def _chip(look: Look, offered: Offered, join: str, leaves: list[Mapping[str, Any]], index: int) -> dict[str, Any]:
    others = [leaf for number, leaf in enumerate(leaves) if number != index]
    rest = json.dumps({join: others}, ensure_ascii=False) if others else ""
    href = "?" + (address(look.params, filter=rest) if rest else address(look.params, without=["filter"]))
    return {"label": in_words(offered, leaves[index]), "href": href, "either": join == "any" and index > 0}


@dataclass(frozen=True)
class Choice:
    """A column in the dialog that chooses them."""

    column: Column
    shown: bool


def column_choices(look: Look) -> list[Choice]:
    """Every column but the first, which always stands: those shown in their order, then the others."""
    shown = look.columns[1:]
    others = [column for column in look.offered[1:] if column not in shown]
    return [*(Choice(column, True) for column in shown), *(Choice(column, False) for column in others)]


def reordered(look: Look, posted: QueryDict) -> list[Choice]:
    """The same after a column was moved a place up or down, ticks kept."""
    known = {column.key: column for column in look.offered[1:]}
    keys = [key for key in dict.fromkeys(posted.getlist("order")) if key in known]
    keys += [key for key in known if key not in keys]
    for name, step in (("up", -1), ("down", 1)):
        if (key := posted.get(name, "")) in keys:
            _move(keys, key, step)
    ticked = set(posted.getlist("col"))
    return [Choice(known[key], key in ticked) for key in keys]


def _move(keys: list[str], key: str, step: int) -> None:
    at = keys.index(key)
    keys.insert(min(max(at + step, 0), len(keys)), keys.pop(at))
