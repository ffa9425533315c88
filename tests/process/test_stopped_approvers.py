"""An approval never waits for somebody who was stopped: others answer, and are told."""

from typing import Any

import pytest

from dealrail.accounts.actions.users import change_user
from dealrail.accounts.models import Unit, User
from dealrail.crm.actions.approvals import add_approver, replace_approver, withdraw_approval
from dealrail.crm.actions.deals import Moved, change_deal, decide_approval
from dealrail.crm.actions.recycling import delete_deal
from dealrail.events.clocks import drain
from dealrail.events.models import Event
from dealrail.notifications.models import Notification
from dealrail.process.models import ApprovalRequest
from dealrail.web.notifications.words import lines
from tests.cast import Company, actor_of, at_once, event_kinds, last_event_id, stage_of
from tests.process.test_several_approvers import LEGAL_AND_BOSS, again, ask, deal_under, logins, say

Status = ApprovalRequest.Status


@pytest.fixture
def boss(company: Company) -> User:
    return company.people["boss"]


def stop(user: User) -> None:
    change_user(actor=actor_of(None), user_id=user.pk, is_active=False)
    drain()


def about(request: ApprovalRequest, user: User | None) -> dict[str, Any]:
    return {"actor": actor_of(user), "deal_id": request.run.deal.pk, "request_id": request.pk}


def waiting(request: ApprovalRequest) -> list[str]:
    return logins(again(request).waits_for)


def recorded(after: int) -> list[str]:
    """What happened to people and approvals since then; draining delivers other events too."""
    return [kind for kind in event_kinds(after) if kind.startswith(("user.", "approval."))]


def sentence(kind: str, user: User) -> str:
    """What the notification of this kind says to who got it."""
    (line,) = lines(actor_of(user), Notification.objects.filter(kind=kind, user=user))
    return line.sentence


def told(kind: str) -> list[str]:
    return sorted(Notification.objects.filter(kind=kind).values_list("user__login", flat=True))


def test_the_leader_of_who_left_answers_and_everybody_concerned_is_told(rep: User, manager: User, boss: User) -> None:
    deal = deal_under(rep, {"leader": True})
    request, before = ask(deal), last_event_id()
    stop(manager)
    assert waiting(request) == ["boss"]
    assert recorded(before) == ["user.changed", "approval.delegated"]
    fact = Event.objects.filter(kind="approval.delegated").latest("pk").payload
    assert (fact["user_name"], fact["instead_of"]) == (boss.name, manager.name)
    assert told("approval_inherited") == ["boss"]
    assert told("approval_taken_over") == ["rep"]
    assert f"{manager.name}的账号已停用" in sentence("approval_inherited", boss)
    assert boss.name in sentence("approval_taken_over", rep)
    start = stage_of(deal)
    say(request, boss)
    assert stage_of(deal) != start


def test_a_deal_in_the_recycle_bin_holds_up_no_other_and_is_right_once_restored(
    rep: User, manager: User, admin: User
) -> None:
    binned, living = (ask(deal_under(rep, {"leader": True})) for _ in range(2))
    delete_deal(actor=actor_of(admin), deal_id=binned.run.deal.pk)
    stop(manager)
    assert [waiting(binned), waiting(living)] == [["boss"], ["boss"]]


def test_with_others_in_the_seat_nobody_else_is_asked(rep: User, legal: User, boss: User) -> None:
    request = ask(deal_under(rep, {"any": [{"role": "legal"}, {"person": "boss"}]}))
    before = last_event_id()
    stop(legal)
    assert recorded(before) == ["user.changed"]
    assert isinstance(say(request, boss), Moved)


def test_who_asked_never_inherits_the_approval(rep: User, legal: User, company: Company) -> None:
    company.units["法务部"].leader = rep
    company.units["法务部"].save()
    deal = deal_under(rep, {"person": "legal"})
    request = ask(deal)
    stop(legal)
    assert "rep" not in waiting(request)
    assert waiting(request)


