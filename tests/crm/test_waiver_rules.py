"""Who may waive a condition, and how often conditions are waived."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from dealrail.accounts.models import User
from dealrail.core import clock
from dealrail.crm.actions.deals import advance_deal
from dealrail.crm.actions.waivers import answer_waiver, ask_waiver, waive_condition
from dealrail.crm.models import Deal
from dealrail.events.models import Event
from dealrail.process import checks
from dealrail.process.errors import NotWaivable, NotYoursToWaive
from dealrail.process.queries.waivers import Habit, Rate, waiver_habits, waiver_rates
from tests.api.client import Api
from tests.cast import Company, actor_of, new_customer, new_deal, publish, refuses, trial

WHY = "老客户，需求已知"
pytestmark = pytest.mark.django_db


def process(**rules: Any) -> dict[str, Any]:
    content = trial(process="strict")
    content["stages"][0]["conditions"] = [{"key": "basics", "kind": "fields.filled", "fields": ["need"], **rules}]
    return content


def deal_under(owner: User, **rules: Any) -> Deal:
    publish(process(**rules))
    return new_deal(owner, "strict", customer=new_customer(owner).pk)


def about(deal: Deal, user: User) -> dict[str, Any]:
    return {"actor": actor_of(user), "deal_id": deal.pk, "condition": "basics", "reason": WHY}


def test_what_is_never_waived_is_neither_waived_nor_asked_for(rep: User, manager: User, client: Client) -> None:
    deal = deal_under(rep, waivable=False)
    with refuses(NotWaivable):
        waive_condition(**about(deal, manager))
    with refuses(NotWaivable):
        ask_waiver(**about(deal, rep))
    for user in (rep, manager):
        client.force_login(user)
        page = client.get(f"/deals/{deal.pk}/").content.decode()
        assert f"/deals/{deal.pk}/waive/?condition=basics" not in page
        assert f"/deals/{deal.pk}/ask-waiver/?condition=basics" not in page


def test_only_who_has_one_of_the_roles_waives(rep: User, manager: User, company: Company, client: Client) -> None:
    deal, boss = deal_under(rep, waivable_by=["head"]), company.people["boss"]
    with refuses(NotYoursToWaive):
        waive_condition(**about(deal, manager))
    request = ask_waiver(**about(deal, rep))
    deciders = Event.objects.latest("pk").payload["decider_ids"]
    assert boss.pk in deciders
    assert manager.pk not in deciders
    with refuses(NotYoursToWaive):
        answer_waiver(actor=actor_of(manager), deal_id=deal.pk, request_id=request.pk, granted=True)
    client.force_login(manager)
    assert f"/deals/{deal.pk}/waive/?condition=basics" not in client.get(f"/deals/{deal.pk}/").content.decode()
    answer_waiver(actor=actor_of(boss), deal_id=deal.pk, request_id=request.pk, granted=True)


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        ({"waivable": "no"}, "not_one_of"),
        ({"waivable_by": ["king"]}, "no_such_role"),
        ({"waivable_by": 1}, "not_a_list"),
    ],
)
@pytest.mark.usefixtures("company")
def test_names_what_is_wrong_with_who_may_waive(rules: dict[str, Any], code: str) -> None:
    assert [problem.code for problem in checks.problems(process(**rules))] == [code]


def test_the_rate_is_what_was_waived_of_all_moves_forward(rep: User, manager: User, client: Client) -> None:
    waived, asked, filled = (deal_under(rep) for _ in range(3))
    waive_condition(**about(waived, manager))
    ask_waiver(**about(asked, rep))  # not answered, so it doesn't move
    advance_deal(actor=actor_of(rep), deal_id=waived.pk)
    advance_deal(actor=actor_of(rep), deal_id=filled.pk, fields={"need": "报表"})
    since = clock.now() - timedelta(days=1)
    assert waiver_rates("strict", since=since) == [Rate("lead", "basics", 1, 2)]
    assert waiver_habits("strict", since=since) == [
        Habit(rep.name, 0, 1, {}),
        Habit(manager.name, 1, 0, {"": 1}),
    ]
    assert waiver_rates("strict", since=clock.now() + timedelta(days=1)) == []
    told = Api(rep).get("processes/strict/waiver-rates?days=30").body
    assert told["conditions"] == [{"stage": "lead", "condition": "basics", "waived": 1, "moves": 2}]
    client.force_login(rep)
    page = client.get("/processes/strict/waivers/").content.decode()
    assert "50.0 %" in page
    assert manager.name in page
    assert "/processes/strict/waivers/" in client.get("/processes/strict/").content.decode()


def test_waivers_are_listed_for_who_sees_the_deal(rep: User, manager: User, stranger: User) -> None:
    deal = deal_under(rep)
    waive_condition(**about(deal, manager))
    [row] = Api(rep).get("waivers").body["items"]
    assert (row["deal"]["id"], row["condition"]["key"], row["reason"]) == (deal.pk, "basics", WHY)
    assert Api(stranger).get("waivers").body["items"] == []
