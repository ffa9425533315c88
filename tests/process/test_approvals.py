"""Approvals: asked once, decided by somebody else, moving the deal on, withdrawn when it leaves."""

import pytest

from dealrail.accounts.actions.users import change_user
from dealrail.accounts.errors import NotFound
from dealrail.accounts.models import User
from dealrail.crm import queries as crm
from dealrail.crm.actions.deals import (
    AwaitingApproval,
    Moved,
    advance_deal,
    change_deal,
    decide_approval,
    lose_deal,
    park_deal,
)
from dealrail.crm.actions.recycling import delete_contact
from dealrail.crm.actions.waivers import waive_condition
from dealrail.crm.models import Contact, Deal
from dealrail.events.clocks import drain
from dealrail.events.models import Event
from dealrail.notifications.models import Notification
from dealrail.process import queries as processes
from dealrail.process.errors import GateBlocked, NobodyToApprove, NoSuchApproval, ReasonMissing
from dealrail.process.models import ApprovalRequest
from dealrail.web.notifications.words import lines
from tests.cast import (
    Company,
    MakeDeal,
    actor_of,
    at_once,
    event_kinds,
    fresh,
    fulfil,
    grant,
    last_event_id,
    new_customer,
    new_deal,
    publish,
    refuses,
    stage_of,
    trial,
    walk_on,
)

Status = ApprovalRequest.Status


@pytest.fixture
def ready(make_deal: MakeDeal) -> Deal:
    """A deal in the middle stage that lacks nothing but the leader's approval."""
    deal = walk_on(make_deal())
    fulfil(deal)
    return deal


def press(deal: Deal, user: User) -> AwaitingApproval:
    result = advance_deal(actor=actor_of(user), deal_id=deal.pk)
    assert isinstance(result, AwaitingApproval)
    return result


def ask(deal: Deal, user: User) -> ApprovalRequest:
    return press(deal, user).requests[0]


def test_a_move_that_lacks_only_approval_waits_and_asks_the_leader(ready: Deal, rep: User, manager: User) -> None:
    before = last_event_id()
    result = press(ready, rep)
    assert (result.new, result.to, stage_of(ready)) == (True, "work", "talk")
    assert [request.waits_for for request in result.requests] == [[manager]]
    assert event_kinds(before) == ["approval.asked"]
    assert Event.objects.latest("pk").payload["approver_ids"] == [manager.pk]


def test_nobody_is_asked_before_all_else_is_done(make_deal: MakeDeal, rep: User) -> None:
    deal = walk_on(make_deal())
    with pytest.raises(GateBlocked):
        advance_deal(actor=actor_of(rep), deal_id=deal.pk)
    assert not ApprovalRequest.objects.exists()


def test_pressing_again_asks_nobody_twice(ready: Deal, rep: User) -> None:
    first, before = ask(ready, rep), last_event_id()
    again = press(ready, rep)
    assert (again.new, again.requests, event_kinds(before)) == (False, [first], [])


@pytest.mark.django_db(transaction=True)
def test_pressing_ten_times_at_once_asks_once(ready: Deal, rep: User) -> None:
    actor = actor_of(rep)
    results = at_once(*[lambda: advance_deal(actor=actor, deal_id=ready.pk)] * 10)
    assert sum(result.new for result in results) == 1
    assert Event.objects.filter(kind="approval.asked").count() == ApprovalRequest.objects.count() == 1


def test_the_last_grant_moves_the_deal_on(ready: Deal, rep: User, manager: User) -> None:
    request, before = ask(ready, rep), last_event_id()
    result = grant(request, note="同意")
    assert isinstance(result, Moved)
    assert (stage_of(ready), event_kinds(before)) == ("work", ["approval.decided", "deal.stage_changed"])
    request.refresh_from_db()
    assert (request.status, request.decided_by, request.note) == (Status.SPENT, manager, "同意")


def test_the_approver_sees_the_deal_while_asked_and_no_longer(ready: Deal, rep: User, legal: User) -> None:
    walk_on(ready)
    assert ready not in crm.deals(actor_of(legal))
    request = ask(ready, rep)
    assert list(processes.approvals_for(actor_of(legal))) == [request]
    assert crm.deal(actor_of(legal), ready.pk) == ready
    grant(request, granted=False, note="缺附件")
    assert ready not in crm.deals(actor_of(legal))


def test_a_refusal_needs_a_note(ready: Deal, rep: User) -> None:
    request = ask(ready, rep)
    with refuses(ReasonMissing):
        grant(request, granted=False)
    grant(request, granted=False, note="折扣太大")
    assert stage_of(ready) == "talk"
    assert Event.objects.latest("pk").payload["note"] == "折扣太大"


