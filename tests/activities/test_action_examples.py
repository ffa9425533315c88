"""Good follow-ups as examples of the library: without names, on record, taken back by who may."""

from typing import Any

import pytest

from dealrail.accounts.errors import NotAllowed, NotFound
from dealrail.accounts.models import User
from dealrail.activities import queries
from dealrail.activities.actions.activities import record_activity
from dealrail.activities.actions.examples import MOST, promote_example, take_back_example
from dealrail.activities.actions.library import create_action_template
from dealrail.activities.errors import ExampleAlready, ExampleTellsWho, TextMissing, TooManyExamples
from dealrail.activities.models import ActionExample, Activity
from dealrail.activities.rules import told_of
from dealrail.core.errors import Refusal
from dealrail.crm.actions.customers import create_contact
from dealrail.process.errors import ReasonMissing
from tests.cast import actor_of, event_kinds, last_event_id, new_customer, new_deal, refuses


@pytest.fixture
def activity(admin: User, rep: User) -> Activity:
    """A follow-up of the rep, and the action that it is an example of."""
    create_action_template(actor=actor_of(admin), key="call", fields={"name": "打电话"})
    customer = new_customer(rep, name="云帆软件有限公司")
    create_contact(actor=actor_of(rep), customer_id=customer.pk, fields={"name": "王建国"})
    deal = new_deal(rep, customer=customer.pk)
    return record_activity(actor=actor_of(rep), kind="call", text="王建国说预算三十万", deal_id=deal.pk)


def promote(user: User, activity: Activity, **fields: Any) -> ActionExample:
    given = {"action": "call", "text": "对方说了预算", "reason": "一次问清", **fields}
    return promote_example(actor=actor_of(user), activity_id=activity.pk, **given)


def test_a_follow_up_becomes_an_example_and_is_taken_back(activity: Activity, manager: User, rep: User) -> None:
    before = last_event_id()
    example = promote(manager, activity)
    assert queries.examples_of(["call"]) == {"call": [example]}
    assert (example.author, example.promoted_by, example.text) == (rep, manager, "对方说了预算")
    take_back_example(actor=actor_of(rep), example_id=example.pk)
    assert queries.examples_of(["call"]) == {}
    told = ["action_template.example_promoted", "action_template.example_taken_back"]
    assert event_kinds(before) == told
    with refuses(NotFound):
        take_back_example(actor=actor_of(manager), example_id=example.pk)
    promote(manager, activity)


WRONG: list[tuple[dict[str, Any], type[Refusal]]] = [
    ({"text": " "}, TextMissing),
    ({"text": "a\x00"}, TextMissing),
    ({"text": "x" * 5001}, TextMissing),
    ({"reason": ""}, ReasonMissing),
    ({"text": "王建国说预算三十万"}, ExampleTellsWho),
    ({"text": "云帆软件有限公司有预算"}, ExampleTellsWho),
    ({"text": "回电 138-0013-8000"}, ExampleTellsWho),
    ({"action": "none"}, NotFound),
]


@pytest.mark.parametrize(("fields", "refusal"), WRONG)
def test_refuses_an_example_that_cannot_be(
    fields: dict[str, Any], refusal: type[Refusal], activity: Activity, manager: User
) -> None:
    with refuses(refusal):
        promote(manager, activity, **fields)


def test_refuses_who_may_not_and_what_one_may_not_read(
    activity: Activity, manager: User, rep: User, colleague: User, stranger: User
) -> None:
    with refuses(NotAllowed):
        promote(rep, activity)
    stranger.roles.set(manager.roles.all())
    with refuses(NotFound):
        promote(stranger, activity)
    example = promote(manager, activity)
    with refuses(ExampleAlready):
        promote(manager, activity)
    with refuses(NotAllowed):
        take_back_example(actor=actor_of(colleague), example_id=example.pk)
    fields = {"activity": None, "author": None, "promoted_by": None}
    row = {name: getattr(example, name) for name in ("template", "kind", "text", "reason", "promoted_at")}
    ActionExample.objects.bulk_create(ActionExample(**row, **fields) for _ in range(MOST))
    other = record_activity(actor=actor_of(rep), kind="call", text="另一次", deal_id=activity.deal.pk)
    with refuses(TooManyExamples):
        promote(manager, other)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("聊了预算 120000000001", []),
        ("张三在，张", ["张三"]),
        ("+86 138 0013 8000", ["138 0013 8000"]),
        ("写信给 a.b@c.com 吧", ["a.b@c.com"]),
    ],
)
def test_who_a_text_tells_of_is_found(text: str, found: list[str]) -> None:
    assert told_of(text, ["张三", "张", "张三"]) == found
