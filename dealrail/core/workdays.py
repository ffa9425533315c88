"""Working time: which days are worked, from when to when, and how long something took in them."""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache, cached_property

import chinese_calendar

MINUTES_PER_DAY = 1440
_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
_MONDAY = date(1, 1, 1).toordinal()


@dataclass(frozen=True)
class WorkingTime:
    """The days worked: these weekdays (Monday is 1), without the days `off` and with the days `on`, which win.

    A limit of days counts whole working days of 24 hours; a limit of hours counts from `opens` to `closes`.
    """

    tz: tzinfo = UTC
    weekdays: frozenset[int] = frozenset(range(1, 6))
    opens: time = time(9)
    closes: time = time(18)
    off: frozenset[date] = frozenset()
    on: frozenset[date] = frozenset()

    def is_working_day(self, day: date) -> bool:
        """Whether this day is worked."""
        return day in self.on or (day.isoweekday() in self.weekdays and day not in self.off)

    def minutes(self, start: datetime, end: datetime) -> int:
        """Minutes on working days from start to end; negative when end stands before start.

        Both moments are cut to the minute, so neighbouring spans add up exactly.
        """
        return self._minutes_until(end) - self._minutes_until(start)

    def after_days(self, start: datetime, days: int) -> datetime:
        """The moment by which `days` (0 or more) whole working days have passed since start.

        Friday 10:00 and one day make Monday 10:00; what starts on a day off starts with the next working day.
        """
        local = self._local(start)
        if not self.is_working_day(local.date()):
            local = datetime.combine(self.day_after(local.date(), 1), time.min)
        return datetime.combine(self.day_after(local.date(), days), local.time(), tzinfo=self.tz)

    def after_hours(self, start: datetime, hours: int) -> datetime:
        """The moment by which so many hours have passed since start, counted while work is open only.

        What starts when it is closed starts with the next opening; what just fills a day ends at its closing.
        """
        local, left = self._local(start), timedelta(hours=hours)
        while True:
            opened = max(local, datetime.combine(local.date(), self.opens))
            closed = datetime.combine(local.date(), self.closes)
            if self.is_working_day(local.date()) and opened < closed:
                if left <= closed - opened:
                    return (opened + left).replace(tzinfo=self.tz)
                left -= closed - opened
            local = datetime.combine(local.date() + _DAY, time.min)

    def before_days(self, end: datetime, days: int) -> datetime:
        """The moment since which `days` (1 or more) whole working days have passed until end.

        The other way round than `after_days`: what started before it has waited longer than that. A day off counts as
        the end of the working day before it.
        """
        local = self._local(end)
        day = self.day_after(local.date(), -days)
        is_off = not self.is_working_day(local.date())
        return datetime.combine(day, time.min if is_off else local.time(), tzinfo=self.tz)

    def day_after(self, day: date, days: int) -> date:
        """The working day `days` working days after `day`, or before it when negative; 0 is `day` itself."""
        step = _DAY if days > 0 else -_DAY
        left = abs(days)
        while left:
            day += step
            left -= self.is_working_day(day)
        return day

    def _local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.tz).replace(tzinfo=None)

    def _minutes_until(self, moment: datetime) -> int:
        local = self._local(moment)
        minutes = self._days_before(local.date()) * MINUTES_PER_DAY
        if self.is_working_day(local.date()):
            minutes += (local - datetime.combine(local, time.min)) // _MINUTE
        return minutes

    def _days_before(self, day: date) -> int:
        """Working days from the beginning of the calendar to the day before `day`, counted by whole weeks."""
        weeks, rest = divmod(day.toordinal() - _MONDAY, 7)
        in_rest = sum(1 for weekday in self.weekdays if weekday <= rest)
        off, on = self._exceptions
        return weeks * len(self.weekdays) + in_rest - bisect_left(off, day) + bisect_left(on, day)

    @cached_property
    def _exceptions(self) -> tuple[list[date], list[date]]:
        """The days off that would be worked, and those worked that wouldn't, each in order."""
        off = sorted(day for day in self.off - self.on if day.isoweekday() in self.weekdays)
        return off, sorted(day for day in self.on if day.isoweekday() not in self.weekdays)


@cache
def public_holidays() -> dict[date, str]:
    """The days off of mainland China by their English names, as the State Council announced them year by year."""
    return dict(chinese_calendar.holidays)


@cache
def make_up_days() -> dict[date, str]:
    """The weekends worked in mainland China, by the English name of the holiday they make up for."""
    return dict(chinese_calendar.workdays)


def announced_until() -> int:
    """The last year whose public holidays are known."""
    return max(public_holidays()).year


def with_holidays(days: Iterable[tuple[date, bool]]) -> tuple[frozenset[date], frozenset[date]]:
    """The days off and the days on of the public holidays, but for these days, which are worked or not."""
    off, on = set(public_holidays()), set(make_up_days())
    for day, is_worked in days:
        (on if is_worked else off).add(day)
        (off if is_worked else on).discard(day)
    return frozenset(off), frozenset(on)
