"""What stands still is judged in the working time of its owner's department, on the card as in the list."""

from datetime import datetime, timedelta

import pytest

from dealrail.accounts.actions.calendars import change_calendar, set_calendar_days
from dealrail.accounts.models import User
from dealrail.accounts.queries import working_times
from dealrail.activities.models import Task
from dealrail.core import clock
from dealrail.crm import queries
from dealrail.crm.models import Deal
from dealrail.events.clocks import drain
from tests.cast import Company, actor_of, new_deal, publish, trial

pytestmark = pytest.mark.django_db


def in_autumn(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}+08:00")


@pytest.fixture
def deals(company: Company, rep: User, stranger: User) -> dict[str, Deal]:
    """Deals of two departments and one of nobody's, in a stage of five working days since before a long holiday."""
    content = trial()
    content["stages"][0]["time_limit_days"] = 5
    content["stages"][0]["follow_up_days"] = 3
    publish(content)
    with clock.at(in_autumn("09-28T10:00")):
        return {"rep": new_deal(rep), "stranger": new_deal(stranger), "nobody": new_deal(None)}


def late(deals: dict[str, Deal], moment: str) -> set[str]:
    """Whose deals are over their limit at this moment; the card says the same as the list."""
    now = in_autumn(moment)
    listed = set(Deal.objects.filter(queries.over_limit(now)).values_list("pk", flat=True))
    on_cards = {deal.pk for deal in Deal.objects.select_related("owner") if queries.is_over_limit(deal, 5, now)}
    assert listed == on_cards
    return {name for name, deal in deals.items() if deal.pk in listed}


def quiet(deals: dict[str, Deal], moment: str) -> set[str]:
    found = set(Deal.objects.filter(queries.without_follow_up(in_autumn(moment))).values_list("pk", flat=True))
    return {name for name, deal in deals.items() if deal.pk in found}


EVERYBODY = {"rep", "stranger", "nobody"}


def test_a_long_holiday_makes_nothing_late(deals: dict[str, Deal]) -> None:
    # worked: 28, 29, 30 September, 8, 9 and (made up) 10 October
    for moment, found in (("10-08T12:00", set[str]()), ("10-10T09:59", set[str]()), ("10-10T10:01", EVERYBODY)):
        assert late(deals, moment) == found
    assert quiet(deals, "10-08T09:00") == set()
    assert quiet(deals, "10-08T10:01") == EVERYBODY


def test_a_department_that_works_through_is_late_earlier(
    deals: dict[str, Deal], company: Company, admin: User, rep: User
) -> None:
    actor, unit = actor_of(admin), company.units["销售部"].pk
    change_calendar(actor=actor, unit_id=unit, weekdays=range(1, 8), with_holidays=False)
    assert late(deals, "10-03T10:01") == {"rep"}
    assert quiet(deals, "10-01T10:01") == {"rep"}
    set_calendar_days(actor=actor, first=in_autumn("10-01").date(), last=in_autumn("10-02").date(), worked=False)
    assert late(deals, "10-03T10:01") == set()
    assert late(deals, "10-05T10:01") == {"rep"}


def test_the_tasks_of_a_stage_are_due_in_working_time(company: Company, admin: User, rep: User) -> None:
    content = trial()
    content["stages"][0]["time_limit_days"] = 2
    content["stages"][0]["conditions"] = [
        {"key": "called", "name": "电话", "kind": "activities.done", "actions": ["call"]}
    ]
    publish(content)
    change_calendar(actor=actor_of(admin), unit_id=company.units["销售部"].pk, weekdays=[3])
    deal = new_deal(rep)
    drain()
    task = Task.objects.get(deal=deal, kind=Task.Kind.ACTION)
    assert rep.unit is not None
    assert task.due_at == working_times().of(rep.unit_id).after_days(task.created_at, 2)
    assert task.due_at - task.created_at > timedelta(days=7)
