"""The conditions of a stage on screen: made, changed, put in order, and approvals by steps of an amount."""

import html
import re
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client

from dealrail.accounts.actor import Actor
from dealrail.accounts.models import User
from dealrail.process.actions import drafts
from dealrail.web.processes.designer.approval_form import fits
from dealrail.web.processes.designer.ordering import in_order
from tests.cast import trial
from tests.web.conftest import LogIn
from tests.web.designing import CONDITION, DRAFT, conditions, content, form_of, sent_by, stage, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company")]
SYSTEM = Actor.system()

KINDS: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("fields.filled", {"fields": ["need", "amount"]}, {"fields": ["need", "amount"]}, "Filled in: "),
    ("activities.done", {"actions": ["call"]}, {"actions": ["call"]}, "Done: 打电话"),
    (
        "activities.follow_ups",
        {"at_least": "2", "of": ["call"], "within_days": "7"},
        {"at_least": 2, "of": ["call"], "within_days": 7},
        "At least 2 follow-ups in this stage: ",
    ),
    ("contacts.known", {"at_least": "1", "role": ""}, {"at_least": 1}, "At least one contact known"),
    ("process.cooling", {"days": "3"}, {"days": 3}, "3 days in this stage at the least"),
    ("process.approval", {"by": ["role:legal"], "how": "any"}, {"by": {"role": "legal"}}, "Approved by: Legal"),
    (
        "process.approval",
        {"by": ["leader:1", "leader:2"], "person": "person:admin", "how": "all", "cc": ["role:finance"]},
        {"by": {"all": [{"leader": True}, {"leader": 2}, {"person": "admin"}]}, "cc": [{"role": "finance"}]},
        "Approved by all of: ",
    ),
    (
        "process.approval",
        {"by": ["role:legal"], "how": "any", "remind_after": "4h, 2d", "waivable_by": ["head"]},
        {"by": {"role": "legal"}, "remind_after": ["4h", "2d"], "waivable_by": ["head"]},
        "waived only by: ",
    ),
    ("customer.filled", {"fields": ["address"], "waivable": "no"}, {"fields": ["address"], "waivable": False}, "never"),
    (
        "files.attached",
        {"at_least": "2", "of": ["image"], "since": "stage"},
        {"at_least": 2, "of": ["image"], "since": "stage"},
        "At least 2 files added in this stage: picture",
    ),
]


@pytest.mark.parametrize(
    ("kind", "typed", "settings", "says"), KINDS, ids=[f"{row[0]}-{n}" for n, row in enumerate(KINDS)]
)
def test_a_condition_of_each_kind_is_made_shown_as_a_sentence_and_opened_again(
    editor: Client, kind: str, typed: dict[str, Any], settings: dict[str, Any], says: str
) -> None:
    page = text(editor.get(f"{CONDITION}?kind={kind}"))
    assert "Only for some deals" in page
    made = editor.post(f"{CONDITION}?kind={kind}", {"name": "Neu", "join": "all", **typed})
    assert made["Location"] == f"{DRAFT}stages/talk/#conditions"
    assert conditions()["neu"] == {"key": "neu", "kind": kind, "name": "Neu", **settings}
    assert says in text(editor.get(f"{DRAFT}stages/talk/"))
    again = text(editor.get(f"{CONDITION}?key=neu"))
    assert says in again
    for value in [one for values in typed.values() if isinstance(values, list) for one in values]:
        assert re.search(f'value="{value}" checked', again)