def test_without_leaders_those_who_may_waive_answer(rep: User, legal: User) -> None:
    Unit.objects.update(leader=None)
    request = ask(deal_under(rep, {"person": "legal"}))
    stop(legal)
    assert waiting(request)
    assert "legal" not in waiting(request)


def test_with_nobody_left_it_is_taken_back_to_be_asked_anew(rep: User, legal: User, company: Company) -> None:
    request = ask(deal_under(rep, {"person": "legal"}))
    Unit.objects.update(leader=None)
    for person in company.people.values():
        if person not in {rep, legal}:
            User.objects.filter(pk=person.pk).update(is_active=False)
    User.objects.filter(pk=legal.pk).update(is_active=False)
    before = last_event_id()
    replace_approver(**about(request, None), gone_id=legal.pk)
    assert again(request).status == Status.WITHDRAWN
    assert recorded(before) == ["approval.withdrawn"]
    assert Event.objects.filter(kind="approval.withdrawn").latest("pk").payload["how"] == "vacant"
    drain()
    assert told("approval_vacant") == ["rep"]
    assert f"{legal.name}的账号已停用" in sentence("approval_vacant", rep)


def test_a_seat_that_comes_later_is_inherited_in_its_turn(rep: User, legal: User, boss: User, stranger: User) -> None:
    request = ask(deal_under(rep, {"person": "legal"}))
    add_approver(**about(request, legal), person=stranger.pk, first=True)
    stop(legal)
    assert waiting(request) == ["stranger"]
    say(request, stranger)
    assert len(waiting(request)) == 1
    assert waiting(request) != ["legal"]


def test_one_of_all_who_left_is_replaced_and_the_yes_of_others_stands(rep: User, legal: User, boss: User) -> None:
    request = ask(deal_under(rep, LEGAL_AND_BOSS))
    say(request, boss)
    stop(legal)
    assert again(request).status == Status.PENDING
    assert "legal" not in waiting(request)
    assert logins(again(request).people_who("agreed")) == ["boss"]


def test_somebody_active_or_long_replaced_is_left_alone(rep: User, legal: User) -> None:
    request = ask(deal_under(rep, {"person": "legal"}))
    given = {**about(request, None), "gone_id": legal.pk}
    assert replace_approver(**given) is None
    stop(legal)
    before = last_event_id()
    assert replace_approver(**given) is None
    assert recorded(before) == []


@pytest.mark.django_db(transaction=True)
def test_taking_back_and_granting_at_once_is_one_of_both(rep: User, legal: User) -> None:
    deal = deal_under(rep, {"person": "legal"})
    request, start = ask(deal), stage_of(deal)
    at_once(
        lambda: withdraw_approval(**about(request, rep)),
        lambda: decide_approval(**about(request, legal), granted=True),
    )
    status = again(request).status
    assert status in {Status.WITHDRAWN, Status.SPENT}
    assert (stage_of(deal) == start) == (status == Status.WITHDRAWN)


def test_a_material_change_asks_again_about_the_new_value_and_the_log_keeps_both(rep: User, legal: User) -> None:
    deal = deal_under(rep, {"person": "legal"})
    change_deal(actor=actor_of(rep), deal_id=deal.pk, fields={"amount": "100"})
    first = ask(deal)
    change_deal(actor=actor_of(rep), deal_id=deal.pk, fields={"amount": "900"})
    assert again(first).status == Status.WITHDRAWN
    second = ask(deal)
    assert (first.about["amount"], second.about["amount"]) == ("100.00", "900.00")
    asked = Event.objects.filter(kind="approval.asked", subject_id=deal.pk).order_by("pk")
    assert [row.payload["about"]["amount"] for row in asked] == ["100.00", "900.00"]
    change_deal(actor=actor_of(rep), deal_id=deal.pk, fields={"name": "只是改名"})
    assert again(second).status == Status.PENDING
    assert ask(deal) == second
