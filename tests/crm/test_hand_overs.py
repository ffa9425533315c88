"""Handing a deal to its next owner as it moves into a stage of another department."""

from collections.abc import Callable
from datetime import datetime, time
from typing import Any

import pytest
from django.utils import timezone

from dealrail.accounts.actions.users import change_user
from dealrail.accounts.errors import NotFound, UnknownPerson
from dealrail.accounts.models import User
from dealrail.accounts.queries import working_time
from dealrail.activities.models import Task
from dealrail.crm import queries
from dealrail.crm.actions.deals import (
    AwaitingApproval,
    Moved,
    acknowledge_hand_over,
    advance_deal,
    lose_deal,
    park_deal,
    transfer_deal,
)
from dealrail.crm.actions.pools import release_deal
from dealrail.crm.models import Deal, HandOver
from dealrail.events.clocks import drain
from dealrail.events.models import Event
from dealrail.process import checks
from dealrail.process.errors import NextOwnerNeeded
from tests.cast import (
    Company,
    MakeDeal,
    actor_of,
    event_kinds,
    fresh,
    fulfil,
    grant,
    last_event_id,
    new_deal,
    publish,
    refuses,
    stage_of,
    trial,
    walk_on,
)


def staffed(hand_over: Any = "optional", *, talking: Any = "optional") -> None:
    """Let the trial process's last stage belong to delivery, and the first two to sales."""
    content = trial()
    content["stages"][0]["roles"] = content["stages"][1]["roles"] = ["sales"]
    content["stages"][1]["hand_over"] = talking
    content["stages"][2] |= {"roles": ["delivery"], "hand_over": hand_over}
    content["stages"][1]["conditions"] = [row for row in content["stages"][1]["conditions"] if row["key"] == "agreed"]
    publish(content)


@pytest.fixture
def deal(company: Company, rep: User) -> Deal:
    """A deal of the rep in the stage before delivery, which lacks only the manager's approval."""
    staffed()
    return walk_on(new_deal(rep, need="有需求"))


def delivery(company: Company) -> User:
    return company.people["delivery"]


def test_the_next_owner_takes_over_once_the_move_is_approved(deal: Deal, rep: User, company: Company) -> None:
    asked = advance_deal(actor=actor_of(rep), deal_id=deal.pk, next_owner=delivery(company).pk, note="客户月底要上线")
    assert isinstance(asked, AwaitingApproval)
    assert (stage_of(deal), fresh(deal).owner) == ("talk", rep)
    waiting = queries.waiting_hand_over(deal.pk)
    assert waiting is not None
    assert waiting.to_user == delivery(company)
    before = last_event_id()
    grant(asked.requests[0])
    assert event_kinds(before) == ["approval.decided", "deal.stage_changed", "deal.owner_changed", "deal.handed_over"]
    assert (stage_of(deal), fresh(deal).owner, fresh(deal).won_by) == ("work", delivery(company), rep)
    told = Event.objects.latest("pk").payload
    assert (told["note"], told["from_owner_name"], told["stage_name"]) == ("客户月底要上线", "小销", "交付")


def test_the_card_stays_until_the_new_owner_has_read_it(deal: Deal, rep: User, company: Company) -> None:
    asked = advance_deal(actor=actor_of(rep), deal_id=deal.pk, next_owner=delivery(company).pk, note="加微信")
    assert isinstance(asked, AwaitingApproval)
    grant(asked.requests[0])
    actor = actor_of(delivery(company))
    card = queries.hand_over_to_see(actor, fresh(deal))
    assert card is not None
    assert (card.note, card.from_user) == ("加微信", rep)
    assert queries.hand_over_to_see(actor_of(rep), fresh(deal)) is None
    before = last_event_id()
    acknowledge_hand_over(actor=actor, deal_id=deal.pk)
    assert event_kinds(before) == ["deal.hand_over_seen"]
    assert queries.hand_over_to_see(actor, fresh(deal)) is None
    with refuses(NotFound):
        acknowledge_hand_over(actor=actor, deal_id=deal.pk)


def test_moving_on_is_reading_it_too(deal: Deal, rep: User, company: Company) -> None:
    asked = advance_deal(actor=actor_of(rep), deal_id=deal.pk, next_owner=delivery(company).pk)
    assert isinstance(asked, AwaitingApproval)
    grant(asked.requests[0])
    advance_deal(actor=actor_of(delivery(company)), deal_id=deal.pk, to="talk")
    assert HandOver.objects.get().seen_at is not None


def test_without_a_next_owner_the_deal_stays_with_its_owner(deal: Deal, rep: User) -> None:
    asked = advance_deal(actor=actor_of(rep), deal_id=deal.pk)
    assert isinstance(asked, AwaitingApproval)
    grant(asked.requests[0])
    assert (stage_of(deal), fresh(deal).owner) == ("work", rep)