def test_a_condition_holds_only_for_some_deals_and_moves(editor: Client) -> None:
    typed = {"name": "法务", "by": ["role:legal"], "how": "any", "join": "all"}
    looked = editor.post(
        f"{CONDITION}?kind=process.approval", {**typed, "row": "new", "field-new": "amount", "look": "1"}
    )
    assert 'name="op-0"' in text(looked)
    rows = {"row": ["0"], "field-0": "amount", "op-0": "gt", "value-0": "很多"}
    refused = editor.post(f"{CONDITION}?kind=process.approval", {**typed, **rows})
    assert (refused.status_code, "is not an amount" in text(refused)) == (422, True)
    editor.post(f"{CONDITION}?kind=process.approval", {**typed, **rows, "value-0": "500000"})
    assert conditions()["fawu"]["when"] == {"field": "amount", "op": "gt", "value": "500000"}
    assert "only if " in text(editor.get(f"{DRAFT}stages/talk/"))
    kept = editor.post(f"{CONDITION}?key=fawu", {**typed, **rows, "value-0": "500000", "to": ["work"]})
    assert kept.status_code == 302
    assert "to" not in conditions()["fawu"]
    dropped = editor.post(f"{CONDITION}?key=fawu", {**typed, **rows, "value-0": "500000", "drop": "0"})
    assert 'name="op-0"' not in text(dropped)


def test_what_no_form_can_hold_is_shown_as_text_and_stays_as_it_is(editor: Client) -> None:
    odd = trial()
    both = {"any": [{"role": "legal", "leader": True}]}
    deep = {
        "any": [{"all": [{"field": "amount", "op": "gt", "value": 1}]}, {"field": "name", "op": "eq", "value": "x"}]
    }
    odd["stages"][1]["conditions"] = [
        {"key": "both", "kind": "process.approval", "by": both},
        {"key": "deep", "kind": "process.approval", "by": {"leader": 3}, "when": deep},
        {"key": "alien", "kind": "from.elsewhere", "n": 3},
    ]
    drafts.save_draft(actor=SYSTEM, key="trial", seen=1, content=odd)
    page = text(editor.get(f"{CONDITION}?key=both"))
    assert "leader: true" in page
    assert "groups inside groups" not in page
    page = text(editor.get(f"{CONDITION}?key=deep"))
    assert "groups inside groups" in page
    assert "the leader 3 levels up" in page
    assert "There is no condition kind" in text(editor.get(f"{DRAFT}stages/talk/"))
    assert editor.post(f"{CONDITION}?key=deep", {"name": "Tief", "by": ["leader:3"]}).status_code == 302
    assert conditions()["deep"] == {**odd["stages"][1]["conditions"][1], "name": "Tief"}
    assert "leader: true" in text(editor.post(f"{CONDITION}?key=both", {"name": "Beide"}))
    assert conditions()["both"] == odd["stages"][1]["conditions"][0]
    assert editor.get(f"{CONDITION}?key=alien").status_code == 200


def test_a_condition_that_cannot_be_is_refused_at_its_input_and_others_are_not_overwritten(editor: Client) -> None:
    refused = editor.post(f"{CONDITION}?kind=process.cooling", {"days": "0", "name": "Warten"})
    assert (refused.status_code, 'href="#f-days"' in text(refused), "Warten" in text(refused)) == (422, True, True)
    assert editor.post(f"{CONDITION}?kind=process.approval", {"how": "any"}).status_code == 422
    was = html.unescape(
        re.findall(r'name="was" value="([^"]*)"', editor.get(f"{CONDITION}?key=facts").content.decode())[0]
    )
    theirs = trial()
    theirs["stages"][1]["conditions"][0]["fields"] = ["need"]
    drafts.save_draft(actor=SYSTEM, key="trial", seen=1, content=theirs)
    stale = editor.post(f"{CONDITION}?key=facts", {"fields": ["budget"], "was": was})
    assert (stale.status_code, conditions()["facts"]["fields"]) == (409, ["need"])
    editor.post(f"{CONDITION}remove/", {"key": "facts", "seen": 2})
    assert "facts" not in conditions()
    for address in (
        f"{CONDITION}?key=none",
        f"{CONDITION}?kind=none",
        f"{DRAFT}stages/none/condition/?kind=process.cooling",
    ):
        assert editor.get(address).status_code == 404


def test_saving_conditions_as_they_are_changes_nothing(editor: Client) -> None:
    for key in conditions():
        sent = form_of(editor, f"{CONDITION}?key={key}")
        assert editor.post(f"{CONDITION}?key={key}", sent).status_code == 302
    assert content() == trial()


# Order


