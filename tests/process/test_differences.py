"""What changes from one text of a process to another."""

import copy
from typing import Any

import pytest

from dealrail.process import rules, texts
from tests.cast import trial


def changes(new: dict[str, Any]) -> list[tuple[str, ...]]:
    found = rules.differences(rules.parse(trial()), rules.parse(new))
    return [(row.part, row.how, row.stage, row.key, row.setting) for row in found]


def extra(key: str) -> dict[str, Any]:
    return {"key": key, "name": "新阶段"}


def edited(*path: Any, value: Any) -> dict[str, Any]:
    content = copy.deepcopy(trial())
    inner: Any = content
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return content


def with_stages(*stages: Any) -> dict[str, Any]:
    own = trial()["stages"]
    return trial(stages=[own[row] if isinstance(row, int) else extra(row) for row in stages])


TALK = ["stages", 1]
DEMANDED = [row["key"] for row in trial()["stages"][1]["conditions"]]
CASES: list[tuple[dict[str, Any], list[tuple[str, ...]]]] = [
    (trial(), []),
    (trial(name="新"), [("process", "changed", "", "trial", "name")]),
    (edited(*TALK, "name", value="谈"), [("stage", "changed", "talk", "talk", "name")]),
    (edited(*TALK, "time_limit_days", value=99), [("stage", "changed", "talk", "talk", "time_limit_days")]),
    (edited(*TALK, "kpi", value={"name": "K", "target": 9}), [("stage", "changed", "talk", "talk", "kpi")]),
    (
        with_stages(0, 1, "extra", 2),
        [
            ("move", "added", "talk", "extra", "next"),
            ("move", "removed", "talk", "work", "next"),
            ("stage", "added", "extra", "extra", ""),
        ],
    ),
    (edited(*TALK, "back", value=[]), [("move", "removed", "talk", "lead", "back")]),
    (edited(*TALK, "conditions", value=[]), [("condition", "removed", "talk", key, "") for key in DEMANDED]),
    (edited(*TALK, "conditions", 2, "at_least", value=3), [("condition", "changed", "talk", "followed", "")]),
    (
        edited(
            *TALK, "conditions", value=[*trial()["stages"][1]["conditions"][1:], trial()["stages"][1]["conditions"][0]]
        ),
        [("condition", "moved", "talk", "facts", "")],
    ),
    (trial(fields=[*trial()["fields"][1:], trial()["fields"][0]]), [("field", "moved", "", "need", "")]),
    (trial(loss_reasons=trial()["loss_reasons"][::-1]), [("loss_reason", "moved", "", "silent", "")]),
    (edited("fields", 0, "name", value="新"), [("field", "changed", "", "need", "")]),
    (edited("loss_reasons", 0, "name", value="贵"), [("loss_reason", "changed", "", "price", "name")]),
    (edited("loss_reasons", value=[]), [("loss_reason", "removed", "", key, "") for key in ("price", "silent")]),
    (edited("actions", 0, "script", value="您好"), [("action", "changed", "", "call", "")]),
]


@pytest.mark.parametrize(("new", "expected"), CASES)
def test_names_each_change_once(new: dict[str, Any], expected: list[tuple[str, ...]]) -> None:
    assert changes(new) == expected


def test_a_stage_that_changed_its_place_is_named_and_those_it_passed_are_not() -> None:
    keys = ["a", "b", "c", "d", "e"]
    old, new = (trial(stages=[extra(key) for key in row]) for row in (keys, ["a", "e", "b", "c", "d"]))
    found = rules.differences(rules.parse(old), rules.parse(new))
    assert [row.key for row in found if row.how == "moved" and row.part == "stage"] == ["e"]


def test_the_same_as_lines_of_yaml() -> None:
    text = texts.unified(trial(), trial(name="新名字"), names=("1", "draft"))
    assert text.splitlines()[:2] == ["--- 1", "+++ draft"]
    assert "+name: 新名字" in text
    assert texts.unified(trial(), trial(), names=("1", "2")) == ""
