"""Reactions of the CRM: an imported deal's debts are settled when what was owed turns up."""

from dealrail.accounts.actor import Actor
from dealrail.accounts.rules import was_stopped
from dealrail.core import clock
from dealrail.crm import queries
from dealrail.crm.actions.approvals import replace_approver
from dealrail.crm.facts import DebtsSettled
from dealrail.crm.models import Deal, MigratedDeal
from dealrail.crm.rules import LOSS_REASON_OWED
from dealrail.events.engine import record, subscribe
from dealrail.events.models import Event
from dealrail.process import engine
from dealrail.process import queries as processes
from dealrail.process.models import Debt


def settle_debts(event: Event) -> None:
    """Mark as settled what the deal's record shows by now."""
    for deal_id in queries.indebted_deals(pk=event.subject_id):
        _settle(deal_id)


def settle_debts_of_customer(event: Event) -> None:
    """The same for every deal with the customer that changed, or that somebody was just met at."""
    for deal_id in queries.indebted_deals(customer=event.subject_id):
        _settle(deal_id)


def _settle(deal_id: int) -> None:
    deal = queries.deal_for_reaction(deal_id)
    if deal is None:
        return
    owed = list(processes.open_debts(deal.run_id))
    lacking = _still_lacking(deal, owed)
    settled = [debt.pk for debt in owed if _key(debt) not in lacking]
    if not settled:
        return
    Debt.objects.filter(pk__in=settled).update(settled_at=clock.now())
    fact = DebtsSettled(
        deal_id=deal.pk,
        deal_name=deal.name,
        owner_id=deal.owner_id,
        count=len(settled),
        left=len(owed) - len(settled),
    )
    record(fact, actor=Actor.system())


def replace_stopped_approver(event: Event) -> None:
    """No approval waits for somebody who may not log in any more: their leader answers."""
    if not was_stopped(event.payload["changes"]):
        return
    for deal_id, request_id in queries.approvals_with(event.subject_id):
        replace_approver(actor=Actor.system(), deal_id=deal_id, request_id=request_id, gone_id=event.subject_id)


def drop_who_waits(event: Event) -> None:
    """Nobody goes over to a version any more, at their next move, once another one came into force.

    Whoever moves before the worker comes here is kept back at the move itself (`migrate_after_move`).
    """
    waiting = MigratedDeal.objects.filter(
        migration__version__definition=event.subject_id,
        migration__created_at__lt=event.occurred_at,
        result=MigratedDeal.Result.WAITING,
    )
    waiting.update(result=MigratedDeal.Result.DROPPED)


Key = tuple[str, str, str, str]


def _key(debt: Debt) -> Key:
    return debt.stage.key, debt.condition, debt.code, debt.item


def _still_lacking(deal: Deal, owed: list[Debt]) -> set[Key]:
    lacking = {
        (stage.key, demand.condition, demand.code, demand.item)
        for stage in {debt.stage for debt in owed}
        for demand in engine.unmet_of_stage(deal.run, stage, subject=deal)
    }
    return (
        lacking if deal.loss_reason else lacking | {_key(debt) for debt in owed if debt.condition == LOSS_REASON_OWED}
    )


def connect() -> None:
    """Subscribe; called once when Django is ready."""
    kinds = ("deal.changed", "deal.stage_changed", "deal.lost", "action.completed", "activity.recorded")
    subscribe(*kinds, name="crm.settle_debts")(settle_debts)
    subscribe("process.published", name="crm.drop_who_waits")(drop_who_waits)
    subscribe("user.changed", name="crm.replace_stopped_approver")(replace_stopped_approver)
    subscribe("contact.created", "customer.changed", name="crm.settle_debts_of_customer")(settle_debts_of_customer)