def test_conditions_are_put_in_order_and_what_moved_is_told(editor: Client) -> None:
    moved = editor.post(f"{CONDITION}move/", {"key": "done", "step": "up", "seen": 1})
    assert moved["Location"] == f"{DRAFT}stages/talk/#up-condition-done"
    editor.post(f"{CONDITION}move/", {"key": "facts", "place": "99", "seen": 2})
    assert [*conditions()] == ["done", "followed", "known", "agreed", "facts"]
    page = text(editor.get(f"{DRAFT}stages/talk/"))
    assert re.findall(r'id="up-condition-(\w+)"', page) == [*conditions()]
    assert 'id="up-condition-done" name="step" value="up" disabled' in page
    assert 'id="down-condition-facts" name="step" value="down" disabled' in page
    assert "Condition in another place: Filled in: " in text(editor.get("/processes/trial/compare/?to=draft"))


def test_who_moves_what_changed_meanwhile_is_told_and_what_is_not_there_is_not_found(
    editor: Client, log_in: LogIn, rep: User
) -> None:
    editor.post(f"{CONDITION}move/", {"key": "done", "step": "up", "seen": 1})
    stale = editor.post(f"{CONDITION}move/", {"key": "done", "step": "down", "seen": 1}, follow=True)
    assert "after you opened it" in text(stale)
    assert next(iter(conditions())) == "done"
    for address, key in ((f"{CONDITION}move/", "none"), (f"{DRAFT}stages/none/condition/move/", "done")):
        assert editor.post(address, {"key": key, "step": "up", "seen": 2}).status_code == 404
    assert log_in(rep).post(f"{CONDITION}move/", {"key": "done", "step": "up", "seen": 2}).status_code == 403


ORDERED = [
    (f"{DRAFT}stages/talk/", "actions", ["call", "proposal"]),
    (f"{CONDITION}?key=facts", "fields", ["budget", "amount"]),
    (f"{CONDITION}?key=done", "actions", ["call", "proposal"]),
]


@pytest.mark.parametrize(("address", "name", "before"), ORDERED)
def test_what_is_chosen_is_put_in_order_without_scripts_and_then_saved(
    editor: Client, address: str, name: str, before: list[str]
) -> None:
    sent = form_of(editor, address)
    assert sent[name] == before
    again = editor.post(address, {**sent, "order": f"{name}:{before[1]}:up"})
    assert (again.status_code, content()) == (200, trial())
    assert "data-typed" in text(again)
    assert sent_by(again)[name] == before[::-1]
    assert editor.post(address, sent_by(again)).status_code == 302
    kept = stage("talk") if address.endswith("talk/") else conditions()[address.rpartition("=")[2]]
    assert kept[name] == before[::-1]


@pytest.mark.parametrize(
    ("order", "after"),
    [
        ("of:b:up", "bac"),
        ("of:a:up", "abc"),
        ("of:a:down", "bac"),
        ("of:c:down", "abc"),
        ("of:x:up", "abc"),
        ("to:b:up", "abc"),
        ("of:b:sideways", "abc"),
        ("of", "abc"),
        ("", "abc"),
    ],
)
def test_a_button_moves_what_it_names_by_one_place(order: str, after: str) -> None:
    assert in_order(QueryDict(f"of=a&of=b&of=c&order={order}"), "of") == [*after]


# Approvals by steps of an amount

APPROVAL = f"{CONDITION}?key=agreed"
BOSS, LEGAL, BOTH = ["leader:1"], ["role:legal"], ["leader:1", "role:legal"]


def steps(*rows: tuple[str, list[str]], **more: Any) -> dict[str, Any]:
    """Steps as a browser sends them: up to which amount, and who is asked."""
    sent: dict[str, Any] = {"name": "主管同意", "step": [str(place) for place in range(len(rows))], **more}
    for place, (up_to, asked) in enumerate(rows):
        sent |= {f"up_to-{place}": up_to, f"by-{place}": asked, f"how-{place}": "any"}
    return sent


