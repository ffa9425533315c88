"""Imports over the API: send, follow, correct, undo."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from dealrail.crm.models import Customer, Deal, ImportJob
from tests.api.client import Answer, Api

SHEET = "客户名称,手机\n甲公司,13800001111\n乙公司,12\n"
MAPPING = {"name": "客户名称", "phone": "手机"}


def send(api: Api, sheet: str | bytes = SHEET, *, key: str = "", **fields: str) -> Answer:
    """Import this sheet."""
    content = sheet if isinstance(sheet, bytes) else sheet.encode()
    file = SimpleUploadedFile("客户.csv", content)
    return api.upload("imports", key=key, file=file, **{"kind": "customers", "mapping": json.dumps(MAPPING), **fields})


def test_imports_what_is_right_and_names_what_is_wrong(as_rep: Api) -> None:
    job = send(as_rep)
    assert job.status == 200, job.text
    assert (job.body["status"], job.body["created"], job.body["failed"]) == ("done", 1, 1)
    path = f"imports/{job.body['id']}"
    assert as_rep.get(path).body == job.body
    assert as_rep.get("imports").body["items"] == [job.body]
    [row] = as_rep.get(f"{path}/rows", result="failed").body["items"]
    assert (row["number"], row["field"]) == (3, "phone")
    assert row["message"]


def test_gives_the_refused_rows_as_a_sheet(as_rep: Api) -> None:
    job = send(as_rep).body["id"]
    sheet = as_rep.get(f"imports/{job}/errors")
    assert sheet.headers["Content-Type"].startswith("text/csv")
    assert sheet.text.splitlines()[1].startswith("乙公司,12,")


def test_guesses_the_mapping_when_none_is_given(as_rep: Api) -> None:
    assert send(as_rep, mapping="").body["created"] == 1


def test_a_dry_run_writes_nothing(as_rep: Api) -> None:
    job = send(as_rep, dry_run="true").body
    assert (job["status"], job["created"], job["failed"]) == ("checked", 1, 1)
    assert not Customer.objects.exists()


def test_undo_takes_it_back(as_rep: Api) -> None:
    job = send(as_rep).body["id"]
    undone = as_rep.post(f"imports/{job}/undo")
    assert (undone.status, undone.body["status"]) == (200, "undone")
    assert not Customer.objects.exists()
    assert as_rep.post(f"imports/{job}/undo").status == 422


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"kind": "planets"}, "unknown_import_kind"),
        ({"mode": "future"}, "invalid_input"),
        ({"mapping": "{"}, "invalid_input"),
        ({"mapping": '{"name": "Nichts"}'}, "bad_mapping"),
        ({"mapping": '{"name": "\\u0000"}'}, "unstorable_text"),
        ({"colour": "red"}, "unknown_parameter"),
        ({"kind": "deals", "mode": "history"}, "not_allowed"),
        ({"kind": "people"}, "not_allowed"),
    ],
)
def test_what_cannot_be_imported_is_refused(as_rep: Api, fields: dict[str, str], code: str) -> None:
    assert send(as_rep, **fields).code == code
    assert not ImportJob.objects.exists()


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", b"PK\x03\x04nonsense"])
def test_a_file_that_is_no_sheet_is_refused(as_rep: Api, content: bytes) -> None:
    assert send(as_rep, content).status == 422
    assert not ImportJob.objects.exists()


def test_a_file_is_needed(as_rep: Api) -> None:
    refused = as_rep.upload("imports", kind="customers")
    assert (refused.code, refused.body["errors"][0]["field"]) == ("invalid_input", "file")


def test_the_same_import_under_a_key_happens_once(as_rep: Api) -> None:
    first, again = send(as_rep, key="k-1"), send(as_rep, key="k-1")
    assert (first.status, again.text) == (200, first.text)
    assert ImportJob.objects.count() == 1


def test_imports_of_others_are_not_there(as_rep: Api, as_stranger: Api) -> None:
    job = send(as_rep).body["id"]
    for path in (f"imports/{job}", f"imports/{job}/rows", f"imports/{job}/errors"):
        assert as_stranger.get(path).code == "not_found"
    assert as_stranger.post(f"imports/{job}/undo").code == "not_found"
    assert as_stranger.get("imports").body["items"] == []


def test_history_brings_deals_in_as_they_are(as_admin: Api) -> None:
    sheet = "商机,阶段,状态,开始\n老单,talk,lost,2024-01-05\n"
    mapping = {"fields": {"name": "商机", "stage": "阶段"}, "process": "trial"}
    job = send(as_admin, sheet, kind="deals", mode="history", mapping=json.dumps(mapping)).body
    assert (job["status"], job["created"]) == ("done", 1), job
    assert Deal.objects.get().run.stage.key == "talk"
