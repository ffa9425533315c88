"""Reads the values of a filter's conditions in the type of their field; dates become spans."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import DecimalField, Value
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dealrail.core import money
from dealrail.core.filters.fields import Field, FieldType
from dealrail.core.filters.periods import Period, named_period
from dealrail.core.filters.refusals import WrongFilterValue
from dealrail.core.formats import FIRST_YEAR, LAST_YEAR

MAX_VALUES = 200
MAX_TEXT = 500

_EXPECTED: Mapping[FieldType, Promise] = {
    FieldType.TEXT: _("write a text of at most 500 characters."),
    FieldType.NUMBER: _("write a number."),
    FieldType.MONEY: _("write an amount as text, such as “200,000” or “20万”."),
    FieldType.DATE: _("write a day such as 2024-03-01, -7d, today or last_month."),
    FieldType.DATETIME: _("write a day such as 2024-03-01, -7d, today or last_month, or a moment."),
    FieldType.BOOL: _("write true or false."),
    FieldType.CHOICE: _("choose one of the offered values."),
    FieldType.REF: _("write the number of a record."),
    FieldType.PERSON: _("write the number of a person, or “me”."),
}
_EXPECTED_LIST = _("write a list of 1 to 200 values.")
_EXPECTED_PAIR = _("write a list of two values, from and to.")


@dataclass(frozen=True)
class Span:
    """A day, a longer period or a moment; `end` belongs to it when it is `closed`."""

    start: date | datetime
    end: date | datetime
    closed: bool

    def bound(self, op: str) -> tuple[str, date | datetime]:
        """The lookup and its value for what is before, up to, from or after the whole span."""
        if op in ("lt", "gte"):
            return op, self.start
        return (op if self.closed else {"lte": "lt", "gt": "gte"}[op]), self.end


@dataclass(frozen=True)
class Leaf:
    """One condition while it is compiled: its field, where it stands, and what relative values refer to."""

    field: Field
    op: str
    place: str
    today: date
    me: int

    def wrong(self, value: object, expected: str | Promise = "", place: str = "value") -> WrongFilterValue:
        words = str(expected or _EXPECTED[self.field.type])
        shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
        params = {"value": shown[:60], "field": str(self.field.label), "expected": words}
        return WrongFilterValue(place=f"{self.place}.{place}", **params)

    def read(self, value: object, place: str = "value") -> Any:
        """One value in the type of the field."""
        parsed = _READERS[self.field.type](value, self)
        if parsed is None:
            raise self.wrong(value, place=place)
        return parsed

    def read_all(self, value: object) -> list[Any]:
        """The values of an op that takes several: two of `between`, 1 to MAX_VALUES of the others."""
        low, high = (2, 2) if self.op == "between" else (1, MAX_VALUES)
        if not isinstance(value, list) or not low <= len(value) <= high:
            raise self.wrong(value, _EXPECTED_PAIR if self.op == "between" else _EXPECTED_LIST)
        return [self.read(one, f"value[{index}]") for index, one in enumerate(value)]


_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,6})?", re.ASCII)
_GROUPS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))", re.ASCII)
_ID = re.compile(r"\d{1,18}", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def _text(value: object, _leaf: Leaf) -> str | None:
    # PostgreSQL stores no NUL and refuses to be asked for one.
    is_text = isinstance(value, str) and len(value) <= MAX_TEXT and "\0" not in value
    return str(value) if is_text else None


def _choice(value: object, leaf: Leaf) -> str | None:
    text, choices = _text(value, leaf), leaf.field.choices
    return text if choices is None or text in choices else None


def _number(value: object, _leaf: Leaf) -> int | Value | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    text = _GROUPS.sub("", str(value).strip())
    if not _NUMBER.fullmatch(text):
        return None
    number = Decimal(text)
    # A bare 1.5 would be cut to 1 when the column holds whole numbers.
    return int(number) if number == int(number) else Value(number, output_field=DecimalField())


def _money(value: object, _leaf: Leaf) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    try:
        return money.yuan(str(value), negative=True)
    except money.BadAmount:
        return None


def _bool(value: object, _leaf: Leaf) -> bool | None:
    return value if isinstance(value, bool) else None


def _ref(value: object, _leaf: Leaf) -> int | None:
    is_id = isinstance(value, int | str) and not isinstance(value, bool) and _ID.fullmatch(str(value))
    return int(str(value)) if is_id else None


def _person(value: object, leaf: Leaf) -> int | None:
    return leaf.me if value == "me" else _ref(value, leaf)


def _days(value: object, leaf: Leaf) -> Period | None:
    if not isinstance(value, str):
        return None
    if not _DAY.fullmatch(value):
        return named_period(value, leaf.today)
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return None
    return Period(day, day)


def _date(value: object, leaf: Leaf) -> Span | None:
    days = _days(value, leaf)
    return Span(days.first, days.last, closed=True) if days and _is_storable(days.first, days.last) else None


def _datetime(value: object, leaf: Leaf) -> Span | None:
    if days := _days(value, leaf):
        start, end = (_midnight(day) for day in (days.first, days.last + timedelta(days=1)))
        return Span(start, end, closed=False) if _is_storable(start, end) else None
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    if not _is_storable(moment):
        return None
    moment = moment if timezone.is_aware(moment) else timezone.make_aware(moment)
    return Span(moment, moment, closed=True)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _is_storable(*days: date) -> bool:
    return all(FIRST_YEAR <= day.year <= LAST_YEAR + 1 for day in days)


_READERS: Mapping[FieldType, Callable[[object, Leaf], Any]] = {
    FieldType.TEXT: _text,
    FieldType.NUMBER: _number,
    FieldType.MONEY: _money,
    FieldType.DATE: _date,
    FieldType.DATETIME: _datetime,
    FieldType.BOOL: _bool,
    FieldType.CHOICE: _choice,
    FieldType.REF: _ref,
    FieldType.PERSON: _person,
}
