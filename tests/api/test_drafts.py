"""Drafts, versions and differences over the API."""

from typing import Any

import pytest

from dealrail.process import texts
from tests.api.client import Api
from tests.cast import publish, trial

DRAFT = "processes/trial/draft"


def test_a_draft_is_begun_saved_undone_checked_compared_and_published(as_admin: Api) -> None:
    assert as_admin.get(DRAFT).code == "no_such_draft"
    begun = as_admin.post(DRAFT)
    assert (begun.status, begun.body["content"], begun.body["base"]) == (201, trial(), 1)
    saved = as_admin.put(DRAFT, seen=1, content=trial(name="新名", stages=[]))
    assert (saved.body["name"], saved.body["revision"], saved.body["can_undo"]) == ("新名", 2, True)
    assert as_admin.post(f"{DRAFT}/validate").body["problems"][0]["code"] == "stage_count"
    assert as_admin.get("processes/trial/versions/1/diff", to="draft").body["changes"] is None
    assert as_admin.put(DRAFT, seen=1, content=trial()).code == "stale_draft"
    assert as_admin.post(f"{DRAFT}/undo", seen=2).body["content"] == trial()
    assert as_admin.post(f"{DRAFT}/redo", seen=3).body["name"] == "新名"
    as_admin.put(DRAFT, seen=4, yaml=texts.write_yaml(trial(name="新名")))
    shown = as_admin.get("processes/trial/versions/1/diff", to="draft").body
    expected = {"part": "process", "how": "changed", "stage": "", "key": "trial", "setting": "name"}
    assert shown["changes"] == [{**expected, "old": trial()["name"], "new": "新名"}]
    assert "+name: 新名" in shown["text"]
    assert as_admin.post(f"{DRAFT}/publish", seen=5, note="").code == "note_missing"
    made = as_admin.post(f"{DRAFT}/publish", seen=5, note="改名")
    assert (made.status, made.body["version"]) == (201, 2)
    row = as_admin.get("processes/trial/versions").body["items"][0]
    assert (row["number"], row["note"], row["published_by"]["name"]) == (2, "改名", "管理员")
    assert as_admin.get("processes/trial/versions/1").body["name"] == trial()["name"]


def test_an_older_version_is_brought_back(as_admin: Api) -> None:
    publish(trial(name="第二版"))
    assert as_admin.post(DRAFT, version=1).body["origin"] == 1
    assert as_admin.delete(f"{DRAFT}?seen=2").code == "stale_draft"
    assert as_admin.delete(f"{DRAFT}?seen=1").status == 204
    assert as_admin.get("processes/trial/versions/1/diff").body["to"] == "2"


def deep(levels: int) -> str:
    return '{"seen": 1, "content": ' + '{"a":' * levels + "1" + "}" * (levels + 1)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("{}", "invalid_input"),
        ('{"seen": 1}', "content_missing"),
        ('{"seen": 1, "yaml": "a: ["}', "unreadable_definition"),
        ('{"seen": 1, "yaml": "a: &a [*a]"}', "unreadable_definition"),
        ('{"seen": 1, "yaml": "on: 2026-01-01"}', "unkeepable_draft"),
        (deep(100), "unkeepable_draft"),
        (f'{{"seen": 1, "content": {{"fields": [{{"max": {"9" * 400}}}]}}}}', "unkeepable_draft"),
        (deep(20_000), "malformed_request"),
        ('{"seen": 1, "content": {"process": "other"}}', "other_process"),
    ],
)
def test_what_can_not_be_kept_is_refused_with_a_sentence(as_admin: Api, body: str, code: str) -> None:
    as_admin.post(DRAFT)
    assert as_admin.send("put", DRAFT, body).code == code


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("get", "", None),
        ("post", "", {}),
        ("put", "", {"seen": 1, "content": {}}),
        ("post", "/undo", {"seen": 1}),
        ("post", "/redo", {"seen": 1}),
        ("post", "/validate", {}),
        ("post", "/publish", {"seen": 1, "note": "为什么"}),
    ],
)
def test_drafts_are_for_those_who_design(as_admin: Api, as_rep: Api, method: str, path: str, body: Any) -> None:
    as_admin.post(DRAFT)
    answer = as_rep.get(DRAFT) if body is None else as_rep.send(method, DRAFT + path, body)
    assert answer.code == "not_allowed"
    assert as_rep.get("processes/trial/versions/1/diff", to="draft").code == "not_allowed"
    assert as_rep.get("processes/trial/versions/1/diff", to="9").code == "no_such_version"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("post", "processes", {}),
        ("post", DRAFT, {}),
        ("put", DRAFT, {"seen": 1}),
        ("post", f"{DRAFT}/dry-run", {}),
        ("post", f"{DRAFT}/replay", {}),
    ],
)
def test_a_text_of_somebody_who_may_do_nothing_with_it_is_not_even_read(
    as_admin: Api, as_rep: Api, method: str, path: str, body: dict[str, Any]
) -> None:
    as_admin.post(DRAFT)
    assert as_rep.send(method, path, {**body, "yaml": "a: ["}).code == "not_allowed"
    assert as_admin.send(method, path, {**body, "yaml": "a: ["}).code == "unreadable_definition"


def test_checking_a_draft_tells_what_its_examples_come_to(as_admin: Api) -> None:
    rows = [
        {"key": "early", "name": "早", "stage": "lead", "expect": "refused", "because": ["customer_known"]},
        {"key": "late", "name": "晚", "stage": "lead", "expect": "passes"},
    ]
    as_admin.post("processes/trial/draft", content={**trial(), "examples": rows})
    told = as_admin.post("processes/trial/draft/validate").body
    assert [row["code"] for row in told["problems"]] == ["bad_example"]
    assert [(row["key"], row["verdict"], row["holds"]) for row in told["examples"]] == [
        ("early", "refused", True),
        ("late", "refused", False),
    ]
