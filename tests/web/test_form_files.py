"""Files in forms on screens and over the API: chosen, sent, shown, fetched."""

import csv
import json
from io import StringIO
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from dealrail.accounts.models import User
from dealrail.forms import queries
from dealrail.forms.actions.links import make_form_link
from dealrail.forms.models import FormRecord
from tests.api.client import Api
from tests.cast import Company, actor_of, new_deal
from tests.forms.making import demand_survey, make_form, surveyed_deal
from tests.web.conftest import LogIn

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company")]
QUESTIONS: list[dict[str, Any]] = [
    {"key": "goal", "name": "目标", "required": True},
    {"key": "site", "name": "现场照片", "type": "photos"},
    {"key": "plan", "name": "图纸", "type": "files"},
]


def photo(name: str = "现场.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, b"\x89PNG\r\n\x1a\n")


def test_files_are_chosen_in_the_form_and_shown_in_its_record(log_in: LogIn, rep: User, stranger: User) -> None:
    make_form(QUESTIONS)
    deal, client = new_deal(rep), log_in(rep)
    address = f"/forms/for/deal/{deal.pk}/survey/"
    page = client.get(address, headers={"accept-language": "en"}).content.decode()
    assert 'enctype="multipart/form-data"' in page
    assert page.count('type="file" multiple') == 2
    assert "Up to 10, each of at most 20 MB." in page
    refused = client.post(address, {"answers.goal": "快", "answers.site": [photo("图.exe")]})
    assert (refused.status_code, 'id="f-answers.site-error"' in refused.content.decode()) == (422, True)
    sent = {"answers.goal": "快", "answers.site": [photo(), photo("二.png")], "answers.plan": [photo("图.pdf")]}
    assert client.post(address, sent).status_code == 302
    kept = FormRecord.objects.get()
    record = client.get(f"/forms/records/{kept.pk}/").content.decode()
    assert (record.count("data-preview="), record.count("<img"), "图.pdf" in record) == (2, 3, True)
    file = kept.files.get(name="二.png")
    answer = client.get(f"/forms/files/{file.pk}/")
    assert (b"".join(answer), answer["Content-Type"]) == (b"\x89PNG\r\n\x1a\n", "image/png")
    assert answer["Content-Disposition"].startswith("attachment")
    assert log_in(stranger).get(f"/forms/files/{file.pk}/").status_code == 404
    assert Client().get(f"/forms/files/{file.pk}/").status_code == 302


def test_a_picture_is_sent_and_shown_as_what_it_holds(log_in: LogIn, rep: User) -> None:
    make_form(QUESTIONS)
    client, deal = log_in(rep), new_deal(rep)
    sent = [
        SimpleUploadedFile("一.png", b"\xff\xd8\xff\xe0"),
        SimpleUploadedFile("二.jpg", b"\x00\x00\x00\x18ftypheic"),
    ]
    assert (
        client.post(f"/forms/for/deal/{deal.pk}/survey/", {"answers.goal": "快", "answers.site": sent}).status_code
        == 302
    )
    kept = FormRecord.objects.get()
    assert (
        client.get(f"/forms/records/{kept.pk}/").content.decode().count("data-preview=") == 1
    )  # no browser shows a HEIC
    for name, media_type in (("一.png", "image/jpeg"), ("二.jpg", "image/heic")):
        file = kept.files.get(name=name)
        shown, heard = client.get(f"/forms/files/{file.pk}/"), Api(rep).get(f"form-files/{file.pk}")
        assert b"".join(shown)
        assert [answer.headers["Content-Type"] for answer in (shown, heard)] == [media_type] * 2


def test_a_customer_sends_files_by_a_link(log_in: LogIn, rep: User, client: Client) -> None:
    cache.clear()
    make_form(QUESTIONS)
    deal = new_deal(rep)
    address = f"/f/{queries.link_token(make_form_link(actor=actor_of(rep), key='survey', deal_id=deal.pk))}/"
    page = client.get(address, headers={"accept-language": "en"}).content.decode()
    assert "Up to 3, each of at most 5 MB." in page
    many = [photo(f"{number}.png") for number in range(4)]
    refused = client.post(address, {"answers.goal": "快", "answers.site": many})
    assert (refused.status_code, FormRecord.objects.count()) == (422, 0)
    assert client.post(address, {"answers.goal": "快", "answers.site": [photo()]}).status_code == 302
    file = FormRecord.objects.get().files.get()
    assert client.get(f"/forms/files/{file.pk}/").status_code == 302
    assert b"".join(log_in(rep).get(f"/forms/files/{file.pk}/")) == b"\x89PNG\r\n\x1a\n"


def test_no_file_chosen_in_a_browser_is_no_answer(log_in: LogIn, rep: User, client: Client) -> None:
    cache.clear()
    make_form(QUESTIONS)
    deal = new_deal(rep)
    link = f"/f/{queries.link_token(make_form_link(actor=actor_of(rep), key='survey', deal_id=deal.pk))}/"
    nothing = {"answers.goal": "快", "answers.site": "", "answers.plan": ""}
    for sender, address in ((log_in(rep), f"/forms/for/deal/{deal.pk}/survey/"), (client, link)):
        assert sender.post(address, nothing).status_code == 302
    assert [record.files.count() for record in FormRecord.objects.all()] == [0, 0]


def test_files_come_with_the_form_of_an_action(log_in: LogIn, rep: User) -> None:
    make_form(QUESTIONS)
    demand_survey()
    deal = surveyed_deal(rep)
    sent = {"answers.goal": "快", "answers.site": [photo()]}
    assert log_in(rep).post(f"/deals/{deal.pk}/actions/surveyed/form/", sent).status_code == 302
    assert FormRecord.objects.get().files.get().name == "现场.png"


def test_files_come_and_go_over_the_api(company: Company) -> None:
    make_form(QUESTIONS)
    demand_survey()
    rep, stranger = company.people["rep"], company.people["stranger"]
    deal, api = surveyed_deal(rep), Api(rep)
    parts: dict[str, Any] = {"deal": str(deal.pk), "answers": json.dumps({"goal": "快"})}
    files: dict[str, Any] = {"files.site": photo(), "files.plan": photo("图.pdf")}
    made = api.upload("forms/survey/records", **parts, **files)
    assert made.status == 201, made.text
    names = [(row["question"], row["name"]) for row in made.body["files"]]
    assert names == [("site", "现场.png"), ("plan", "图.pdf")]
    assert made.body["answers"]["site"] == ["现场.png"]
    file = made.body["files"][0]["id"]
    assert api.get(f"form-files/{file}").headers["Content-Disposition"].startswith("attachment")
    assert Api(stranger).get(f"form-files/{file}").status == 404
    assert api.upload("forms/survey/records", **{**parts, "answers": "{"}).status == 422
    parts["files.goal"] = photo()
    assert api.upload("forms/survey/records", **parts).code == "unknown_field"
    evidence: dict[str, Any] = {"answers": parts["answers"], "files.site": photo("再.png")}
    done = api.upload(f"deals/{deal.pk}/actions/surveyed/complete", **evidence)
    assert done.status == 200, done.text
    assert FormRecord.objects.latest("pk").custom["site"] == ["再.png"]


def test_a_sheet_names_files_and_no_name_is_a_formula(log_in: LogIn, company: Company) -> None:
    make_form(QUESTIONS)
    deal = new_deal(company.people["rep"])
    sent = {"answers.goal": "快", "answers.site": [photo("=1+1.png"), photo("二.png")]}
    log_in(company.people["rep"]).post(f"/forms/for/deal/{deal.pk}/survey/", sent)
    text = b"".join(log_in(company.people["manager"]).get("/forms/survey/export/?as=csv")).decode("utf-8-sig")
    [row] = csv.DictReader(StringIO(text))
    assert row["现场照片"] == "'=1+1.png, 二.png"


def test_a_question_for_files_is_made_on_screen(log_in: LogIn, admin: User) -> None:
    make_form(QUESTIONS)
    client = log_in(admin)
    sent = {"name": "合影", "type": "photos", "required": "True", "choices": "", "default": ""}
    assert client.post("/forms/survey/questions/new-question/", sent).status_code == 302
    made = queries.form("survey").questions[-1]
    assert (made["type"], made["required"]) == ("photos", True)
    page = client.get("/forms/survey/", headers={"accept-language": "en"}).content.decode()
    assert "Pictures" in page
    change = client.get(f"/forms/survey/questions/{made['key']}/", headers={"accept-language": "en"}).content.decode()
    assert "Pictures" in change
    assert 'name="default"' not in change
