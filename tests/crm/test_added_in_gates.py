"""Added fields in the conditions of processes: whom they are for, what they demand, and of whom nobody may ask."""

from functools import partial
from typing import Any

import pytest

from dealrail.accounts.actor import Actor
from dealrail.accounts.models import User
from dealrail.core.filters import UnknownFilterField
from dealrail.crm import queries as crm
from dealrail.crm.actions.customers import change_customer
from dealrail.crm.actions.deals import advance_deal, change_deal, lose_deal, reopen_deal
from dealrail.crm.actions.fields import change_field, create_field
from dealrail.crm.actions.migrations import start_migration
from dealrail.crm.actions.trials import start_dry_run
from dealrail.crm.clocks import step_migrations
from dealrail.crm.errors import FieldRefused
from dealrail.crm.models import Migration
from dealrail.process import conditions
from dealrail.process import queries as processes
from dealrail.process.errors import BadDefinition
from dealrail.process.models import ApprovalRequest
from tests.cast import MakeDeal, actor_of, fresh, new_customer, publish, refuses, trial, unmet

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system()
AMOUNT = {"field": "amount", "op": "lt", "value": "1"}
DEAL, CUSTOMER = "custom.level", "customer.custom.level"


def add(kind: str, **fields: Any) -> Any:
    """A field of three levels that several of can be chosen."""
    wanted = {"name": f"等级{kind}", "key": "level", "type": "choices", "choices": ["金", "银", "铜"]}
    return create_field(actor=SYSTEM, kind=kind, fields={**wanted, **fields})


def asking(*conditions: dict[str, Any]) -> dict[str, Any]:
    """The trial process, whose first stage asks for these."""
    content = trial()
    content["stages"][0]["conditions"] = [{"key": f"asked{number}", **row} for number, row in enumerate(conditions)]
    return content


def filled(**more: Any) -> dict[str, Any]:
    return {"kind": "fields.filled", "fields": ["expected_close"], **more}


ASKED = [
    ("deal", filled(when={"field": DEAL, "op": "eq", "value": "金"})),
    ("customer", filled(when={"field": CUSTOMER, "op": "eq", "value": "金"})),
    ("customer", filled(when={"all": [{"field": CUSTOMER, "op": "in", "value": ["金", "铜"]}]})),
    ("customer", filled(when={"not": {"field": CUSTOMER, "op": "is_empty"}})),
    (
        "deal",
        filled(when={"any": [{"field": DEAL, "op": "eq", "value": "金"}, AMOUNT]}),
    ),
]


@pytest.mark.parametrize(("kind", "condition"), ASKED)
def test_a_condition_holds_for_the_deals_whose_added_field_is_so(
    kind: str, condition: dict[str, Any], rep: User, make_deal: MakeDeal
) -> None:
    add(kind)
    publish(asking(condition))
    customer = new_customer(rep)
    deal, other = make_deal(customer=customer.pk), make_deal(customer=new_customer(rep).pk)
    assert unmet(deal) == []
    if kind == "deal":
        change_deal(actor=actor_of(rep), deal_id=deal.pk, fields={DEAL: "银, 金"})
    else:
        change_customer(actor=actor_of(rep), customer_id=customer.pk, fields={DEAL: "银, 金"})
    assert (unmet(fresh(deal)), unmet(other)) == ([("asked0", "expected_close")], [])


def test_the_customer_is_to_be_told_of_by_added_fields_too(rep: User, make_deal: MakeDeal) -> None:
    field = add("customer")
    publish(asking({"kind": "customer.filled", "fields": ["industry", DEAL]}))
    deal = make_deal(customer=new_customer(rep, industry="制造").pk)
    assert unmet(deal) == [("asked0", DEAL)]
    change_field(actor=SYSTEM, field_id=field.pk, fields={"is_active": False})
    assert unmet(deal) == []
    change_field(actor=SYSTEM, field_id=field.pk, fields={"is_active": True})
    change_customer(actor=actor_of(rep), customer_id=fresh(deal).customer_id or 0, fields={DEAL: "金"})
    assert unmet(deal) == []


@pytest.mark.parametrize(("kind", "condition"), [*ASKED, ("customer", {"kind": "customer.filled", "fields": [DEAL]})])
def test_nobody_is_kept_from_seeing_what_a_gate_asks_about(
    kind: str, condition: dict[str, Any], rep: User, make_deal: MakeDeal
) -> None:
    with refuses(BadDefinition):
        publish(asking(condition))
    field = add(kind, access={"legal": "hidden"})
    with refuses(BadDefinition):
        publish(asking(condition))
    change_field(actor=SYSTEM, field_id=field.pk, fields={"access": {"legal": "read"}})
    publish(asking(condition))
    with refuses(FieldRefused) as caught:
        change_field(actor=SYSTEM, field_id=field.pk, fields={"access": {"legal": "hidden"}})
    assert caught.value.params["field"] == "access"