def test_asking_again_keeps_or_replaces_who_was_chosen(deal: Deal, rep: User, company: Company) -> None:
    actor = actor_of(rep)
    advance_deal(actor=actor, deal_id=deal.pk, next_owner=company.people["boss"].pk)
    advance_deal(actor=actor, deal_id=deal.pk, next_owner=delivery(company).pk)
    advance_deal(actor=actor, deal_id=deal.pk)
    assert HandOver.objects.get().to_user == delivery(company)


@pytest.mark.parametrize("stays", [None, "owner"])
def test_saying_that_it_stays_with_its_owner_drops_who_was_chosen(
    deal: Deal, rep: User, company: Company, stays: str | None
) -> None:
    actor = actor_of(rep)
    advance_deal(actor=actor, deal_id=deal.pk, next_owner=delivery(company).pk)
    asked = advance_deal(actor=actor, deal_id=deal.pk, next_owner=rep.pk if stays else None)
    assert queries.waiting_hand_over(deal.pk) is None
    assert isinstance(asked, AwaitingApproval)
    grant(asked.requests[0])
    assert (stage_of(deal), fresh(deal).owner) == ("work", rep)


ENDS: dict[str, Callable[[Deal, AwaitingApproval, User], object]] = {
    "refused": lambda deal, asked, manager: grant(asked.requests[0], granted=False, note="条件没谈好"),
    "parked": lambda deal, asked, manager: park_deal(actor=actor_of(manager), deal_id=deal.pk),
    "lost": lambda deal, asked, manager: lose_deal(actor=actor_of(manager), deal_id=deal.pk, reason="price"),
    "released": lambda deal, asked, manager: release_deal(actor=actor_of(manager), deal_id=deal.pk, reason="没空"),
}


@pytest.mark.parametrize("end", ENDS)
def test_a_move_that_comes_to_nothing_forgets_who_was_chosen(
    end: str, deal: Deal, rep: User, manager: User, company: Company
) -> None:
    asked = advance_deal(actor=actor_of(rep), deal_id=deal.pk, next_owner=delivery(company).pk)
    assert isinstance(asked, AwaitingApproval)
    ENDS[end](deal, asked, manager)
    assert queries.waiting_hand_over(deal.pk) is None


def test_who_was_given_the_deal_before_the_approval_keeps_it(
    deal: Deal, rep: User, colleague: User, manager: User, company: Company
) -> None:
    asked = advance_deal(actor=actor_of(rep), deal_id=deal.pk, next_owner=delivery(company).pk)
    assert isinstance(asked, AwaitingApproval)
    transfer_deal(actor=actor_of(manager), deal_id=deal.pk, owner_id=colleague.pk)
    grant(asked.requests[0])
    assert (stage_of(deal), fresh(deal).owner) == ("work", colleague)


def test_whoever_left_meanwhile_takes_over_nothing(deal: Deal, rep: User, company: Company) -> None:
    asked = advance_deal(actor=actor_of(rep), deal_id=deal.pk, next_owner=delivery(company).pk)
    assert isinstance(asked, AwaitingApproval)
    change_user(actor=actor_of(None), user_id=delivery(company).pk, is_active=False)
    grant(asked.requests[0])
    assert (stage_of(deal), fresh(deal).owner) == ("work", rep)
    assert not HandOver.objects.exists()


def test_refuses_somebody_who_is_not_there(deal: Deal, rep: User) -> None:
    with refuses(UnknownPerson):
        advance_deal(actor=actor_of(rep), deal_id=deal.pk, next_owner=999999)


def test_a_process_may_demand_a_next_owner(company: Company, rep: User) -> None:
    staffed("required")
    deal = walk_on(new_deal(rep, need="有需求"))
    with refuses(NextOwnerNeeded):
        advance_deal(actor=actor_of(rep), deal_id=deal.pk)
    asked = advance_deal(actor=actor_of(rep), deal_id=deal.pk, next_owner=delivery(company).pk)
    assert isinstance(asked, AwaitingApproval)
    assert isinstance(advance_deal(actor=actor_of(rep), deal_id=deal.pk), AwaitingApproval)
    with refuses(NextOwnerNeeded):
        advance_deal(actor=actor_of(rep), deal_id=deal.pk, next_owner=None)
    assert queries.waiting_hand_over(deal.pk) is not None


