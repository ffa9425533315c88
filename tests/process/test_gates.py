"""Moving a deal: forward through gates, back, aside, lost, taken up again, to the end."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from dealrail.accounts.models import User
from dealrail.core import clock
from dealrail.core.errors import Refusal
from dealrail.crm.actions.deals import (
    Moved,
    advance_deal,
    change_deal,
    lose_deal,
    park_deal,
    reopen_deal,
)
from dealrail.crm.actions.waivers import waive_condition
from dealrail.crm.models import Deal
from dealrail.events.models import Event
from dealrail.process import engine
from dealrail.process.errors import (
    AlreadyFinished,
    AlreadyWaived,
    GateBlocked,
    LossReasonMissing,
    NoSuchCondition,
    NoSuchMove,
    NotClosed,
    NotOpen,
    ReasonMissing,
    StaleVersion,
    UnknownLossReason,
)
from dealrail.process.models import Stay, Waiver
from dealrail.process.rules import Exit, Outcome
from tests.cast import (
    MakeDeal,
    actor_of,
    at_once,
    event_kinds,
    fresh,
    fulfil,
    last_event_id,
    new_customer,
    new_deal,
    publish,
    refuses,
    stage_of,
    trial,
    unmet,
    walk_on,
    walk_to,
)


@pytest.fixture
def deal(make_deal: MakeDeal, rep: User) -> Deal:
    """A deal whose first gate is open."""
    return make_deal(need="有需求", customer=new_customer(rep).pk)


def advance(deal: Deal, user: User, **how: Any) -> Moved:
    result = advance_deal(actor=actor_of(user), deal_id=deal.pk, **how)
    assert isinstance(result, Moved)
    return result


def test_an_open_gate_lets_the_deal_into_the_next_stage(deal: Deal, rep: User) -> None:
    before = last_event_id()
    assert advance(deal, rep).to == "talk"
    assert (stage_of(deal), event_kinds(before)) == ("talk", ["deal.stage_changed"])
    first, second = Stay.objects.filter(run=deal.run_id).order_by("pk")
    assert (first.exit, first.left_at, second.left_at) == (Exit.FORWARD, second.entered_at, None)


def test_names_every_unmet_condition_and_writes_nothing(deal: Deal, rep: User) -> None:
    advance(deal, rep)
    with refuses(GateBlocked) as caught:
        advance(deal, rep)
    assert [(row.condition, row.item) for row in caught.value.demands] == [
        ("facts", "budget"),
        ("facts", "amount"),
        ("done", "call"),
        ("done", "proposal"),
        ("followed", "followed"),
        ("known", "known"),
    ]
    assert all(row.message for row in caught.value.demands)


def test_what_is_filled_in_with_the_press_counts(make_deal: MakeDeal, rep: User) -> None:
    deal = make_deal(customer=new_customer(rep).pk)
    before = last_event_id()
    advance(deal, rep, fields={"need": "现场填写"})
    assert event_kinds(before) == ["deal.changed", "deal.stage_changed"]


def test_what_is_filled_in_is_forgotten_when_the_gate_stays_shut(make_deal: MakeDeal, rep: User) -> None:
    deal = make_deal()
    with refuses(GateBlocked):
        advance(deal, rep, fields={"need": "现场填写"})
    assert "need" not in fresh(deal).extra


@pytest.mark.parametrize("to", ["work", "end", "lead", "nonsense", "x" * 200])
def test_refuses_to_skip_a_stage(to: str, deal: Deal, rep: User) -> None:
    with refuses(NoSuchMove):
        advance(deal, rep, to=to)


def test_the_administrator_walks_round_no_gate(deal: Deal, admin: User, rep: User) -> None:
    advance(deal, rep)
    with refuses(GateBlocked):
        advance(deal, admin)
    with refuses(GateBlocked):
        advance_deal(actor=actor_of(None), deal_id=deal.pk)


def test_going_back_meets_no_gate(deal: Deal, rep: User) -> None:
    advance(deal, rep)
    advance(deal, rep, to="lead")
    assert stage_of(deal) == "lead"
    assert Stay.objects.get(run=deal.run_id, exit=Exit.BACK).conditions_due == 0


def test_a_process_may_forbid_going_back(rep: User) -> None:
    content = trial(process="oneway")
    content["stages"][1]["back"] = []
    publish(content)
    deal = new_deal(rep, "oneway", need="有", customer=new_customer(rep).pk)
    advance(deal, rep)
    with refuses(NoSuchMove):
        advance(deal, rep, to="lead")


def test_the_won_stage_wins_and_going_back_takes_it_back(deal: Deal, rep: User) -> None:
    walk_to(deal, "work")
    assert (fresh(deal).run.state, fresh(deal).run.closed_at is None) == ("won", False)
    assert Event.objects.filter(kind="deal.stage_changed").latest("pk").payload["won"]
    advance(deal, rep, to="talk")
    assert (fresh(deal).run.state, fresh(deal).run.closed_at) == ("open", None)


def test_the_last_stage_leads_to_the_end_and_no_further(deal: Deal, rep: User) -> None:
    walk_on(walk_to(deal, "work"))
    run = fresh(deal).run
    assert (run.state, bool(run.finished_at), run.stage.key) == ("won", True, "work")
    assert not Stay.objects.filter(run=run, left_at__isnull=True).exists()
    for call in (advance, lambda deal, user: park_deal(actor=actor_of(user), deal_id=deal.pk)):
        with refuses(AlreadyFinished):
            call(deal, rep)
    with refuses(AlreadyFinished):
        lose_deal(actor=actor_of(rep), deal_id=deal.pk, reason="price")


def test_a_process_without_won_stage_is_won_at_its_end(rep: User) -> None:
    content = trial(process="short")
    publish({**content, "stages": content["stages"][:1]})
    deal = new_deal(rep, "short", need="有", customer=new_customer(rep).pk)
    advance(deal, rep)
    assert fresh(deal).run.state == "won"
    assert Event.objects.latest("pk").payload["won"]


# Lost, parked, taken up again


@pytest.mark.parametrize("reason", ["price", "价格", " price "])
def test_a_lost_deal_stays_in_the_stage_it_was_lost_in(reason: str, deal: Deal, rep: User) -> None:
    advance(deal, rep)
    lose_deal(actor=actor_of(rep), deal_id=deal.pk, reason=reason, note=" 太贵\x00 ")
    lost = fresh(deal)
    assert (lost.run.state, lost.run.stage.key, lost.loss_reason, lost.loss_note) == ("lost", "talk", "price", "太贵")
    assert Event.objects.latest("pk").payload["reason_name"] == "价格"
    assert not Stay.objects.filter(run=deal.run_id, left_at__isnull=True).exists()


def test_refuses_to_lose_without_a_reason(deal: Deal, rep: User) -> None:
    with refuses(LossReasonMissing):
        lose_deal(actor=actor_of(rep), deal_id=deal.pk, reason=" ")


def test_a_move_back_tells_why(deal: Deal, rep: User) -> None:
    advance(deal, rep)
    advance_deal(actor=actor_of(rep), deal_id=deal.pk, to="lead", note=" 需求没问清 ")
    assert Event.objects.latest("pk").payload["note"] == "需求没问清"


def test_refuses_an_unknown_loss_reason(deal: Deal, rep: User) -> None:
    with refuses(UnknownLossReason):
        lose_deal(actor=actor_of(rep), deal_id=deal.pk, reason="weather")


@pytest.mark.parametrize("state", ["lost", "parked"])
def test_what_is_lost_or_parked_moves_no_more(state: str, deal: Deal, rep: User) -> None:
    actor = actor_of(rep)
    if state == "lost":
        lose_deal(actor=actor, deal_id=deal.pk, reason="price")
    else:
        park_deal(actor=actor, deal_id=deal.pk)
    for to in (None, "talk"):
        with refuses(NotOpen):
            advance_deal(actor=actor, deal_id=deal.pk, to=to)
    with refuses(NotOpen):
        park_deal(actor=actor, deal_id=deal.pk)
    with refuses(NotOpen):
        waive_condition(actor=actor_of(None), deal_id=deal.pk, condition="basics", reason="老客户")


def test_what_is_lost_is_not_lost_again(deal: Deal, rep: User) -> None:
    lose_deal(actor=actor_of(rep), deal_id=deal.pk, reason="price")
    with refuses(NotOpen):
        lose_deal(actor=actor_of(rep), deal_id=deal.pk, reason="silent")


def test_what_is_parked_may_be_lost(deal: Deal, rep: User) -> None:
    park_deal(actor=actor_of(rep), deal_id=deal.pk, note="等预算")
    assert Event.objects.latest("pk").payload["note"] == "等预算"
    lose_deal(actor=actor_of(rep), deal_id=deal.pk, reason="silent")
    assert fresh(deal).run.state == "lost"
    assert [stay.exit for stay in Stay.objects.filter(run=deal.run_id)] == [Exit.PARKED]


@pytest.mark.parametrize("state", ["lost", "parked"])
def test_a_reopened_deal_goes_on_where_it_stopped(state: str, deal: Deal, rep: User) -> None:
    actor = actor_of(rep)
    advance(deal, rep)
    if state == "lost":
        lose_deal(actor=actor, deal_id=deal.pk, reason="price")
    else:
        park_deal(actor=actor, deal_id=deal.pk)
    reopen_deal(actor=actor, deal_id=deal.pk)
    again = fresh(deal)
    assert (again.run.state, again.run.stage.key, again.run.closed_at, again.loss_reason) == ("open", "talk", None, "")
    assert Event.objects.latest("pk").payload["was"] == state
    assert Stay.objects.filter(run=deal.run_id, left_at__isnull=True).count() == 1


def test_refuses_to_reopen_what_is_open(deal: Deal, rep: User) -> None:
    with refuses(NotClosed):
        reopen_deal(actor=actor_of(rep), deal_id=deal.pk)


@pytest.mark.parametrize("stop", ["lost", "parked"])
def test_a_won_deal_taken_up_again_is_still_won_since_the_day_it_was(stop: str, deal: Deal, rep: User) -> None:
    won = walk_to(deal, "work").run.closed_at
    actor = actor_of(rep)
    with clock.at(timezone.now() + timedelta(days=30)):
        if stop == "lost":
            lose_deal(actor=actor, deal_id=deal.pk, reason="silent")
        else:
            park_deal(actor=actor, deal_id=deal.pk)
    with clock.at(timezone.now() + timedelta(days=40)):
        reopen_deal(actor=actor, deal_id=deal.pk)
    assert (fresh(deal).run.state, fresh(deal).run.closed_at) == ("won", won)


def test_a_deal_won_twice_is_won_since_the_second_time(deal: Deal, rep: User) -> None:
    walk_to(deal, "work")
    advance(deal, rep, to="talk")
    again = walk_to(deal, "work").run.stage_entered_at
    park_deal(actor=actor_of(rep), deal_id=deal.pk)
    reopen_deal(actor=actor_of(rep), deal_id=deal.pk)
    assert fresh(deal).run.closed_at == again


# Waivers


def test_a_waiver_opens_one_condition_and_is_on_record(deal: Deal, rep: User, manager: User) -> None:
    change_deal(actor=actor_of(rep), deal_id=deal.pk, fields={"need": ""})
    before = last_event_id()
    waive_condition(actor=actor_of(manager), deal_id=deal.pk, condition="basics", reason=" 老客户 ")
    assert event_kinds(before) == ["condition.waived"]
    assert Event.objects.latest("pk").payload["reason"] == "老客户"
    advance(deal, rep)
    assert Event.objects.latest("pk").payload["waived"] == ["basics"]
    left = Stay.objects.get(run=deal.run_id, exit=Exit.FORWARD)
    assert (left.conditions_due, left.conditions_waived) == (1, 1)


def test_a_waiver_excuses_from_all_of_its_condition_and_counts_once(deal: Deal, rep: User, manager: User) -> None:
    advance(deal, rep)
    change_deal(actor=actor_of(rep), deal_id=deal.pk, fields={"amount": "5"})
    waive_condition(actor=actor_of(manager), deal_id=deal.pk, condition="facts", reason="预算未定")
    walk_on(deal)
    left = Stay.objects.get(run=deal.run_id, stage__key="talk", exit=Exit.FORWARD)
    assert (left.conditions_due, left.conditions_waived) == (5, 1)


@pytest.mark.parametrize("waived", ["again", "customer_known"])
def test_what_one_condition_is_waived_for_no_other_asks_for_again(waived: str, rep: User, manager: User) -> None:
    content = trial(process="twice")
    content["stages"][0]["conditions"].append(
        {"key": "again", "kind": "fields.filled", "fields": ["customer", "amount"]}
    )
    publish(content)
    deal = new_deal(rep, "twice", need="有")
    waive_condition(actor=actor_of(manager), deal_id=deal.pk, condition=waived, reason="稍后补")
    assert unmet(deal) == ([] if waived == "again" else [("again", "amount")])
    gate = engine.gate(fresh(deal).run, to=None, subject=fresh(deal))
    assert [row.condition for row in gate.demands if row.waived and row.item == "customer"] == [waived]


def test_a_waiver_ends_with_the_stay(deal: Deal, rep: User, manager: User) -> None:
    advance(deal, rep)
    waive_condition(actor=actor_of(manager), deal_id=deal.pk, condition="followed", reason="当面谈过")
    advance(deal, rep, to="lead")
    advance(deal, rep)
    assert ("followed", "followed") in unmet(deal)


def test_an_approval_can_be_waived_too(deal: Deal, rep: User, manager: User) -> None:
    advance(deal, rep)
    fulfil(deal)
    waive_condition(actor=actor_of(manager), deal_id=deal.pk, condition="agreed", reason="已口头同意")
    assert advance(deal, rep).to == "work"


WAIVERS: list[tuple[str, str, type[Refusal]]] = [
    ("basics", "", ReasonMissing),
    ("basics", " x ", ReasonMissing),
    ("basics", "x" * 501, ReasonMissing),
    ("followed", "别的阶段", NoSuchCondition),
    ("x" * 200, "没有的", NoSuchCondition),
]


@pytest.mark.parametrize(("condition", "reason", "refusal"), WAIVERS)
def test_refuses_a_waiver(condition: str, reason: str, refusal: type[Refusal], deal: Deal, manager: User) -> None:
    with refuses(refusal):
        waive_condition(actor=actor_of(manager), deal_id=deal.pk, condition=condition, reason=reason)


def test_refuses_a_second_waiver_of_the_same_condition(deal: Deal, manager: User) -> None:
    waive_condition(actor=actor_of(manager), deal_id=deal.pk, condition="basics", reason="老客户")
    with refuses(AlreadyWaived):
        waive_condition(actor=actor_of(manager), deal_id=deal.pk, condition="basics", reason="老客户")
    assert Waiver.objects.count() == 1


# Versions and people pressing at once


def test_refuses_a_press_on_a_page_that_is_out_of_date(deal: Deal, rep: User) -> None:
    seen = fresh(deal).run.revision
    change_deal(actor=actor_of(rep), deal_id=deal.pk, fields={"amount": "1"}, seen_version=seen)
    for call in (advance_deal, park_deal):
        with refuses(StaleVersion):
            call(actor=actor_of(rep), deal_id=deal.pk, seen_version=seen)
    with refuses(StaleVersion):
        lose_deal(actor=actor_of(rep), deal_id=deal.pk, reason="price", seen_version=seen)
    with refuses(StaleVersion):
        change_deal(actor=actor_of(rep), deal_id=deal.pk, fields={"amount": "2"}, seen_version=seen)


def test_a_change_that_changes_nothing_leaves_no_trace(deal: Deal, rep: User) -> None:
    before, seen = last_event_id(), fresh(deal).run.revision
    change_deal(actor=actor_of(rep), deal_id=deal.pk, fields={"need": " 有需求 "})
    assert (event_kinds(before), fresh(deal).run.revision) == ([], seen)


@pytest.mark.django_db(transaction=True)
def test_ten_presses_at_once_move_the_deal_once(deal: Deal, rep: User) -> None:
    seen = deal.run.revision
    actor = actor_of(rep)
    results = at_once(*[lambda: advance_deal(actor=actor, deal_id=deal.pk, seen_version=seen)] * 10)
    assert sum(isinstance(result, Moved) for result in results) == 1
    assert sum(isinstance(result, StaleVersion) for result in results) == 9
    assert (stage_of(deal), Event.objects.filter(kind="deal.stage_changed").count()) == ("talk", 1)


@pytest.mark.django_db(transaction=True)
def test_ten_presses_at_once_to_the_same_stage_move_the_deal_once(deal: Deal, rep: User) -> None:
    actor = actor_of(rep)
    results = at_once(*[lambda: advance_deal(actor=actor, deal_id=deal.pk, to="talk")] * 10)
    assert sorted(type(result).__name__ for result in results) == ["Moved", *["NoSuchMove"] * 9]


@pytest.mark.django_db(transaction=True)
def test_losing_and_moving_at_once_is_one_of_both(deal: Deal, rep: User) -> None:
    actor, seen = actor_of(rep), deal.run.revision
    results = at_once(
        lambda: lose_deal(actor=actor, deal_id=deal.pk, reason="price", seen_version=seen),
        lambda: advance_deal(actor=actor, deal_id=deal.pk, seen_version=seen),
    )
    assert sum(isinstance(result, StaleVersion) for result in results) == 1
    assert Stay.objects.filter(run=deal.run_id, left_at__isnull=True).count() <= 1


@pytest.mark.django_db(transaction=True)
def test_the_kernel_writes_only_in_a_transaction(deal: Deal, rep: User) -> None:
    with pytest.raises(RuntimeError):
        engine.lock(deal.run_id)
    with pytest.raises(RuntimeError):
        engine.park(deal.run, by=actor_of(rep), now=timezone.now())


def test_a_shut_gate_is_never_walked_through(make_deal: MakeDeal, rep: User) -> None:
    deal = fresh(make_deal())
    verdict = engine.gate(deal.run, to=None, subject=deal)
    assert verdict.outcome is Outcome.BLOCKED
    with pytest.raises(RuntimeError):
        engine.go(deal.run, verdict, by=actor_of(rep), now=timezone.now())
