"""What an imported deal owes to its SOP is settled when it turns up."""

from collections.abc import Iterable

import pytest

from dealrail.accounts.models import User
from dealrail.activities.actions.sop import complete_action
from dealrail.crm.actions.customers import create_contact
from dealrail.crm.actions.deals import change_deal, lose_deal
from dealrail.crm.models import Deal
from dealrail.crm.rules import LOSS_REASON_OWED
from dealrail.events.clocks import drain
from dealrail.events.models import Event
from dealrail.process import queries as processes
from dealrail.process.models import Debt, Stage
from tests.cast import MakeCustomer, MakeDeal, actor_of, event_kinds, follow_up, last_event_id

OWED = (
    ("facts", "field_missing", "budget"),
    ("facts", "field_missing", "amount"),
    ("done", "action_not_done", "call"),
)
LATER = (("followed", "follow_ups_missing", "followed"), ("known", "contacts_missing", "known"))


@pytest.fixture
def indebted(make_deal: MakeDeal) -> Deal:
    """A deal that owes three things of the middle stage."""
    return owing(make_deal(), OWED)


def owing(deal: Deal, debts: Iterable[tuple[str, str, str]]) -> Deal:
    stage = Stage.objects.get(version=deal.run.version, key="talk")
    for condition, code, item in debts:
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


def test_follow_ups_made_since_settle_their_debt(make_deal: MakeDeal, rep: User) -> None:
    deal = owing(make_deal(), LATER)
    for left in ([*"fk"], ["k"]):
        follow_up(deal, actor=actor_of(rep))
        drain()
        assert [item[0] for item in owed(deal)] == left


def test_a_contact_met_since_settles_the_debts_of_all_deals_with_the_customer(
    make_deal: MakeDeal, make_customer: MakeCustomer, rep: User
) -> None:
    customer = make_customer()
    deals = [owing(make_deal(customer=customer.pk), LATER) for _number in range(2)]
    fields = {"name": "王总", "role": "decision_maker"}
    create_contact(actor=actor_of(rep), customer_id=customer.pk, fields=fields)
    drain()
    assert [owed(deal) for deal in deals] == [["followed"], ["followed"]]


def test_the_reason_of_a_loss_stays_owed_until_one_is_given(make_deal: MakeDeal, rep: User) -> None:
    deal = owing(make_deal(), [(LOSS_REASON_OWED, "loss_reason_missing", LOSS_REASON_OWED)])
    change_deal(actor=actor_of(rep), deal_id=deal.pk, fields={"budget": "5"})
    drain()
    assert owed(deal) == [LOSS_REASON_OWED]
    lose_deal(actor=actor_of(rep), deal_id=deal.pk, reason="price")
    drain()
    assert owed(deal) == []
