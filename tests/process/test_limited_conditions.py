"""A condition may hold for some deals only: those that its filter keeps."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dealrail.accounts.models import User
from dealrail.crm.actions.deals import AwaitingApproval, advance_deal, change_deal
from dealrail.crm.condition_kinds.filtering import MOST_COLUMNS, DealFilter
from dealrail.crm.models import Deal
from dealrail.process import checks, engine
from dealrail.process import queries as processes
from dealrail.process.errors import GateBlocked, describe
from dealrail.process.rules import Outcome
from tests.cast import actor_of, fresh, new_customer, new_deal, publish, refuses, trial

BIG = {"field": "amount", "op": "gt", "value": "500000"}


def process_with(*conditions: dict[str, Any]) -> dict[str, Any]:
    stages = [{"key": "only", "name": "唯一", "kind": "lead", "conditions": list(conditions)}]
    return trial(process="probe", stages=[*stages, {"key": "rest", "name": "其余", "kind": "lead"}])


def asked(deal: Deal) -> list[str]:
    deal = fresh(deal)
    return [demand.condition for demand in engine.gate(deal.run, to=None, subject=deal).demands]


def needs_for(when: dict[str, Any]) -> dict[str, Any]:
    return {"key": "needs", "kind": "fields.filled", "fields": ["need"], "when": when}


def test_it_is_asked_of_those_that_the_filter_keeps(rep: User) -> None:
    publish(process_with(needs_for(BIG), {"key": "always", "kind": "fields.filled", "fields": ["amount"]}))
    small, big, unknown = (new_deal(rep, "probe", amount=amount) for amount in ("500000", "500000.01", None))
    assert (asked(small), asked(big), asked(unknown)) == (["always"], ["needs", "always"], ["always"])
    deals = [fresh(deal) for deal in (small, big)]
    outcomes = [gate.outcome for gate in engine.gates([(deal.run, None, deal) for deal in deals])]
    assert outcomes == [Outcome.OPEN, Outcome.BLOCKED]


def test_what_comes_with_the_move_counts(rep: User) -> None:
    publish(process_with(needs_for(BIG)))
    deal = new_deal(rep, "probe", amount="1")
    with refuses(GateBlocked):
        advance_deal(actor=actor_of(rep), deal_id=deal.pk, fields={"amount": "600000"})
    assert fresh(deal).amount == 1
    advance_deal(actor=actor_of(rep), deal_id=deal.pk, fields={"amount": "500000"})
    assert fresh(deal).run.stage.key == "rest"


@pytest.mark.parametrize(
    ("when", "kept"),
    [
        ({"field": "customer_grade", "op": "eq", "value": "A"}, True),
        ({"field": "customer_industry", "op": "contains", "value": "汽车"}, True),
        ({"field": "customer_industry", "op": "eq", "value": "制药"}, False),
        ({"field": "seats", "op": "gte", "value": 10}, True),
        ({"field": "urgency", "op": "in", "value": ["高"]}, True),
        ({"not": {"field": "urgency", "op": "eq", "value": "高"}}, False),
        ({"all": [BIG, {"field": "seats", "op": "lt", "value": 5}]}, False),
        ({"any": [BIG, {"field": "seats", "op": "lt", "value": 5}]}, True),
        ({"field": "product", "op": "is_empty"}, True),
    ],
)
def test_by_facts_of_the_deal_its_process_and_its_customer(when: dict[str, Any], kept: bool, rep: User) -> None:
    publish(process_with(needs_for(when)))
    customer = new_customer(rep, industry="汽车零部件", grade="A")
    deal = new_deal(rep, "probe", customer=customer.pk, amount="600000", seats=20, urgency="高")
    assert asked(deal) == (["needs"] if kept else [])


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize(
    ("when", "said"),
    [
        ({"field": "shoe_size", "op": "eq", "value": 1}, "shoe_size"),
        ({"field": "amount", "op": "like", "value": "1"}, "like"),
        ({"field": "amount", "op": "gt", "value": "many"}, "many"),
        ({"field": "urgency", "op": "eq", "value": "很高"}, "很高"),
        ({"field": "customer_grade", "op": "eq", "value": "a"}, "filter.value"),
        ({"all": []}, ""),
        ({"any": []}, ""),
        ({"any": [{"not": {}}]}, "filter.any[0].not"),
        ({"field": "amount"}, "filter"),
    ],
)
def test_a_filter_that_cannot_be_asked_is_refused_by_its_place(when: dict[str, Any], said: str) -> None:
    found = checks.problems(process_with(needs_for(when)))
    assert [problem.where for problem in found] == ["stages.only.conditions.needs.when"]
    assert all(said in describe(problem) for problem in found)


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize("when", ["amount > 5", ["amount"], 7])
def test_what_is_no_filter_at_all_is_refused(when: Any) -> None:
    assert [problem.code for problem in checks.problems(process_with(needs_for(when)))] == ["not_a_mapping"]


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize(("levels", "code"), [(8, "bad_filter"), (100, "too_deep")])
def test_a_filter_of_many_levels_is_refused(levels: int, code: str) -> None:
    deep: dict[str, Any] = BIG
    for _level in range(levels):
        deep = {"not": deep}
    assert [problem.code for problem in checks.problems(process_with(needs_for(deep)))] == [code]


def test_an_approval_by_amount_is_asked_for_as_long_as_the_amount_is_that_large(rep: User) -> None:
    by_amount = {"key": "legal", "kind": "process.approval", "by": {"role": "legal"}, "when": BIG}
    publish(process_with(by_amount))
    deal = new_deal(rep, "probe", amount="600000")
    assert asked(deal) == ["legal"]
    change_deal(actor=actor_of(rep), deal_id=deal.pk, fields={"amount": "400000"})
    assert asked(deal) == []


def test_what_decides_is_part_of_what_is_approved(rep: User) -> None:
    by_seats = {"field": "seats", "op": "gt", "value": 10}
    publish(process_with({"key": "legal", "kind": "process.approval", "by": {"role": "legal"}, "when": by_seats}))
    deal = new_deal(rep, "probe", seats=20)
    waiting = advance_deal(actor=actor_of(rep), deal_id=deal.pk)
    assert isinstance(waiting, AwaitingApproval)
    assert waiting.requests[0].about["seats"] == "20"
    change_deal(actor=actor_of(rep), deal_id=deal.pk, fields={"seats": 30})
    assert not processes.pending_approvals([deal.run_id]).exists()


def test_a_condition_under_the_key_of_one_that_always_holds_spares_nobody(rep: User) -> None:
    named = {"key": "customer_known", "kind": "fields.filled", "fields": ["need"], "when": BIG}
    content = process_with(named)
    content["stages"][1]["kind"] = "open"
    publish(content)
    assert asked(new_deal(rep, "probe", amount="1")) == ["customer_known"]


def test_an_approval_stays_when_what_it_does_not_depend_on_changes(rep: User) -> None:
    by_seats = {"field": "seats", "op": "gt", "value": 10}
    publish(
        process_with(
            {"key": "legal", "kind": "process.approval", "by": {"role": "legal"}},
            {"key": "needs", "kind": "fields.filled", "fields": ["name"], "when": by_seats},
        )
    )
    deal = new_deal(rep, "probe", seats=20)
    advance_deal(actor=actor_of(rep), deal_id=deal.pk)
    change_deal(actor=actor_of(rep), deal_id=deal.pk, fields={"seats": 30})
    assert processes.pending_approvals([deal.run_id]).exists()


def test_what_versions_ask_alike_is_asked_once(rep: User) -> None:
    deals = []
    for number in range(3):
        publish({**process_with(needs_for(BIG)), "description": f"第{number}版"})
        deals += [new_deal(rep, "probe", amount=amount) for amount in ("600000", "1")]
    cases = [(deal.run, None, deal) for deal in map(fresh, deals)]
    with CaptureQueriesContext(connection) as caught:
        outcomes = [gate.outcome for gate in engine.gates(cases)]
    assert outcomes == [Outcome.BLOCKED, Outcome.OPEN] * 3
    asked = [row["sql"] for row in caught if "kept_0" in row["sql"]]
    assert ["kept_1" in sql for sql in asked] == [False]


def test_a_field_of_another_type_in_another_version_is_another_question(rep: User) -> None:
    when = {"field": "seats", "op": "eq", "value": "20"}
    deals = []
    for kind in ("number", "text"):
        content = process_with(needs_for(when))
        content["fields"] = [{**row, "type": kind} if row["key"] == "seats" else row for row in content["fields"]]
        publish(content)
        deals.append(fresh(new_deal(rep, "probe", seats="20.0")))
    gates = engine.gates([(deal.run, None, deal) for deal in deals])
    assert [gate.outcome for gate in gates] == [Outcome.BLOCKED, Outcome.OPEN]


def test_more_filters_than_a_statement_has_columns_are_all_answered(rep: User) -> None:
    spec = processes.spec_of(publish(process_with()).pk)
    deal = new_deal(rep, "probe", amount="300")
    wanted = [({"field": "amount", "op": "gt", "value": number}, spec) for number in range(2 * MOST_COLUMNS)]
    with CaptureQueriesContext(connection) as caught:
        kept = DealFilter().kept(wanted, [deal.pk])
    assert [bool(ids) for ids in kept] == [number < 300 for number in range(2 * MOST_COLUMNS)]
    assert len(caught) == 2
