"""What was refused stays to be seen until it is asked again, waived or left behind."""

import pytest

from dealrail.accounts.models import User
from dealrail.crm.actions.deals import AwaitingApproval, advance_deal
from dealrail.crm.actions.waivers import waive_condition
from dealrail.crm.models import Deal
from dealrail.process import queries as processes
from tests.cast import MakeDeal, actor_of, fulfil, grant, walk_to


@pytest.fixture
def refused(make_deal: MakeDeal, rep: User) -> Deal:
    """A deal whose move the manager did not agree to."""
    deal = walk_to(make_deal(), "talk")
    fulfil(deal)
    ask(deal, rep, granted=False)
    return deal


def ask(deal: Deal, rep: User, *, granted: bool | None = None) -> None:
    result = advance_deal(actor=actor_of(rep), deal_id=deal.pk)
    assert isinstance(result, AwaitingApproval)
    if granted is not None:
        grant(result.requests[0], granted=granted, note="折扣太低，先和客户再谈")


def notes(deal: Deal) -> list[str]:
    return [row.note for row in processes.refused_approvals([deal.run_id])]


def test_says_who_refused_and_why(refused: Deal, manager: User) -> None:
    row = processes.refused_approvals([refused.run_id])[0]
    assert row.decided_by == manager
    assert row.note == "折扣太低，先和客户再谈"


def test_is_over_when_asked_again(refused: Deal, rep: User) -> None:
    ask(refused, rep)
    assert notes(refused) == []


def test_is_over_when_waived(refused: Deal, manager: User) -> None:
    waive_condition(actor=actor_of(manager), deal_id=refused.pk, condition="agreed", reason="总经理口头同意")
    assert notes(refused) == []


def test_is_over_in_another_stage(refused: Deal, rep: User) -> None:
    advance_deal(actor=actor_of(rep), deal_id=refused.pk, to="lead")
    assert notes(refused) == []


def test_others_have_none(refused: Deal, make_deal: MakeDeal) -> None:
    assert notes(make_deal()) == []
