"""The designer on screens: a draft begun, its stages changed, published; and two people at it."""

import json
import re

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
from tests.web.designing import DRAFT, content, form_of, stage, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company")]
SYSTEM = Actor.system()


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


def test_a_number_of_hundreds_of_digits_is_refused_at_its_field(editor: Client) -> None:
    address = f"{DRAFT}stages/talk/"
    refused = editor.post(address, {**form_of(editor, address), "kpi_name": "K", "kpi_target": "9" * 400})
    assert (refused.status_code, content()) == (422, trial())
    assert 'href="#f-kpi_target"' in text(refused)


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