def test_an_approval_is_made_one_by_steps_and_read_as_a_sentence(editor: Client) -> None:
    looked = editor.post(APPROVAL, {**form_of(editor, APPROVAL), "steps": "make"})
    sent = sent_by(looked)
    assert (looked.status_code, content()) == (200, trial())
    assert (sent["step"], sent["by-0"], sent["by-1"]) == (["0", "1"], BOSS, BOSS)
    sent |= {"up_to-0": "5万", "by-1": BOTH, "how-1": "all"}
    assert editor.post(APPROVAL, sent).status_code == 302
    by = {"steps": [{"up_to": 50000, "by": {"leader": True}}, {"by": {"all": [{"leader": True}, {"role": "legal"}]}}]}
    assert conditions()["agreed"]["by"] == by
    page = text(editor.get(f"{DRAFT}stages/talk/"))
    assert "Amount up to ¥50,000.00: Approved by: the owner's leader · above: Approved by all of: " in page
    again = form_of(editor, APPROVAL)
    assert (again["up_to-0"], again["by-1"], again["how-1"]) == (["50000"], BOTH, ["all"])
    assert editor.post(APPROVAL, again).status_code == 302
    assert conditions()["agreed"]["by"] == by


LOOKS: list[tuple[dict[str, Any], list[tuple[str, list[str]]]]] = [
    ({"steps": "add"}, [("100", BOSS), ("500", LEGAL), ("", []), ("", BOTH)]),
    ({"steps": "without-0"}, [("500", LEGAL), ("", BOTH)]),
    ({"steps": "without-2"}, [("100", BOSS), ("", LEGAL)]),
    ({"order": "step:1:up"}, [("500", LEGAL), ("100", BOSS), ("", BOTH)]),
    ({"order": "step:2:up"}, [("100", BOSS), ("", BOTH), ("", LEGAL)]),
    ({"step": ["1", "0", "2"], "look": ""}, [("500", LEGAL), ("100", BOSS), ("", BOTH)]),
]


@pytest.mark.parametrize(("pressed", "shown"), LOOKS)
def test_steps_are_added_taken_out_and_moved_and_nothing_is_kept_before_it_is_saved(
    editor: Client, pressed: dict[str, Any], shown: list[tuple[str, list[str]]]
) -> None:
    answer = editor.post(APPROVAL, {**steps(("100", BOSS), ("500", LEGAL), ("", BOTH)), **pressed})
    sent = sent_by(answer)
    found = [(*sent[f"up_to-{place}"], sent.get(f"by-{place}", [])) for place in range(len(sent["step"]))]
    assert (answer.status_code, found, content()) == (200, shown, trial())


@pytest.mark.parametrize("typed", ["admin", "person:admin", "{name}"])
def test_a_step_asks_a_person_by_name_or_login_and_all_steps_share_the_names(
    editor: Client, admin: User, typed: str
) -> None:
    rows = steps(("100", []), ("", BOSS)) | {"person-0": typed.format(name=admin.name)}
    page = text(editor.post(APPROVAL, {**rows, "look": ""}))
    assert page.count(f'<option value="{admin.name}"></option>') == 1
    assert page.count('list="step-people"') == 2
    assert editor.post(APPROVAL, rows).status_code == 302
    assert conditions()["agreed"]["by"]["steps"][0]["by"] == {"person": "admin"}


def test_each_button_of_a_step_is_called_by_its_step_too(editor: Client) -> None:
    page = text(editor.post(APPROVAL, {**steps(("100", BOSS), ("500", LEGAL), ("", BOTH)), "look": ""}))
    for place in range(3):
        assert f'id="step-{place}">Step <span data-order-place>{place + 1}</span></strong>' in page
        for button in ("up", "down", "out"):
            own = f"step-{place}-{button}"
            assert page.count(f'id="{own}" aria-labelledby="{own} step-{place}"') == 1


