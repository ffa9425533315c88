"""Changing a draft piece by piece: what stays right by itself, and what is left alone."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealrail.process import rules
from dealrail.process.rules import editing
from tests.cast import trial


def stages(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"process": "p", "name": "P", "stages": [{"name": row["key"].upper(), **row} for row in rows]}


def stage(content: Any, key: str) -> Any:
    return editing.row_of(content, "stages", key)


THREE = stages(
    {
        "key": "a",
        "next": ["b", "c"],
        "conditions": [{"key": "k", "kind": "fields.filled", "fields": ["name"], "to": ["b"]}],
    },
    {"key": "b"},
    {"key": "c", "back": ["a", "b"]},
)


def test_what_led_to_a_removed_stage_leads_to_where_it_led() -> None:
    left = editing.remove_stage(THREE, "b")
    assert stage(left, "a")["next"] == ["c"]
    assert stage(left, "a")["conditions"][0]["to"] == ["c"]
    assert stage(left, "c")["back"] == ["a"]
    last = editing.remove_stage(THREE, "c")
    assert stage(last, "a")["next"] == ["b", "end"]
    assert rules.parse(last).stage("b").next == ("end",)


def test_a_moved_stage_sends_nobody_back_to_what_lies_ahead() -> None:
    moved = editing.move_stage(THREE, "c", 1)
    assert [row["key"] for row in moved["stages"]] == ["a", "c", "b"]
    assert stage(moved, "c")["back"] == ["a"]
    assert [row["key"] for row in editing.move_stage(THREE, "a", 99)["stages"]] == ["b", "c", "a"]
    won = stages({"key": "a"}, {"key": "w", "kind": "won"}, {"key": "x", "back": ["a", "w"]})
    assert stage(editing.move_stage(won, "a", 1), "x")["back"] == ["a"]


def test_what_is_empty_is_left_out_and_what_says_something_stays() -> None:
    changed = editing.change_row(
        trial(), "stages", "talk", {"goal": "", "actions": [], "back": [], "time_limit_days": None}
    )
    assert {"goal", "actions", "time_limit_days"}.isdisjoint(stage(changed, "talk"))
    assert (stage(changed, "talk")["back"], stage(changed, "talk")["probability"]) == ([], 50)
    assert "description" not in editing.with_details(trial(description="x"), {"description": ""})


def test_rows_are_added_changed_put_in_order_and_removed() -> None:
    content = editing.add_row(trial(), "loss_reasons", {"key": "time", "name": "时机"})
    content = editing.change_row(content, "loss_reasons", "time", {"name": "时机不对"})
    content = editing.move_row(content, "loss_reasons", "time", 0)
    assert [row["name"] for row in content["loss_reasons"]] == ["时机不对", "价格", "无回应"]
    assert editing.remove_row(content, "loss_reasons", "time") == trial()
    assert stage(editing.remove_row(trial(), "actions", "call"), "talk")["actions"] == ["proposal"]


def test_a_condition_takes_the_place_of_the_one_with_its_key() -> None:
    put = editing.put_condition(trial(), "talk", {"key": "done", "kind": "process.cooling", "days": 3, "name": ""})
    assert stage(put, "talk")["conditions"][1] == {"key": "done", "kind": "process.cooling", "days": 3, "name": ""}
    more = editing.put_condition(trial(), "work", {"key": "wait", "kind": "process.cooling", "days": 3})
    assert [row["key"] for row in stage(more, "work")["conditions"]] == ["checked", "wait"]
    assert editing.remove_condition(more, "work", "wait") == trial()


@pytest.mark.parametrize(
    ("key", "place", "order"),
    [
        ("done", 0, ["done", "facts", "followed", "known", "agreed"]),
        ("facts", 99, ["done", "followed", "known", "agreed", "facts"]),
        ("agreed", -3, ["agreed", "facts", "done", "followed", "known"]),
        ("known", 3, ["facts", "done", "followed", "known", "agreed"]),
    ],
)
def test_a_condition_is_put_at_its_place(key: str, place: int, order: list[str]) -> None:
    moved = editing.move_condition(trial(), "talk", key, place)
    assert [row["key"] for row in stage(moved, "talk")["conditions"]] == order
    assert editing.change_row(moved, "stages", "talk", {"conditions": stage(trial(), "talk")["conditions"]}) == trial()


@pytest.mark.parametrize(
    "change",
    [
        lambda: editing.change_row(trial(), "stages", "none", {}),
        lambda: editing.move_stage(trial(), "none", 0),
        lambda: editing.remove_stage(trial(), "none"),
        lambda: editing.remove_row(trial(), "fields", "none"),
        lambda: editing.put_condition(trial(), "none", {"key": "a"}),
        lambda: editing.remove_condition(trial(), "talk", "none"),
        lambda: editing.move_condition(trial(), "talk", "none", 0),
        lambda: editing.move_condition(trial(), "none", "done", 0),
    ],
)
def test_what_is_not_there_is_a_key_error(change: Any) -> None:
    with pytest.raises(KeyError):
        change()


@pytest.mark.parametrize(
    ("name", "taken", "key"),
    [("方案", (), "fangan"), ("方案", ("fangan",), "fangan_2"), ("3 Q", (), "r_3_q"), ("Site visit", (), "site_visit")],
)
def test_keys_are_made_from_names(name: str, taken: tuple[str, ...], key: str) -> None:
    assert editing.new_key(name, taken) == key
    assert rules.KEY.fullmatch(key)


@given(data=st.data(), name=st.text(max_size=90))
def test_no_sequence_of_edits_makes_a_text_that_cannot_be_shown_or_changes_the_one_before(
    data: st.DataObject, name: str
) -> None:
    assert rules.KEY.fullmatch(editing.new_key(name, ()))
    content: Any = trial()
    for _ in range(5):
        before, old = deepcopy(content), content
        keys = [row["key"] for row in content["stages"]]
        step = data.draw(st.sampled_from(["add", *(["move", "remove"] if keys else [])]))
        if step == "add":
            content = editing.add_row(content, "stages", {"key": editing.new_key("阶段", keys), "name": "阶段"})
        elif step == "move":
            content = editing.move_stage(content, data.draw(st.sampled_from(keys)), data.draw(st.integers(0, 9)))
        else:
            content = editing.remove_stage(content, data.draw(st.sampled_from(keys)))
        assert old == before
        assert rules.shape_problems(content) == []
