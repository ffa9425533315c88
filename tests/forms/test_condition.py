"""A gate that demands a form: met by the deal's own records, or its customer's, ever, in the stage, or of late."""

from datetime import timedelta
from typing import Any

import pytest

from dealrail.accounts.actor import Actor
from dealrail.accounts.models import User
from dealrail.crm.actions.deals import advance_deal, change_deal, lose_deal, reopen_deal
from dealrail.forms.actions.filling import fill_form
from dealrail.forms.actions.making import change_form
from dealrail.forms.errors import FormDemanded
from dealrail.forms.models import FormRecord
from dealrail.process import engine
from dealrail.process.conditions import Case, kinds
from dealrail.process.errors import BadDefinition, GateBlocked
from tests.cast import actor_of, fresh, new_customer, new_deal, publish, refuses, stage_of, trial, unmet
from tests.forms.making import ANSWERED, make_form, publish_questions

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company")]
SYSTEM = Actor.system()


def demand(**config: Any) -> None:
    content = trial()
    content["stages"][0]["conditions"] = [{"key": "asked", "kind": "form.filled", "form": "survey", **config}]
    publish(content)


def test_a_gate_opens_once_the_form_is_filled_for_this_deal(rep: User) -> None:
    make_form()
    demand()
    deal, other = new_deal(rep, customer=new_customer(rep).pk), new_deal(rep)
    with refuses(GateBlocked) as caught:
        advance_deal(actor=actor_of(rep), deal_id=deal.pk)
    assert [row.params["label"] for row in caught.value.demands] == ["需求调研"]
    fill_form(actor=actor_of(rep), key="survey", deal_id=other.pk, answers=ANSWERED)
    assert unmet(deal) == [("asked", "asked")]
    fill_form(actor=actor_of(rep), key="survey", deal_id=deal.pk, answers=ANSWERED)
    publish_questions("survey", [{"name": "更多"}])
    advance_deal(actor=actor_of(rep), deal_id=deal.pk)
    assert stage_of(deal) == "talk"


def test_a_lost_deal_that_is_taken_up_again_is_not_asked_for_a_form_that_went_out_of_use(rep: User) -> None:
    make_form()
    demand()
    deal = new_deal(rep, customer=new_customer(rep).pk)
    lose_deal(actor=actor_of(rep), deal_id=deal.pk, reason="price")
    publish(trial())
    change_form(actor=SYSTEM, key="survey", fields={"is_active": False})
    reopen_deal(actor=actor_of(rep), deal_id=deal.pk)
    assert unmet(deal) == []
    change_form(actor=SYSTEM, key="survey", fields={"is_active": True})
    assert unmet(deal) == [("asked", "asked")]
    with refuses(FormDemanded):
        change_form(actor=SYSTEM, key="survey", fields={"is_active": False})


def test_a_form_about_customers_is_filled_for_the_deals_customer(rep: User) -> None:
    make_form(about="customer")
    demand()
    deal, customer = new_deal(rep), new_customer(rep)
    fill_form(actor=actor_of(rep), key="survey", customer_id=customer.pk, answers=ANSWERED)
    assert ("asked", "asked") in unmet(deal)
    change_deal(actor=actor_of(rep), deal_id=deal.pk, fields={"customer": customer.pk})
    assert unmet(deal) == []


# the condition, how many days ago it was filled, how many days ago the stage was entered, whether it is met
TIMES: list[tuple[dict[str, Any], int, int, bool]] = [
    ({}, 300, 1, True),
    ({"since": "stage"}, 2, 1, False),
    ({"since": "stage"}, 1, 2, True),
    ({"within_days": 7}, 8, 1, False),
    ({"within_days": 7}, 6, 1, True),
    ({"within_days": 7, "since": "stage"}, 6, 1, False),
    ({"within_days": 7, "since": "stage"}, 8, 9, False),
    ({"within_days": 7, "since": "stage"}, 6, 9, True),
]


@pytest.mark.parametrize(("config", "filled", "entered", "met"), TIMES)
def test_it_counts_since_the_stage_and_of_late(
    rep: User, config: dict[str, Any], filled: int, entered: int, met: bool
) -> None:
    make_form()
    demand(**config)
    deal = new_deal(rep, customer=new_customer(rep).pk)
    made = fill_form(actor=actor_of(rep), key="survey", deal_id=deal.pk, answers=ANSWERED)
    run = fresh(deal).run
    now = run.stage_entered_at
    FormRecord.objects.filter(pk=made.pk).update(filled_at=now - timedelta(days=filled))
    type(run).objects.filter(pk=run.pk).update(stage_entered_at=now - timedelta(days=entered))
    assert (unmet(deal) == []) is met


@pytest.mark.parametrize(
    ("config", "where"),
    [
        ({"form": "none"}, "form"),
        ({"form": ["survey"]}, "form"),
        ({"since": "yesterday"}, "since"),
        ({"within_days": 0}, "within_days"),
        ({"within_days": True}, "within_days"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_publishing_refuses_what_no_form_can_meet(config: dict[str, Any], where: str) -> None:
    make_form()
    with refuses(BadDefinition) as caught:
        demand(**config)
    assert where in str(caught.value) or where in str(caught.value.problems)


def test_a_moment_of_the_past_is_judged_by_what_was_filled_then(rep: User) -> None:
    make_form()
    demand()
    deal = new_deal(rep, customer=new_customer(rep).pk)
    made = fill_form(actor=actor_of(rep), key="survey", deal_id=deal.pk, answers=ANSWERED)
    spec, stage = engine.spec_and_stage(fresh(deal).run)
    before, after = (
        Case(run=deal.run, spec=spec, stage=stage, subject=fresh(deal), at=made.filled_at + timedelta(seconds=seconds))
        for seconds in (-1, 1)
    )
    kind: Any = kinds["form.filled"]
    kind.load_past([before, after])
    assert [row.met for case in (before, after) for row in kind.demands(case, stage.conditions[0])] == [False, True]


def example(expect: str, *because: str, **given: Any) -> dict[str, Any]:
    """What an example of the trial process says of a deal in its first stage."""
    row = {"key": "e", "name": "例", "stage": "lead", "expect": expect, "given": {"customer": {}, **given}}
    return {**row, "because": [*because]} if because else row


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({}, example("refused", "asked")),
        ({}, example("passes", forms=["survey"])),
        ({"within_days": 7}, example("passes", forms=[{"kind": "survey", "days_ago": 7}])),
        ({"within_days": 7}, example("refused", "asked", forms=[{"kind": "survey", "days_ago": 8}])),
        ({"since": "stage"}, example("refused", "asked", days=1, forms=[{"kind": "survey", "days_ago": 2}])),
        ({"since": "stage"}, example("passes", days=3, forms=[{"kind": "survey", "days_ago": 2}])),
    ],
)
def test_examples_say_which_forms_were_filled_and_when(config: dict[str, Any], told: dict[str, Any]) -> None:
    make_form()
    content = trial(examples=[told])
    content["stages"][0]["conditions"] = [{"key": "asked", "kind": "form.filled", "form": "survey", **config}]
    publish(content)


def test_an_example_of_a_form_that_is_none_is_refused() -> None:
    make_form()
    content = trial(examples=[example("refused", "asked", forms=["poem", {"kind": "survey", "days_ago": -1}])])
    content["stages"][0]["conditions"] = [{"key": "asked", "kind": "form.filled", "form": "survey"}]
    with refuses(BadDefinition) as caught:
        publish(content)
    assert [row.where for row in caught.value.problems] == [
        "examples.e.given.forms[1]",
        "examples.e.given.forms[2].days_ago",
    ]