def test_after_a_refusal_one_may_ask_again(ready: Deal, rep: User) -> None:
    grant(ask(ready, rep), granted=False, note="折扣太大")
    assert press(ready, rep).new


def test_who_asks_never_approves(ready: Deal, rep: User, manager: User, company: Company) -> None:
    request = ask(ready, manager)
    assert request.waits_for == [company.people["boss"]]
    for user in (manager, rep):
        with refuses(NoSuchApproval):
            decide_approval(actor=actor_of(user), deal_id=ready.pk, request_id=request.pk, granted=True)


def test_who_asks_is_left_out_of_a_role_that_approves(company: Company, rep: User, colleague: User) -> None:
    content = trial(process="peers")
    content["stages"][0]["conditions"] = [{"key": "ok", "kind": "process.approval", "by": {"role": "sales"}}]
    publish(content)
    deal = new_deal(rep, "peers", customer=new_customer(rep).pk)
    assert rep not in ask(deal, rep).waits_for
    assert colleague in ApprovalRequest.objects.get().waits_for


@pytest.mark.parametrize("login", ["admin", "boss", "stranger", "legal", "colleague"])
def test_refuses_the_decision_of_who_was_not_asked(login: str, ready: Deal, rep: User, company: Company) -> None:
    request = ask(ready, rep)
    sees = crm.deals(actor_of(company.people[login])).filter(pk=ready.pk).exists()
    with refuses(NoSuchApproval if sees else NotFound):
        decide_approval(actor=actor_of(company.people[login]), deal_id=ready.pk, request_id=request.pk, granted=True)


def test_refuses_the_request_of_another_deal(ready: Deal, make_deal: MakeDeal, rep: User, manager: User) -> None:
    other = walk_on(make_deal())
    fulfil(other)
    request = ask(other, rep)
    with refuses(NoSuchApproval):
        decide_approval(actor=actor_of(manager), deal_id=ready.pk, request_id=request.pk, granted=True)


def test_refuses_to_decide_twice(ready: Deal, rep: User, manager: User) -> None:
    request = ask(ready, rep)
    grant(request)
    with refuses(NoSuchApproval):
        decide_approval(actor=actor_of(manager), deal_id=ready.pk, request_id=request.pk, granted=True)


@pytest.mark.django_db(transaction=True)
def test_granting_and_refusing_at_once_is_one_of_both(ready: Deal, rep: User, manager: User) -> None:
    request, actor = ask(ready, rep), actor_of(manager)

    def decide(granted: bool) -> object:
        return decide_approval(actor=actor, deal_id=ready.pk, request_id=request.pk, granted=granted, note="两边同时按")

    results = at_once(lambda: decide(True), lambda: decide(False))
    assert sum(isinstance(result, NoSuchApproval) for result in results) == 1
    assert Event.objects.filter(kind="approval.decided").count() == 1


def test_a_grant_is_kept_when_something_else_became_unmet(ready: Deal, rep: User, manager: User) -> None:
    request = ask(ready, rep)
    contact = Contact.objects.get(customer=fresh(ready).customer_id, role="decision_maker")
    delete_contact(actor=actor_of(manager), contact_id=contact.pk)
    assert isinstance(grant(request), Deal)
    assert stage_of(ready) == "talk"
    fulfil(ready)
    assert isinstance(advance_deal(actor=actor_of(rep), deal_id=ready.pk), Moved)


def test_a_request_keeps_what_it_is_about(ready: Deal, rep: User) -> None:
    change_deal(actor=actor_of(rep), deal_id=ready.pk, fields={"amount": "43200", "budget": "5万"})
    about = ask(ready, rep).about
    customer = fresh(ready).customer
    assert about == {"customer": customer.name, "product": None, "amount": "43200.00", "budget": "50000.00"}
    assert Event.objects.latest("pk").payload["about"] == about


def test_a_request_is_taken_back_when_what_it_is_about_changes(ready: Deal, rep: User, manager: User) -> None:
    request, before = ask(ready, rep), last_event_id()
    change_deal(actor=actor_of(rep), deal_id=ready.pk, fields={"budget": "1"})
    request.refresh_from_db()
    assert (request.status, event_kinds(before)) == (Status.WITHDRAWN, ["deal.changed", "approval.withdrawn"])
    told = Event.objects.latest("pk").payload
    assert (list(told["changes"]), told["approver_ids"], told["granted"]) == (["budget"], [manager.pk], False)
    with refuses(NoSuchApproval):
        decide_approval(actor=actor_of(manager), deal_id=ready.pk, request_id=request.pk, granted=True)
    again = ask(ready, rep)
    assert (again.about["budget"], again.pk != request.pk) == ("1.00", True)


