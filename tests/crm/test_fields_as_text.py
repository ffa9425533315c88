"""Fields and layouts as a text: written, read again, taken over whole or not at all, twice without a trace."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from dealrail.accounts.errors import NotAllowed
from dealrail.accounts.models import User
from dealrail.core.problems import FieldsRefused
from dealrail.crm import queries as crm
from dealrail.crm.actions.fields import change_field, create_field
from dealrail.crm.actions.layouts import save_layout
from dealrail.crm.actions.texts import take_over_fields
from dealrail.crm.engine.differing import told, told_left
from dealrail.crm.models import CustomField, Layout
from dealrail.crm.queries.texts import Difference
from dealrail.crm.rules import FieldGroup
from dealrail.process.errors import UnreadableDefinition
from dealrail.process.texts import Lines, read_yaml, write_plain
from tests.cast import actor_of, event_kinds, last_event_id, refuses

pytestmark = pytest.mark.django_db

EVERY: list[dict[str, Any]] = [
    {
        "name": "信用评级",
        "key": "rating",
        "type": "choice",
        "choices": ["高", "低"],
        "help": "每年一评",
        "default": "低",
    },
    {"name": "利润", "key": "profit", "type": "number", "low": "-1.5", "high": "100", "required": True},
    {"name": "合同号", "key": "number", "pattern": "HT-####", "unique": True, "searchable": True},
    {"name": "两倍", "key": "double", "type": "formula", "formula": "{利润} * 2", "access": {"sales": "hidden"}},
    {"name": "上家", "key": "before", "type": "link", "target": "customer", "is_active": False},
    {"name": "是否急", "key": "urgent", "type": "yes_no"},
    {"name": "说明", "key": "about", "type": "long_text", "access": {"sales": "read"}},
]
TEXT = """\
fields:
  deal:
  - key: grade
    name: 信用评级
    type: choice
    choices: [高, 低]
  - key: double
    name: 两倍
    type: formula
    formula: "{利润} * 2"
  - key: profit
    name: 利润
    type: number
    low: 0
layouts:
- place: deal
  role: sales
  with_rest: false
  groups:
  - heading: 钱
    fields: [amount, custom.profit, custom.grade]
