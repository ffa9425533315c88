"""What stands in a cell of a list: a value and how it is shown; lists/cell.html draws it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.urls import reverse

from dealrail.core.texts import listed
from dealrail.crm import policy
from dealrail.crm.queries import YES_NO


@dataclass(frozen=True)
class Cell:
    """`kind` says how the value is drawn: as text, money, day, ago, due, phone, step, state, record, task or none."""

    kind: str
    value: Any = None
    href: str = ""
    more: Any = None

    @property
    def is_plain(self) -> bool:
        """Whether it is no more than a value; the filter `drawn` tells it, and lists/cell.html all others."""
        return self.kind in {"none", "text", "money", "day", "ago"} or (self.kind == "record" and not self.more)

    @property
    def is_none(self) -> bool:
        """Whether nothing is to be seen in it."""
        return self.kind == "none" or (self.kind not in {"step", "state"} and self.value in (None, ""))


NOTHING = Cell("none")


def text(value: Any) -> Cell:
    """A text as it is; a dash for none."""
    return Cell("text", value) if value not in (None, "") else NOTHING


def record(row: Any, address: str, *, more: Any = None) -> Cell:
    """The name of a record, which leads to its page."""
    return NOTHING if row is None else Cell("record", str(row), reverse(address, args=[row.pk]), more)


def money(value: Decimal | None) -> Cell:
    """An amount in yuan."""
    return Cell("money", value)


def day(value: date | None) -> Cell:
    """A date."""
    return Cell("day", value) if value is not None else NOTHING


def ago(value: Any) -> Cell:
    """A time, in words when it is near."""
    return Cell("ago", value) if value is not None else NOTHING


def phone(value: str, *, masked: bool) -> Cell:
    """A phone number, to be called by a tap unless it is masked."""
    return Cell("phone", value, more=masked) if value else NOTHING


def added(record: Any, key: str, kind: str, *, masked: bool) -> Cell:
    """What a record holds of a field that an administrator added; a way to reach somebody perhaps `masked`."""
    value = record.custom.get(key)
    if masked and value:
        return text(policy.masked_way(value))
    if isinstance(value, bool):
        return text(YES_NO["true" if value else "false"])
    return typed(kind, listed(value) if isinstance(value, list) else value)


def typed(kind: str, value: Any) -> Cell:
    """A value of a field that a process adds, as it is kept: numbers and amounts as text, days as 2024-03-01."""
    if value in (None, ""):
        return NOTHING
    if kind == "money":
        return money(Decimal(value))
    return day(date.fromisoformat(value)) if kind == "date" else text(value)
