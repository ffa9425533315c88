"""Making forms: what a question takes, what rules may ask about, publishing, and who may."""

from typing import Any

import pytest

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotAllowed, NotFound
from dealrail.accounts.models import User
from dealrail.core.errors import Refusal
from dealrail.core.problems import FieldsRefused, problems_of
from dealrail.crm.errors import FieldRefused, UnknownField
from dealrail.events.models import Event
from dealrail.forms import queries, rules
from dealrail.forms.actions.making import change_form, create_form, publish_form
from dealrail.forms.errors import (
    FormChanged,
    FormDemanded,
    NothingAsked,
    NothingToPublish,
    TooManyForms,
    TooManyQuestions,
)
from tests.cast import actor_of, publish, refuses, trial
from tests.forms.making import SURVEY, make_form, publish_questions

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company")]
SYSTEM = Actor.system()


def test_a_form_is_made_changed_and_asked_as_it_was_published() -> None:
    made = create_form(actor=SYSTEM, fields={"name": "现场勘察", "about": "customer", "description": "上门填写"})
    assert (made.key, made.published, made.revision) == ("xianchangkancha", 0, 1)
    changed = change_form(actor=SYSTEM, key=made.key, fields={"questions": SURVEY}, seen_revision=1)
    assert [row["key"] for row in changed.questions] == [row["key"] for row in SURVEY]
    assert Event.objects.latest("pk").payload["changes"] == {
        "questions": [None, "目标, 在用系统, 其他系统, 用户数, 要上云, 云厂商"]
    }
    assert list(queries.offered("customer")) == []
    assert publish_form(actor=SYSTEM, key=made.key).number == 1
    assert Event.objects.latest("pk").payload["questions"][0] == "目标"
    change_form(actor=SYSTEM, key=made.key, fields={"questions": SURVEY[:1]})
    assert len(queries.version(queries.form(made.key)).questions) == len(SURVEY)
    assert publish_form(actor=SYSTEM, key=made.key).number == 2
    assert [len(row.questions) for row in queries.versions(made)] == [1, len(SURVEY)]
    assert [row.key for row in queries.offered("customer")] == [made.key]
    change_form(actor=SYSTEM, key=made.key, fields={"is_active": False})
    assert list(queries.offered("customer")) == []


def test_changing_nothing_leaves_no_trace() -> None:
    form = make_form()
    before = Event.objects.count()
    assert change_form(actor=SYSTEM, key=form.key, fields={"name": form.name}).revision == form.revision
    assert Event.objects.count() == before


def after_goal(**rule: Any) -> list[dict[str, Any]]:
    return [{"key": "goal", "name": "目标", "type": "number"}, {"name": "预算", **rule}]


# what is asked for, the refusal, the field it names
WRONG: list[tuple[dict[str, Any], type[Refusal], str]] = [
    ({"name": ""}, FieldRefused, "name"),
    ({"name": "字" * 81}, FieldRefused, "name"),
    ({"description": "字" * 1001}, FieldRefused, "description"),
    ({"about": "product"}, FieldRefused, "about"),
    ({"colour": "red"}, UnknownField, "colour"),
    ({"questions": "目标"}, FieldRefused, "questions"),
    ({"questions": ["目标"]}, FieldsRefused, "questions.0.name"),
    ({"questions": [{"name": "", "type": "text"}]}, FieldsRefused, "questions.0.name"),
    ({"questions": [{"name": "目标", "type": "signature"}]}, FieldsRefused, "questions.0.type"),
    ({"questions": [{"name": "目标", "type": "choice"}]}, FieldsRefused, "questions.0.choices"),
    ({"questions": [{"name": "目标", "key": "A B"}]}, FieldsRefused, "questions.0.key"),
    ({"questions": [{"name": "目标", "unique": True}]}, FieldsRefused, "questions.0.unique"),
    ({"questions": [{"name": "目标"}, {"name": "目标"}]}, FieldsRefused, "questions.1.name"),
    ({"questions": [{"name": "目标", "access": {"nobody": "read"}}]}, FieldsRefused, "questions.0.access"),
    (
        {"questions": after_goal(shown_when={"field": "later", "op": "is_empty"})},
        FieldsRefused,
        "questions.1.shown_when",
    ),
    (
        {"questions": after_goal(required_when={"field": "goal", "op": "contains", "value": "1"})},
        FieldsRefused,
        "questions.1.required_when",
    ),
    (
        {"questions": after_goal(key="self", shown_when={"field": "self", "op": "is_empty"})},
        FieldsRefused,
        "questions.1.shown_when",
    ),
]