@pytest.mark.parametrize("how", ["transferred", "stopped"])
def test_a_demanded_next_owner_who_is_gone_by_the_approval_is_chosen_anew_and_the_grant_stays_good(
    how: str, company: Company, rep: User, colleague: User, manager: User
) -> None:
    staffed("required")
    deal = walk_on(new_deal(rep, need="有需求"))
    asked = advance_deal(actor=actor_of(rep), deal_id=deal.pk, next_owner=delivery(company).pk)
    assert isinstance(asked, AwaitingApproval)
    if how == "transferred":
        transfer_deal(actor=actor_of(manager), deal_id=deal.pk, owner_id=colleague.pk)
    else:
        change_user(actor=actor_of(None), user_id=delivery(company).pk, is_active=False)
    assert isinstance(grant(asked.requests[0]), Deal)
    owner = fresh(deal).owner
    assert (stage_of(deal), owner) == ("talk", colleague if how == "transferred" else rep)
    with refuses(NextOwnerNeeded):
        advance_deal(actor=actor_of(owner), deal_id=deal.pk)
    boss = company.people["boss"]
    assert isinstance(advance_deal(actor=actor_of(owner), deal_id=deal.pk, next_owner=boss.pk), Moved)
    assert (stage_of(deal), fresh(deal).owner) == ("work", boss)


def test_only_stages_of_others_ask_and_those_near_with_least_to_do_come_first(
    deal: Deal, rep: User, company: Company
) -> None:
    spec = queries.deals(actor_of(rep)).get(pk=deal.pk)
    from dealrail.process import engine

    process, _ = engine.spec_and_stage(spec.run)
    assert queries.needs_next_owner(spec, process, "work")
    assert not queries.needs_next_owner(spec, process, "talk")
    assert not queries.needs_next_owner(spec, process, "end")
    for login in ("stranger", "colleague", "northerner"):
        change_user(actor=actor_of(None), user_id=company.people[login].pk, roles=["delivery"])
    new_deal(company.people["admin"])
    offered = [row.user.login for row in queries.next_owners(spec, process, "work")]
    assert offered[0] == "colleague"
    assert offered[1] == "northerner"
    assert set(offered[2:]) == {"stranger", "delivery"}


def test_a_transfer_leaves_a_card_for_the_new_owner(rep: User, colleague: User, make_deal: MakeDeal) -> None:
    deal = make_deal()
    transfer_deal(actor=actor_of(rep), deal_id=deal.pk, owner_id=colleague.pk, note="王总喜欢打电话")
    card = queries.hand_over_to_see(actor_of(colleague), fresh(deal))
    assert card is not None
    assert (card.note, card.from_user) == ("王总喜欢打电话", rep)


def test_fulfilling_the_gate_needs_no_card(rep: User, make_deal: MakeDeal) -> None:
    deal = make_deal()
    fulfil(deal)
    advance_deal(actor=actor_of(rep), deal_id=deal.pk)
    assert not HandOver.objects.exists()


def arrived(rep: User, hand_over: Any) -> Deal:
    """A deal of the rep that moved into the stage of delivery with this rule."""
    staffed(hand_over)
    deal = walk_on(new_deal(rep, need="有需求"))
    asked = advance_deal(actor=actor_of(rep), deal_id=deal.pk)
    assert isinstance(asked, AwaitingApproval)
    grant(asked.requests[0])
    return fresh(deal)


@pytest.mark.parametrize(
    ("rule", "whose"),
    [
        ("keep", "rep"),
        ("leader", "manager"),
        ({"to": "person", "person": "boss"}, "boss"),
        ({"to": "role", "role": "delivery"}, "delivery"),
        ({"to": "turns", "role": "delivery"}, "delivery"),
        ({"to": "role", "role": "sales"}, "rep"),
    ],
)
def test_the_process_says_whose_a_deal_becomes(rule: Any, whose: str, company: Company, rep: User) -> None:
    before = last_event_id()
    deal = arrived(rep, rule)
    assert deal.owner is not None
    assert deal.owner.login == whose
    handed = Event.objects.filter(pk__gt=before, kind="deal.handed_over")
    assert [row.payload["by"] for row in handed] == (
        [] if whose == "rep" else [rule if rule == "leader" else rule["to"]]
    )
    assert HandOver.objects.filter(deal=deal).count() == len(handed)


def test_people_of_a_role_take_turns_and_who_left_is_passed_over(company: Company, rep: User) -> None:
    for login in ("stranger", "northerner"):
        change_user(actor=actor_of(None), user_id=company.people[login].pk, roles=["delivery"])
    rule = {"to": "turns", "role": "delivery"}
    order = sorted(["delivery", "stranger", "northerner"], key=lambda login: company.people[login].pk)
    taken = [str(vars(arrived(rep, rule))["owner_id"]) for _round in range(4)]
    assert taken == [str(company.people[login].pk) for login in [*order, order[0]]]
    change_user(actor=actor_of(None), user_id=company.people[order[1]].pk, is_active=False)
    assert arrived(rep, rule).owner == company.people[order[2]]


