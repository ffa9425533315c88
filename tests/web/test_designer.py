"""The designer on screens: a draft begun, its stages changed, published; and two people at it."""

import html
import json
import re
from typing import Any

import pytest
from django.test import Client

from dealrail.accounts.actor import Actor
from dealrail.accounts.models import User
from dealrail.activities.actions.library import create_action_template
from dealrail.process import queries as processes
from dealrail.process import texts
from dealrail.process.actions import drafts
from dealrail.process.models import Draft
from tests.cast import trial
from tests.web.conftest import LogIn

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company")]
DRAFT = "/processes/trial/draft/"
SYSTEM = Actor.system()


def text(answer: Any) -> str:
    return html.unescape(answer.content.decode())


def content() -> Any:
    return Draft.objects.get(key="trial").content


def stage(key: str) -> Any:
    return next(row for row in content()["stages"] if row["key"] == key)


def form_of(client: Client, address: str) -> dict[str, Any]:
    """What a browser would send from the stage's form if nothing was typed."""
    page = client.get(address).content.decode()
    form = re.search(r'<form class="card stage-form".*?</form>', page, re.DOTALL)
    assert form
    sent: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", form[0]):
        found = {name: html.unescape(value) for name, value in re.findall(r'([\w-]+)="([^"]*)"', tag)}
        if found.get("type") not in {"checkbox", "radio"} or " checked" in tag:
            sent.setdefault(found["name"], []).append(found.get("value", ""))
    for name, inner in re.findall(r'<textarea[^>]*name="(\w+)"[^>]*>(.*?)</textarea>', form[0], re.DOTALL):
        sent.setdefault(name, []).append(html.unescape(inner))
    for name, inner in re.findall(r'<select[^>]*name="(\w+)"[^>]*>(.*?)</select>', form[0], re.DOTALL):
        sent[name] = re.findall(r'value="([^"]*)" selected', inner)
    return sent


@pytest.fixture
def editor(log_in: LogIn, admin: User) -> Client:
    client = log_in(admin)
    assert client.post(f"{DRAFT}start/", {"version": 1}).status_code == 302
    return client


def test_a_new_process_is_drawn_up_from_nothing_a_template_or_a_copy(log_in: LogIn, admin: User) -> None:
    client = log_in(admin)
    page = text(client.get("/processes/drafts/new/"))
    assert all(name in page for name in ("装备制造五阶段", "试用三阶段"))
    for name, key, source, count in (
        ("自家", "", "", 0),
        ("抄的", "copied", "process:trial", 3),
        ("样板", "m", "template:equipment", 5),
    ):
        made = client.post("/processes/drafts/new/", {"name": name, "key": key, "from": source})
        assert made.status_code == 302
        draft = Draft.objects.get(name=name)
        assert (made["Location"], len(draft.content["stages"])) == (f"/processes/{draft.key}/draft/", count)
        assert client.get(made["Location"]).status_code == 200
    refused = client.post("/processes/drafts/new/", {"name": "甲", "key": "trial", "from": ""})
    assert refused.status_code == 422
    assert "There is a process or a draft of this key already." in text(refused)
    assert "Write a name" in text(client.post("/processes/drafts/new/", {"name": " "}))
    assert "自家" in text(client.get("/processes/"))


def test_saving_a_stage_as_it_is_changes_nothing(editor: Client) -> None:
    for key in ("lead", "talk", "work"):
        assert editor.post(f"{DRAFT}stages/{key}/", form_of(editor, f"{DRAFT}stages/{key}/")).status_code == 302
    assert content() == trial()


def test_what_a_form_held_is_no_reason_to_fail(editor: Client) -> None:
    address = f"{DRAFT}stages/lead/"
    for held in ("[" * 100_000, "[]", "no JSON"):
        typed = {**form_of(editor, address), "name": f"新线索{len(held)}", "was": held}
        assert editor.post(address, typed).status_code == 302
        assert stage("lead")["name"] == typed["name"]