@pytest.mark.parametrize(("asked", "refusal", "field"), WRONG)
def test_refuses_what_no_form_can_be_and_names_the_place(
    asked: dict[str, Any], refusal: type[Refusal], field: str
) -> None:
    with refuses(refusal) as caught:
        create_form(actor=SYSTEM, fields={"name": "调研", **asked})
    assert [row["field"] for row in problems_of(caught.value)] == [field]


def test_a_rule_a_hundred_levels_deep_gets_a_sentence() -> None:
    rule: dict[str, Any] = {"field": "goal", "op": "is_empty"}
    for _ in range(100):
        rule = {"not": rule}
    with refuses(FieldsRefused) as caught:
        create_form(actor=SYSTEM, fields={"name": "调研", "questions": after_goal(shown_when=rule)})
    assert "levels" in str(caught.value) or "层" in str(caught.value)


def test_takes_no_more_questions_and_forms_than_it_says() -> None:
    many = [{"name": f"问题{number}"} for number in range(rules.MOST_QUESTIONS + 1)]
    with refuses(TooManyQuestions):
        create_form(actor=SYSTEM, fields={"name": "调研", "questions": many})
    for number in range(rules.MOST_FORMS):
        create_form(actor=SYSTEM, fields={"name": f"表单{number}"})
    with refuses(TooManyForms):
        create_form(actor=SYSTEM, fields={"name": "又一份"})


def test_publishing_refuses_what_says_nothing_new() -> None:
    create_form(actor=SYSTEM, fields={"name": "调研"}, key="bare")
    with refuses(NothingAsked):
        publish_form(actor=SYSTEM, key="bare")
    make_form()
    with refuses(NothingToPublish):
        publish_form(actor=SYSTEM, key="survey")


def test_two_editors_do_not_overwrite_each_other() -> None:
    form = make_form()
    change_form(actor=SYSTEM, key=form.key, fields={"questions": SURVEY[:2]}, seen_revision=1)
    with refuses(FormChanged):
        change_form(actor=SYSTEM, key=form.key, fields={"questions": SURVEY[:3]}, seen_revision=1)
    with refuses(FormChanged):
        publish_form(actor=SYSTEM, key=form.key, seen_revision=1)


def test_a_form_that_a_gate_demands_stays_in_use() -> None:
    form = make_form()
    content = trial()
    content["stages"][0]["conditions"] = [{"key": "asked", "kind": "form.filled", "form": form.key}]
    publish(content)
    with refuses(FormDemanded):
        change_form(actor=SYSTEM, key=form.key, fields={"is_active": False})
    publish_questions(form.key, [{"name": "还有呢"}])
    assert queries.form(form.key).published == 2


def test_only_who_publishes_processes_makes_forms(rep: User) -> None:
    make_form()
    by = actor_of(rep)
    with refuses(NotAllowed):
        create_form(actor=by, fields={"name": "调研"})
    with refuses(NotAllowed):
        change_form(actor=by, key="survey", fields={"name": "调研"})
    with refuses(NotAllowed):
        publish_form(actor=by, key="survey")
    with refuses(NotFound):
        change_form(actor=SYSTEM, key="none", fields={"name": "调研"})
