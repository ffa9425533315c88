"""Working time: minutes between two moments, and working days on; a working day counts 24 hours."""

from collections.abc import Set as AbstractSet
from datetime import date, datetime, time, timedelta, tzinfo

MINUTES_PER_DAY = 1440
_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
_MONDAY = date(1, 1, 1).toordinal()


def is_working_day(
    day: date, *, holidays: AbstractSet[date] = frozenset(), extra_days: AbstractSet[date] = frozenset()
) -> bool:
    """Monday to Friday, unless a holiday; a make-up day in `extra_days` always counts."""
    return day in extra_days or (day.weekday() < 5 and day not in holidays)


def working_minutes(
    start: datetime,
    end: datetime,
    *,
    tz: tzinfo,
    holidays: AbstractSet[date] = frozenset(),
    extra_days: AbstractSet[date] = frozenset(),
) -> int:
    """Minutes on working days of `tz` from start to end; negative when end stands before start.

    Both moments are cut to the minute, so neighbouring spans add up exactly.
    """
    first, last = (_minutes_until(moment, tz, holidays, extra_days) for moment in (start, end))
    return last - first


def add_working_days(
    start: datetime,
    days: int,
    *,
    tz: tzinfo,
    holidays: AbstractSet[date] = frozenset(),
    extra_days: AbstractSet[date] = frozenset(),
) -> datetime:
    """The moment by which `days` (0 or more) whole working days have passed since start.

    Friday 10:00 and one day make Monday 10:00; what starts on a day off starts with the next working day.
    """
    local = start.astimezone(tz).replace(tzinfo=None)
    if not is_working_day(local.date(), holidays=holidays, extra_days=extra_days):
        day = working_day_after(local.date(), 1, holidays=holidays, extra_days=extra_days)
        local = datetime.combine(day, time.min)
    day = working_day_after(local.date(), days, holidays=holidays, extra_days=extra_days)
    return datetime.combine(day, local.time(), tzinfo=tz)


def working_days_before(
    end: datetime,
    days: int,
    *,
    tz: tzinfo,
    holidays: AbstractSet[date] = frozenset(),
    extra_days: AbstractSet[date] = frozenset(),
) -> datetime:
    """The moment since which `days` (1 or more) whole working days have passed until end.

    The other way round than `add_working_days`: what started before it has waited longer than that. A day off counts as
    the end of the working day before it.
    """
    local = end.astimezone(tz).replace(tzinfo=None)
    day = working_day_after(local.date(), -days, holidays=holidays, extra_days=extra_days)
    is_off = not is_working_day(local.date(), holidays=holidays, extra_days=extra_days)
    return datetime.combine(day, time.min if is_off else local.time(), tzinfo=tz)


def working_day_after(
    day: date,
    days: int,
    *,
    holidays: AbstractSet[date] = frozenset(),
    extra_days: AbstractSet[date] = frozenset(),
) -> date:
    """The working day `days` working days after `day`, or before it when negative; 0 is `day` itself."""
    step = _DAY if days > 0 else -_DAY
    left = abs(days)
    while left:
        day += step
        left -= is_working_day(day, holidays=holidays, extra_days=extra_days)
    return day


def _minutes_until(moment: datetime, tz: tzinfo, holidays: AbstractSet[date], extra_days: AbstractSet[date]) -> int:
    local = moment.astimezone(tz).replace(tzinfo=None)
    minutes = _days_before(local.date(), holidays, extra_days) * MINUTES_PER_DAY
    if is_working_day(local.date(), holidays=holidays, extra_days=extra_days):
        minutes += (local - datetime.combine(local, time.min)) // _MINUTE
    return minutes


def _days_before(day: date, holidays: AbstractSet[date], extra_days: AbstractSet[date]) -> int:
    """Working days from the beginning of the calendar to the day before `day`, counted by whole weeks."""
    weeks, rest = divmod(day.toordinal() - _MONDAY, 7)
    off = sum(1 for free in holidays if free < day and free.weekday() < 5 and free not in extra_days)
    made_up = sum(1 for extra in extra_days if extra < day and extra.weekday() >= 5)
    return weeks * 5 + min(rest, 5) - off + made_up