def test_a_value_changed_with_the_press_is_asked_about_anew(ready: Deal, rep: User) -> None:
    request, before = ask(ready, rep), last_event_id()
    result = advance_deal(actor=actor_of(rep), deal_id=ready.pk, fields={"amount": "1"})
    assert isinstance(result, AwaitingApproval)
    assert result.new
    assert result.requests[0].about["amount"] == "1.00"
    assert event_kinds(before) == ["deal.changed", "approval.withdrawn", "approval.asked"]
    request.refresh_from_db()
    assert request.status == Status.WITHDRAWN


def test_a_request_stays_when_something_else_changes(ready: Deal, rep: User) -> None:
    request = ask(ready, rep)
    change_deal(actor=actor_of(rep), deal_id=ready.pk, fields={"need": "改了措辞", "name": "新名字"})
    request.refresh_from_db()
    assert request.status == Status.PENDING


def test_a_request_from_before_values_were_kept_is_taken_back_by_any_change(ready: Deal, rep: User) -> None:
    request = ask(ready, rep)
    ApprovalRequest.objects.update(about={})
    change_deal(actor=actor_of(rep), deal_id=ready.pk, fields={"need": "改了措辞"})
    request.refresh_from_db()
    assert request.status == Status.WITHDRAWN


@pytest.mark.django_db(transaction=True)
def test_granting_while_the_value_changes_never_grants_the_new_value(ready: Deal, rep: User, manager: User) -> None:
    request, boss, seller = ask(ready, rep), actor_of(manager), actor_of(rep)
    at_once(
        lambda: decide_approval(actor=boss, deal_id=ready.pk, request_id=request.pk, granted=True),
        lambda: change_deal(actor=seller, deal_id=ready.pk, fields={"amount": "1"}),
    )
    request.refresh_from_db()
    decided = [event.payload for event in Event.objects.filter(kind="deal.stage_changed", payload__to_stage="work")]
    assert {payload["amount"] for payload in decided} <= {request.about["amount"]}
    assert request.status in {Status.SPENT, Status.WITHDRAWN}


@pytest.mark.parametrize("way", ["back", "park", "lose", "waive"])
def test_a_request_is_withdrawn_when_the_deal_leaves(way: str, ready: Deal, rep: User, manager: User) -> None:
    request = ask(ready, rep)
    if way == "back":
        advance_deal(actor=actor_of(rep), deal_id=ready.pk, to="lead")
    elif way == "park":
        park_deal(actor=actor_of(rep), deal_id=ready.pk)
    elif way == "lose":
        lose_deal(actor=actor_of(rep), deal_id=ready.pk, reason="price")
    else:
        waive_condition(actor=actor_of(manager), deal_id=ready.pk, condition="agreed", reason="已口头同意")
        advance_deal(actor=actor_of(rep), deal_id=ready.pk)
    request.refresh_from_db()
    assert request.status == Status.WITHDRAWN
    told = Event.objects.get(kind="approval.withdrawn").payload
    assert (told["how"], told["approver_ids"], told["granted"]) == ("left", [manager.pk], False)
    drain()
    (line,) = lines(actor_of(manager), Notification.objects.filter(kind="approval_needless", user=manager))
    assert ready.name in line.sentence
    with refuses(NoSuchApproval):
        decide_approval(actor=actor_of(manager), deal_id=ready.pk, request_id=request.pk, granted=True)


def test_a_request_is_withdrawn_when_another_move_is_asked_for(rep: User, company: Company) -> None:
    content = trial(process="forked")
    by = {"key": "boss", "kind": "process.approval", "by": {"leader": True}}
    content["stages"][0] |= {"next": ["talk", "work"], "conditions": [by]}
    publish(content)
    deal = new_deal(rep, "forked", customer=new_customer(rep).pk)
    first, before = ask(deal, rep), last_event_id()
    advance_deal(actor=actor_of(rep), deal_id=deal.pk, to="work")
    assert event_kinds(before) == ["approval.withdrawn", "approval.asked"]
    told = Event.objects.get(kind="approval.withdrawn").payload
    assert (told["request_id"], told["how"], told["to_stage"]) == (first.pk, "other_move", "talk")


def test_a_grant_of_an_earlier_stay_counts_no_more(ready: Deal, rep: User) -> None:
    grant(ask(ready, rep))
    advance_deal(actor=actor_of(rep), deal_id=ready.pk, to="talk")
    fulfil(ready)
    assert press(ready, rep).new


