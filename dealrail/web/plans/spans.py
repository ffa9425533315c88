"""The days that a view of the calendar shows, and how one gets to those before and after."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

VIEWS = ("list", "day", "week", "month")
AHEAD = 30
YEARS = range(2000, 2100)


@dataclass(frozen=True)
class Span:
    """The days shown, from `first` to `last`, about the day `on`; weeks begin on Monday."""

    view: str
    on: date
    first: date
    last: date

    @property
    def days(self) -> list[date]:
        """Every day of it."""
        return [self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1)]

    @property
    def start(self) -> datetime:
        """When the first day begins."""
        return _midnight(self.first)

    @property
    def end(self) -> datetime:
        """When the day after the last begins."""
        return _midnight(self.last + timedelta(days=1))

    @property
    def before(self) -> date:
        """A day in the span before."""
        return self.on.replace(day=1) - timedelta(days=1) if self.view == "month" else self.on - self._step

    @property
    def after(self) -> date:
        """A day in the span after."""
        return (
            (self.on.replace(day=28) + timedelta(days=4)).replace(day=1)
            if self.view == "month"
            else self.on + self._step
        )

    @property
    def _step(self) -> timedelta:
        return timedelta(days={"day": 1, "week": 7}.get(self.view, AHEAD))


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def span(view: str, on: date) -> Span:
    """The days that this view shows about a day; a month is shown in whole weeks."""
    if view == "day":
        return Span(view, on, on, on)
    if view == "list":
        return Span(view, on, on, on + timedelta(days=AHEAD))
    first, last = (on, on) if view == "week" else (on.replace(day=1), _end_of_month(on))
    return Span(view, on, first - timedelta(days=first.weekday()), last + timedelta(days=6 - last.weekday()))


def _end_of_month(on: date) -> date:
    return (on.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def day_of(text: str, otherwise: date) -> date:
    """A day as an address has it; `otherwise` for what is none, or too far away."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return otherwise
    return found if found.year in YEARS else otherwise
