"""A formula that changes while others write records: whoever comes first, no record keeps what the old one gave."""

from collections.abc import Callable
from functools import partial
from threading import Event
from typing import Any

import pytest
from django.db import connection, transaction

from dealrail.accounts.actor import Actor
from dealrail.crm import clocks, queries
from dealrail.crm.actions.deals import change_deal, transfer_deal
from dealrail.crm.actions.fields import change_field, create_field, step_formula
from dealrail.crm.models import CustomField, Deal
from tests.cast import Company, at_once, new_deal

pytestmark = pytest.mark.django_db(transaction=True)
ME = Actor.system()
_WAITED_FOR = """
    SELECT EXISTS (SELECT 1 FROM pg_locks JOIN pg_database ON pg_database.oid = database
                   WHERE datname = current_database() AND NOT granted)
"""


def wait(done: Event) -> None:
    """Until that is done or waits for a lock; SQLite lets nobody else write before this transaction ends."""
    while connection.vendor == "postgresql" and not done.wait(0.01):
        with connection.cursor() as cursor:
            cursor.execute(_WAITED_FOR)
            if cursor.fetchone()[0]:
                return


@pytest.fixture
def formula(company: Company) -> CustomField:
    """A double of what a deal costs."""
    create_field(actor=ME, kind="deal", fields={"name": "成本", "key": "cost", "type": "number"})
    wanted = {"name": "双倍", "key": "twice", "type": "formula", "formula": "{成本} * 2"}
    return create_field(actor=ME, kind="deal", fields=wanted)


def change(formula: CustomField, began: Event, done: Event) -> Callable[[], Any]:
    """Let the formula give the tenfold, once the others began."""

    def changed() -> None:
        assert began.wait(60)
        change_field(actor=ME, field_id=formula.pk, fields={"formula": "{成本} * 10"})
        done.set()

    return changed


def worked() -> list[str]:
    """What the formula gives for all deals once the worker is through."""
    while clocks.step_formulas():
        pass
    return [deal.custom["twice"] for deal in Deal.objects.order_by("pk")]


def test_a_record_that_was_made_with_the_old_formula_is_computed_with_the_new_one(
    formula: CustomField, company: Company
) -> None:
    began, done = Event(), Event()

    def make() -> None:
        with transaction.atomic():
            new_deal(company.people["rep"], **{"custom.cost": "3"})
            began.set()
            wait(done)

    at_once(make, change(formula, began, done))
    assert worked() == ["30"]


def touch(deal_id: int) -> None:
    """Change what the formula computes with."""
    change_deal(actor=ME, deal_id=deal_id, fields={"custom.cost": "4"})


WRITES: dict[str, tuple[Callable[[Deal, Company], Any], str]] = {
    "what it computes with": (lambda deal, _company: touch(deal.pk), "40"),
    "something else": (
        lambda deal, company: transfer_deal(actor=ME, deal_id=deal.pk, owner_id=company.people["colleague"].pk),
        "30",
    ),
}


@pytest.mark.parametrize("what", WRITES)
def test_who_locked_a_record_before_the_formula_changed_neither_stops_it_nor_keeps_the_old_result(
    what: str, formula: CustomField, company: Company
) -> None:
    write, result = WRITES[what]
    began, done = Event(), Event()
    first, locked, last = (new_deal(company.people["rep"], **{"custom.cost": "3"}) for _ in range(3))

    def hold_and_write() -> None:
        with transaction.atomic():
            queries.deal_for_change(ME, locked.pk)
            began.set()
            wait(done)
            write(locked, company)

    at_once(hold_and_write, change(formula, began, done))
    assert worked() == ["30", result, "30"]
    assert {first.pk, last.pk} < set(Deal.objects.values_list("pk", flat=True))


def test_writers_the_worker_and_who_changes_the_formula_never_wait_for_each_other(
    formula: CustomField, company: Company
) -> None:
    deals = [new_deal(company.people["rep"], **{"custom.cost": "3"}) for _ in range(4)]
    for _ in range(5):
        calls: list[Callable[[], Any]] = [partial(touch, deal.pk) for deal in deals]
        for text in ("{成本} * 2", "{成本} * 10"):
            calls.append(partial(change_field, actor=ME, field_id=formula.pk, fields={"formula": text}))
        at_once(*calls, partial(step_formula, actor=ME, field_id=formula.pk))
        now = CustomField.objects.get(pk=formula.pk).formula
        assert set(worked()) == {"40" if now.endswith("10") else "8"}
