"""Working minutes and working days: weekends, holidays, make-up days, time zones."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealrail.core.workdays import (
    MINUTES_PER_DAY,
    add_working_days,
    is_working_day,
    working_day_after,
    working_minutes,
)

CHINA = ZoneInfo("Asia/Shanghai")
MAY_DAY = frozenset({date(2024, 5, 1), date(2024, 5, 2), date(2024, 5, 3)})
MADE_UP = frozenset({date(2024, 4, 28), date(2024, 5, 11)})

DAYS = st.dates(date(2024, 4, 1), date(2024, 6, 30))
MOMENTS = st.builds(datetime.combine, DAYS, st.times(), st.just(CHINA))
DAYS_OFF = st.frozensets(DAYS, max_size=12)


def at(text: str) -> datetime:
    """A moment in China."""
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


def counted_one_by_one(start: datetime, end: datetime, holidays: frozenset[date], extra: frozenset[date]) -> int:
    """The plain way: walk from day to day and add what lies inside."""
    total, day = timedelta(), start.date()
    while day <= end.date():
        if is_working_day(day, holidays=holidays, extra_days=extra):
            morning = datetime.combine(day, datetime.min.time(), CHINA)
            total += max(min(end, morning + timedelta(days=1)) - max(start, morning), timedelta())
        day += timedelta(days=1)
    return total // timedelta(minutes=1)


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        ("2024-04-15 10:00", "2024-04-15 10:30", 30),
        ("2024-04-15 10:00", "2024-04-16 10:00", MINUTES_PER_DAY),
        ("2024-04-19 10:00", "2024-04-22 10:00", MINUTES_PER_DAY),
        ("2024-04-20 00:00", "2024-04-22 00:00", 0),
        ("2024-04-15 00:00", "2024-04-29 00:00", 10 * MINUTES_PER_DAY),
        ("2024-04-22 10:00", "2024-04-19 10:00", -MINUTES_PER_DAY),
    ],
)
def test_weekends_count_nothing(start: str, end: str, minutes: int) -> None:
    assert working_minutes(at(start), at(end), tz=CHINA) == minutes


def test_holidays_count_nothing_and_make_up_days_count() -> None:
    minutes = working_minutes(
        at("2024-04-27 00:00"), at("2024-05-06 00:00"), tz=CHINA, holidays=MAY_DAY, extra_days=MADE_UP
    )
    assert minutes == 3 * MINUTES_PER_DAY


def test_a_make_up_day_wins_over_a_holiday() -> None:
    wednesday = date(2024, 5, 1)
    assert is_working_day(wednesday, holidays=MAY_DAY, extra_days=frozenset({wednesday}))


def test_days_are_those_of_the_time_zone() -> None:
    saturday_in_china = datetime(2024, 4, 19, 16, tzinfo=UTC)
    span = saturday_in_china, saturday_in_china + timedelta(hours=8)
    assert working_minutes(*span, tz=CHINA) == 0
    assert working_minutes(*span, tz=UTC) == 8 * 60


@given(first=MOMENTS, second=MOMENTS, third=MOMENTS, holidays=DAYS_OFF, extra=DAYS_OFF)
def test_neighbouring_spans_add_up(
    first: datetime, second: datetime, third: datetime, holidays: frozenset[date], extra: frozenset[date]
) -> None:
    def minutes(start: datetime, end: datetime) -> int:
        return working_minutes(start, end, tz=CHINA, holidays=holidays, extra_days=extra)

    assert minutes(first, second) + minutes(second, third) == minutes(first, third)


@given(start=MOMENTS, length=st.timedeltas(timedelta(), timedelta(days=40)), holidays=DAYS_OFF, extra=DAYS_OFF)
def test_equals_counting_day_by_day(
    start: datetime, length: timedelta, holidays: frozenset[date], extra: frozenset[date]
) -> None:
    start, end = (moment.replace(second=0, microsecond=0) for moment in (start, start + length))
    counted = counted_one_by_one(start, end, holidays, extra)
    assert working_minutes(start, end, tz=CHINA, holidays=holidays, extra_days=extra) == counted


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2024-04-19 10:00", 1, "2024-04-22 10:00"),
        ("2024-04-15 10:00", 7, "2024-04-24 10:00"),
        ("2024-04-20 10:00", 0, "2024-04-22 00:00"),
        ("2024-04-20 10:00", 1, "2024-04-23 00:00"),
    ],
)
def test_adds_working_days_over_weekends(start: str, days: int, end: str) -> None:
    assert add_working_days(at(start), days, tz=CHINA) == at(end)


@given(start=MOMENTS, days=st.integers(0, 30), holidays=DAYS_OFF, extra=DAYS_OFF)
def test_added_days_have_just_passed_at_the_answer(
    start: datetime, days: int, holidays: frozenset[date], extra: frozenset[date]
) -> None:
    end = add_working_days(start, days, tz=CHINA, holidays=holidays, extra_days=extra)
    minutes = working_minutes(start, end, tz=CHINA, holidays=holidays, extra_days=extra)
    assert minutes == days * MINUTES_PER_DAY


@pytest.mark.parametrize(
    ("days", "found"),
    [(1, date(2024, 4, 28)), (3, date(2024, 4, 30)), (4, date(2024, 5, 6)), (-1, date(2024, 4, 25))],
)
def test_finds_the_working_day_before_or_after(days: int, found: date) -> None:
    assert working_day_after(date(2024, 4, 26), days, holidays=MAY_DAY, extra_days=MADE_UP) == found