def test_a_stage_is_changed_in_all_that_it_says(editor: Client) -> None:
    address = f"{DRAFT}stages/talk/"
    typed = {
        **form_of(editor, address),
        "name": "深谈", "kind": "open", "goal": "定方案", "key_action": "拜访", "sop": "1. 先听\r\n2. 再讲",
        "probability": "40", "time_limit_days": "", "follow_up_days": "3", "kpi_name": "回访率", "kpi_target": "92.5",
        "kpi_unit": "%", "hand_over": "required", "roles": ["presales", "sales"], "actions": ["call"], "main": "end",
        "next": ["work"], "back": [], "script_name": ["开场", ""], "script_text": ["您好", ""],
    }  # fmt: skip
    assert editor.post(address, typed).status_code == 302
    kept = stage("talk")
    assert kept.pop("conditions") == trial()["stages"][1]["conditions"]
    assert kept == {
        "key": "talk", "name": "深谈", "goal": "定方案", "key_action": "拜访", "sop": "1. 先听\n2. 再讲",
        "probability": 40, "follow_up_days": 3, "kpi": {"name": "回访率", "target": 92.5, "unit": "%"},
        "hand_over": "required", "roles": ["presales", "sales"], "actions": ["call"],
        "next": ["end", "work"], "back": [],
        "scripts": [{"name": "开场", "text": "您好"}],
    }  # fmt: skip
    assert "回访率" in text(editor.get(address))


def test_what_does_not_fit_is_said_at_its_field_and_everything_typed_is_kept(editor: Client) -> None:
    address = f"{DRAFT}stages/talk/"
    typed = {**form_of(editor, address), "probability": "viel", "kpi_name": "K", "goal": "bleibt", "name": ""}
    refused = editor.post(address, typed)
    page = text(refused)
    assert refused.status_code == 422
    assert "“viel” is not a whole number from 0 to 100." in page
    assert "bleibt" in page
    assert {"probability", "kpi_target", "name"} <= set(re.findall(r'href="#f-(\w+)"', page))
    assert content() == trial()


def test_stages_are_added_put_in_order_and_taken_out_and_it_is_undone_and_redone(editor: Client) -> None:
    assert editor.post(f"{DRAFT}stages/", {"name": "谈判"})["Location"] == f"{DRAFT}#new-stage"
    editor.post(f"{DRAFT}stages/tanpan/move/", {"step": "up", "seen": 2})
    editor.post(f"{DRAFT}stages/tanpan/move/", {"place": "0", "seen": 3})
    assert [row["key"] for row in content()["stages"]] == ["tanpan", "lead", "talk", "work"]
    editor.post(f"{DRAFT}stages/talk/remove/", {"seen": 4})
    assert [row["key"] for row in content()["stages"]] == ["tanpan", "lead", "work"]
    back = editor.post(f"{DRAFT}undo/", {"seen": 5, "stage": "talk"})
    assert back["Location"] == f"{DRAFT}stages/talk/"
    editor.post(f"{DRAFT}redo/", {"seen": 6})
    assert len(content()["stages"]) == 3
    assert "80 characters" in text(editor.post(f"{DRAFT}stages/", {"name": ""}))
    assert "after you opened it" in text(editor.post(f"{DRAFT}stages/lead/remove/", {"seen": 1}, follow=True))
    assert len(content()["stages"]) == 3


def test_two_editors_keep_both_changes_and_are_shown_where_they_changed_the_same(editor: Client) -> None:
    address = f"{DRAFT}stages/talk/"
    mine = {**form_of(editor, address), "goal": "我的目标"}
    theirs = json.loads(json.dumps(trial()))
    theirs["stages"][1].update(key_action="他们的动作")
    drafts.save_draft(actor=SYSTEM, key="trial", seen=1, content=theirs)
    assert "saved at" in text(editor.get(f"{DRAFT}news/?seen=1"))
    assert "saved at" not in text(editor.get(f"{DRAFT}news/?seen=2"))
    assert "both changes are kept" in text(editor.post(address, mine, follow=True))
    assert (stage("talk")["goal"], stage("talk")["key_action"]) == ("我的目标", "他们的动作")
    again = editor.post(address, {**mine, "goal": "第二次", "key_action": "我也改"})
    assert again.status_code == 409
    assert "Now: 他们的动作" in text(again)
    assert "我也改" in text(again)
    assert stage("talk")["goal"] == "我的目标"