def test_a_grant_for_a_move_not_made_yet_is_taken_back_too(rep: User, company: Company) -> None:
    content = trial(process="double")
    content["stages"][0]["conditions"] = [
        {"key": "boss", "kind": "process.approval", "by": {"leader": True}},
        {"key": "law", "kind": "process.approval", "by": {"role": "legal"}},
    ]
    publish(content)
    deal = new_deal(rep, "double", customer=new_customer(rep).pk)
    first = ask(deal, rep)
    assert isinstance(grant(first), AwaitingApproval)
    change_deal(actor=actor_of(rep), deal_id=deal.pk, fields={"amount": "9"})
    first.refresh_from_db()
    assert first.status == Status.WITHDRAWN
    assert len(press(deal, rep).requests) == 2


def test_all_of_several_approvals_are_needed(rep: User, company: Company) -> None:
    content = trial(process="double")
    content["stages"][0]["conditions"] = [
        {"key": "boss", "kind": "process.approval", "by": {"leader": True}},
        {"key": "law", "kind": "process.approval", "by": {"role": "legal"}},
    ]
    publish(content)
    deal = new_deal(rep, "double", customer=new_customer(rep).pk)
    first, second = press(deal, rep).requests
    waiting = grant(first)
    assert isinstance(waiting, AwaitingApproval)
    assert (waiting.requests, waiting.new) == ([second], False)
    assert isinstance(grant(second), Moved)


def test_refuses_a_move_that_nobody_may_approve(ready: Deal, rep: User, admin: User) -> None:
    walk_on(ready)
    for user in User.objects.filter(roles__key="legal"):
        change_user(actor=actor_of(admin), user_id=user.pk, is_active=False)
    with refuses(NobodyToApprove) as caught:
        advance_deal(actor=actor_of(rep), deal_id=ready.pk)
    assert caught.value.params == {"who": "法务审核"}


def test_asks_anew_when_nobody_asked_is_there_any_more(ready: Deal, rep: User, manager: User, company: Company) -> None:
    request = ask(ready, rep)
    change_user(actor=actor_of(company.people["admin"]), user_id=manager.pk, is_active=False)
    again = press(ready, rep)
    assert (again.new, again.requests[0].waits_for) == (True, [company.people["boss"]])
    request.refresh_from_db()
    assert request.status == Status.WITHDRAWN
    told = Event.objects.get(kind="approval.withdrawn").payload
    assert (told["how"], told["note"]) == ("vacant", manager.name)


def test_the_one_who_approved_is_the_one_who_moved(ready: Deal, rep: User, manager: User) -> None:
    grant(ask(ready, rep))
    assert Event.objects.filter(kind="deal.stage_changed").latest("pk").actor_id == manager.pk


def test_of_several_only_the_one_refused_is_asked_anew(rep: User, company: Company) -> None:
    content = trial(process="double")
    content["stages"][0]["conditions"] = [
        {"key": "boss", "kind": "process.approval", "by": {"leader": True}},
        {"key": "law", "kind": "process.approval", "by": {"role": "legal"}},
    ]
    publish(content)
    deal = new_deal(rep, "double", customer=new_customer(rep).pk)
    first, second = press(deal, rep).requests
    grant(first, granted=False, note="再谈谈")
    before = last_event_id()
    again = press(deal, rep)
    assert [again.requests[0] == first, again.requests[1] == second] == [False, True]
    assert event_kinds(before) == ["approval.asked"]
    assert Event.objects.latest("pk").payload["condition"] == "boss"


@pytest.fixture
def fork(rep: User) -> Deal:
    """A deal that may go two ways, each with the leader's approval."""
    content = trial(process="fork")
    content["stages"][0] |= {
        "next": ["talk", "work"],
        "conditions": [{"key": "boss", "kind": "process.approval", "by": {"leader": True}}],
    }
    publish(content)
    return new_deal(rep, "fork", customer=new_customer(rep).pk)


def test_a_grant_for_one_move_opens_no_other(fork: Deal, rep: User, manager: User) -> None:
    to_talk = ask(fork, rep)
    ApprovalRequest.objects.filter(pk=to_talk.pk).update(status=Status.GRANTED)
    result = advance_deal(actor=actor_of(rep), deal_id=fork.pk, to="work")
    assert isinstance(result, AwaitingApproval)
    assert (result.new, result.requests[0].to, stage_of(fork)) == (True, "work", "lead")


def test_asking_for_another_move_withdraws_the_first(fork: Deal, rep: User, manager: User) -> None:
    to_talk = ask(fork, rep)
    result = advance_deal(actor=actor_of(rep), deal_id=fork.pk, to="work")
    assert isinstance(result, AwaitingApproval)
    to_talk.refresh_from_db()
    assert to_talk.status == Status.WITHDRAWN
    grant(result.requests[0])
    assert stage_of(fork) == "work"
