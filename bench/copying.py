"""Fills the holes of a pattern: one more deal or customer, of somebody else, some weeks earlier."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from bench.company import Seat
from bench.patterns import LOG_TABLES, Pattern, Row, Table, Text
from dealrail.core import search
from dealrail.events.models import ChainHead, Event, Receipt
from dealrail.events.rules import GENESIS, linked
from dealrail.notifications.models import Notification

Cells = list[Any]
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

    def __init__(self, people: Mapping[Seat, tuple[int, str]], today: date, kept_for: timedelta) -> None:
        self._people = people
        self._fresh = today - kept_for
        # Spelling a day is asked for so often that a table is worth it.
        start = today - timedelta(days=4 * 365)
        self._start = start.toordinal()
        self._days = [(start + timedelta(days=number)).isoformat() for number in range(6 * 365)]

    def copy(self, pattern: Pattern, telling: Telling) -> Iterator[tuple[Table, Cells]]:
        """Every row of it, table by table."""
        values = self._values(pattern, telling)
        is_fresh = pattern.last - timedelta(weeks=telling.weeks) >= self._fresh
        for table, rows in pattern.rows.items():
            if table not in LOG_TABLES and (is_fresh or table not in FRESH_ONLY):
                for row in rows:
                    yield table, _filled(row, values)
        yield from self._log(pattern, values, is_fresh=is_fresh)

    def _log(self, pattern: Pattern, values: list[Any], *, is_fresh: bool) -> Iterator[tuple[Table, Cells]]:
        heads = [_filled(row, values) for row in pattern.rows[ChainHead]]
        hashes = [GENESIS] * len(heads)
        for link in pattern.links:
            payload = _fill(link.payload, values)
            values[link.payload_hole] = payload
            hashes[link.chain] = linked(hashes[link.chain], _fill(link.content, values))
            cells = _filled(link.row, values)
            cells[_PAYLOAD], cells[_HASH] = payload, hashes[link.chain]
            yield Event, cells
        for cells, last in zip(heads, hashes, strict=True):
            cells[_HEAD_HASH] = last
            yield ChainHead, cells
        if is_fresh:
            for row in pattern.rows[Receipt]:
                yield Receipt, _filled(row, values)

    def _values(self, pattern: Pattern, telling: Telling) -> list[Any]:
        values: list[Any] = []
        back = self._start + 7 * telling.weeks
        for (kind, what), number in pattern.holes.items():
            match kind:
                case "day":
                    value: Any = self._days[what.toordinal() - back]
                case "own":
                    value = telling.first[what[0]] + what[1]
                case "user" | "user_name":
                    value = self._people[_moved(what, pattern.seat, telling.seat)][kind == "user_name"]
                case "short":
                    value = telling.short
                case "customer":
                    value = telling.customer
                case "phone":
                    value = f"13{(telling.phone + number) * _SPREAD % 10**9:09d}"
                case "text":
                    value = _fill(what, values)
                case "words":
                    phones = [_fill(what.phone, values)] if what.phone else []
                    value = search.tokens(names=[_fill(what.name, values)], phones=phones, company=what.is_company)
                case _:
                    value = None
            values.append(value)
        return values


def _place(table: Any, column: str) -> int:
    return [field.attname for field in table._meta.concrete_fields].index(column)


_PAYLOAD, _HASH, _HEAD_HASH = _place(Event, "payload"), _place(Event, "hash"), _place(ChainHead, "hash")


def _fill(text: Text, values: list[Any]) -> str:
    return text.format % tuple([values[hole] for hole in text.holes])


def _filled(row: Row, values: list[Any]) -> Cells:
    cells = list(row.cells)
    for place, hole in row.holes:
        cells[place] = values[hole]
    return cells


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
