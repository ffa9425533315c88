"""Working time of the company and of departments: said, inherited, taken back, and what it refuses."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from dealrail.accounts.actions.calendars import MOST_DAYS, change_calendar, remove_calendar, set_calendar_days
from dealrail.accounts.errors import CalendarRefused, NotAllowed, NotFound
from dealrail.accounts.models import User, WorkCalendar
from dealrail.accounts.queries import calendars, days_said, working_time, working_times
from dealrail.core.problems import ChangedMeanwhile, FieldsRefused
from dealrail.events.models import Event
from tests.cast import Company, actor_of, event_kinds, last_event_id, refuses

OUTING = date(2026, 11, 26)
SATURDAY = date(2026, 11, 28)
NATIONAL_DAY = date(2026, 10, 1)


def test_while_nobody_says_anything_it_is_monday_to_friday_with_the_public_holidays(company: Company) -> None:
    working = working_time()
    assert [working.is_working_day(day) for day in (OUTING, SATURDAY, NATIONAL_DAY, date(2026, 10, 10))] == [
        True, False, False, True,
    ]  # fmt: skip
    assert (working.opens, working.closes) == (time(9), time(18))
    assert working_times().units == {}
    assert not WorkCalendar.objects.exists()


def test_the_company_says_when_it_works(company: Company, admin: User) -> None:
    before = last_event_id()
    six_days: dict[str, Any] = {"weekdays": [6, 1, 2, 3, 4, 5, 5], "opens_at": time(8, 30), "with_holidays": False}
    change_calendar(actor=actor_of(admin), **six_days)
    working = working_time()
    assert [working.is_working_day(day) for day in (SATURDAY, NATIONAL_DAY)] == [True, True]
    assert (working.opens, working.closes) == (time(8, 30), time(18))
    assert event_kinds(before) == ["calendar.changed"]
    assert Event.objects.latest("pk").payload["changes"] == {
        "weekdays": ["1, 2, 3, 4, 5", "1, 2, 3, 4, 5, 6"],
        "opens_at": ["09:00", "08:30"],
        "with_holidays": ["True", "False"],
    }
    change_calendar(actor=actor_of(admin), **six_days)
    assert event_kinds(before) == ["calendar.changed"]


def test_days_are_worked_or_not_until_they_are_as_the_calendar_says_again(company: Company, admin: User) -> None:
    before = last_event_id()
    for first, last, worked, name in (
        (OUTING, OUTING, False, " 团建 "),
        (NATIONAL_DAY, NATIONAL_DAY + timedelta(days=1), True, "值班"),
        (NATIONAL_DAY, NATIONAL_DAY, None, ""),
        (NATIONAL_DAY, NATIONAL_DAY, None, ""),
    ):
        set_calendar_days(actor=actor_of(admin), first=first, last=last, worked=worked, name=name)
    working = working_time()
    assert [working.is_working_day(day) for day in (OUTING, NATIONAL_DAY, date(2026, 10, 2))] == [False, False, True]
    assert days_said(None) == {
        "2026-11-26": {"worked": False, "name": "团建"},
        "2026-10-02": {"worked": True, "name": "值班"},
    }
    assert event_kinds(before) == ["calendar.days_set"] * 3


def test_a_department_differs_and_those_below_it_follow(company: Company, admin: User) -> None:
    actor, sales, east = actor_of(admin), company.units["销售部"].pk, company.units["华东组"].pk
    set_calendar_days(actor=actor, first=OUTING, last=OUTING, worked=False)
    change_calendar(actor=actor, unit_id=sales, weekdays=[1, 2, 3, 4, 5, 6])
    set_calendar_days(actor=actor, unit_id=east, first=SATURDAY, last=SATURDAY, worked=False)
    times = working_times()
    worked = {
        name: [times.of(unit.pk).is_working_day(day) for day in (OUTING, SATURDAY)]
        for name, unit in company.units.items()
        if name in {"总部", "市场部", "销售部", "华北组", "华东组"}
    }
    assert worked == {
        "总部": [False, False],
        "市场部": [False, False],
        "销售部": [False, True],
        "华北组": [False, True],
        "华东组": [False, False],
    }
    assert {row.unit.name if row.unit else "" for row in calendars()} == {"", "销售部", "华东组"}
    assert sorted(map(len, times.apart().values())) == [1, 2]
    assert times.of(None) == times.company


def test_a_department_without_working_time_of_its_own_follows_again(company: Company, admin: User) -> None:
    actor, sales = actor_of(admin), company.units["销售部"].pk
    change_calendar(actor=actor, unit_id=sales, weekdays=[6])
    before = last_event_id()
    remove_calendar(actor=actor, unit_id=sales)
    assert event_kinds(before) == ["calendar.removed"]
    assert working_times().of(sales) == working_time()
    with refuses(NotFound):
        remove_calendar(actor=actor, unit_id=sales)


@pytest.mark.parametrize(
    "impossible",
    [{"weekdays": []}, {"weekdays": [0]}, {"weekdays": [8]}, {"opens_at": time(18)}, {"closes_at": time(8)}],
)
def test_refuses_what_is_no_working_time(impossible: dict[str, Any], company: Company, admin: User) -> None:
    with refuses(CalendarRefused):
        change_calendar(actor=actor_of(admin), **impossible)


def test_all_that_is_wrong_is_told_at_once(company: Company, admin: User) -> None:
    with refuses(FieldsRefused) as caught:
        change_calendar(actor=actor_of(admin), weekdays=[], closes_at=time(1))
    assert [row["field"] for row in caught.value.params["problems"]] == ["weekdays", "closes_at"]


@pytest.mark.parametrize(
    ("first", "last", "name"),
    [
        (OUTING, OUTING - timedelta(days=1), ""),
        (OUTING, OUTING + timedelta(days=62), ""),
        (OUTING, OUTING, "很" * 41),
    ],
)
def test_refuses_what_is_no_span_of_days(first: date, last: date, name: str, company: Company, admin: User) -> None:
    with refuses(CalendarRefused):
        set_calendar_days(actor=actor_of(admin), first=first, last=last, worked=False, name=name)


def test_a_calendar_keeps_only_so_many_days(company: Company, admin: User) -> None:
    change_calendar(actor=actor_of(admin), closes_at=time(17))
    full = {str(OUTING + timedelta(days=2 * more)): {"worked": False, "name": ""} for more in range(MOST_DAYS)}
    WorkCalendar.objects.update(days=full)
    with refuses(CalendarRefused):
        set_calendar_days(actor=actor_of(admin), first=NATIONAL_DAY, last=NATIONAL_DAY, worked=True)


def test_who_does_not_manage_the_company_says_nothing(company: Company, manager: User, admin: User) -> None:
    actor, sales = actor_of(manager), company.units["销售部"].pk
    change_calendar(actor=actor_of(admin), unit_id=sales)
    with refuses(NotAllowed):
        change_calendar(actor=actor, weekdays=[1])
    with refuses(NotAllowed):
        set_calendar_days(actor=actor, first=OUTING, last=OUTING, worked=False)
    with refuses(NotAllowed):
        remove_calendar(actor=actor, unit_id=sales)


def test_a_department_that_is_not_there_has_no_working_time(company: Company, admin: User) -> None:
    with refuses(NotFound):
        change_calendar(actor=actor_of(admin), unit_id=999_999, weekdays=[1])


def test_what_somebody_else_said_meanwhile_is_not_overwritten(company: Company, admin: User) -> None:
    actor = actor_of(admin)
    change_calendar(actor=actor, opens_at=time(8))
    with refuses(ChangedMeanwhile):
        change_calendar(actor=actor, opens_at=time(10), seen={"opens_at": "09:00"})
    change_calendar(actor=actor, closes_at=time(17), seen={"closes_at": "18:00"})
    assert (working_time().opens, working_time().closes) == (time(8), time(17))


def test_the_database_keeps_one_calendar_for_the_company_and_hours_in_order(company: Company) -> None:
    told = {"weekdays": [1], "opens_at": time(9), "closes_at": time(18)}
    WorkCalendar.objects.create(**told)
    for wrong in (told, {**told, "unit": company.units["销售部"], "closes_at": time(8)}):
        with pytest.raises(IntegrityError), transaction.atomic():
            WorkCalendar.objects.create(**wrong)


def test_the_moment_is_that_of_the_company_wherever_it_is_asked(company: Company) -> None:
    utc = datetime.fromisoformat("2026-11-27T17:00+00:00")
    assert working_time().after_hours(utc, 1) == datetime.fromisoformat("2026-11-30T10:00+08:00")
