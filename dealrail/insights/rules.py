"""What a funnel is made of, and the ratios it shows; pure."""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

from dealrail.core.workdays import MINUTES_PER_DAY


class Figure(StrEnum):
    """The figures of a funnel that can be opened; the last five are those of the execution rate."""

    ALL = "all"
    REACHED = "reached"
    HERE = "here"
    MOVED_ON = "moved_on"
    LOST = "lost"
    PARKED = "parked"
    OPEN = "open"
    WON = "won"
    DUE = "due"
    MET = "met"
    WAIVED = "waived"
    LATE = "late"
    OWING = "owing"


@dataclass(frozen=True, kw_only=True)
class Cohort:
    """Which deals a funnel counts: those that entered the process in [start, end), narrowed by the rest."""

    process: str
    start: date | None = None
    end: date | None = None
    owner_id: int | None = None
    product_id: int | None = None
    region_id: int | None = None
    unit_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class FunnelRow:
    """One stage of a funnel, in deals. Conversions are shares of 1, `None` where there is nothing to divide by.

    `moved_on` ever left it forward; `here` are in it now; `lost` and `parked` stopped in it. A deal that came back
    counts in `moved_on` and in `here`.
    """

    key: str
    name: str
    kind: str
    reached: int
    here: int
    moved_on: int
    lost: int
    parked: int
    from_before: float | None
    from_start: float | None
    median_days: float | None
    stays_measured: int


@dataclass(frozen=True, kw_only=True)
class Totals:
    """The cohort as a whole; money in yuan."""

    deals: int
    open: int
    won: int
    lost: int
    parked: int
    won_amount: Decimal
    open_amount: Decimal


@dataclass(frozen=True, kw_only=True)
class Funnel:
    """Totals and stages of one cohort."""

    totals: Totals
    rows: tuple[FunnelRow, ...]


@dataclass(frozen=True, kw_only=True)
class Execution:
    """How faithfully the SOP was followed (执行率): of `due` conditions at gates passed, `met` in time.

    `waived` passed by waiver, `late` were met after the stage's time limit. Debts of imported history stand apart.
    """

    due: int
    met: int
    waived: int
    late: int
    debts: int
    debts_settled: int

    @property
    def rate(self) -> float | None:
        """Met ÷ due."""
        return share(self.met, self.due)


def share(part: int, whole: int) -> float | None:
    """Part of whole, rounded to four places; None when there is no whole."""
    return round(float(Fraction(part, whole)), 4) if whole else None


def middle(values: list[int]) -> float | None:
    """The mean of the one or two middle values that a sorted query returned."""
    return sum(values) / len(values) if values else None


# What a rollup tells apart, level by level; the last one tells apart everything.
PEOPLE = ("owner", "credited", "pool")
LEVELS: tuple[tuple[str, ...], ...] = ((), ("product",), ("region",), PEOPLE, (*PEOPLE, "product", "region"))
FINEST = len(LEVELS) - 1


def level_for(needed: Collection[str]) -> int:
    """The coarsest level that tells apart what is needed."""
    return next(number for number, told in enumerate(LEVELS) if set(needed) <= set(told))


@dataclass(slots=True)
class Tally:
    """What is counted of deals in one stage; every figure of a funnel is made of these, and they add up.

    Money in fen. What a deal is as a whole (its state, amount and debts) counts in the stage where it stands. `tenths`
    counts the stays that ended in a move forward by their length in tenths of a working day.
    """

    reached: int = 0
    here: int = 0
    moved_on: int = 0
    due: int = 0
    waived: int = 0
    late: int = 0
    open: int = 0
    won: int = 0
    lost: int = 0
    parked: int = 0
    open_cents: int = 0
    won_cents: int = 0
    debts: int = 0
    settled: int = 0
    tenths: Counter[int] = field(default_factory=Counter)

    @property
    def counts(self) -> list[int]:
        """The counts, in the order of COUNTS."""
        return [getattr(self, name) for name in COUNTS]

    def add(self, other: "Tally", sign: int = 1) -> None:
        """Count these deals too, or no more (`sign` -1)."""
        for name in COUNTS:
            if count := getattr(other, name):
                setattr(self, name, getattr(self, name) + sign * count)
        for length, count in other.tenths.items():
            self.tenths[length] += sign * count

    def pack(self) -> list[Any]:
        """The same as plain JSON."""
        return [*self.counts, packed(self.tenths)]

    @classmethod
    def of(cls, counts: Iterable[int], tenths: Counter[int]) -> "Tally":
        """A tally of these counts, in the order of COUNTS; what isn't given is 0."""
        tally = cls(tenths=tenths)
        for name, count in zip(COUNTS, counts, strict=False):
            setattr(tally, name, count)
        return tally

    @classmethod
    def unpack(cls, plain: Sequence[Any]) -> "Tally":
        """A tally from what `pack` made of it."""
        return cls.of(plain[:-1], unpacked(plain[-1]))