def test_deals_moved_at_once_take_turns_too(company: Company, rep: User) -> None:
    change_user(actor=actor_of(None), user_id=company.people["stranger"].pk, roles=["delivery"])
    staffed({"to": "turns", "role": "delivery"})
    moves = []
    for _number in range(4):
        asked = advance_deal(actor=actor_of(rep), deal_id=walk_on(new_deal(rep, need="有需求")).pk)
        assert isinstance(asked, AwaitingApproval)
        moves.append(asked.requests[0])
    for request in moves:
        grant(request)
    owners = sorted(HandOver.objects.values_list("to_user__login", flat=True))
    assert owners == ["delivery", "delivery", "stranger", "stranger"]


@pytest.mark.parametrize("rule", [{"to": "role", "role": "delivery"}, {"to": "turns", "role": "delivery"}])
def test_where_nobody_is_there_the_deal_stays_and_its_timeline_says_so(rule: Any, company: Company, rep: User) -> None:
    change_user(actor=actor_of(None), user_id=delivery(company).pk, is_active=False)
    deal = arrived(rep, rule)
    assert (stage_of(deal), deal.owner) == ("work", rep)
    told = Event.objects.get(kind="deal.hand_over_vacant").payload
    assert (told["stage"], told["by"], told["wanted"]) == ("work", rule["to"], "delivery")


def test_somebody_named_goes_before_the_rule(company: Company, rep: User) -> None:
    staffed({"to": "role", "role": "delivery"})
    deal = walk_on(new_deal(rep, need="有需求"))
    asked = advance_deal(actor=actor_of(rep), deal_id=deal.pk, next_owner=company.people["boss"].pk)
    assert isinstance(asked, AwaitingApproval)
    grant(asked.requests[0])
    assert fresh(deal).owner == company.people["boss"]


def test_going_back_hands_nothing_over(company: Company, rep: User) -> None:
    staffed({"to": "role", "role": "delivery"}, talking={"to": "person", "person": rep.login})
    asked = advance_deal(actor=actor_of(rep), deal_id=walk_on(new_deal(rep, need="有需求")).pk)
    assert isinstance(asked, AwaitingApproval)
    grant(asked.requests[0])
    advance_deal(actor=actor_of(delivery(company)), deal_id=asked.deal.pk, to="talk")
    assert (stage_of(asked.deal), fresh(asked.deal).owner) == ("talk", delivery(company))


@pytest.mark.parametrize("to", ["turns", "keep"])
def test_the_owner_gets_what_the_process_has_them_do_first(to: str, company: Company, rep: User) -> None:
    rule = {"to": to, "task": "约客户开启动会", "due_days": 2} | ({"role": "delivery"} if to == "turns" else {})
    deal = arrived(rep, rule)
    drain()
    plan = Task.objects.get(deal=deal, kind="plan", done_at=None)
    assert (plan.title, plan.owner) == ("约客户开启动会", delivery(company) if to == "turns" else rep)
    day = working_time().day_after(timezone.localdate(deal.run.stage_entered_at), 2)
    assert plan.due_at == timezone.make_aware(datetime.combine(day, time(10)))
    assert fresh(deal).next_step_at == plan.due_at
    assert Event.objects.filter(kind="task.created", payload__title="约客户开启动会").count() == 1


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("turns", "not_one_of"),
        ({"to": "turns"}, "bad_text"),
        ({"to": "keep", "role": "delivery"}, "only_for"),
        ({"to": "person", "person": "nobody"}, "no_such_person"),
        ({"to": "role", "role": "nothing"}, "no_such_role"),
        ({"to": "keep", "due_days": 3}, "missing_key"),
        ({"to": "keep", "task": "x", "due_days": -1}, "bad_number"),
        ({"to": "keep", "task": "x" * 201}, "bad_text"),
        ({"to": "keep", "who": "me"}, "unknown_key"),
        (7, "not_one_of"),
    ],
)
def test_names_what_is_wrong_with_a_rule(rule: Any, code: str, company: Company) -> None:
    content = trial()
    content["stages"][2]["hand_over"] = rule
    assert [row.code for row in checks.problems(content)] == [code]


def test_doubts_that_a_role_without_people_takes_deals_over(company: Company) -> None:
    change_user(actor=actor_of(None), user_id=delivery(company).pk, is_active=False)
    content = trial()
    content["stages"][2]["hand_over"] = {"to": "turns", "role": "delivery"}
    assert "nobody_to_take" in [row.code for row in checks.warnings(content)]
