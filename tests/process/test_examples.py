"""Examples inside a process say what its gates must say; a definition whose examples fail isn't published."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealrail.accounts.actor import Actor
from dealrail.accounts.models import User
from dealrail.crm.actions.fields import create_field
from dealrail.process import checks, conditions, examples, rules, texts
from dealrail.process import queries as processes
from dealrail.process.actions.definitions import publish_process
from dealrail.process.actions.drafts import publish_draft, start_draft
from dealrail.process.conditions import KnowsExamples
from dealrail.process.errors import BadDefinition, describe
from dealrail.process.models import DefinitionVersion
from tests.cast import actor_of, refuses, trial

BIG = {"field": "amount", "op": "gt", "value": "500000"}


def process(*wanted: dict[str, Any], **condition: Any) -> dict[str, Any]:
    """A process whose first stage has this one condition, with these examples."""
    asked = {"key": "one", **condition}
    stages = [
        {"key": "work", "name": "工作", "kind": "lead", "conditions": [asked]},
        {"key": "rest", "name": "其余", "kind": "lead"},
    ]
    rows = [{"key": f"e{number}", "name": f"例{number}", "stage": "work", **row} for number, row in enumerate(wanted)]
    return trial(process="probe", stages=stages, examples=rows)


def refused(*because: str, **said: Any) -> dict[str, Any]:
    return {"expect": "refused", "because": [*because], "given": said}


def passes(**said: Any) -> dict[str, Any]:
    return {"expect": "passes", "given": said}


APPROVAL = {"kind": "process.approval", "by": {"leader": True}}
KEPT: list[tuple[dict[str, Any], list[dict[str, Any]]]] = [
    ({"kind": "fields.filled", "fields": ["need", "amount", "customer"]}, [
        refused("one", "one.need", "one.amount", "one.customer"),
        refused("one.amount", deal={"need": "有"}, customer="红星"),
        passes(deal={"need": "有", "amount": "12万"}, customer={}),
    ]),
    ({"kind": "fields.filled", "fields": ["seats", "urgency"]}, [
        refused("one.urgency", deal={"seats": 0, "urgency": None}),
        passes(deal={"seats": 0, "urgency": "高"}),
    ]),
    ({"kind": "customer.filled", "fields": ["phone", "grade"]}, [
        refused("one.phone", customer={"grade": "A"}),
        passes(customer={"grade": "A", "phone": 13800001111}),
    ]),
    ({"kind": "contacts.known", "at_least": 2, "role": "buyer"}, [
        refused("one", contacts=["buyer", "user"]),
        passes(contacts=["buyer", "buyer"]),
    ]),
    ({"kind": "activities.done", "actions": ["visit"]}, [refused("one.visit"), passes(done=["visit"])]),
    ({"kind": "activities.follow_ups", "at_least": 2, "of": ["visit", "call"], "within_days": 7}, [
        refused("one", follow_ups=["visit", {"kind": "call", "days_ago": 9}, "email"], days=20),
        passes(follow_ups=["visit", {"kind": "call", "days_ago": 7}]),
    ]),
    ({"kind": "files.attached", "of": ["pdf"], "since": "stage"}, [
        refused("one", files=["image", {"kind": "pdf", "days_ago": 5}], days=4),
        passes(files=["pdf"]),
    ]),
    ({"kind": "process.cooling", "days": 5}, [refused("one", days=4), passes(days=5)]),
    (APPROVAL, [
        {"expect": "approval", "because": ["one"]},
        passes(approved=["one"]),
        passes(waived=["one"]),
    ]),
    ({**APPROVAL, "when": BIG}, [
        {"expect": "approval", "because": ["one"], "given": {"deal": {"amount": 600000}}},
        passes(deal={"amount": 500000}),
        passes(),
    ]),
    ({"kind": "fields.filled", "fields": ["need"], "when": {"all": [
        {"field": "customer_industry", "op": "contains", "value": "汽车"},
        {"not": {"field": "region", "op": "in", "value": ["华东"]}},
        {"field": "expected_close", "op": "lt", "value": "+30d"},
        {"field": "seats", "op": "gte", "value": 10},
    ]}}, [
        refused("one", customer={"industry": "汽车零部件"}, deal={"expected_close": "+7d", "seats": 10}),
        passes(customer={"industry": "汽车零部件"}, deal={"expected_close": "+7d", "seats": 10, "region": "华东"}),
        passes(customer={"industry": "汽车零部件"}, deal={"expected_close": "+7d", "seats": 9}),
        passes(customer={"industry": "制药"}, deal={"expected_close": "+7d", "seats": 10}),
    ]),
    ({"kind": "fields.filled", "fields": ["need"]}, [
        {"expect": "no_move", "to": "end"},
        {**passes(), "stage": "rest", "to": "work"},
        {**refused("customer_known"), "stage": "rest"},
        {**passes(customer="红星"), "stage": "rest", "to": "end"},
    ]),
]  # fmt: skip


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize(("condition", "wanted"), KEPT)
def test_every_kind_judges_what_an_example_says(condition: dict[str, Any], wanted: list[dict[str, Any]]) -> None:
    assert [describe(row) for row in examples.problems(process(*wanted, **condition))] == []


def test_every_kind_can_judge_examples() -> None:
    assert [key for key, kind in conditions.kinds.items() if not isinstance(kind, KnowsExamples)] == []


NEED = {"kind": "fields.filled", "fields": ["need"]}
FAILS = [
    (passes(), "应当通过。门禁拒绝：填写“需求”。"),
    (refused("one", deal={"need": "有"}), "应当拒绝。门禁让它通过。"),
    ({"expect": "approval", "because": ["one"]}, "应当只差审批。门禁拒绝：填写“需求”。"),
    (refused("one.amount"), "应当是因为：one.amount。门禁拒绝：填写“需求”。"),
    ({"expect": "no_move"}, "这一步不应当存在。门禁拒绝：填写“需求”。"),
    ({**passes(), "to": "end"}, "应当通过。没有这一步。"),
]


@pytest.mark.parametrize(("example", "said"), FAILS)
def test_a_failing_example_says_what_should_have_come_out(example: dict[str, Any], said: str, admin: User) -> None:
    content = process(example, **NEED)
    with refuses(BadDefinition) as caught:
        publish_process(actor=actor_of(admin), content=content)
    (problem,) = caught.value.problems
    assert (problem.where, problem.code) == ("examples.e0", "bad_example")
    assert describe(problem).endswith(f"例子“例0”不成立。{said}")
    start_draft(actor=actor_of(admin), key="probe", content=content)
    with refuses(BadDefinition):
        publish_draft(actor=actor_of(admin), key="probe", seen=1, note="试一试")
    assert not DefinitionVersion.objects.filter(definition__key="probe").exists()


def test_what_is_published_keeps_its_examples(admin: User) -> None:
    content = process(refused("one"), **NEED)
    version, _is_new = publish_process(actor=actor_of(admin), content=content)
    assert texts.read_yaml(texts.write_yaml(version.content)) == content
    assert [row.key for row in processes.spec_of(version.pk).examples] == ["e0"]
    changed = rules.differences(rules.parse(content), rules.parse(process(passes(), refused("one"), **NEED)))
    assert [(row.part, row.how, row.key) for row in changed] == [
        ("example", "changed", "e0"),
        ("example", "added", "e1"),
    ]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"expect": "maybe"}, "not_one_of"),
    ({"expect": ["passes"]}, "not_one_of"),
    ({**passes(), "stage": "moon"}, "no_such_stage"),
    ({**passes(), "stage": ["work"]}, "bad_key"),
    ({**passes(), "to": "moon"}, "no_such_stage"),
    ({**passes(), "colour": 1}, "unknown_key"),
    ({**passes(), "name": ""}, "bad_text"),
    ({**passes(), "key": "e 0"}, "bad_key"),
    (refused(), "needs_reason"),
    ({**passes(), "because": ["one"]}, "needs_no_reason"),
    ({"expect": "refused", "because": "one"}, "not_a_list"),
    (refused("two"), "not_one_of"),
    (refused(*["one"] * 21), "count_of"),
    ({"expect": "passes", "given": []}, "bad_given"),
    (passes(weather="fine"), "unknown_key"),
    (passes(deal=[]), "not_a_mapping"),
    (passes(deal={"shoe_size": 1}), "no_such_field"),
    (passes(deal={"custom.none": 1}), "no_such_field"),
    (passes(deal={"amount": "many"}), "bad_said"),
    (passes(deal={"amount": True}), "bad_said"),
    (passes(deal={"amount": -1}), "bad_said"),
    (passes(deal={"seats": "10"}), "bad_bound"),
    (passes(deal={"urgency": "很高"}), "not_one_of"),
    (passes(deal={"expected_close": "soon"}), "bad_day"),
    (passes(deal={"need": ["a"]}), "bad_text"),
    (passes(deal={"need": "a\x00"}), "not_plain"),
    (passes(customer=5), "not_a_mapping"),
    (passes(customer={"mood": "good"}), "not_one_of"),
    (passes(customer={"grade": "D"}), "not_one_of"),
    (passes(contacts="buyer"), "count_of"),
    (passes(contacts=["chief"]), "not_one_of"),
    (passes(done="visit"), "not_a_list"),
    (passes(done=["dance"]), "no_such_action"),
    (passes(follow_ups=["fax"]), "not_one_of"),
    (passes(follow_ups=[{"kind": "call", "days_ago": -1}]), "bad_number"),
    (passes(follow_ups=[{"kind": "call", "when": 1}]), "unknown_key"),
    (passes(files=["exe"]), "not_one_of"),
    (passes(days=-1), "bad_number"),
    (passes(approved=["one"]), "not_one_of"),
    (passes(waived=["two"]), "not_one_of"),
]


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize(("example", "code"), WRONG)
def test_what_an_example_can_not_say_is_named(example: dict[str, Any], code: str) -> None:
    found = checks.problems(process(example, **NEED))
    assert [row.code for row in found] == [code.replace("bad_given", "not_a_mapping")]
    assert all(describe(row) for row in found)


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize(("rows", "code"), [
    (5, "not_a_list"),
    (["x"], "not_a_mapping"),
    ([{"key": "e", "name": "n", "stage": "work", "expect": "passes"}] * 61, "too_many_examples"),
])  # fmt: skip
def test_what_is_no_list_of_examples_is_named(rows: Any, code: str) -> None:
    assert code in [row.code for row in checks.problems({**process(**NEED), "examples": rows})]


@pytest.mark.usefixtures("company")
def test_a_condition_that_is_not_waivable_can_not_be_waived_in_an_example() -> None:
    found = checks.problems(process(passes(waived=["one"]), waivable=False, **NEED))
    assert [row.code for row in found] == ["not_one_of"]


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.dates()
NONSENSE = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner)
)


@pytest.mark.usefixtures("company")
@given(
    name=st.sampled_from(["deal", "customer", "contacts", "done", "follow_ups", "files", "days", "approved", "waived"]),
    said=NONSENSE,
    field=st.sampled_from(["", "amount", "need", "seats", "expected_close", "urgency", "name", "grade", "unit"]),
)
def test_no_nonsense_makes_an_example_fall_over(name: str, said: Any, field: str) -> None:
    content = process(passes(**{name: {field: said} if field else said}), **NEED)
    for problem in examples.problems(content):
        assert describe(problem)


@pytest.mark.usefixtures("company")
def test_fields_that_were_added_are_said_by_their_names() -> None:
    for kind, key in (("deal", "rival"), ("customer", "scale")):
        create_field(actor=Actor.system(), kind=kind, fields={"name": key, "key": key})
    big = {"field": "customer.custom.scale", "op": "eq", "value": "大"}
    wanted = [
        refused("one.custom.rival", customer={"custom.scale": "大"}),
        passes(customer={"custom.scale": "大"}, deal={"custom.rival": "某厂"}),
        passes(customer={"custom.scale": "小"}),
    ]
    limited = process(*wanted, kind="fields.filled", fields=["custom.rival"], when=big)
    assert [describe(row) for row in examples.problems(limited)] == []
    filled = process(
        refused("one.custom.scale", customer="红星"),
        passes(customer={"custom.scale": "大"}),
        kind="customer.filled",
        fields=["custom.scale"],
    )
    assert [describe(row) for row in examples.problems(filled)] == []