def test_steps_become_one_question_again_and_go_by_another_figure(editor: Client) -> None:
    rows = steps(("100", LEGAL), ("", BOSS))
    assert editor.post(APPROVAL, {**rows, "of": "seats"}).status_code == 302
    assert conditions()["agreed"]["by"]["of"] == "seats"
    page = text(editor.get(APPROVAL))
    assert re.search(r'value="seats" selected', page)
    assert '<span class="unit"' not in page
    assert "人数 up to 100: " in text(editor.get(f"{DRAFT}stages/talk/"))
    same = sent_by(editor.post(APPROVAL, {**rows, "steps": "same"}))
    assert ("step" in same, same["by"]) == (False, LEGAL)
    assert sent_by(editor.post(APPROVAL, {**steps(("", BOSS)), "steps": "without-0"})).get("step") is None


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    (steps(("", BOSS)), "steps", "Write 2 to 10 steps: each up to an amount"),
    (steps(*[(str(n), BOSS) for n in range(1, 12)]), "steps", "Write 2 to 10 steps"),
    (steps(("", BOSS), ("", LEGAL)), "up_to-0", "Write up to which amount step 1 goes."),
    (steps(("5000", BOSS), ("5,000", LEGAL), ("", LEGAL)), "up_to-1", "“5000” is no amount above 5000"),
    (steps(("5000", BOSS), ("400", LEGAL), ("", LEGAL)), "up_to-1", "“400” is no amount above 5000"),
    (steps(("0", BOSS), ("", LEGAL)), "up_to-0", "“0” is no amount above 0"),
    (steps(("五万", BOSS), ("", LEGAL)), "up_to-0", "“五万” is no amount above 0"),
    (steps(("9" * 400, BOSS), ("", LEGAL)), "up_to-0", "9999” is no amount above 0"),
    (steps(("-" + "9" * 4000, BOSS), ("", LEGAL)), "up_to-0", "9999” is no amount above 0"),
    (steps(("9" * 5000, BOSS), ("", LEGAL)), "up_to-0", "9999” is no amount above 0"),
    (steps(("5000", []), ("", LEGAL)), "by-0", "Choose who is asked: 1 to 20"),
    (steps(("5000", BOSS), ("", [])), "by-1", "Choose who is asked: 1 to 20"),
    (steps(("5000", ["role:king"]), ("", LEGAL)), "by-0", "There is no role “king”."),
    (steps(("5000", BOSS), ("", ["person:nobody"])), "by-1", "Nobody who may log in has the login “nobody”."),
    (steps(("5000", ["steps:x"]), ("", LEGAL)), "by-0", "There is no role “steps:x”."),
    (steps(("5000", BOSS), ("", LEGAL), of="price"), "of", "“price” is none of: amount, budget, seats."),
    ({"name": "主管同意", "how": "any"}, "by", "Choose who is asked: 1 to 20"),
]


@pytest.mark.parametrize(("typed", "field", "words"), REFUSED)
def test_what_is_wrong_with_steps_is_said_at_its_place_and_nothing_is_kept(
    editor: Client, typed: dict[str, Any], field: str, words: str
) -> None:
    refused = editor.post(APPROVAL, typed)
    page = text(refused)
    assert (refused.status_code, content()) == (422, trial())
    assert f'href="#f-{field}"' in page
    assert f'id="f-{field}"' in page
    assert page.count(words) == 2


HELD: list[tuple[Any, bool]] = [
    ({"role": "legal"}, True),
    ({"any": [{"leader": True}, {"person": "rep"}]}, True),
    ({"steps": [{"up_to": 5, "by": {"leader": 2}}, {"by": {"all": [{"role": "legal"}]}}], "of": "seats"}, True),
    ({"steps": [{"by": {"leader": True}}]}, True),
    ({"steps": [{"up_to": 5, "by": {"leader": True}}]}, False),
    ({"steps": [{"by": {"leader": True}}, {"by": {"leader": True}}]}, False),
    ({"steps": [{"up_to": 5, "by": {"leader": True}, "x": 1}, {"by": {"leader": True}}]}, False),
    ({"steps": [{"up_to": 5, "by": "legal"}, {"by": {"leader": True}}]}, False),
    ({"steps": "all"}, False),
    ({"steps": []}, False),
    ({"any": "legal"}, False),
    ({"any": [{"role": "legal", "leader": True}]}, False),
    ("legal", False),
]


@pytest.mark.parametrize(("by", "is_held"), HELD)
def test_only_what_the_form_can_hold_is_shown_as_one(by: Any, is_held: bool) -> None:
    assert fits({"by": by}) is is_held
    assert fits({"by": by, "cc": ["legal"]}) is False
