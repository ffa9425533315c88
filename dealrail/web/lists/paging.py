"""Pages of a list by cursor: the place after the last row shown, so that a page costs the same wherever it lies."""

import base64
import binascii
import json
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import F, Model, Q, QuerySet
from django.db.models.expressions import OrderBy
from django.utils.translation import gettext_lazy as _

from dealrail.core.choosing import first, picked
from dealrail.core.errors import Refusal

Row = TypeVar("Row", bound=Model)
PAGE_SIZE = 50


class BadCursor(Refusal):
    code = "bad_page"
    status = 400
    sentence = _("This page can't be found any more. Start again at the first page.")


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows of a list, and the cursor of the next page; empty on the last one."""

    rows: list[Row]
    next: str


def page_of(rows: QuerySet[Row], *, sort: Iterable[OrderBy], cursor: str = "", size: int = PAGE_SIZE) -> Page[Row]:
    """The page after this cursor, by the first of `sort` and then by id; refuse with BadCursor."""
    key = next(iter(sort), OrderBy(F("pk"), descending=True))
    ties = OrderBy(F("pk"), descending=key.descending)
    places: Any = rows.annotate(sort_place=key.expression)  # what a row is sorted by is fetched with it
    try:
        wanted = places.filter(_after(key, _decode(cursor))) if cursor else places
        found = list(first(wanted.order_by(key, ties), size + 1))
    except (ValidationError, ValueError, TypeError, OverflowError) as error:
        raise BadCursor() from error
    return _page(found, size)


def first_pages(
    rows: QuerySet[Row], ids: Collection[int], *, by: Callable[[Row], Any], sort: OrderBy, size: int = PAGE_SIZE
) -> dict[Any, Page[Row]]:
    """The first page of each part of these rows, made of `ids`: at least the first `size` of each part and one more."""
    order = (sort, OrderBy(F("pk"), descending=sort.descending))
    shown: Any = picked(rows.order_by(*order), ids)
    found: dict[Any, list[Row]] = {}
    for row in shown.annotate(sort_place=sort.expression):
        found.setdefault(by(row), []).append(row)
    return {key: _page(part, size) for key, part in found.items()}


def _page(found: list[Row], size: int) -> Page[Row]:
    return Page(rows=found[:size], next=_encode(found[size - 1]) if len(found) > size else "")


def _after(key: OrderBy, place: tuple[Any, int]) -> Q:
    """Rows that come after a place: empty values stand last, equal ones by id."""
    value, last_id = place
    step = "lt" if key.descending else "gt"
    by_id = Q(**{f"pk__{step}": last_id})
    if key.expression == F("pk"):
        return by_id
    if value is None:
        return Q(sort_place__isnull=True) & by_id
    return Q(**{f"sort_place__{step}": value}) | (Q(sort_place=value) & by_id) | Q(sort_place__isnull=True)


def _encode(row: Any) -> str:
    value = row.sort_place
    plain = value.isoformat() if isinstance(value, date) else value if value is None else str(value)
    return base64.urlsafe_b64encode(json.dumps([plain, row.pk]).encode()).decode().rstrip("=")


def _decode(cursor: str) -> tuple[Any, int]:
    try:
        value, last_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not (value is None or isinstance(value, str)):
            raise ValueError(value)
        return value, int(last_id)
    except (binascii.Error, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise BadCursor() from error
