"""Approvals by several: any or all of them, by steps of the amount, passed on, shared, taken back, told to others."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from dealrail.accounts.actions.users import change_user
from dealrail.accounts.errors import UnknownPerson
from dealrail.accounts.models import User
from dealrail.core import clock
from dealrail.crm import queries as crm
from dealrail.crm.actions.approvals import add_approver, delegate_approval, withdraw_approval
from dealrail.crm.actions.deals import AwaitingApproval, Moved, advance_deal, change_deal, decide_approval
from dealrail.crm.clocks import remind
from dealrail.crm.models import Deal
from dealrail.events import clocks
from dealrail.events.models import Event
from dealrail.notifications.models import Notification
from dealrail.process import queries as processes
from dealrail.process.errors import (
    AskedAlready,
    AsksThemselves,
    NobodyToApprove,
    NoSuchApproval,
    NotYourRequest,
)
from dealrail.process.models import ApprovalRequest
from dealrail.web.notifications.words import lines
from tests.cast import (
    Company,
    actor_of,
    at_once,
    event_kinds,
    fresh,
    last_event_id,
    new_customer,
    new_deal,
    publish,
    refuses,
    stage_of,
    trial,
)

Status = ApprovalRequest.Status
LEGAL_AND_BOSS = {"all": [{"role": "legal"}, {"person": "boss"}]}


@pytest.fixture
def boss(company: Company) -> User:
    return company.people["boss"]


def deal_under(owner: User, by: dict[str, Any], **more: Any) -> Deal:
    """A deal whose first move needs an approval by these."""
    content = trial(process="several")
    content["stages"][0]["conditions"] = [{"key": "ok", "name": "同意", "kind": "process.approval", "by": by, **more}]
    publish(content)
    return new_deal(owner, "several", customer=new_customer(owner).pk)


def ask(deal: Deal, user: User | None = None) -> ApprovalRequest:
    result = advance_deal(actor=actor_of(user or deal.owner), deal_id=deal.pk)
    assert isinstance(result, AwaitingApproval)
    return result.requests[0]


def say(request: ApprovalRequest, user: User, *, granted: bool = True) -> Any:
    deal_id = request.run.deal.pk
    return decide_approval(actor=actor_of(user), deal_id=deal_id, request_id=request.pk, granted=granted, note="就这样")


def again(request: ApprovalRequest) -> ApprovalRequest:
    return ApprovalRequest.objects.prefetch_related(processes.PARTS).get(pk=request.pk)


def logins(people: list[User]) -> list[str]:
    return sorted(person.login for person in people)


ASKED: list[tuple[dict[str, Any], str, list[str]]] = [
    ({"leader": True}, "1", ["manager"]),
    ({"leader": 1}, "1", ["manager"]),
    ({"leader": 2}, "1", ["boss"]),
    ({"leader": 5}, "1", ["boss"]),
    ({"person": "LEGAL"}, "1", ["legal"]),
    ({"any": [{"leader": True}, {"role": "legal"}]}, "1", ["legal", "manager"]),
    ({"all": [{"leader": True}, {"leader": 2}]}, "1", ["boss", "manager"]),
]
STEPS = {
    "steps": [
        {"up_to": 100, "by": {"leader": True}},
        {"up_to": 1000.5, "by": {"person": "legal"}},
        {"by": {"leader": 2}},
    ]
}
ASKED += [(STEPS, amount, [who]) for amount, who in (("100", "manager"), ("100.01", "legal"), ("1000.50", "legal"))]
ASKED += [(STEPS, "1000.51", ["boss"]), (STEPS, "", ["boss"])]


@pytest.mark.parametrize(("by", "amount", "asked"), ASKED)
def test_asks_whom_the_process_names(by: dict[str, Any], amount: str, asked: list[str], rep: User) -> None:
    deal = deal_under(rep, by)
    change_deal(actor=actor_of(rep), deal_id=deal.pk, fields={"amount": amount})
    assert logins(ask(deal).waits_for) == asked


def test_by_one_of_several_the_first_yes_moves_the_deal(rep: User, legal: User, boss: User) -> None:
    request = ask(deal_under(rep, {"any": [{"role": "legal"}, {"person": "boss"}]}))
    assert isinstance(say(request, legal), Moved)
    with refuses(NoSuchApproval):
        say(request, boss)


def test_by_all_of_several_each_must_agree(rep: User, legal: User, boss: User) -> None:
    deal = deal_under(rep, LEGAL_AND_BOSS)
    request, before = ask(deal), last_event_id()
    assert isinstance(say(request, legal), AwaitingApproval)
    assert (event_kinds(before), stage_of(deal)) == (["approval.agreed"], "lead")
    assert Event.objects.latest("pk").payload["waiting_ids"] == [boss.pk]
    with refuses(NoSuchApproval):
        say(request, legal)
    assert isinstance(say(request, boss), Moved)


def test_the_first_no_of_several_refuses(rep: User, legal: User, boss: User) -> None:
    deal = deal_under(rep, LEGAL_AND_BOSS)
    request = ask(deal)
    say(request, legal)
    say(request, boss, granted=False)
    assert (again(request).status, stage_of(deal)) == (Status.REFUSED, "lead")


def test_somebody_in_two_seats_says_yes_once(rep: User, legal: User) -> None:
    request = ask(deal_under(rep, {"all": [{"role": "legal"}, {"person": "legal"}]}))
    assert isinstance(say(request, legal), Moved)


@pytest.mark.django_db(transaction=True)
def test_two_of_several_saying_yes_at_once_move_the_deal_once(rep: User, legal: User, boss: User) -> None:
    deal = deal_under(rep, LEGAL_AND_BOSS)
    request = ask(deal)
    results = at_once(lambda: say(request, legal), lambda: say(request, boss))
    assert sorted(type(result).__name__ for result in results) == ["AwaitingApproval", "Moved"]
    assert Event.objects.filter(kind="deal.stage_changed").count() == 1


def test_an_amount_in_another_step_asks_anew(rep: User) -> None:
    deal = deal_under(rep, STEPS)
    change_deal(actor=actor_of(rep), deal_id=deal.pk, fields={"amount": "50"})
    request = ask(deal)
    change_deal(actor=actor_of(rep), deal_id=deal.pk, fields={"amount": "5000"})
    assert again(request).status == Status.WITHDRAWN
    assert logins(ask(deal).waits_for) == ["boss"]


def test_who_asks_is_never_among_several(rep: User, manager: User, legal: User) -> None:
    deal = deal_under(rep, {"any": [{"person": "manager"}, {"role": "legal"}]})
    assert ask(deal, manager).waits_for == [legal]
    blocked = deal_under(rep, {"all": [{"person": "manager"}, {"role": "legal"}]})
    with refuses(NobodyToApprove) as caught:
        advance_deal(actor=actor_of(manager), deal_id=blocked.pk)
    assert caught.value.params == {"who": "同意 (manager)"}


def test_a_seat_whose_people_left_is_asked_anew_and_one_that_remains_is_not(
    rep: User, legal: User, boss: User, admin: User
) -> None:
    deal = deal_under(rep, {"any": [{"role": "legal"}, {"person": "boss"}]})
    request = ask(deal)
    change_user(actor=actor_of(admin), user_id=legal.pk, is_active=False)
    assert ask(deal) == request
    clocks.drain()
    assert logins([row for row in again(request).waits_for if row.is_active]) == ["boss"]
    other = deal_under(rep, LEGAL_AND_BOSS)
    change_user(actor=actor_of(admin), user_id=legal.pk, is_active=True)
    stuck = ask(other)
    say(stuck, boss)
    change_user(actor=actor_of(admin), user_id=legal.pk, is_active=False)
    assert not again(stuck).can_be_answered
    with refuses(NobodyToApprove):
        advance_deal(actor=actor_of(rep), deal_id=other.pk)


def about(request: ApprovalRequest, user: User) -> dict[str, Any]:
    return {"actor": actor_of(user), "deal_id": request.run.deal.pk, "request_id": request.pk}


def test_who_is_asked_passes_it_on(rep: User, legal: User, stranger: User) -> None:
    deal = deal_under(rep, {"person": "legal"})
    request, before = ask(deal), last_event_id()
    delegate_approval(**about(request, legal), to=stranger.pk, note="我出差")
    assert event_kinds(before) == ["approval.delegated"]
    assert (again(request).waits_for, crm.deal(actor_of(stranger), deal.pk)) == ([stranger], deal)
    with refuses(NoSuchApproval):
        say(request, legal)
    assert isinstance(say(request, stranger), Moved)


@pytest.mark.parametrize(
    ("by", "to", "refusal"),
    [("legal", "rep", AsksThemselves), ("legal", "legal", AskedAlready), ("boss", "legal", NoSuchApproval)],
)
def test_refuses_to_pass_on(by: str, to: str, refusal: Any, rep: User, company: Company) -> None:
    request = ask(deal_under(rep, {"person": "legal"}))
    with refuses(refusal):
        delegate_approval(**about(request, company.people[by]), to=company.people[to].pk)


def test_refuses_who_left_as_deputy_or_addition(rep: User, legal: User, stranger: User, admin: User) -> None:
    request = ask(deal_under(rep, {"person": "legal"}))
    change_user(actor=actor_of(admin), user_id=stranger.pk, is_active=False)
    with refuses(UnknownPerson):
        delegate_approval(**about(request, legal), to=stranger.pk)
    with refuses(UnknownPerson):
        add_approver(**about(request, legal), person=stranger.pk)


@pytest.mark.parametrize("order", [["legal", "stranger"], ["stranger", "legal"]])
def test_one_more_beside_agrees_in_any_order(order: list[str], rep: User, company: Company) -> None:
    deal = deal_under(rep, {"person": "legal"})
    request = ask(deal)
    add_approver(**about(request, company.people["legal"]), person=company.people["stranger"].pk)
    assert isinstance(say(request, company.people[order[0]]), AwaitingApproval)
    assert isinstance(say(request, company.people[order[1]]), Moved)


def test_one_more_before_answers_first(rep: User, legal: User, stranger: User) -> None:
    request = ask(deal_under(rep, {"person": "legal"}))
    add_approver(**about(request, legal), person=stranger.pk, first=True)
    assert list(processes.approvals_for(actor_of(legal))) == []
    with refuses(NoSuchApproval):
        say(request, legal)
    say(request, stranger)
    assert Event.objects.latest("pk").payload["next_ids"] == [legal.pk]
    assert list(processes.approvals_for(actor_of(legal))) == [request]
    assert isinstance(say(request, legal), Moved)


@pytest.mark.parametrize(
    ("by", "person", "refusal"),
    [("legal", "rep", AsksThemselves), ("legal", "legal", AskedAlready), ("rep", "stranger", NoSuchApproval)],
)
def test_refuses_to_add(by: str, person: str, refusal: Any, rep: User, company: Company) -> None:
    request = ask(deal_under(rep, {"person": "legal"}))
    with refuses(refusal):
        add_approver(**about(request, company.people[by]), person=company.people[person].pk)


def test_who_asked_takes_it_back_and_may_ask_again(rep: User, manager: User, legal: User) -> None:
    deal = deal_under(rep, {"person": "legal"})
    request = ask(deal)
    with refuses(NotYourRequest):
        withdraw_approval(**about(request, manager))
    withdraw_approval(**about(request, rep), note="先改价格")
    assert again(request).status == Status.WITHDRAWN
    with refuses(NoSuchApproval):
        withdraw_approval(**about(request, rep))
    assert deal not in crm.deals(actor_of(legal))
    assert ask(deal) != request


def test_who_is_told_reads_and_decides_nothing(rep: User, stranger: User) -> None:
    deal = deal_under(rep, {"person": "legal"}, cc=[{"person": "stranger"}, {"leader": True}])
    request = ask(deal)
    told = Event.objects.latest("pk").payload["told_ids"]
    assert told == [stranger.pk, User.objects.get(login="manager").pk]
    assert crm.deal(actor_of(stranger), deal.pk) == fresh(deal)
    assert list(processes.approvals_for(actor_of(stranger))) == []
    with refuses(NoSuchApproval):
        say(request, stranger)


def test_each_is_told_what_concerns_them(rep: User, legal: User, boss: User, stranger: User, company: Company) -> None:
    finance = company.people["finance"]
    request = ask(deal_under(rep, LEGAL_AND_BOSS, cc=[{"role": "finance"}]))
    delegate_approval(**about(request, legal), to=stranger.pk)
    add_approver(**about(request, stranger), person=company.people["delivery"].pk, first=True)
    say(request, company.people["delivery"])
    say(request, stranger)
    say(request, boss)
    clocks.drain()
    heard: dict[str, list[str]] = {}
    for row in Notification.objects.select_related("user").order_by("event_id"):
        heard.setdefault(row.user.login, []).append(row.kind)
    assert heard == {
        "legal": ["approval_asked"],
        "boss": ["approval_asked"],
        "finance": ["approval_told", "approval_told_yes"],
        "stranger": ["approval_passed_on", "approval_turn"],
        "delivery": ["approval_shared"],
        "rep": ["approval_passed_to", "approval_granted"],
    }
    shown = lines(actor_of(finance), Notification.objects.filter(user=finance, kind="approval_told_yes"))
    assert [line.sentence[:2] for line in shown] == ["抄送"]


def test_taking_back_is_told_to_who_was_asked(rep: User, legal: User) -> None:
    withdraw_approval(**about(ask(deal_under(rep, {"person": "legal"})), rep))
    clocks.drain()
    assert [row.kind for row in Notification.objects.filter(user=legal).order_by("event_id")] == [
        "approval_asked",
        "approval_recalled",
    ]


def reminded(user: User) -> int:
    clocks.drain()
    return Notification.objects.filter(user=user, kind="approval_reminded").count()


def in_september(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-09-{text}+08:00")


# Asked on Friday at three; Saturday is free, and Sunday makes up for National Day.
REMINDED = (
    ("18T17:00", 0), ("19T23:00", 0), ("20T09:30", 0), ("20T10:30", 1), ("21T14:00", 1), ("21T16:00", 2),
    ("23T14:00", 2), ("23T16:00", 3), ("30T09:00", 3),
)  # fmt: skip


def test_reminds_those_who_have_not_answered_each_time_once(rep: User, legal: User, boss: User) -> None:
    with clock.at(in_september("18T15:00")):
        request = ask(deal_under(rep, LEGAL_AND_BOSS, remind_after=["4h", "2d", "4d"]))
        say(request, legal)
    for moment, count in REMINDED:
        with clock.at(in_september(moment)):
            remind()
            remind()
            assert (moment, reminded(boss), reminded(legal)) == (moment, count, 0)


@pytest.mark.django_db(transaction=True)
def test_several_workers_remind_once(rep: User, boss: User) -> None:
    request = ask(deal_under(rep, {"person": "boss"}, remind_after="4h"))
    earlier = {"asked_at": request.asked_at - timedelta(days=1), "remind_at": request.asked_at - timedelta(hours=20)}
    ApprovalRequest.objects.update(**earlier)
    at_once(*[remind] * 4)
    assert reminded(boss) == 1


def test_nobody_is_reminded_of_what_is_answered_or_taken_back(rep: User, legal: User, boss: User) -> None:
    decided, taken_back = (ask(deal_under(rep, {"person": "boss"}, remind_after="1d")) for _ in range(2))
    say(decided, boss, granted=False)
    withdraw_approval(**about(taken_back, rep))
    with clock.at(decided.asked_at + timedelta(days=20)):
        remind()
    assert reminded(boss) == 0
