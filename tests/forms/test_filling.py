"""Filling forms in: what is read, what rules hide and demand, who may, and which version a record keeps."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotAllowed, NotFound
from dealrail.accounts.models import User
from dealrail.core.problems import FieldsRefused, problems_of
from dealrail.crm import queries as crm
from dealrail.crm.actions.merging import merge_customers
from dealrail.crm.actions.pools import release_customer
from dealrail.crm.actions.recycling import delete_customer, delete_deal
from dealrail.crm.errors import FieldRefused, UnknownField
from dealrail.crm.models import Customer
from dealrail.events.models import Event
from dealrail.forms import queries, rules
from dealrail.forms.actions.filling import fill_form
from dealrail.forms.actions.making import change_form
from dealrail.forms.errors import FilledForOne, FormElsewhere, FormNotOffered, FormRenewed
from dealrail.forms.models import FormRecord
from dealrail.forms.policy import may_fill
from tests.api.client import Api
from tests.cast import Company, actor_of, new_customer, new_deal, refuses
from tests.forms.making import ANSWERED, SURVEY, make_form, publish_questions

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company")]
SYSTEM = Actor.system()


def fill(by: User, deal: Any, key: str = "survey", **answers: Any) -> FormRecord:
    return fill_form(actor=actor_of(by), key=key, deal_id=deal.pk, answers=answers)


def test_answers_are_read_as_fields_are_and_told_without_their_words(rep: User) -> None:
    make_form()
    deal = new_deal(rep)
    kept = fill(rep, deal, **ANSWERED)
    assert kept.custom == {"goal": "降低成本", "systems": ["ERP", "MES"], "users": "30", "online": False}
    event = Event.objects.latest("pk")
    assert (event.kind, event.subject_id) == ("deal.form_filled", deal.pk)
    assert event.payload == {
        "deal_id": deal.pk, "deal_name": deal.name, "owner_id": rep.pk, "form": "survey", "form_name": "需求调研",
        "version": 1, "form_record_id": kept.pk,
    }  # fmt: skip
    told = [(field.name, words) for field, words in queries.answers(actor_of(rep), kept)]
    assert told[:2] == [("目标", "降低成本"), ("在用系统", "ERP, MES")]


# what is answered beside the goal, what is kept of the questions with rules, or the questions that lack an answer
RULES: list[tuple[dict[str, Any], dict[str, Any] | list[str]]] = [
    ({}, {}),
    ({"systems": "ERP", "other": "自研"}, {}),
    ({"systems": "ERP、其他", "other": "自研"}, {"other": "自研"}),
    ({"systems": "其他"}, {}),
    ({"goal": "替换旧系统", "systems": "其他"}, ["answers.other"]),
    ({"goal": "替换旧系统", "systems": "ERP"}, {}),
    ({"online": "是"}, ["answers.cloud"]),
    ({"online": "是", "cloud": "华为云"}, {"cloud": "华为云"}),
    ({"online": "否", "cloud": "华为云"}, {}),
    ({"goal": " ", "online": "是"}, ["answers.goal", "answers.cloud"]),
    ({"users": "0"}, ["answers.users"]),
    ({"users": "很多", "cloud": "某云"}, ["answers.users", "answers.cloud"]),
]


@pytest.mark.parametrize(("answers", "found"), RULES)
def test_rules_hide_and_demand_by_the_other_answers(
    rep: User, answers: dict[str, Any], found: dict[str, Any] | list[str]
) -> None:
    make_form()
    deal = new_deal(rep)
    given = {"goal": "降低成本", **answers}
    if isinstance(found, dict):
        kept = fill(rep, deal, **given).custom
        assert {key: kept[key] for key in ("other", "cloud") if key in kept} == found
        return
    with refuses(FieldsRefused if len(found) > 1 else FieldRefused) as caught:
        fill(rep, deal, **given)
    assert [row["field"] for row in problems_of(caught.value)] == found


def test_what_follows_from_a_hidden_answer_is_hidden_too(rep: User) -> None:
    chain: list[dict[str, Any]] = [
        {"key": "one", "name": "一", "type": "choice", "choices": ["甲", "乙"]},
        {"key": "two", "name": "二", "type": "text", "shown_when": {"field": "one", "op": "eq", "value": "甲"}},
        {"key": "three", "name": "三", "type": "text", "shown_when": {"field": "two", "op": "is_not_empty"}},
        {"key": "four", "name": "四", "type": "text", "shown_when": {"field": "three", "op": "is_empty"}},
    ]
    make_form(chain)
    deal = new_deal(rep)
    said = {"two": "有", "three": "有", "four": "有"}
    assert fill(rep, deal, one="甲", **said).custom == {"one": "甲", "two": "有", "three": "有"}
    assert fill(rep, deal, one="乙", **said).custom == {"one": "乙", "four": "有"}


ASKED: list[tuple[dict[str, Any], Any, bool]] = [
    ({"field": "q", "op": "in", "value": ["甲", "丙"]}, "乙、丙", True),
    ({"field": "q", "op": "in", "value": ["甲", "丙"]}, "乙", False),
    ({"field": "q", "op": "ne", "value": "甲"}, "甲、乙", False),
    ({"field": "q", "op": "ne", "value": "甲"}, "乙", True),
    ({"field": "q", "op": "not_in", "value": ["甲", "乙"]}, "丙", True),
    ({"field": "q", "op": "not_in", "value": ["甲", "乙"]}, "", True),
    ({"field": "q", "op": "is_empty"}, "", True),
    ({"not": {"field": "q", "op": "eq", "value": "甲"}}, "甲", False),
    ({"all": [{"field": "q", "op": "eq", "value": "甲"}, {"field": "q", "op": "eq", "value": "乙"}]}, "甲、乙", True),
    ({"any": [{"field": "n", "op": "gt", "value": 100}, {"field": "q", "op": "eq", "value": "丙"}]}, "甲", True),
    ({"field": "d", "op": "lt", "value": "2026-03-01"}, "", True),
    ({"field": "y", "op": "ne", "value": True}, "", False),
]


@pytest.mark.parametrize(("rule", "ticked", "shown"), ASKED)
def test_rules_are_the_filters_of_lists(rep: User, rule: dict[str, Any], ticked: str, shown: bool) -> None:
    make_form(
        [
            {"key": "q", "name": "多选", "type": "choices", "choices": ["甲", "乙", "丙"]},
            {"key": "n", "name": "数", "type": "number"},
            {"key": "d", "name": "日", "type": "date"},
            {"key": "y", "name": "是否", "type": "yes_no"},
            {"key": "then", "name": "然后", "type": "text", "shown_when": rule},
        ]
    )
    kept = fill(rep, new_deal(rep), q=ticked, n="200", d="2026-02-01", y="是", then="好")
    assert ("then" in kept.custom) is shown


def test_a_record_keeps_the_version_it_was_filled_with(rep: User) -> None:
    make_form()
    deal = new_deal(rep)
    old = fill(rep, deal, **ANSWERED)
    publish_questions("survey", [{"key": "goal", "name": "要达到什么"}])
    with refuses(FormRenewed):
        fill_form(actor=actor_of(rep), key="survey", deal_id=deal.pk, answers={"goal": "快"}, seen_version=1)
    new = fill_form(actor=actor_of(rep), key="survey", deal_id=deal.pk, answers={"goal": "快"}, seen_version=2)
    assert [field.name for field, _words in queries.answers(actor_of(rep), new)] == ["要达到什么"]
    again = queries.record(actor_of(rep), old.pk)
    assert [field.name for field, _words in queries.answers(actor_of(rep), again)][:2] == ["目标", "在用系统"]


def test_who_may_not_see_a_question_neither_reads_nor_fills_nor_owes_it(company: Company) -> None:
    make_form(
        [
            {"key": "goal", "name": "目标"},
            {"key": "margin", "name": "毛利", "type": "money", "required": True, "access": {"sales": "hidden"}},
            {"key": "score", "name": "评分", "type": "number", "access": {"sales": "read"}},
        ]
    )
    rep, manager = company.people["rep"], company.people["manager"]
    deal = new_deal(rep)
    kept = fill(rep, deal, goal="快")
    with refuses(UnknownField) as caught:
        fill(rep, deal, margin="1")
    assert "margin" not in caught.value.params["known"]
    with refuses(FieldRefused):
        fill(rep, deal, score="1")
    with refuses(FieldRefused):
        fill(manager, deal, goal="快")
    full = fill(manager, deal, goal="快", margin="20万", score="3")
    assert queries.answers_told(actor_of(rep), [full, kept]) == [{"goal": "快", "score": "3"}, {"goal": "快"}]
    assert queries.answers_told(actor_of(manager), [full])[0]["margin"] == "200000.00"
    assert [field.key for field, _words in queries.answers(actor_of(rep), full)] == ["goal", "score"]


def test_refuses_other_peoples_records_and_what_is_not_offered(company: Company) -> None:
    make_form()
    rep, colleague = company.people["rep"], company.people["colleague"]
    deal, customer = new_deal(rep), new_customer(rep)
    with refuses(NotFound):
        fill(colleague, deal, **ANSWERED)
    with refuses(NotFound):
        fill(rep, deal, key="none", **ANSWERED)
    with refuses(FormElsewhere):
        fill_form(actor=actor_of(rep), key="survey", customer_id=customer.pk, answers=ANSWERED)
    with refuses(UnknownField):
        fill(rep, deal, colour="红")
    change_form(actor=SYSTEM, key="survey", fields={"is_active": False})
    with refuses(FormNotOffered):
        fill(rep, deal, **ANSWERED)


def test_rules_are_asked_of_the_answers_they_name_and_no_others(rep: User) -> None:
    make_form([*SURVEY, {"key": "notes", "name": "备注", "type": "long_text"}])
    deal = new_deal(rep)
    with CaptureQueriesContext(connection) as captured:
        fill(rep, deal, goal="reaching the rules", notes="nobody asks for this")
    asked = [row["sql"] for row in captured if row["sql"].lstrip().startswith("SELECT")]
    assert any("reaching the rules" in sql for sql in asked)
    assert not any("nobody asks for this" in sql for sql in asked)


def test_a_form_is_filled_in_for_one_record(rep: User) -> None:
    make_form()
    deal, customer = new_deal(rep), new_customer(rep)
    about: dict[str, Any] = {"deal_id": deal.pk, "customer_id": customer.pk}
    with refuses(FilledForOne):
        fill_form(actor=actor_of(rep), key="survey", answers=ANSWERED, **about)
    body = {"deal": deal.pk, "customer": customer.pk, "answers": ANSWERED}
    assert Api(rep).send("post", "forms/survey/records", body).code == "filled_for_one"


def test_who_owns_a_deal_fills_in_what_its_gate_demands_of_the_customer(company: Company) -> None:
    make_form(about="customer")
    rep, colleague = company.people["rep"], company.people["colleague"]
    customer = new_customer(rep)
    deal = new_deal(rep, customer=customer.pk)
    Customer.objects.filter(pk=customer.pk).update(owner=colleague)
    made = fill_form(actor=actor_of(rep), key="survey", customer_id=customer.pk, answers=ANSWERED)
    assert made.customer_id == customer.pk
    delete_deal(actor=SYSTEM, deal_id=deal.pk)
    assert not may_fill(actor_of(rep), Customer.objects.get(pk=customer.pk))


def test_who_may_only_read_fills_nothing(company: Company) -> None:
    make_form(about="customer")
    customer = new_customer(company.people["rep"])
    readers = [actor for user in company.people.values() if _only_reads(actor := actor_of(user), customer)]
    assert readers
    for reader in readers:
        with refuses(NotAllowed):
            fill_form(actor=reader, key="survey", customer_id=customer.pk, answers=ANSWERED)


def _only_reads(actor: Actor, customer: Customer) -> bool:
    is_seen = crm.customers(actor).filter(pk=customer.pk).exists()
    return is_seen and not may_fill(actor, customer)


def test_records_are_seen_with_their_deal_or_customer_and_move_in_a_merge(company: Company) -> None:
    rep, colleague = company.people["rep"], company.people["colleague"]
    make_form(about="customer")
    kept, gone = new_customer(rep), new_customer(rep)
    made = fill_form(actor=actor_of(rep), key="survey", customer_id=gone.pk, answers=ANSWERED)
    assert Event.objects.latest("pk").kind == "customer.form_filled"
    assert [row.pk for row in queries.records(actor_of(rep))] == [made.pk]
    assert list(queries.records(actor_of(colleague))) == []
    with refuses(NotFound):
        queries.record(actor_of(colleague), made.pk)
    merge_customers(actor=actor_of(rep), kept_id=kept.pk, gone_id=gone.pk)
    assert [row.pk for row in queries.records_of_customer(kept.pk)] == [made.pk]
    delete_customer(actor=SYSTEM, customer_id=kept.pk)
    assert list(queries.records(actor_of(rep))) == []


def test_a_checked_rule_is_spelled_for_the_answers_it_asks() -> None:
    types = {"q": "choices", "y": "yes_no", "n": "number"}
    assert rules.spelled({"field": "n", "op": "gt", "value": 1}, types) == {"field": "n", "op": "gt", "value": 1}
    assert rules.spelled({"not": {"field": "y", "op": "eq", "value": False}}, types) == {
        "not": {"field": "y", "op": "eq", "value": "false"}
    }
    assert rules.asked_of(["甲"]) == "\n甲\n"
    assert rules.moved(["a", "b", "c"], "c", 0) == ["c", "a", "b"]
    assert SURVEY[0]["key"] == "goal"


def test_ways_to_reach_somebody_are_masked_while_the_customer_lies_in_a_pool(company: Company) -> None:
    make_form([{"key": "phone", "name": "电话", "format": "phone"}, {"key": "goal", "name": "目标"}], about="customer")
    rep, colleague = company.people["rep"], company.people["colleague"]
    customer = new_customer(rep)
    fill_form(
        actor=actor_of(rep), key="survey", customer_id=customer.pk, answers={"phone": "13800001111", "goal": "快"}
    )
    release_customer(actor=actor_of(rep), customer_id=customer.pk, reason="没空")
    (kept,) = queries.records(actor_of(colleague))
    (told,) = queries.answers_told(actor_of(colleague), [kept])
    assert ("0000" in told["phone"], told["goal"]) == (False, "快")
    assert "0000" not in queries.answers(actor_of(colleague), kept)[0][1]
    assert queries.answers_told(SYSTEM, [kept])[0]["phone"] == "13800001111"
