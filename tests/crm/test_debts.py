"""What an imported deal owes to its SOP is settled when it turns up."""

import pytest

from dealrail.accounts.models import User
from dealrail.activities.actions.sop import complete_action
from dealrail.crm.actions.deals import change_deal
from dealrail.crm.models import Deal
from dealrail.events.clocks import drain
from dealrail.events.models import Event
from dealrail.process import queries as processes
from dealrail.process.models import Debt, Stage
from tests.cast import MakeDeal, actor_of, event_kinds, last_event_id

OWED = (("facts", "field_missing", "budget"), ("facts", "field_missing", "amount"), ("done", "action_not_done", "call"))


@pytest.fixture
def indebted(make_deal: MakeDeal) -> Deal:
    """A deal that owes three things of the middle stage."""
    deal = make_deal()
    stage = Stage.objects.get(version=deal.run.version, key="talk")
    for condition, code, item in OWED:
        Debt.objects.create(run=deal.run, stage=stage, condition=condition, code=code, item=item)
    drain()
    return deal


def owed(deal: Deal) -> list[str]:
    return [debt.item for debt in processes.open_debts(deal.run_id)]


def test_a_field_filled_in_later_settles_its_debt(indebted: Deal, rep: User) -> None:
    before = last_event_id()
    change_deal(actor=actor_of(rep), deal_id=indebted.pk, fields={"budget": "5"})
    drain()
    assert owed(indebted) == ["amount", "call"]
    assert event_kinds(before) == ["deal.changed", "deal.debts_settled"]
    assert (Event.objects.latest("pk").payload["count"], Event.objects.latest("pk").payload["left"]) == (1, 2)


def test_an_action_done_later_settles_its_debt(indebted: Deal, rep: User) -> None:
    complete_action(actor=actor_of(rep), deal_id=indebted.pk, action="call", note="打通了")
    drain()
    assert owed(indebted) == ["budget", "amount"]


def test_what_still_lacks_stays_owed_and_is_not_told_of(indebted: Deal, rep: User) -> None:
    before = last_event_id()
    change_deal(actor=actor_of(rep), deal_id=indebted.pk, fields={"need": "有"})
    drain()
    assert len(owed(indebted)) == 3
    assert event_kinds(before) == ["deal.changed"]


def test_a_debt_once_settled_is_not_owed_again(indebted: Deal, rep: User) -> None:
    for value in ("5", ""):
        change_deal(actor=actor_of(rep), deal_id=indebted.pk, fields={"budget": value})
        drain()
    assert owed(indebted) == ["amount", "call"]
