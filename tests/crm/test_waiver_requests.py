"""Asking for a waiver (申请放行), granting, refusing and withdrawing it."""

import pytest

from dealrail.accounts.errors import NotAllowed, NotFound
from dealrail.accounts.models import User
from dealrail.crm import queries
from dealrail.crm.actions.deals import advance_deal, park_deal, reopen_deal
from dealrail.crm.actions.waivers import answer_waiver, ask_waiver, waive_condition, withdraw_waiver
from dealrail.crm.models import Deal
from dealrail.events.models import Event
from dealrail.process.errors import (
    AlreadyWaived,
    NoSuchCondition,
    NoSuchWaiverRequest,
    ReasonMissing,
    WaiverAskedAlready,
)
from dealrail.process.models import WaiverRequest
from tests.cast import Company, MakeCustomer, MakeDeal, actor_of, event_kinds, last_event_id, refuses, stage_of, unmet


@pytest.fixture
def deal(make_deal: MakeDeal, make_customer: MakeCustomer) -> Deal:
    """A deal of the rep whose first gate lacks one field."""
    return make_deal(customer=make_customer().pk)


def ask(deal: Deal, rep: User) -> WaiverRequest:
    return ask_waiver(actor=actor_of(rep), deal_id=deal.pk, condition="basics", reason=" 老客户，需求已知 ")


def test_asks_those_who_may_waive_for_this_deal(deal: Deal, rep: User, manager: User, company: Company) -> None:
    before = last_event_id()
    request = ask(deal, rep)
    assert (request.reason, request.to, request.asked_by) == ("老客户，需求已知", "talk", rep)
    assert event_kinds(before) == ["deal.waiver_asked"]
    told = Event.objects.latest("pk").payload
    assert told["asked_by_name"] == "小销"
    assert set(told["decider_ids"]) == {company.people[login].pk for login in ("admin", "boss", "manager")}


def test_what_waits_is_shown_to_who_may_answer_and_to_nobody_else(deal: Deal, rep: User, company: Company) -> None:
    request = ask(deal, rep)
    for login, person in company.people.items():
        waiting = list(queries.waiver_requests_waiting(actor_of(person)))
        assert waiting == ([request] if login in {"admin", "boss", "manager"} else []), login


def test_a_grant_waives_with_the_askers_reason(deal: Deal, rep: User, manager: User) -> None:
    request, before = ask(deal, rep), last_event_id()
    answer_waiver(actor=actor_of(manager), deal_id=deal.pk, request_id=request.pk, granted=True, note="下不为例")
    assert event_kinds(before) == ["condition.waived", "deal.waiver_answered"]
    told = Event.objects.get(kind="condition.waived").payload
    assert (told["asked_by_name"], told["answer"]) == ("小销", "下不为例")
    assert deal.run.waivers.get().reason == "老客户，需求已知"
    assert (deal.run.waivers.get().given_by, WaiverRequest.objects.get().note) == (manager, "下不为例")
    assert unmet(deal) == []
    advance_deal(actor=actor_of(rep), deal_id=deal.pk)
    assert stage_of(deal) == "talk"


def test_a_refusal_needs_a_note_and_may_be_followed_by_another_request(deal: Deal, rep: User, manager: User) -> None:
    request = ask(deal, rep)
    with refuses(ReasonMissing):
        answer_waiver(actor=actor_of(manager), deal_id=deal.pk, request_id=request.pk, granted=False)
    answer_waiver(actor=actor_of(manager), deal_id=deal.pk, request_id=request.pk, granted=False, note="先问清楚")
    assert Event.objects.latest("pk").payload["granted"] is False
    assert unmet(deal) == [("basics", "need")]
    with refuses(NoSuchWaiverRequest):
        answer_waiver(actor=actor_of(manager), deal_id=deal.pk, request_id=request.pk, granted=True)
    assert ask(deal, rep).pk != request.pk


def test_one_request_waits_for_a_condition(deal: Deal, rep: User) -> None:
    ask(deal, rep)
    with refuses(WaiverAskedAlready):
        ask(deal, rep)


def test_refuses_unknown_conditions_waived_ones_and_missing_reasons(deal: Deal, rep: User, manager: User) -> None:
    actor = actor_of(rep)
    with refuses(NoSuchCondition):
        ask_waiver(actor=actor, deal_id=deal.pk, condition="nothing", reason="老客户")
    with refuses(ReasonMissing):
        ask_waiver(actor=actor, deal_id=deal.pk, condition="basics", reason=" ")
    waive_condition(actor=actor_of(manager), deal_id=deal.pk, condition="basics", reason="老客户")
    with refuses(AlreadyWaived):
        ask(deal, rep)


def test_only_who_may_move_it_asks_and_only_who_may_waive_answers(
    deal: Deal, rep: User, stranger: User, colleague: User
) -> None:
    with refuses(NotFound):
        ask(deal, stranger)
    request = ask(deal, rep)
    with refuses(NotAllowed):
        answer_waiver(actor=actor_of(rep), deal_id=deal.pk, request_id=request.pk, granted=True)
    with refuses(NotFound):
        answer_waiver(actor=actor_of(colleague), deal_id=deal.pk, request_id=request.pk, granted=True)


def test_a_request_of_another_deal_is_not_found(deal: Deal, rep: User, manager: User, make_deal: MakeDeal) -> None:
    request, other = ask(deal, rep), make_deal()
    with refuses(NoSuchWaiverRequest):
        answer_waiver(actor=actor_of(manager), deal_id=other.pk, request_id=request.pk, granted=True)


def test_who_asked_takes_it_back_and_nobody_else(deal: Deal, rep: User, manager: User) -> None:
    request = ask(deal, rep)
    with refuses(NoSuchWaiverRequest):
        withdraw_waiver(actor=actor_of(manager), deal_id=deal.pk, request_id=request.pk)
    before = last_event_id()
    withdraw_waiver(actor=actor_of(rep), deal_id=deal.pk, request_id=request.pk)
    assert event_kinds(before) == ["deal.waiver_withdrawn"]
    assert Event.objects.latest("pk").payload["how"] == "recalled"
    assert not queries.waiver_requests_waiting(actor_of(manager)).exists()


def test_a_direct_waiver_answers_what_was_asked(deal: Deal, rep: User, manager: User) -> None:
    ask(deal, rep)
    before = last_event_id()
    waive_condition(actor=actor_of(manager), deal_id=deal.pk, condition="basics", reason="总经理同意")
    assert event_kinds(before) == ["condition.waived", "deal.waiver_answered"]
    assert WaiverRequest.objects.get().status == "granted"


def test_what_was_asked_is_dropped_when_the_deal_leaves_the_stage(deal: Deal, rep: User, manager: User) -> None:
    ask(deal, rep)
    park_deal(actor=actor_of(rep), deal_id=deal.pk)
    assert WaiverRequest.objects.get().status == "withdrawn"
    told = Event.objects.get(kind="deal.waiver_withdrawn").payload
    assert (told["how"], told["condition"], told["stage"], told["asked_by_name"]) == ("left", "basics", "lead", "小销")
    reopen_deal(actor=actor_of(rep), deal_id=deal.pk)
    ask(deal, rep)
