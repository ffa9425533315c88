"""Taking over what a template changed: three texts merged by the keys of their parts."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dealrail.process import rules
from dealrail.process.rules.merging import merged
from tests.cast import trial
from tests.process.test_deviations import EDITS, drop, edited, put, put_condition, stage

Edit = Callable[[dict[str, Any]], None]
NUMBERS = st.integers(0, len(EDITS) - 1)


def base() -> dict[str, Any]:
    return copy.deepcopy(trial())


def after(*edits: Edit) -> dict[str, Any]:
    content = base()
    for edit in edits:
        edit(content)
    return content


@settings(max_examples=100, deadline=None)
@given(number=NUMBERS)
def test_what_only_one_changed_is_as_it_made_it(number: int) -> None:
    edit = EDITS[number][0]
    taken = merged(base(), after(edit), edited())
    assert rules.parse(taken.content).stages == rules.parse(after(edit)).stages
    assert (taken.content["process"], taken.content["name"], taken.conflicts) == ("own", "本线流程", ())
    kept = merged(base(), base(), edited(edit))
    assert (kept.content, kept.conflicts) == (edited(edit), ())


@settings(max_examples=100, deadline=None)
@given(number=NUMBERS)
def test_what_both_changed_alike_is_no_conflict(number: int) -> None:
    edit = EDITS[number][0]
    same = merged(base(), after(edit), edited(edit))
    assert (same.content, same.conflicts) == (edited(edit), ())


def test_changes_of_different_things_are_both_kept() -> None:
    theirs = after(put("talk", probability=55), put_condition("followed", at_least=4))
    own = edited(put("talk", time_limit_days=9), drop("known"))
    found = merged(base(), theirs, own)
    talk = stage(found.content, "talk")
    assert (talk["probability"], talk["time_limit_days"]) == (55, 9)
    assert [row["key"] for row in talk["conditions"]] == ["facts", "done", "followed", "agreed"]
    assert (talk["conditions"][2]["at_least"], found.conflicts) == (4, ())


def add(key: str, place: int) -> Edit:
    return lambda content: content["stages"].insert(place, {"key": key, "name": key})


def test_stages_that_both_added_stand_behind_what_they_stood_behind() -> None:
    found = merged(base(), after(add("theirs", 1)), edited(add("ours", 3)))
    assert [row["key"] for row in found.content["stages"]] == ["lead", "theirs", "talk", "work", "ours"]
    assert found.conflicts == ()


@pytest.mark.parametrize("part", ["fields", "actions", "loss_reasons", "waiver_reasons", "examples"])
def test_rows_that_both_added_are_all_there(part: str) -> None:
    def more(key: str) -> Edit:
        return lambda content: content.setdefault(part, []).append({"key": key, "name": key})

    found = merged(base(), after(more("theirs")), edited(more("ours")))
    assert {"theirs", "ours"} <= {row["key"] for row in found.content[part]}
    assert found.conflicts == ()


CONFLICTS: list[tuple[Edit, Edit, str]] = [
    (put("talk", probability=55), put("talk", probability=60), "stages.talk.probability"),
    (put_condition("facts", fields=["need"]), put_condition("facts", waivable=False), "stages.talk.conditions.facts"),
    (drop("followed"), put_condition("followed", at_least=4), "stages.talk.conditions.followed"),
    (put_condition("followed", at_least=4), drop("followed"), "stages.talk.conditions.followed"),
]


@pytest.mark.parametrize(("theirs", "ours", "where"), CONFLICTS)
def test_what_both_changed_differently_stays_and_is_named(theirs: Edit, ours: Edit, where: str) -> None:
    found = merged(base(), after(theirs), edited(ours))
    assert found.content == edited(ours)
    assert [row.where for row in found.conflicts] == [where]
