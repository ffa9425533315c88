"""Spans of whole days that are named relative to today: -7d, +2w, -1m, today, last_month, this_quarter."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

_OFFSET = re.compile(r"(?P<count>[+-]\d{1,4})(?P<unit>[dwmy])", re.ASCII)
_NEAR = {"yesterday": -1, "today": 0, "tomorrow": 1}
_SHIFTS = {"last": -1, "this": 0, "next": 1}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True)
class Period:
    """Days from `first` to `last`, both included."""

    first: date
    last: date


def named_period(word: str, today: date) -> Period | None:
    """The days that `word` names, seen from `today`; None when it names none."""
    if word in _NEAR:
        day = today + timedelta(days=_NEAR[word])
        return Period(day, day)
    if found := _OFFSET.fullmatch(word):
        return _offset(today, int(found["count"]), found["unit"])
    shift, _, unit = word.partition("_")
    if shift in _SHIFTS:
        return _span(today, _SHIFTS[shift], unit)
    return None


def _offset(today: date, count: int, unit: str) -> Period | None:
    try:
        if unit in "dw":
            day = today + timedelta(days=count * (7 if unit == "w" else 1))
        else:
            day = _months_later(today, count * (12 if unit == "y" else 1))
    except (OverflowError, ValueError):
        return None
    return Period(day, day)


def _span(today: date, shift: int, unit: str) -> Period | None:
    if unit == "week":
        monday = today + timedelta(days=7 * shift - today.weekday())
        return Period(monday, monday + timedelta(days=6))
    if unit not in _MONTHS:
        return None
    size = _MONTHS[unit]
    first = _months_later(today.replace(day=1), (size * shift) - (today.month - 1) % size)
    return Period(first, _months_later(first, size) - timedelta(days=1))


def _months_later(day: date, months: int) -> date:
    """The same day some months later, or the last of that month where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
