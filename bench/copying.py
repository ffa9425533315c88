"""Fills the holes of a pattern: one more deal or customer, of somebody else, some weeks earlier."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from typing import Any

from bench.company import Seat
from bench.patterns import Pattern, Table
from dealrail.core import search
from dealrail.events.models import Event, Receipt
from dealrail.events.rules import GENESIS, linked
from dealrail.notifications.models import Notification

# Has no divisor in common with a power of ten, so every number is met once, far from its neighbours.
_SPREAD = 387_420_489
# Only of what is new: older ones would have been swept.
FRESH_ONLY: tuple[Table, ...] = (Receipt, Notification)


@dataclass(frozen=True)
class Telling:
    """What fills the holes of a pattern this time; `first` are the keys its rows begin with."""

    first: Mapping[Table, int]
    seat: Seat
    weeks: int
    short: str
    phone: int
    customer: int | None = None


class Copier:
    """Tells patterns again for the people of a company."""

    def __init__(
        self, people: Mapping[Seat, tuple[int, str]], today: date, kept_for: timedelta, escape: Callable[[str], str]
    ) -> None:
        self._people, self._escape = people, escape
        self._fresh = today - kept_for
        # Spelling a day is asked for so often that a table is worth it.
        start = today - timedelta(days=4 * 365)
        self._start = start.toordinal()
        self._days = [(start + timedelta(days=number)).isoformat() for number in range(6 * 365)]

    def copy(self, pattern: Pattern, telling: Telling) -> Iterator[tuple[Table, list[str]]]:
        """Every row of it as a line, table by table."""
        values = self._values(pattern, telling)
        is_fresh = pattern.last - timedelta(weeks=telling.weeks) >= self._fresh
        yield Event, self._chained(pattern, values)
        for table, rows in pattern.rows.items():
            if is_fresh or table not in FRESH_ONLY:
                yield table, [row.filled(values) for row in rows]

    def _chained(self, pattern: Pattern, values: list[Any]) -> list[str]:
        """The lines of its events, each hashed after the one before; the last hashes go to the holes of the heads."""
        payload, spelled, hashed = (
            pattern.holes[kind, None] for kind in ("payload", "spelled_payload", "spelled_hash")
        )
        heads = [hole for hole, _chain in pattern.by_kind["head"]]
        hashes = [GENESIS] * len(heads)
        lines = []
        for link in pattern.links:
            text = link.payload.filled(values)
            values[payload], values[spelled] = text, self._escape(text)
            values[hashed] = hashes[link.chain] = linked(hashes[link.chain], link.content.filled(values))
            lines.append(link.row.filled(values))
        for hole, last in zip(heads, hashes, strict=True):
            values[hole] = last
        return lines

    def _values(self, pattern: Pattern, telling: Telling) -> list[Any]:
        values: list[Any] = [None] * len(pattern.holes)
        back = self._start + 7 * telling.weeks
        for hole, day in pattern.by_kind["day"]:
            values[hole] = self._days[day.toordinal() - back]
        for hole, (table, number) in pattern.by_kind["own"]:
            values[hole] = telling.first[table] + number
        for hole, seat in pattern.by_kind["user"]:
            values[hole] = self._people[_moved(seat, pattern.seat, telling.seat)][0]
        for hole, seat in pattern.by_kind["user_name"]:
            values[hole] = self._people[_moved(seat, pattern.seat, telling.seat)][1]
        for hole, _nothing in pattern.by_kind["short"]:
            values[hole] = telling.short
        for hole, _nothing in pattern.by_kind["customer"]:
            values[hole] = telling.customer
        for hole, _phone in pattern.by_kind["phone"]:
            values[hole] = f"13{(telling.phone + hole) * _SPREAD % 10**9:09d}"
        for hole, words in pattern.by_kind["words"]:
            phones = [words.phone.filled(values)] if words.phone else []
            found = search.tokens(names=[words.name.filled(values)], phones=phones, company=words.is_company)
            values[hole] = self._escape(found)
        return values


@cache
def _moved(seat: Seat, model: Seat, target: Seat) -> Seat:
    """Who did here what the person in `seat` did for the model's seller.

    Two departments, and two lines' support, change places, so that different people stay different.
    """
    if seat.is_support:
        return replace(seat, line=_exchanged(seat.line, model.line, target.line))
    here, there = (model.line, model.department), (target.line, target.department)
    place = _exchanged(seat.place, model.place, target.place)
    if (seat.line, seat.department) == here:
        return Seat(*there, place)
    return Seat(*here, place) if (seat.line, seat.department) == there else seat


def _exchanged(value: int, one: int, other: int) -> int:
    return {one: other, other: one}.get(value, value)
