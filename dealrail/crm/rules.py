"""The fields a deal and a customer have, as names and types, and those that are added to them; pure."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

LONGEST_NAME = 160
LONGEST_TEXT = 5000
# how long what was deleted can be restored
KEEP_DELETED_DAYS = 30
# what a lost deal of the past owes whose sheet gave no reason
LOSS_REASON_OWED = "loss_reason"

DEAL_FIELDS = ("name", "customer", "product", "region", "source", "amount", "expected_close")
# what else a deal is told by, so that no process may name a field of its own like this
DEAL_FACTS = ("owner", "code", "stage", "state", "closed_at", "loss_reason")
CUSTOMER_FIELDS = (
    "name", "code", "credit_code", "phone", "grade", "grade_reason", "industry", "address", "website", "notes",
    "region", "source", "parent",
)  # fmt: skip
# what is chosen from one or the other when two customers are merged
MERGED_FIELDS = (*(name for name in CUSTOMER_FIELDS if name != "grade_reason"), "owner")
CONTACT_FIELDS = ("name", "title", "role", "phone", "email", "wechat", "notes")
# what a change of many records at once can set beside fields that were added, and those of a process
BULK_FIELDS: Mapping[str, tuple[str, ...]] = {
    "deals": ("product", "region", "source", "amount", "expected_close", "customer"),
    "customers": ("grade", "region", "source", "industry", "notes"),
    "contacts": ("title", "role", "notes"),
}
PRODUCT_FIELDS = ("code", "name", "series", "unit", "price", "is_active")


def is_empty(value: Any) -> bool:
    """Whether a field holds nothing: None, an empty text, or only blanks."""
    return value is None or (isinstance(value, str) and not value.strip())


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[str | None]]:
    """What differs, as texts: {field: [old, new]}."""
    return {key: [_plain(before.get(key)), _plain(after[key])] for key in after if before.get(key) != after[key]}


def _plain(value: Any) -> str | None:
    return None if value is None or value == "" else str(value)


# The kinds of condition that demand fields of a deal, and of its customer.
FILLED = "fields.filled"
CUSTOMER_FILLED = "customer.filled"

# Fields that an administrator adds: kinds of records that take them, and what their names begin with everywhere.
CUSTOM = "custom."
# what such fields of the customer are called where the conditions of a process tell deals apart
OF_CUSTOMER = "customer."
FIELD_KINDS = ("customer", "contact", "deal", "activity")
MOST_FIELDS = 60
MOST_CHOICES = 200
# what separates several choices in one text, so that no choice may hold it
SEPARATORS = ",，、;；\n"


class Access(StrEnum):
    """What somebody may with a field that an administrator added."""

    HIDDEN = "hidden"
    READ = "read"
    EDIT = "edit"


def access(limits: Mapping[str, str], roles: Collection[str]) -> Access:
    """The most that one of these roles allows; who holds none may what the strictest role may."""
    allowed = [Access(limits.get(role, Access.EDIT)) for role in roles]
    order = list(Access)
    if allowed:
        return max(allowed, key=order.index)
    return min(map(Access, limits.values()), key=order.index, default=Access.EDIT)


def seen_by_all(limits: Mapping[str, str]) -> bool:
    """Whether no role is kept from seeing a field: only then may a gate ask about it."""
    return Access.HIDDEN not in limits.values()


def is_custom(name: str) -> bool:
    """Whether a field of this name was added by an administrator."""
    return name.startswith(CUSTOM)


def custom_key(name: str) -> str:
    """The key of such a field."""
    return name.removeprefix(CUSTOM)


def custom_text(value: Any) -> str | None:
    """What a record holds of such a field as one text, as forms send it: true or false, choices with commas."""
    if value is None or value == []:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(value) if isinstance(value, list) else str(value)


def split_choices(text: str) -> list[str]:
    """Several choices written in one text."""
    parts = (part.strip() for part in re.split(f"[{SEPARATORS}]", text))
    return list(dict.fromkeys(filter(None, parts)))


# Layouts: which fields stand on a page or a card, in which order, and under which headings.
PLACES = ("deal", "customer", "card")
CARD = "card"
MOST_GROUPS = 12
MOST_ON_A_CARD = 8
LONGEST_HEADING = 60
# what a deal is told by on its page and its card besides its fields; no field of a process has a dot in its key
NEXT_STEP, LAST_FOLLOW_UP, CREATED, DAYS = "deal.next_step", "deal.last_follow_up", "deal.created", "deal.days"
DEAL_PAGE = (*DEAL_FIELDS[1:], NEXT_STEP, LAST_FOLLOW_UP, CREATED)
CUSTOMER_PAGE = (
    *(name for name in CUSTOMER_FIELDS if name not in {"name", "notes", "parent", "grade", "grade_reason"}),
    "notes",
    "owner",
    "created_at",
)
DEAL_CARD = (
    "customer", "amount", DAYS, "owner", "product", "region", "source", "expected_close", "code", LAST_FOLLOW_UP,
    CREATED,
)  # fmt: skip
# what a card shows as long as nobody laid it out
CARD_STANDARD = ("customer", "amount", DAYS)


@dataclass(frozen=True)
class FieldGroup:
    """Fields that stand together under a heading, or under none; the rest are those that a layout names in no group."""

    heading: str
    fields: tuple[str, ...]
    is_rest: bool = False


def arranged(groups: Iterable[FieldGroup], offered: Iterable[str], *, with_rest: bool) -> list[FieldGroup]:
    """The fields that are there as these groups have them, and those in none of them behind; no group is empty."""
    there = dict.fromkeys(offered)
    kept = [FieldGroup(group.heading, tuple(name for name in group.fields if name in there)) for group in groups]
    placed = {name for group in kept for name in group.fields}
    rest = tuple(name for name in there if name not in placed)
    found = [*kept, FieldGroup("", rest, is_rest=True)] if with_rest else kept
    return [group for group in found if group.fields]


def with_places_kept(
    groups: Iterable[FieldGroup], before: Iterable[FieldGroup], gone: Collection[str]
) -> list[FieldGroup]:
    """These groups with the fields of before that are `gone`: each behind the one it stood behind, or before the next.

    Where nothing of its group stands in a group any more, that of its heading keeps it; else it stands in none.
    """
    kept = list(groups)
    for old in before:
        for name in (name for name in old.fields if name in gone):
            kept = _put_back(kept, old, name)
    return kept


def _put_back(groups: list[FieldGroup], old: FieldGroup, name: str) -> list[FieldGroup]:
    place = old.fields.index(name)
    neighbours = [
        *((near, 1) for near in reversed(old.fields[:place])),
        *((near, 0) for near in old.fields[place + 1 :]),
    ]
    for near, behind in neighbours:
        if holder := next((group for group in groups if near in group.fields), None):
            return _with(groups, holder, name, holder.fields.index(near) + behind)
    same = next((group for group in groups if group.heading == old.heading), None)
    return _with(groups, same, name, len(same.fields)) if same else groups


def _with(groups: list[FieldGroup], holder: FieldGroup, name: str, place: int) -> list[FieldGroup]:
    fields = (*holder.fields[:place], name, *holder.fields[place:])
    return [FieldGroup(group.heading, fields) if group is holder else group for group in groups]


# where something is: words, degrees in brackets behind them, or both
_PLACE = re.compile(
    r"(?P<words>.*?)\s*[(（]\s*(?P<latitude>-?\d{1,3}(?:\.\d{1,12})?)\s*[,，]"
    r"\s*(?P<longitude>-?\d{1,3}(?:\.\d{1,12})?)\s*[)）]",
    re.ASCII,
)
_DEGREES = Decimal("0.000001")


@dataclass(frozen=True)
class Place:
    """Where something is, in words and in degrees."""

    words: str
    latitude: Decimal | None = None
    longitude: Decimal | None = None

    @property
    def is_on_earth(self) -> bool:
        """Whether its degrees, if it has any, are those of a point on earth."""
        return abs(self.latitude or Decimal(0)) <= 90 and abs(self.longitude or Decimal(0)) <= 180


def place_of(text: str) -> Place:
    """The place that a text tells of, to about ten centimetres."""
    found = _PLACE.fullmatch(text.strip())
    if found is None:
        return Place(text.strip())
    latitude, longitude = (Decimal(found[name]).quantize(_DEGREES) for name in ("latitude", "longitude"))
    return Place(found["words"], latitude, longitude)


def place_text(place: Place) -> str:
    """A place as one text; `place_of` reads it again."""
    if place.latitude is None:
        return place.words
    return f"{place.words} ({place.latitude}, {place.longitude})".strip()