def test_the_text_is_kept_while_it_is_wrong_and_then_published_with_the_reason(editor: Client) -> None:
    wrong = editor.post(f"{DRAFT}text/", {"text": "a: [", "seen": 1})
    assert (wrong.status_code, "a: [" in text(wrong)) == (422, True)
    broken = {**trial(), "stages": [{"key": "A b"}]}
    assert editor.post(f"{DRAFT}text/", {"text": texts.write_yaml(broken), "seen": 1}).status_code == 302
    assert editor.get(DRAFT)["Location"] == f"{DRAFT}text/"
    assert "is no key" in text(editor.get(f"{DRAFT}text/"))
    assert editor.post(f"{DRAFT}stages/", {"name": "x"}).status_code == 422
    stale = editor.post(f"{DRAFT}text/", {"text": texts.write_yaml(trial(name="新")), "seen": 1})
    assert (stale.status_code, 'name="seen" value="2"' in text(stale)) == (409, True)
    editor.post(f"{DRAFT}text/", {"text": texts.write_yaml(trial(name="新")), "seen": 2})
    assert "试用三阶段 → 新" in text(editor.get(f"{DRAFT}publish/"))
    refused = editor.post(f"{DRAFT}publish/", {"seen": 3, "note": ""})
    assert "Say what changes and why" in text(refused)
    assert editor.post(f"{DRAFT}publish/", {"seen": 3, "note": "换个名字"})["Location"] == "/processes/trial/"
    assert (processes.current_version("trial").number, processes.current_version("trial").note) == (2, "换个名字")


def test_problems_lead_to_their_stage_and_stand_against_publishing(editor: Client) -> None:
    bad = trial()
    bad["stages"][1]["roles"] = ["nobody"]
    drafts.save_draft(actor=SYSTEM, key="trial", seen=1, content=bad)
    page = text(editor.get(DRAFT))
    assert f'<a href="{DRAFT}stages/talk/">洽谈</a>: There is no role “nobody”.' in page
    refused = editor.post(f"{DRAFT}publish/", {"seen": 2, "note": "warum auch immer"})
    assert (refused.status_code, "warum auch immer" in text(refused)) == (422, True)
    assert editor.post(f"{DRAFT}discard/", {"seen": 2})["Location"] == "/processes/trial/"
    assert not Draft.objects.exists()


def test_who_may_not_design_sees_no_draft(editor: Client, log_in: LogIn, rep: User) -> None:
    stranger = log_in(rep)
    for address in ("", "stages/talk/", "text/", "publish/", "news/"):
        assert stranger.get(f"{DRAFT}{address}").status_code == 403
    for address in ("stages/", "stages/talk/", "stages/talk/move/", "undo/", "discard/", "publish/", "start/"):
        assert stranger.post(f"{DRAFT}{address}", {"seen": 1, "name": "x"}).status_code == 403
    assert stranger.get("/processes/drafts/new/").status_code == 403
    assert "draft" not in text(stranger.get("/processes/trial/")).lower()
    assert content() == trial()


def test_what_is_not_there_is_not_found(editor: Client) -> None:
    assert editor.get(f"{DRAFT}stages/none/").status_code == 404
    assert editor.post(f"{DRAFT}stages/none/move/", {"seen": 1}).status_code == 404
    assert editor.post(f"{DRAFT}stages/none/remove/", {"seen": 1}).status_code == 404
    assert editor.get("/processes/general/draft/").status_code == 404


# Conditions

CONDITION = f"{DRAFT}stages/talk/condition/"


