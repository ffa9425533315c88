"""The action library: filled from processes, kept with a permission, and how processes' own texts stand to it."""

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotAllowed, NotFound
from dealrail.accounts.models import User
from dealrail.activities import queries
from dealrail.activities.actions.library import (
    change_action_template,
    collect_action_templates,
    create_action_template,
)
from dealrail.activities.errors import ActionKeyTaken
from dealrail.activities.handlers import collect_actions
from dealrail.activities.models import ActionTemplate
from dealrail.activities.rules import differences, free_key, taken_into
from dealrail.core.errors import Refusal
from dealrail.core.problems import ChangedMeanwhile, FieldsRefused
from dealrail.crm.errors import FieldRefused, UnknownField
from dealrail.events.models import Event
from dealrail.process.rules import ActionSpec, parse, problems
from tests.cast import Company, actor_of, event_kinds, last_event_id, publish, refuses, trial

FIELDS: dict[str, Any] = {"name": "打电话", "how_to": "先问需求", "evidence": "note", "expected_minutes": "15"}


def make(user: User, key: str = "", **fields: Any) -> ActionTemplate:
    return create_action_template(actor=actor_of(user), key=key, fields={**FIELDS, **fields})


def test_an_action_is_added_changed_and_retired_on_record(admin: User) -> None:
    before = last_event_id()
    made = make(admin)
    assert (made.key, made.expected_minutes, made.revision) == ("dadianhua", 15, 1)
    assert make(admin).key == "dadianhua_2"
    for fields in ({"how_to": "先问预算"}, {"how_to": " 先问预算 "}, {"is_active": False}):
        change_action_template(actor=actor_of(admin), key=made.key, fields=fields)
    assert event_kinds(before) == ["action_template.saved"] * 4
    made.refresh_from_db()
    assert (made.revision, made.is_active, made.changed_by) == (3, False, admin)
    told = Event.objects.filter(pk__gt=before).order_by("pk")[2].payload
    assert told["changes"] == {"how_to": ["先问需求", "先问预算"]}


WRONG: list[tuple[dict[str, Any], str, type[Refusal]]] = [
    ({"name": " "}, "", FieldRefused),
    ({"name": "x" * 81}, "", FieldRefused),
    ({"how_to": "x" * 20_001}, "", FieldRefused),
    ({"script": "a\x00"}, "", FieldRefused),
    ({"evidence": "fax"}, "", FieldRefused),
    ({"expected_minutes": "1.5"}, "", FieldRefused),
    ({"expected_minutes": -3}, "", FieldRefused),
    ({"expected_minutes": 10_001}, "", FieldRefused),
    ({"is_active": "yes"}, "", FieldRefused),
    ({"name": "", "evidence": []}, "", FieldsRefused),
    ({"colour": "red"}, "", UnknownField),
    ({}, "Übung", FieldRefused),
    ({}, "here", ActionKeyTaken),
]


@pytest.mark.parametrize(("fields", "key", "refusal"), WRONG)
def test_refuses_an_action_that_cannot_be(
    fields: dict[str, Any], key: str, refusal: type[Refusal], admin: User
) -> None:
    make(admin, "here")
    with refuses(refusal):
        make(admin, key, **fields)


def test_refuses_who_may_not_and_what_is_not_there(admin: User, manager: User) -> None:
    made = make(admin)
    with refuses(NotAllowed):
        make(manager)
    with refuses(NotAllowed):
        change_action_template(actor=actor_of(manager), key=made.key, fields={"is_active": False})
    with refuses(NotFound):
        change_action_template(actor=actor_of(admin), key="none", fields={"is_active": False})


def test_two_editors_do_not_overwrite_each_other(admin: User) -> None:
    made, seen = make(admin), {"how_to": "先问需求"}
    change_action_template(actor=actor_of(admin), key=made.key, fields={"how_to": "甲"}, seen=seen)
    with refuses(ChangedMeanwhile):
        change_action_template(actor=actor_of(admin), key=made.key, fields={"how_to": "乙"}, seen=seen)


@pytest.mark.usefixtures("company")
def test_what_a_published_process_brings_along_comes_into_the_library_once() -> None:
    before = last_event_id()
    published = Event.objects.filter(kind="process.published", payload__key="trial").get()
    for _ in range(2):
        collect_actions(published)
    assert event_kinds(before) == ["action_template.collected"]
    rows = queries.action_templates()
    assert {row.key: (row.name, row.evidence) for row in rows} == {
        "call": ("打电话", "note"),
        "proposal": ("写方案", "file"),
        "visit": ("拜访", "follow_up"),
        "celebrate": ("庆祝", "none"),
    }
    publish(trial(actions=[*trial()["actions"], {"key": "call_back", "name": "回电"}], name="改"))
    made = collect_action_templates(actor=Actor.system(), process="trial", version=2)
    assert [row.key for row in made] == ["call_back"]


@pytest.mark.usefixtures("company")
def test_an_older_database_gets_its_library_from_the_versions_in_force() -> None:
    publish(trial(actions=[{**row, "how_to": "新"} for row in trial()["actions"]]))
    import_module("dealrail.activities.migrations.0006_collect_actions").collect(apps, None)
    assert queries.action_template("call").how_to == "新"
    used = {key for uses in queries.action_uses().values() for key in {use.action.key for use in uses}}
    assert {row.key for row in queries.action_templates()} == used


def test_says_where_an_action_is_used_and_where_the_text_differs(company: Company, admin: User) -> None:
    template = make(admin, "call")
    (use,) = (row for row in queries.action_uses()["call"] if row.process.key == "trial")
    assert [stage.key for stage in use.stages] == ["talk"]
    assert use.differs_from(template) == ("how_to", "expected_minutes")


def test_an_action_of_the_library_is_taken_into_a_definition() -> None:
    before = trial()
    ours = ActionSpec("call", "打电话", how_to="先问需求", evidence="note")
    content = taken_into(before, ours)
    assert before == trial()
    assert problems(content) == []
    assert parse(content).action("call") == ours
    assert [row["key"] for row in content["actions"]] == [row["key"] for row in before["actions"]]
    added = taken_into({"process": "x"}, ActionSpec("new", "新动作"))
    assert added == {"process": "x", "actions": [{"key": "new", "name": "新动作"}]}
    assert differences(ours, ActionSpec("call", "打电话 ", how_to="先问需求\r\n", evidence="file")) == ("evidence",)


@pytest.mark.parametrize(
    ("name", "taken", "key"),
    [("回访", set(), "huifang"), ("回访", {"huifang", "huifang_2"}, "huifang_3"), ("3D demo", set(), "a_3d_demo")],
)
def test_a_key_is_made_from_a_name(name: str, taken: set[str], key: str) -> None:
    assert free_key(name, taken) == key


@pytest.mark.usefixtures("admin")
@pytest.mark.parametrize(
    ("asked", "found"),
    [({"text": "预算"}, ["b"]), ({"text": "A"}, ["a"]), ({"is_active": False}, ["a"]), ({"evidence": "file"}, ["b"])],
)
def test_finds_actions_by_words_state_and_evidence(asked: dict[str, Any], found: list[str]) -> None:
    by = Actor.system()
    create_action_template(actor=by, key="a", fields={"name": "回访", "is_active": False})
    create_action_template(actor=by, key="b", fields={"name": "报价", "how_to": "问预算", "evidence": "file"})
    assert [row.key for row in queries.action_templates(**asked)] == found
