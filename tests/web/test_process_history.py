"""The versions of a process on screen: listed, compared in words, brought back."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dealrail.accounts.actor import Actor
from dealrail.accounts.models import User
from dealrail.process.actions import drafts
from dealrail.process.models import Draft
from tests.cast import publish, trial


def changed() -> dict[str, Any]:
    content = trial(name="新试用", loss_reasons=[{"key": "price", "name": "太贵"}])
    lead, talk, work = content["stages"]
    talk |= {"time_limit_days": 9, "sop": "先听后说", "back": []}
    followed = next(row for row in talk["conditions"] if row["kind"] == "activities.follow_ups")
    followed |= {"at_least": 3, "when": {"field": "amount", "op": "gt", "value": 500000}}
    survey = {"key": "survey", "name": "勘查", "conditions": [{"key": "wait", "kind": "process.cooling", "days": 7}]}
    content["fields"][0]["name"] = "真实需求"
    return {**content, "stages": [lead, talk, survey, work]}


SAID = {
    "zh-hans": [
        "名称：试用三阶段 → 新试用", "流程整体", "勘查", "新增此阶段", "此阶段要求：在本阶段至少满 7 天",
        "SOP 正文已改写", "不能再退回“线索”", "可以推进到“勘查”", "不能再推进到“交付”",
        "真实需求：名称：需求 → 真实需求",
    ],
    "en": [
        "Name: 试用三阶段 → 新试用", "This stage is new.",
        "May no longer go back to", "SOP text rewritten", "Condition changed",
    ],
}  # fmt: skip


@pytest.mark.parametrize("language", SAID)
def test_says_in_words_and_as_text_what_a_version_changed(client: Client, admin: User, language: str) -> None:
    publish(changed())
    client.force_login(admin)
    page = client.get("/processes/trial/compare/", headers={"accept-language": language}).content.decode()
    assert [words for words in SAID[language] if words not in page] == []
    assert "+name: 新试用" in page


def test_an_older_version_is_brought_back_as_a_draft(client: Client, admin: User, rep: User) -> None:
    drafts.start_draft(actor=Actor.system(), key="trial")
    drafts.save_draft(actor=Actor.system(), key="trial", seen=1, content=changed())
    drafts.publish_draft(actor=Actor.system(), key="trial", seen=2, note="更严格，因为跳步太多")
    client.force_login(rep)
    shown = client.get("/processes/trial/versions/").content.decode()
    assert "更严格，因为跳步太多" in shown
    assert 'name="version" value="1"' not in shown
    client.force_login(admin)
    assert 'name="version" value="1"' in client.get("/processes/trial/versions/").content.decode()
    client.post("/processes/trial/draft/start/", {"version": "1"})
    assert Draft.objects.get().origin.number == 1
    assert "新试用 → 试用三阶段" in client.get("/processes/trial/compare/?to=draft").content.decode()


@pytest.mark.parametrize("address", ["", "versions/"])
def test_a_list_of_versions_does_not_load_what_they_say(client: Client, admin: User, address: str) -> None:
    publish(changed())
    client.force_login(admin)
    with CaptureQueriesContext(connection) as caught:
        assert client.get(f"/processes/trial/{address}").status_code == 200
    lists = [row["sql"] for row in caught if re.search(r'"number" DESC(?! LIMIT 1\b)', row["sql"])]
    assert lists
    assert not [sql for sql in lists if '"process_definitionversion"."content"' in sql]


def test_a_draft_that_can_not_be_read_is_compared_as_text(client: Client, admin: User) -> None:
    drafts.start_draft(actor=Actor.system(), key="trial")
    drafts.save_draft(actor=Actor.system(), key="trial", seen=1, content=trial(stages=5))
    client.force_login(admin)
    assert "+stages: 5" in client.get("/processes/trial/compare/?to=draft").content.decode()
    for address in ("?to=draft&from=x", "?to=7", "?from=draft&to=٣"):
        assert client.get(f"/processes/trial/compare/{address}").status_code == 404


def test_drafts_are_compared_only_by_those_who_design(client: Client, rep: User) -> None:
    drafts.start_draft(actor=Actor.system(), key="trial")
    client.force_login(rep)
    assert client.get("/processes/trial/compare/?to=draft").status_code == 403