COUNTS = tuple(column.name for column in fields(Tally) if column.name != "tenths")


def packed(tenths: Mapping[int, int]) -> str:
    """Lengths and their counts in turn; several such texts may be joined by commas."""
    return ",".join(f"{length},{count}" for length, count in sorted(tenths.items()) if count)


def unpacked(text: str) -> Counter[int]:
    """Lengths and their counts, added up, from one or more packed texts."""
    found: Counter[int] = Counter()
    if text:
        numbers = json.loads(f"[{text}]")
        for length, count in zip(numbers[::2], numbers[1::2], strict=True):
            found[length] += count
    return found


def tenths_of(minutes: float) -> int:
    """Worked minutes in tenths of a working day, rounded."""
    return round(10 * round(minutes / MINUTES_PER_DAY, 1))


def middle_tenths(tenths: Mapping[int, int]) -> tuple[int, int]:
    """The two lengths in the middle of those counted, of which there must be some; twice the same if there is one."""
    total = sum(tenths.values())
    low, high = _nth(tenths, (total - 1) // 2), _nth(tenths, total // 2)
    return low, high


def _nth(tenths: Mapping[int, int], number: int) -> int:
    seen = 0
    for length in sorted(tenths):
        seen += tenths[length]
        if seen > number:
            return length
    raise IndexError(number)


Days = tuple[date, date]


def whole_months(start: date | None, end: date | None) -> tuple[date | None, date | None, list[Days]]:
    """The months that lie in [start, end) as a whole, as [first, last), and the rest of it as spans of days."""
    first = start and _month_from(start)
    last = end and end.replace(day=1)
    if start and end and first and last and first > last:
        return first, last, [(start, end)]
    cuts = [(start, first)] if start and first and start < first else []
    return first, last, cuts + ([(last, end)] if end and last and last < end else [])


def _month_from(day: date) -> date:
    """The first of a month that is this day or comes next."""
    return day if day.day == 1 else (day.replace(day=1) + timedelta(days=32)).replace(day=1)


class ActionFigure(StrEnum):
    """The figures of an action of the SOP that can be opened."""

    DUE = "due"
    DONE = "done"
    WAIVED = "waived"
    SKIPPED = "skipped"
    TIMED = "timed"
    ON_TIME = "on_time"


@dataclass(frozen=True)
class Passed:
    """How a run left a stage that asks for an action; `on_time` is None where the stage has no time limit."""

    run_id: int
    done: bool
    waived: bool = False
    on_time: bool | None = None


@dataclass(frozen=True)
class ActionUsage:
    """The runs behind each figure of an action; `has_more`: there were more in the period than are counted."""

    runs: Mapping[ActionFigure, tuple[int, ...]]
    has_more: bool

    def count(self, figure: ActionFigure) -> int:
        """How many deals stand behind a figure."""
        return len(self.runs[figure])

    @property
    def done_rate(self) -> float | None:
        """Done ÷ due."""
        return share(self.count(ActionFigure.DONE), self.count(ActionFigure.DUE))

    @property
    def on_time_rate(self) -> float | None:
        """On time ÷ done in a stage with a time limit."""
        return share(self.count(ActionFigure.ON_TIME), self.count(ActionFigure.TIMED))


def action_usage(passed: Iterable[Passed], *, has_more: bool) -> ActionUsage:
    """Tell the runs apart, so that due = done + waived + skipped.

    *Due* left a stage that asks for the action. *Done* had carried it out by then; *waived* had not, but a condition
    that demands it was waived there; *skipped* are the rest. *Timed* are those of the done in a stage with a time
    limit, *on time* those of the timed that did it within so many working days of entering. The formulas are those of
    the execution rate (执行率 in CONTEXT.md: actions done ÷ those due), by the clock that its late conditions go by.
    """
    rows = list(passed)
    picked = {
        ActionFigure.DUE: rows,
        ActionFigure.DONE: [row for row in rows if row.done],
        ActionFigure.WAIVED: [row for row in rows if row.waived],
        ActionFigure.SKIPPED: [row for row in rows if not row.done and not row.waived],
        ActionFigure.TIMED: [row for row in rows if row.on_time is not None],
        ActionFigure.ON_TIME: [row for row in rows if row.on_time],
    }
    return ActionUsage({figure: tuple(row.run_id for row in found) for figure, found in picked.items()}, has_more)
