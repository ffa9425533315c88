"""What a funnel is made of, and the ratios it shows; pure."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction


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