def conditions() -> dict[str, Any]:
    return {row["key"]: row for row in stage("talk")["conditions"]}


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
    steps = {"steps": [{"up_to": 1000, "by": {"leader": True}}, {"by": {"role": "legal"}}]}
    deep = {
        "any": [{"all": [{"field": "amount", "op": "gt", "value": 1}]}, {"field": "name", "op": "eq", "value": "x"}]
    }
    odd["stages"][1]["conditions"] = [
        {"key": "steps", "kind": "process.approval", "by": steps, "when": deep},
        {"key": "alien", "kind": "from.elsewhere", "n": 3},
    ]
    drafts.save_draft(actor=SYSTEM, key="trial", seen=1, content=odd)
    page = text(editor.get(f"{CONDITION}?key=steps"))
    assert "up_to: 1000" in page
    assert "groups inside groups" in page
    assert "There is no condition kind" in text(editor.get(f"{DRAFT}stages/talk/"))
    assert editor.post(f"{CONDITION}?key=steps", {"name": "Stufen"}).status_code == 302
    assert conditions()["steps"] == {**odd["stages"][1]["conditions"][0], "name": "Stufen"}
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
    typed: dict[str, dict[str, Any]] = {
        "facts": {"fields": ["amount", "budget"]},
        "done": {"actions": ["call", "proposal"]},
        "followed": {"at_least": "2", "of": ["call", "visit"], "within_days": ""},
        "known": {"at_least": "1", "role": "decision_maker"},
        "agreed": {"name": "主管同意", "by": ["leader:1"], "how": "any"},
    }
    for key, sent in typed.items():
        assert editor.post(f"{CONDITION}?key={key}", sent).status_code == 302
    assert content() == trial()


def test_what_is_hardly_meant_is_told(admin: User, log_in: LogIn) -> None:
    client = log_in(admin)
    drafts.start_draft(actor=SYSTEM, key="trial")
    drafts.save_draft(actor=SYSTEM, key="trial", seen=1, content=trial(loss_reasons=[]))
    assert "There is no loss reason" in text(client.get(DRAFT))


# What belongs to the process as a whole

FIELDS = f"{DRAFT}parts/fields/"


def test_fields_actions_and_reasons_are_added_changed_put_in_order_and_taken_out(editor: Client) -> None:
    assert editor.post(FIELDS, {"name": "采购方式"})["Location"] == f"{FIELDS}#new-row"
    typed = {
        "name": "采购方式",
        "type": "choice",
        "choices": "招标\r\n\r\n 直接 ",
        "help": "问采购",
        "min": "",
        "max": "",
    }
    assert editor.post(f"{FIELDS}caigoufangshi/", typed).status_code == 302
    made = {"key": "caigoufangshi", "name": "采购方式", "type": "choice", "choices": ["招标", "直接"], "help": "问采购"}
    assert content()["fields"][-1] == made
    assert (
        editor.post(f"{FIELDS}seats/", {"name": "人数", "type": "number", "min": "1", "max": "9.5"}).status_code == 302
    )
    assert content()["fields"][2] == {"key": "seats", "name": "人数", "type": "number", "min": 1, "max": 9.5}
    refused = editor.post(f"{FIELDS}seats/", {"name": "人数", "type": "text", "min": "1", "max": "0"})
    assert (refused.status_code, "min and max" in text(refused)) == (422, True)
    editor.post(f"{FIELDS}caigoufangshi/move/", {"place": "0", "seen": 4})
    assert content()["fields"][0] == made
    action = {"name": "打电话", "how_to": "先听", "script": "", "evidence": "none", "expected_minutes": "15"}
    editor.post(f"{DRAFT}parts/actions/call/", action)
    assert content()["actions"][0] == {"key": "call", "name": "打电话", "how_to": "先听", "expected_minutes": 15}
    editor.post(f"{DRAFT}parts/loss_reasons/", {"name": "时机不对"})
    editor.post(f"{DRAFT}parts/loss_reasons/price/remove/", {"seen": 7})
    assert [row["name"] for row in content()["loss_reasons"]] == ["无回应", "时机不对"]


