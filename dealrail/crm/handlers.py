"""Reactions of the CRM: an imported deal's debts are settled when what was owed turns up."""

from dealrail.accounts.actor import Actor
from dealrail.core import clock
from dealrail.crm import queries
from dealrail.crm.facts import DebtsSettled
from dealrail.events.engine import record, subscribe
from dealrail.events.models import Event
from dealrail.process import engine
from dealrail.process import queries as processes
from dealrail.process.models import Debt


def settle_debts(event: Event) -> None:
    """Mark as settled what the deal's record shows by now."""
    owed = list(queries.open_debts_of_deal(event.subject_id))
    deal = queries.deal_by_id(event.subject_id) if owed else None
    if deal is None:
        return
    spec = processes.spec_of(deal.run.version_id)
    still = {
        (stage, demand.condition, demand.code, demand.item)
        for stage in {debt.stage.key for debt in owed}
        for demand in engine.unmet_of_stage(deal.run, spec.stage(stage), subject=deal)
    }
    settled = [debt.pk for debt in owed if (debt.stage.key, debt.condition, debt.code, debt.item) not in still]
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


def connect() -> None:
    """Subscribe; called once when Django is ready."""
    subscribe("deal.changed", "deal.stage_changed", "action.completed", name="crm.settle_debts")(settle_debts)
