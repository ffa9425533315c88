"""What a list is made of: rows, fields, filters and columns of each kind, and how somebody looks at it now."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db.models import Count, QuerySet, Sum
from django.http import QueryDict
from django.urls import reverse

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotFound
from dealrail.core.filters import Field, FieldType
from dealrail.crm import policy
from dealrail.crm.queries import point, pointed_words
from dealrail.crm.rules import is_custom
from dealrail.web.lists import cells
from dealrail.web.lists.cells import Cell
from dealrail.web.lists.filters import Option, Picker, narrowed

MOST_COLUMNS = 24
# So many rows are counted each time a list is opened; all of more only when somebody asks.
MOST_COUNTED = 5000


@dataclass(frozen=True)
class Column:
    """A column of a list: its head, its cell for a row, the field it is sorted by, and whether it is a number.

    `more` columns are left out on a phone; `shown` ones stand in the list unless somebody chose others.
    """

    key: str
    label: Any
    cell: Callable[[Any, Actor], Cell]
    sort: str = ""
    number: bool = False
    more: bool = False
    shown: bool = True
    sums: str = ""


_DRAWN = {FieldType.MONEY: "money", FieldType.NUMBER: "number", FieldType.DATE: "date"}


def added_columns(fields: list[Field]) -> list[Column]:
    """A column for each field that an administrator added; its cells stay empty where the record doesn't tell."""
    return [_added_column(one) for one in fields if is_custom(one.name)]


def _added_column(one: Field) -> Column:
    kind = _DRAWN.get(one.type, "text")

    def cell(record: Any, actor: Actor) -> Cell:
        if not policy.tells_added(actor, record):
            return cells.NOTHING
        if one.points:
            return cells.text(pointed_words(actor, record, (one.key, one.points)))
        return cells.added(record, one.key, kind, masked=one.told is not None and not policy.sees_ways(actor, record))

    return Column(one.name, one.label, cell, one.name, number=kind in {"money", "number"}, shown=False)


@dataclass(frozen=True)
class New:
    """The way to a new record: its address, who may (no permission: everybody), and whether it opens as a dialog."""

    address: str
    label: Any
    permission: str = ""
    args: tuple[str, ...] = ()
    symbol: str = "plus"
    is_dialog: bool = False

    @property
    def href(self) -> str:
        """Where it is made."""
        return reverse(self.address, args=self.args)

    def is_for(self, actor: Actor) -> bool:
        """Whether this person may make one."""
        return not self.permission or actor.may(self.permission)


@dataclass(frozen=True)
class ListKind:
    """A list: the rows one may see, what they can be narrowed by, and the columns it offers, its name first.

    `start` is the query it opens with when its address holds none; `is_imported`: sheets of these records are taken in.
    """

    key: str
    title: Any
    symbol: str
    rows: Callable[[Actor], QuerySet[Any]]
    fields: Callable[[Actor], list[Field]]
    columns: Callable[[list[Field]], list[Column]]
    names: tuple[str, ...]
    pickers: Callable[[Actor, QueryDict], list[Picker]]
    labels: Mapping[str, Any]
    hint: Any
    empty: Any
    all_words: Any
    search: Callable[[Actor, QuerySet[Any], str], QuerySet[Any]]
    sort: str = ""
    start: str = ""
    options: Mapping[str, Callable[[Actor, QueryDict], list[Option]]] = field(default_factory=dict)
    behind: Callable[[Actor, QueryDict], QuerySet[Any] | None] = lambda actor, params: None
    new: New | None = None
    is_imported: bool = False

    @property
    def href(self) -> str:
        """Its address."""
        return reverse(self.key)


KINDS: dict[str, ListKind] = {}


def register(kind: ListKind) -> None:
    """Let this list be shown, filtered and kept as a view."""
    KINDS[kind.key] = kind


def kind_of(key: str) -> ListKind:
    """The list of this name; refuse with NotFound."""
    if key not in KINDS:
        raise NotFound()
    return KINDS[key]


@dataclass(frozen=True)
class Look:
    """A list as somebody looks at it: filters, columns, order, all from the address."""

    kind: ListKind
    actor: Actor
    params: QueryDict

    @cached_property
    def fields(self) -> list[Field]:
        """What the filter language knows of these records."""
        return self.kind.fields(self.actor)

    @cached_property
    def pickers(self) -> list[Picker]:
        """The filters above the list."""
        return self.kind.pickers(self.actor, self.params)

    @cached_property
    def rows(self) -> QuerySet[Any]:
        """The records that the address asks for, all within sight of who looks."""
        behind = self.kind.behind(self.actor, self.params)
        if behind is not None:
            return behind
        rows = narrowed(
            self.kind.rows(self.actor), self.params, names=self.kind.names, fields=self.fields, actor=self.actor
        )
        return self.kind.search(self.actor, rows, self.params.get("q", ""))

    @cached_property
    def offered(self) -> list[Column]:
        """Every column there is."""
        return self.kind.columns(self.fields)

    @cached_property
    def columns(self) -> list[Column]:
        """The columns shown: those that the address names, the record's name always first."""
        known = {column.key: column for column in self.offered}
        wanted = [known[key] for key in dict.fromkeys(self.params.get("cols", "").split(",")) if key in known]
        first, *others = self.offered
        if not wanted:
            return [first, *(column for column in others if column.shown)]
        return [first, *(column for column in wanted if column is not first)][:MOST_COLUMNS]

    def point(self, rows: Collection[Any]) -> None:
        """Ask at once for the names of all that the columns shown of these records point at."""
        shown = {column.key for column in self.columns}
        point(self.actor, rows, [(one.key, one.points) for one in self.fields if one.points and one.name in shown])

    @cached_property
    def sort(self) -> str:
        """The order that the address asks for, else that of the list."""
        return self.params.get("sort", "") or self.kind.sort

    def total(self) -> dict[str, Any]:
        """How many rows there are, and the sums of the columns shown that have one, in one statement.

        Of more than MOST_COUNTED only that there are (`has_more`), unless the address asks for `total=all`.
        """
        sums = {column.key: Sum(column.sums) for column in self.columns if column.sums}
        counted = self.rows.order_by()
        if self.params.get("total") != "all":
            counted = counted[: MOST_COUNTED + 1]
        found = counted.aggregate(count=Count("pk"), **{f"sum_{key}": part for key, part in sums.items()})
        if counted.query.is_sliced and found["count"] > MOST_COUNTED:
            return {"count": MOST_COUNTED, "has_more": True, "sums": {}}
        return {"count": found["count"], "has_more": False, "sums": {key: found[f"sum_{key}"] for key in sums}}