@pytest.mark.parametrize("kind", ["deal", "customer"])
def test_a_lost_deal_counts_from_its_reopening_and_is_asked_for_nothing_that_some_may_not_see(
    kind: str, admin: User, rep: User, make_deal: MakeDeal
) -> None:
    field, kinds = add(kind), {"deal": "fields.filled", "customer": "customer.filled"}
    publish(asking({"kind": kinds[kind], "fields": [DEAL]}))
    deal = make_deal(customer=new_customer(rep).pk)
    assert unmet(deal) == [("asked0", DEAL)]
    lose_deal(actor=actor_of(rep), deal_id=deal.pk, reason="price")
    publish(asking())
    assert crm.running_deals(actor_of(admin), "trial") == []
    change_field(actor=SYSTEM, field_id=field.pk, fields={"access": {"legal": "hidden"}})
    reopen_deal(actor=actor_of(rep), deal_id=deal.pk)
    assert [(row.number, row.stage.key, row.deals) for row in crm.running_deals(actor_of(admin), "trial")] == [
        (2, "lead", 1)
    ]
    assert unmet(deal) == []
    change_field(actor=SYSTEM, field_id=field.pk, fields={"access": {}})
    assert unmet(deal) == [("asked0", DEAL)]
    with refuses(FieldRefused):
        change_field(actor=SYSTEM, field_id=field.pk, fields={"access": {"legal": "hidden"}})
    start_migration(actor=actor_of(admin), note="新打法", process="trial")
    while step_migrations():
        pass
    assert (processes.number_of(fresh(deal).run.version_id), unmet(deal)) == (3, [])
    change_field(actor=SYSTEM, field_id=field.pk, fields={"access": {"legal": "hidden"}})


def test_a_gate_goes_on_when_what_it_tells_deals_apart_by_goes_out_of_use(rep: User, make_deal: MakeDeal) -> None:
    field = add("deal")
    publish(asking(filled(when={"field": DEAL, "op": "eq", "value": "金"})))
    deal = make_deal(**{DEAL: "金"})
    change_field(actor=SYSTEM, field_id=field.pk, fields={"is_active": False, "choices": ["锡"]})
    assert ("asked0", "expected_close") in unmet(deal)


def test_an_approval_is_about_the_added_fields_that_decided_on_it(rep: User, make_deal: MakeDeal) -> None:
    add("deal")
    asked = {
        "kind": "process.approval",
        "by": {"role": "sales_manager"},
        "when": {"field": DEAL, "op": "eq", "value": "金"},
    }
    publish(asking(asked))
    deal = make_deal(customer=new_customer(rep).pk, **{DEAL: "金"})
    advance_deal(actor=actor_of(rep), deal_id=deal.pk, to="talk")
    assert ApprovalRequest.objects.get().about[DEAL] == "金"
    change_deal(actor=actor_of(rep), deal_id=deal.pk, fields={DEAL: "金, 银"})
    assert ApprovalRequest.objects.get().status == ApprovalRequest.Status.WITHDRAWN


def test_a_past_move_is_told_apart_by_what_the_record_held_then(company: object) -> None:
    add("deal"), add("customer")
    spec = processes.spec_of(publish(trial()).pk)
    asked = conditions.record_filter().depends_on(
        {"all": [{"field": name, "op": "is_empty"} for name in (DEAL, CUSTOMER)]}, spec
    )
    assert asked == {DEAL, "customer", "customer_facts"}


# Running deals that are taken over, or tried


def test_running_deals_are_chosen_by_added_fields_that_are_hidden_from_nobody(
    rep: User, admin: User, make_deal: MakeDeal
) -> None:
    deal, hidden = add("deal"), add("customer", access={"legal": "hidden"})
    chosen, other = make_deal(**{DEAL: "金"}), make_deal()
    after = publish(trial(name="新版"))
    actor, wanted = actor_of(admin), {"all": [{"field": DEAL, "op": "eq", "value": "金"}]}
    secret = {"all": [{"field": CUSTOMER, "op": "eq", "value": "金"}]}
    for start in (partial(start_migration, note="新打法"), start_dry_run):
        with refuses(UnknownFilterField) as caught:
            start(actor=actor, process="trial", wanted=secret)
        assert hidden.name not in str(caught.value)
    assert not Migration.objects.exists()
    started = start_migration(actor=actor, note="新打法", process="trial", wanted=wanted)
    change_field(actor=SYSTEM, field_id=deal.pk, fields={"access": {"legal": "hidden"}, "is_active": False})
    while step_migrations():
        pass
    started.refresh_from_db()
    assert (started.status, crm.results_of([started.pk])[started.pk]["done"]) == ("done", 1)
    assert (fresh(chosen).run.version_id, fresh(other).run.version_id == after.pk) == (after.pk, False)