"""


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def everything(admin: User) -> None:
    """Fields of every sort, on deals and customers, and layouts."""
    for kind in ("deal", "customer"):
        for fields in EVERY:
            create_field(actor=actor_of(None), kind=kind, fields=fields)
    groups = [FieldGroup("钱", ("amount", "custom.profit")), FieldGroup("", ("custom.urgent",))]
    save_layout(actor=actor_of(None), place="deal", groups=groups, with_rest=True)
    save_layout(actor=actor_of(None), place="deal", role="sales", groups=groups[:1], with_rest=False)
    save_layout(actor=actor_of(None), place="card", groups=groups[:1], with_rest=False)


def written(admin: User) -> str:
    return write_plain(crm.fields_content(actor_of(admin)))


def take(admin: User, text: str, **more: Any) -> Difference:
    return take_over_fields(actor=actor_of(admin), text=text, **more)


def lines(difference: Difference) -> list[str]:
    return [f"{row.what} {line}" for row in told(difference) for line in row.lines]


# There and back


def test_what_is_written_says_all_and_taken_over_changes_nothing(everything: None, admin: User) -> None:
    text, after = written(admin), last_event_id()
    assert take(admin, text).is_empty
    assert (written(admin), event_kinds(after)) == (text, [])
    assert told_left(take(admin, text)) == []


def test_a_text_makes_the_same_of_an_empty_home(everything: None, admin: User) -> None:
    text = written(admin)
    Layout.objects.all().delete()
    CustomField.objects.all().delete()
    assert not take(admin, text).is_empty
    assert written(admin) == text
    assert take(admin, text).is_empty
    assert CustomField.objects.get(kind="deal", key="profit").low == Decimal("-1.5")


def test_a_formula_may_stand_before_what_it_computes_with(admin: User) -> None:
    after = last_event_id()
    found = take(admin, TEXT)
    assert [field.key for field in crm.custom_fields("deal")] == ["grade", "double", "profit"]
    assert set(event_kinds(after)) == {"field.saved", "layout.saved"}
    assert [(row.what, row.is_new) for row in told(found)] == [
        ("Deals · 信用评级", True),
        ("Deals · 两倍", True),
        ("Deals · 利润", True),
        ("Page of a deal · 销售", True),
    ]
    assert "Page of a deal · 销售 Groups: 钱: Amount, 利润, 信用评级" in lines(found)
    assert take(admin, TEXT).is_empty


def test_looking_writes_nothing_and_tells_the_same(admin: User) -> None:
    after = last_event_id()
    looked = take(admin, TEXT, only_look=True)
    assert (CustomField.objects.count(), Layout.objects.count(), event_kinds(after)) == (0, 0, [])
    told_before = lines(looked)
    assert take(admin, TEXT) == looked
    assert lines(looked) == told_before


# What changes, and what stays


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("name: 信用评级", "name: 资信", ["Deals · 资信 Name: 信用评级 → 资信"]),
        ("[高, 低]", "[高, 中]", ["Deals · 信用评级 Choices: 高, 低 → 高, 中"]),
        ("    low: 0\n", "", ["Deals · 利润 Least value: 0 → —"]),
        ("    low: 0\n", "    low: 0\n    required: true\n", ["Deals · 利润 Required: no → yes"]),
        ("    low: 0\n", "    low: 0\n    access: {sales: hidden}\n", None),
        ("with_rest: false", "with_rest: true", None),
    ],
)
def test_what_changes_is_told_in_plain_words(admin: User, old: str, new: str, said: list[str] | None) -> None:
    take(admin, TEXT)
    found = take(admin, TEXT.replace(old, new))
    assert not found.is_empty
    assert said is None or lines(found) == said
    assert take(admin, TEXT.replace(old, new)).is_empty


def test_what_a_text_does_not_name_stays_and_is_listed(everything: None, admin: User) -> None:
    found = take(admin, "fields: {deal: [{key: urgent, name: 是否急, type: yes_no}]}")
    assert found.is_empty
    assert CustomField.objects.count() == 2 * len(EVERY)
    left = told_left(found)
    assert {"Deals · 利润", "Customers · 是否急", "Page of a deal · for everybody"} <= set(left)
    assert "Deals · 是否急" not in left


def test_fields_stand_in_the_order_of_the_text_and_others_where_they_were(everything: None, admin: User) -> None:
    rows = {row["key"]: row for row in crm.fields_content(actor_of(admin))["fields"]["deal"]}
    take(admin, write_plain({"fields": {"deal": [rows["urgent"], rows["number"], rows["rating"]]}}))
    keys = [field.key for field in crm.custom_fields("deal")]
    assert keys == ["urgent", "profit", "number", "double", "before", "rating", "about"]


def test_names_that_move_from_one_field_to_another_are_taken_over(admin: User) -> None:
    take(admin, "fields: {deal: [{key: a, name: 甲}, {key: b, name: 乙}]}")
    take(admin, "fields: {deal: [{key: a, name: 乙}, {key: b, name: 丙}]}")
    assert [field.name for field in crm.custom_fields("deal")] == ["乙", "丙"]


def test_a_retired_choice_and_what_records_hold_are_kept(admin: User) -> None:
    take(admin, TEXT)
    take(admin, TEXT.replace("[高, 低]", "[高]"))
    field = CustomField.objects.get(key="grade")
    assert (field.choices, field.retired) == (["高"], ["低"])


# What is refused: nothing is written then


WRONG = [
    ("", 1),
    ("[]", 1),
    ("fields: 5", 1),
    ("forms: {}", 1),
    ("fields:\n  ship: []", 2),
    ("fields:\n  deal: 5", 2),
    ("fields:\n  deal:\n  - 5", 3),
    ("fields:\n  deal:\n  - key: a", 3),
    ("fields:\n  deal:\n  - key: 5\n    name: 甲", 3),
    ("fields:\n  deal:\n  - key: a\n    name: [甲]", 4),
    ("fields:\n  deal:\n  - key: a\n    name: 甲\n    colour: red", 5),
    ("fields:\n  deal:\n  - key: a\n    name: 甲\n    type: colour", 5),
    ("fields:\n  deal:\n  - key: a\n    name: 甲\n    required: 5", 5),
    ("fields:\n  deal:\n  - key: a\n    name: 甲\n    help: yes", 5),
    ("fields:\n  deal:\n  - key: a\n    name: 甲\n    access: {king: hidden}", 5),
    ("fields:\n  deal:\n  - key: a\n    name: 甲\n    access: hidden", 5),
    ("fields:\n  deal:\n  - key: a\n    name: 甲\n    access: {yes: hidden}", 5),
    ("fields:\n  deal:\n  - key: a\n    name: 甲\n    type: choice\n    choices: [yes]", 6),
    ("fields:\n  deal:\n  - key: a\n    name: 甲\n    type: number\n    low: .nan", 6),
    ("fields:\n  deal:\n  - key: a\n    name: 甲\n    type: formula\n    formula: '{无} + 1'", 6),
    ("fields:\n  deal:\n  - key: A b\n    name: 甲", 3),
    ("fields:\n  deal:\n  - key: a\n    name: 甲\n  - key: a\n    name: 乙", 5),
    ("fields:\n  deal:\n  - key: a\n    name: 甲\n  - key: b\n    name: 甲", 6),
    ("fields:\n  deal: [" + ", ".join(f"{{key: k{n}, name: n{n}}}" for n in range(61)) + "]", 2),
    ("layouts: 5", 1),
    ("layouts:\n- 5", 2),
    ("layouts:\n- groups: []", 2),
    ("layouts:\n- place: moon", 2),
    ("layouts:\n- place: deal\n  role: 5", 3),
    ("layouts:\n- place: deal\n  with_rest: 5", 3),
    ("layouts:\n- place: deal\n  groups: 5", 3),
    ("layouts:\n- place: deal\n  groups:\n  - 5", 4),
    ("layouts:\n- place: deal\n  groups:\n  - fields: [shoe_size]", 3),
    ("layouts:\n- place: deal\n  groups:\n  - fields: [{}]", 4),
    ("layouts:\n- place: deal\n  groups:\n  - heading: []\n    fields: []", 4),
    ("layouts:\n- place: deal\n- place: deal", 3),
]


@pytest.mark.parametrize(("wrong", "line"), WRONG)
def test_what_makes_no_sense_is_refused_by_its_line(admin: User, wrong: str, line: int) -> None:
    with refuses(FieldsRefused) as caught:
        take(admin, wrong)
    assert f"Line {line}" in caught.value.params["problems"][0]["label"], str(caught.value)


def test_one_wrong_line_keeps_the_others_out_and_every_one_is_named(admin: User) -> None:
    text = TEXT.replace("type: number", "type: nought").replace("[amount,", "[shoe_size,")
    with refuses(FieldsRefused) as caught:
        take(admin, text)
    assert [row["label"] for row in caught.value.params["problems"]] == [
        "Line 10 · deal · double",
        "Line 13 · deal · profit",
    ]
    assert (CustomField.objects.count(), Layout.objects.count()) == (0, 0)


def test_a_type_is_not_changed_by_a_text(admin: User) -> None:
    take(admin, TEXT)
    with refuses(FieldsRefused) as caught:
        take(admin, TEXT.replace("type: choice\n    choices: [高, 低]", "type: text"))
    assert caught.value.params["problems"][0]["label"] == "Line 5 · deal · grade"


HOSTILE = [
    "fields: !!python/object:os.system {}",
    "a: &a [x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a]\n"
    + "".join(f"{chr(99 + n)}: &{chr(99 + n)} [{', '.join(['*' + chr(98 + n)] * 9)}]\n" for n in range(8)),
    "[" * 200,
    "fields: {<<: {deal: []}}",
    "fields:\n\tdeal: []",
    'fields: {deal: [{key: a, name: "\\ud800"}]}',
    "fields: {deal: [], deal: []}",
    "x" * 1_000_001,
    "a: 1\n---\nb: 2",
    "\x00",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_text_is_answered_by_a_sentence(admin: User, text: str) -> None:
    with refuses(UnreadableDefinition) as caught:
        take(admin, text)
    assert str(caught.value).encode()


KEYS = st.sampled_from(["fields", "layouts", "deal", "key", "name", "place", "groups", "access"])
VALUES: st.SearchStrategy[Any] = st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["deal", "名", ""])
for _depth in range(4):
    VALUES = VALUES | st.lists(VALUES, max_size=2) | st.dictionaries(KEYS, VALUES, max_size=3)


@given(content=VALUES)
def test_whatever_a_text_says_is_taken_over_or_refused(content: Any) -> None:
    try:
        take_over_fields(actor=actor_of(None), text=write_plain(content), only_look=True)
    except (FieldsRefused, UnreadableDefinition) as refusal:
        assert str(refusal)


def test_only_who_puts_processes_in_force_reads_and_takes_over(rep: User, admin: User) -> None:
    with refuses(NotAllowed):
        crm.fields_content(actor_of(rep))
    with refuses(NotAllowed):
        take(rep, TEXT)
    assert not CustomField.objects.exists()


def test_a_field_taken_into_use_by_a_text_is_there_again(admin: User) -> None:
    take(admin, TEXT)
    field = CustomField.objects.get(key="grade")
    change_field(actor=actor_of(admin), field_id=field.pk, fields={"is_active": False})
    assert lines(take(admin, TEXT)) == ["Deals · 信用评级 In use: no → yes"]


def test_lines_are_found_as_far_as_a_text_goes() -> None:
    lines = Lines(TEXT)
    assert read_yaml(TEXT)["fields"]
    found = [lines.at(place) for place in [(), ("fields", "deal", 1, "formula"), ("fields", "ship"), ("layouts", 9)]]
    assert found == [1, 10, 1, 15]
