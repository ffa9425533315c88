"""The same number of queries for ten rows and for a hundred."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dealrail.accounts.actor import Actor
from dealrail.accounts.models import User
from dealrail.activities import queries as activities
from dealrail.activities.actions.tasks import create_task
from dealrail.activities.models import Task
from dealrail.crm import queries as crm
from dealrail.crm.actions.customers import create_contact
from dealrail.crm.models import Deal
from dealrail.events.queries import timeline
from dealrail.insights import queries as insights
from dealrail.insights.rules import Cohort
from dealrail.process import engine
from dealrail.process import queries as processes
from tests.cast import actor_of, follow_up, fulfil, new_customer, new_deal, walk_on


def deal_rows(actor: Actor) -> list[Any]:
    return [
        (deal.owner.name, deal.customer.name, deal.run.stage.name, deal.run.version.definition.name, deal.region)
        for deal in crm.deals(actor)
    ]


def customer_rows(actor: Actor) -> list[Any]:
    return [(row.owner.name, row.region, row.source, row.pool, row.parent) for row in crm.customers(actor)]


def gates_of_all(actor: Actor) -> list[Any]:
    deals = list(crm.deals(actor))
    gates = engine.gates([(deal.run, None, deal) for deal in deals])
    return [(gate.outcome, [demand.message for demand in gate.demands]) for gate in gates]


READS: dict[str, Callable[[Actor], Any]] = {
    "deals": deal_rows,
    "customers": customer_rows,
    "contacts": lambda actor: [row.customer.owner.name for row in crm.contacts(actor)],
    "gates": gates_of_all,
    "follow-ups": lambda actor: [
        (row.author.name, row.deal.name, row.customer.name) for row in activities.activities(actor)
    ],
    "tasks": lambda actor: [(row.owner.name, row.deal.name, row.customer.name) for row in activities.tasks(actor)],
    "timeline": lambda actor: list(timeline({"deal": list(crm.deals(actor).values_list("pk", flat=True))})),
    "funnel": lambda actor: insights.funnel(actor, Cohort(process="trial")),
    "execution": lambda actor: insights.execution(actor, Cohort(process="trial")),
    "approvals": lambda actor: [
        (row.asked_by, row.waits_for)
        for row in processes.pending_approvals(list(Deal.objects.values_list("run", flat=True)))
    ],
}


def add(owner: User, count: int) -> None:
    """Deals in two stages, each with customer, contact, follow-up and task."""
    actor = actor_of(owner)
    for number in range(count):
        customer = new_customer(owner)
        create_contact(actor=actor, customer_id=customer.pk, fields={"name": "张经理", "role": "decision_maker"})
        deal = new_deal(owner, customer=customer.pk)
        follow_up(deal, actor=actor)
        create_task(actor=actor, title="回访", deal_id=deal.pk)
        if number % 2:
            fulfil(deal)
            walk_on(deal)


def queries_of(read: Callable[[Actor], Any], actor: Actor) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert read(actor) is not None
    return len(captured)


def test_no_list_asks_more_often_when_it_is_longer(rep: User, manager: User) -> None:
    add(rep, 10)
    actors = {"rep": actor_of(rep), "manager": actor_of(manager)}
    few = {(name, who): queries_of(READS[name], actor) for name in READS for who, actor in actors.items()}
    add(rep, 90)
    many = {(name, who): queries_of(READS[name], actor) for name in READS for who, actor in actors.items()}
    assert many == few
    assert Task.objects.count() == 100


@pytest.mark.parametrize("name", READS)
def test_a_list_of_nothing_is_no_error(name: str, rep: User) -> None:
    assert queries_of(READS[name], actor_of(rep)) < 20
