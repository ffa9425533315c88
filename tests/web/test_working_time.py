"""The page of working time: hours, single days, departments apart, the year."""

import html
from typing import Any

import pytest

from dealrail.accounts.actions.calendars import change_calendar
from dealrail.accounts.models import User, WorkCalendar
from dealrail.accounts.queries import days_said, working_time, working_times
from tests.cast import Company, actor_of, event_kinds, last_event_id
from tests.web.conftest import LogIn

pytestmark = pytest.mark.django_db
PAGE = "/settings/working-time/"
HOURS = {"weekdays": ["1", "2", "3", "4", "5"], "opens_at": "09:00", "closes_at": "18:00", "with_holidays": "True"}
WAS = {"was.weekdays": "1, 2, 3, 4, 5", "was.opens_at": "09:00", "was.closes_at": "18:00", "was.with_holidays": "True"}


def text(answer: Any) -> str:
    return html.unescape(answer.content.decode())


def test_the_year_shows_what_is_off_and_what_is_worked(log_in: LogIn, admin: User) -> None:
    page = text(log_in(admin).get(f"{PAGE}?year=2026", headers={"Accept-Language": "en"}))
    assert '<td class="is-off" title="National Day">1</td>' in page
    assert '<td class="is-on" title="National Day">10</td>' in page
    assert "10-01 – 10-07" in page
    assert "are not known to this version" not in page
    later = text(log_in(admin).get(f"{PAGE}?year=2099", headers={"Accept-Language": "en"}))
    assert "The public holidays of 2099 are not known to this version" in later
    assert log_in(admin).get(f"{PAGE}?year=99999999").status_code == 200


def test_only_what_was_changed_on_the_page_is_said(log_in: LogIn, admin: User) -> None:
    change_calendar(actor=actor_of(admin), with_holidays=False)
    answer = log_in(admin).post(PAGE, {**HOURS, **WAS, "weekdays": ["1", "2", "6"], "closes_at": "17:30"})
    assert answer.status_code == 302
    saved = WorkCalendar.objects.get()
    assert (saved.weekdays, f"{saved.closes_at:%H:%M}", saved.with_holidays) == ([1, 2, 6], "17:30", False)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"opens_at": "25:00"}, "opens_at"),
        ({"closes_at": "bald"}, "closes_at"),
        ({"closes_at": "08:00"}, "closes_at"),
        ({"weekdays": ""}, "weekdays"),
        ({"weekdays": ["9"]}, "weekdays"),
    ],
)
def test_what_is_no_working_time_is_said_at_its_field(
    wrong: dict[str, Any], field: str, log_in: LogIn, admin: User
) -> None:
    answer = log_in(admin).post(PAGE, {**HOURS, **WAS, **wrong})
    assert answer.status_code == 422
    assert f'id="f-{field}-error"' in text(answer)
    assert not WorkCalendar.objects.exists()


def test_single_days_are_said_and_taken_back(log_in: LogIn, admin: User) -> None:
    client = log_in(admin)
    answer = client.post(f"{PAGE}days/", {"first": "2026-11-26", "last": "", "worked": "off", "name": "团建"})
    assert answer["Location"] == f"{PAGE}?year=2026"
    assert days_said(None) == {"2026-11-26": {"worked": False, "name": "团建"}}
    assert "11-26" in text(client.get(answer["Location"]))
    client.post(f"{PAGE}days/", {"first": "2026-11-26", "worked": ""})
    assert days_said(None) == {}


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        ("", "", "first"),
        ("2026-02-30", "", "first"),
        ("0001-01-01", "", "first"),
        ("2026-10-02", "2026-10-01", "last"),
        ("2026-01-01", "2026-12-31", "last"),
        ("2026-10-02", "nie", "last"),
    ],
)
def test_what_are_no_days_is_said_at_its_field(first: str, last: str, field: str, log_in: LogIn, admin: User) -> None:
    before = last_event_id()
    answer = log_in(admin).post(f"{PAGE}days/", {"first": first, "last": last, "worked": "off"})
    assert answer.status_code == 422
    assert f'id="d-{field}-error"' in text(answer)
    assert event_kinds(before) == []


def test_a_department_gets_working_time_of_its_own_and_loses_it(log_in: LogIn, admin: User, company: Company) -> None:
    client, sales = log_in(admin), company.units["销售部"].pk
    own = f"{PAGE}{sales}/"
    assert client.get(own).status_code == 404
    assert client.post(f"{PAGE}apart/", {"unit": sales})["Location"] == own
    client.post(own, {**HOURS, **WAS, "weekdays": ["1", "6"]})
    client.post(f"{own}days/", {"first": "2026-11-26", "worked": "on"})
    assert working_times().of(sales).weekdays == {1, 6}
    assert working_time().weekdays == {1, 2, 3, 4, 5}
    assert "销售部" in text(client.get(PAGE))
    assert client.get(own).status_code == 200
    client.post(f"{own}remove/")
    assert working_times().of(sales) == working_time()
    assert client.post(f"{PAGE}apart/", {"unit": ""})["Location"] == PAGE


def test_only_who_manages_the_company_finds_it(log_in: LogIn, manager: User, company: Company) -> None:
    client, unit = log_in(manager), company.units["销售部"].pk
    assert client.get(PAGE).status_code == 403
    for address in (PAGE, f"{PAGE}days/", f"{PAGE}apart/", f"{PAGE}{unit}/remove/"):
        assert client.post(address, {**HOURS, "unit": unit, "first": "2026-11-26"}).status_code == 403
    assert not WorkCalendar.objects.exists()
