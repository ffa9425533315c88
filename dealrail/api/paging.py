"""Lists by cursor: the place after the last row given, so that a page costs the same wherever it lies."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Generic, TypeVar

from django.core import signing
from django.db.models import F, Q
from django.db.models.expressions import OrderBy
from django.utils import timezone
from ninja import Schema
from pydantic import BaseModel, Field

from dealrail.accounts.actor import Actor
from dealrail.api.errors import BadCursor
from dealrail.core.filters import Field as FilterField
from dealrail.core.filters import compile_filter, read_filter, sort_keys

MOST_ROWS = 200
SALT = "dealrail.cursor"
Item = TypeVar("Item")


class Paged(Schema):
    """Where in a list, and how many rows."""

    cursor: str = Field("", description="The `next` of the page before.")
    limit: Annotated[int, Field(ge=1, le=MOST_ROWS)] = 50


class Listing(Paged):
    """Which rows of a list, and in which order."""

    filter: str = Field("", description="A filter in JSON, see docs/api.md.")
    sort: str = Field("", description="Up to four fields, separated by commas; a minus reverses: `-amount,name`.")


class Searched(Listing):
    """Which rows of a list, found by what a person would type."""

    q: str = Field("", description="Characters of a name, pinyin, initials, a code, the beginning or end of a phone.")


class Page(BaseModel, Generic[Item]):
    """Some rows of a list; `next` is the cursor of the following page, null on the last one."""

    items: list[Item]
    next: str | None = None


def listed(
    rows: Any,
    asked: Listing,
    fields: list[FilterField],
    *,
    actor: Actor,
    show: Callable[[list[Any]], list[Item]],
    given: Mapping[str, str] | None = None,
) -> Page[Item]:
    """A page of the rows that the filter keeps, in the order asked for, the newest first unless told.

    `given` is what all the rows have in common. Refuses with BadFilter, BadSort or BadCursor.
    """
    wanted = read_filter(asked.filter)
    kept = rows.filter(compile_filter(wanted, fields, now=timezone.now(), me=actor.user_id, given=given))
    return paged(kept, asked, sort_keys(asked.sort, fields, given=given), order=asked.sort, show=show)


def paged(
    rows: Any, asked: Paged, keys: Iterable[OrderBy] = (), *, order: str = "", show: Callable[[list[Any]], list[Item]]
) -> Page[Item]:
    """A page of these rows by these keys and, where they are equal, by id. Refuses with BadCursor."""
    ordered = [*keys] or [OrderBy(F("pk"), descending=True)]
    if all(key.expression != F("pk") for key in ordered):
        ordered.append(OrderBy(F("pk"), descending=ordered[-1].descending))
    # what a row is sorted by is fetched with it, under a name of its own
    places = rows.annotate(**{_name(number): key.expression for number, key in enumerate(ordered)})
    if asked.cursor:
        places = places.filter(_after(ordered, _decoded(asked.cursor, order, len(ordered))))
    found = list(places.order_by(*ordered)[: asked.limit + 1])
    more, shown = len(found) > asked.limit, found[: asked.limit]
    return Page(items=show(shown), next=_encoded(shown[-1], order, len(ordered)) if more else None)


def _name(number: int) -> str:
    return f"place_{number}"


def _after(keys: list[OrderBy], place: list[Any], number: int = 0) -> Q:
    """Rows that come after a place: after it by the first key, or equal there and after it by the rest."""
    (key, *others), (value, *rest) = keys, place
    path = _name(number)
    same = Q(**{f"{path}__isnull": True}) if value is None else Q(**{path: value})
    equal = same & _after(others, rest, number + 1) if others else Q(pk__in=[])
    if value is None:  # empty values stand last
        return equal
    beyond = Q(**{f"{path}__{'lt' if key.descending else 'gt'}": value})
    return beyond | (Q(**{f"{path}__isnull": True}) if key.nulls_last else Q(pk__in=[])) | equal


def _encoded(row: Any, order: str, count: int) -> str:
    place = [_plain(getattr(row, _name(number))) for number in range(count)]
    return signing.dumps([order, place], salt=SALT)


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _decoded(cursor: str, order: str, count: int) -> list[Any]:
    """The place a cursor of ours stands for; it is signed, so nobody can make one up."""
    try:
        made_for, place = signing.loads(cursor, salt=SALT)
    except (signing.BadSignature, ValueError) as error:
        raise BadCursor() from error
    if made_for != order or len(place) != count:
        raise BadCursor()
    return list(place)
