"""Working minutes and working days: weekends, holidays, make-up days, time zones."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealrail.core.workdays import MINUTES_PER_DAY, WorkingTime, make_up_days, public_holidays, with_holidays

CHINA = ZoneInfo("Asia/Shanghai")
MAY_DAY = frozenset({date(2024, 5, 1), date(2024, 5, 2), date(2024, 5, 3)})
PLAIN = WorkingTime(CHINA)
MADE_UP = frozenset({date(2024, 4, 28), date(2024, 5, 11)})

IN_MAY = WorkingTime(CHINA, off=MAY_DAY, on=MADE_UP)
DAYS = st.dates(date(2024, 4, 1), date(2024, 6, 30))
MOMENTS = st.builds(datetime.combine, DAYS, st.times(), st.just(CHINA))
SOME_DAYS = st.frozensets(DAYS, max_size=12)
WEEKDAYS = st.frozensets(st.integers(1, 7), min_size=1)
WORKING = st.builds(WorkingTime, st.just(CHINA), weekdays=WEEKDAYS, off=SOME_DAYS, on=SOME_DAYS)


def at(text: str) -> datetime:
    """A moment in China."""
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


def counted_one_by_one(start: datetime, end: datetime, working: WorkingTime) -> int:
    """The plain way: walk from day to day and add what lies inside."""
    total, day = timedelta(), start.date()
    while day <= end.date():
        if working.is_working_day(day):
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
    assert PLAIN.minutes(at(start), at(end)) == minutes


def test_holidays_count_nothing_and_make_up_days_count() -> None:
    assert IN_MAY.minutes(at("2024-04-27 00:00"), at("2024-05-06 00:00")) == 3 * MINUTES_PER_DAY


def test_a_make_up_day_wins_over_a_holiday() -> None:
    wednesday = date(2024, 5, 1)
    assert WorkingTime(CHINA, off=MAY_DAY, on=frozenset({wednesday})).is_working_day(wednesday)


def test_days_are_those_of_the_time_zone() -> None:
    saturday_in_china = datetime(2024, 4, 19, 16, tzinfo=UTC)
    span = saturday_in_china, saturday_in_china + timedelta(hours=8)
    assert PLAIN.minutes(*span) == 0
    assert WorkingTime(UTC).minutes(*span) == 8 * 60


@given(first=MOMENTS, second=MOMENTS, third=MOMENTS, working=WORKING)
def test_neighbouring_spans_add_up(first: datetime, second: datetime, third: datetime, working: WorkingTime) -> None:
    minutes = working.minutes
    assert minutes(first, second) + minutes(second, third) == minutes(first, third)


@given(start=MOMENTS, length=st.timedeltas(timedelta(), timedelta(days=40)), working=WORKING)
def test_equals_counting_day_by_day(start: datetime, length: timedelta, working: WorkingTime) -> None:
    start, end = (moment.replace(second=0, microsecond=0) for moment in (start, start + length))
    counted = counted_one_by_one(start, end, working)
    assert working.minutes(start, end) == counted


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
    assert PLAIN.after_days(at(start), days) == at(end)


@given(start=MOMENTS, days=st.integers(0, 30), working=WORKING)
def test_added_days_have_just_passed_at_the_answer(start: datetime, days: int, working: WorkingTime) -> None:
    end = working.after_days(start, days)
    assert working.minutes(start, end) == days * MINUTES_PER_DAY


@given(end=MOMENTS, days=st.integers(1, 30), working=WORKING)
def test_what_began_that_many_days_before_has_waited_them_out(end: datetime, days: int, working: WorkingTime) -> None:
    assert working.minutes(working.before_days(end, days), end) == days * MINUTES_PER_DAY


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2024-04-15 10:00", 4, "2024-04-15 14:00"),
        ("2024-04-15 16:30", 4, "2024-04-16 11:30"),
        ("2024-04-15 09:00", 9, "2024-04-15 18:00"),
        ("2024-04-15 07:00", 1, "2024-04-15 10:00"),
        ("2024-04-19 18:00", 1, "2024-04-22 10:00"),
        ("2024-04-20 12:00", 20, "2024-04-24 11:00"),
    ],
)
def test_hours_count_while_work_is_open(start: str, hours: int, end: str) -> None:
    assert PLAIN.after_hours(at(start), hours) == at(end)


@pytest.mark.parametrize(
    ("days", "found"),
    [(1, date(2024, 4, 28)), (3, date(2024, 4, 30)), (4, date(2024, 5, 6)), (-1, date(2024, 4, 25))],
)
def test_finds_the_working_day_before_or_after(days: int, found: date) -> None:
    assert IN_MAY.day_after(date(2024, 4, 26), days) == found


@pytest.mark.parametrize(
    ("day", "is_worked"),
    [
        (date(2026, 10, 1), False),
        (date(2026, 10, 7), False),
        (date(2026, 10, 8), True),
        (date(2026, 10, 10), True),
        (date(2026, 2, 14), True),
        (date(2026, 2, 17), False),
        (date(2026, 9, 25), False),
        (date(2026, 9, 20), True),
    ],
)
def test_the_public_holidays_of_a_year_as_they_were_announced(day: date, is_worked: bool) -> None:
    off, on = with_holidays([])
    assert WorkingTime(CHINA, off=off, on=on).is_working_day(day) == is_worked
    assert (day in public_holidays() or day in make_up_days()) == (day != date(2026, 10, 8))


def test_a_day_that_was_said_otherwise_wins_over_the_public_holidays() -> None:
    off, on = with_holidays([(date(2026, 10, 1), True), (date(2026, 10, 10), False)])
    working = WorkingTime(CHINA, off=off, on=on)
    assert working.is_working_day(date(2026, 10, 1))
    assert not working.is_working_day(date(2026, 10, 10))