def test_what_uses_a_row_is_said_and_missed_when_it_is_gone(editor: Client) -> None:
    assert "used in 线索" in text(editor.get(FIELDS))
    editor.post(f"{FIELDS}need/remove/", {"seen": 1})
    assert "There is no field “need”." in text(editor.get(FIELDS))
    assert f"{DRAFT}stages/lead/#conditions" in text(editor.get(DRAFT))
    for address in (f"{FIELDS}none/", f"{DRAFT}parts/none/"):
        assert editor.get(address).status_code == 404
    assert editor.post(f"{FIELDS}none/move/", {"step": "up", "seen": 2}).status_code == 404
    assert "80 characters" in text(editor.post(FIELDS, {"name": ""}))


def test_saving_rows_as_they_are_changes_nothing(editor: Client) -> None:
    for row in trial()["fields"]:
        sent = {**row, "choices": "\n".join(row.get("choices", []))}
        assert editor.post(f"{FIELDS}{row['key']}/", sent).status_code == 302
    for row in trial()["actions"]:
        assert editor.post(f"{DRAFT}parts/actions/{row['key']}/", {"evidence": "none", **row}).status_code == 302
    assert content() == trial()


def test_the_process_gets_its_name_and_is_drawn_as_a_map(editor: Client) -> None:
    editor.post(f"{DRAFT}details/", {"name": "新名", "description": "给谁用"})
    assert (content()["name"], content()["description"]) == ("新名", "给谁用")
    assert "80 characters" in text(editor.post(f"{DRAFT}details/", {"name": "", "description": ""}, follow=True))
    page = text(editor.get(f"{DRAFT}map/"))
    assert page.count('class="map-way is-main"') == 3
    assert page.count('class="map-way is-back"') == 3
    assert f'href="{DRAFT}stages/talk/"' in page


def test_an_action_is_taken_from_the_library_once(editor: Client) -> None:
    create_action_template(actor=SYSTEM, fields={"name": "试用回访", "how_to": "三天后打电话"}, key="trial-call")
    page = text(editor.get(f"{DRAFT}parts/actions/"))
    assert "Take from the library" in page
    for _ in range(2):
        taken = editor.post(f"{DRAFT}parts/actions/", {"template": "trial-call"})
        assert taken["Location"] == f"{DRAFT}parts/actions/trial-call/"
    assert content()["actions"][4:] == [{"key": "trial-call", "name": "试用回访", "how_to": "三天后打电话"}]
    assert editor.post(f"{DRAFT}parts/actions/", {"template": "none"}).status_code == 404


def test_examples_are_shown_with_their_verdicts_and_taken_out(editor: Client) -> None:
    keeps = {"key": "early", "name": "不能太早", "stage": "lead", "expect": "refused", "because": ["customer_known"]}
    fails = {"key": "late", "name": "该通过", "stage": "lead", "expect": "passes"}
    drafts.save_draft(actor=SYSTEM, key="trial", seen=1, content={**content(), "examples": [keeps, fails]})
    page = text(editor.get(f"{DRAFT}examples/"))
    assert "不能太早" in page
    assert "It should pass. The gate refuses it: Fill in “需求”" in page
    assert "It should pass." in text(editor.get(DRAFT))
    refused = editor.post(f"{DRAFT}publish/", {"seen": 2, "note": "试试"})
    assert (refused.status_code, processes.current_version("trial").number) == (422, 1)
    assert editor.post(f"{DRAFT}examples/late/remove/", {"seen": 2}).status_code == 302
    assert [row["key"] for row in content()["examples"]] == ["early"]
    assert editor.post(f"{DRAFT}examples/late/remove/", {"seen": 3}).status_code == 404
    drafts.save_draft(actor=SYSTEM, key="trial", seen=3, content={**content(), "stages": []})
    assert editor.get(f"{DRAFT}examples/").status_code == 200
