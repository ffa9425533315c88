"""Questions that are answered by files: what is taken, what is kept, who may have it, and when it goes."""

import os
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotFound
from dealrail.accounts.models import User
from dealrail.core.errors import Refusal
from dealrail.core.uploads import LARGEST_FILE, MEDIA_TYPES, MEGABYTE
from dealrail.crm.actions.merging import merge_customers
from dealrail.crm.actions.recycling import delete_deal
from dealrail.crm.errors import FieldRefused, UnknownField
from dealrail.events.models import Event
from dealrail.forms import queries, rules
from dealrail.forms.actions.filling import fill_form
from dealrail.forms.actions.links import fill_by_link, make_form_link
from dealrail.forms.actions.making import create_form
from dealrail.forms.clocks import sweep_files
from dealrail.forms.engine import file_limits
from dealrail.forms.models import FormFile, FormRecord
from tests.cast import Company, actor_of, new_customer, new_deal, refuses
from tests.forms.making import make_form, publish_questions

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company")]
SITE: list[dict[str, Any]] = [
    {"key": "power", "name": "电源", "type": "yes_no"},
    {"key": "plan", "name": "图纸", "type": "files", "shown_when": {"field": "power", "op": "eq", "value": True}},
    {"key": "site", "name": "现场照片", "type": "photos"},
]


def upload(name: str = "现场.jpg", content: bytes = b"\xff\xd8\xff") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "text/html")


def fill(by: User | None, deal: Any, answers: dict[str, Any] | None = None, **files: Any) -> FormRecord:
    return fill_form(actor=actor_of(by), key="survey", deal_id=deal.pk, answers=answers or {}, files=files)


def test_files_are_kept_under_names_of_ours_and_told_by_theirs(rep: User) -> None:
    make_form(SITE)
    kept = fill(rep, new_deal(rep), site=[upload("../../etc/一.JPG"), upload("二.png", b"\x89PNG\r\n\x1a\n")])
    assert kept.custom == {"site": ["一.JPG", "二.png"]}
    first, second = queries.files_seen(actor_of(rep), [kept])[kept.pk]
    assert (first.name, first.media_type, first.size, second.media_type) == ("一.JPG", "image/jpeg", 3, "image/png")
    assert first.file.startswith("forms/")
    assert ".." not in first.file
    assert (Path(settings.MEDIA_ROOT) / first.file).read_bytes() == b"\xff\xd8\xff"
    assert [words for _field, words in queries.answers(actor_of(rep), kept)] == ["", "", "一.JPG, 二.png"]
    assert "一" not in str(Event.objects.latest("pk").payload)


def test_a_hidden_question_keeps_no_files(rep: User) -> None:
    make_form(SITE)
    deal = new_deal(rep)
    hidden = fill(rep, deal, {"power": "否"}, plan=[upload("图.pdf")])
    assert (hidden.custom, FormFile.objects.count()) == ({"power": False}, 0)
    shown = fill(rep, deal, {"power": "是"}, plan=[upload("图.pdf")])
    assert (shown.custom["plan"], FormFile.objects.get().question) == (["图.pdf"], "plan")


WRONG: list[tuple[dict[str, Any], type[Refusal]]] = [
    ({"site": [upload("virus.exe")]}, FieldRefused),
    ({"site": [upload("图.pdf")]}, FieldRefused),
    ({"site": [upload("空.png", b"")]}, FieldRefused),
    ({"site": [upload(f"{number}.png") for number in range(rules.MOST_FILES + 1)]}, FieldRefused),
    ({"power": [upload()]}, UnknownField),
    ({"nothing": [upload()]}, UnknownField),
]


@pytest.mark.parametrize(("files", "refusal"), WRONG)
def test_refuses_what_can_not_be_kept_and_keeps_nothing(
    files: dict[str, Any], refusal: type[Refusal], rep: User
) -> None:
    make_form(SITE)
    deal = new_deal(rep)
    with refuses(refusal) as caught:
        fill(rep, deal, **files)
    assert str(caught.value.params["field"]).startswith("answers.")


# how a content begins, what it is called, and as what it is sent; nothing where it is refused
CONTENTS: list[tuple[bytes, str, str]] = [
    (b"\x89PNG\r\n\x1a\n....", "一.png", "image/png"),
    (b"\xff\xd8\xff\xe0....", "一.jpeg", "image/jpeg"),
    (b"\xff\xd8\xff\xe0....", "一.png", "image/jpeg"),
    (b"RIFF....WEBPVP8 ", "一.webp", "image/webp"),
    (b"\x00\x00\x00\x18ftypheic", "一.heic", "image/heic"),
    (b"\x00\x00\x00\x18ftypmif1", "一.jpg", "image/heic"),
    (b"\x00\x00\x00\x18ftypisom", "一.heic", ""),
    (b"RIFF....WAVEfmt ", "一.webp", ""),
    (b"<script>alert(1)</script>", "一.png", ""),
    (b"GIF89a.....", "一.jpg", ""),
    (b"\x89PN", "一.png", ""),
]


@pytest.mark.parametrize(("content", "name", "media_type"), CONTENTS)
@pytest.mark.parametrize("question", ["site", "plan"])
def test_a_picture_is_told_by_its_content(content: bytes, name: str, media_type: str, question: str, rep: User) -> None:
    make_form(SITE)
    token = queries.link_token(make_form_link(actor=actor_of(rep), key="survey", deal_id=new_deal(rep).pk))
    sent: dict[str, Any] = {
        "actor": Actor.system("form"), "token": token, "visitor": {}, "answers": {"power": "是"},
        "files": {question: [upload(name, content)]},
    }  # fmt: skip
    if media_type:
        kept = fill_by_link(**sent).files.get()
        assert (kept.media_type, (Path(settings.MEDIA_ROOT) / kept.file).read_bytes()) == (media_type, content)
        return
    with refuses(FieldRefused) as caught:
        fill_by_link(**sent)
    assert (caught.value.params["field"], name in str(caught.value.params["problem"])) == (f"answers.{question}", True)
    assert not FormRecord.objects.exists()


def test_refuses_a_large_file_words_for_files_and_files_that_lack(rep: User) -> None:
    make_form([{"key": "site", "name": "现场照片", "type": "photos", "required": True}])
    deal, large = new_deal(rep), upload()
    large.size = LARGEST_FILE + 1
    for files, answers in (({"site": [large]}, {}), ({}, {"site": "一.jpg"}), ({}, {}), ({"site": []}, {})):
        with refuses(FieldRefused) as caught:
            fill(rep, deal, answers, **files)
        assert caught.value.params["field"] == "answers.site"


def test_by_a_link_less_is_taken(rep: User) -> None:
    make_form(SITE)
    token = queries.link_token(make_form_link(actor=actor_of(rep), key="survey", deal_id=new_deal(rep).pk))
    large = upload()
    large.size = rules.LINK_LARGEST_MEGABYTES * MEGABYTE + 1
    by_link: dict[str, Any] = {"actor": Actor.system("form"), "token": token, "visitor": {}}
    for files, answers in (
        ({"site": [large]}, {}),
        ({"site": [upload(f"{number}.png") for number in range(rules.LINK_MOST_FILES + 1)]}, {}),
        ({"plan": [upload("全部.zip")]}, {"power": "是"}),
    ):
        with refuses(FieldRefused):
            fill_by_link(**by_link, answers=answers, files=files)
    together = [upload(f"{number}.png") for number in range(rules.LINK_MOST_FILES)]
    for file in together:
        file.size = rules.LINK_LARGEST_MEGABYTES * MEGABYTE
    plans = [upload("图.pdf"), upload("图二.pdf")]
    plans[0].size = plans[1].size = rules.LINK_LARGEST_MEGABYTES * MEGABYTE
    with refuses(FieldRefused) as caught:
        fill_by_link(**by_link, answers={"power": "是"}, files={"site": together, "plan": plans})
    assert str(rules.LINK_ALL_MEGABYTES) in str(caught.value.params["problem"])
    kept = fill_by_link(**by_link, answers={"power": "是"}, files={"plan": [upload("图.pdf")], "site": [upload()]})
    assert kept.files.count() == 2


@pytest.mark.parametrize("type_", sorted(rules.FILES))
@pytest.mark.parametrize("by_link", [True, False])
def test_every_kind_that_is_taken_can_be_kept_and_no_link_takes_more(type_: str, by_link: bool) -> None:
    kinds, largest = file_limits(type_, by_link=by_link)
    assert kinds <= set(MEDIA_TYPES)
    assert kinds <= file_limits(type_, by_link=False)[0]
    assert largest <= LARGEST_FILE
    assert kinds or type_ == "none"


def test_a_file_is_had_by_who_sees_the_record_and_the_question_only(company: Company) -> None:
    make_form(SITE)
    rep, manager, stranger = (company.people[name] for name in ("rep", "manager", "stranger"))
    kept = fill(rep, new_deal(rep), site=[upload()])
    file = kept.files.get()
    assert queries.record_file(actor_of(manager), file.pk) == file
    with pytest.raises(NotFound):
        queries.record_file(actor_of(stranger), file.pk)
    publish_questions("survey", [{**SITE[2], "access": {"sales": "hidden"}}])
    with pytest.raises(NotFound):
        queries.record_file(actor_of(rep), file.pk)
    assert queries.record_file(actor_of(manager), file.pk) == file
    assert queries.files_seen(actor_of(rep), [kept]) == {kept.pk: []}
    assert queries.files_seen(actor_of(rep), []) == {}
    (Path(settings.MEDIA_ROOT) / file.file).unlink()
    assert queries.missing_files() == 1
    with pytest.raises(NotFound):
        queries.record_file(actor_of(manager), file.pk)


def test_files_follow_a_merged_customer_and_go_with_a_purged_record(rep: User, admin: User) -> None:
    make_form(SITE, about="customer")
    kept_one, gone = new_customer(rep), new_customer(rep)
    made = fill_form(actor=actor_of(rep), key="survey", customer_id=gone.pk, answers={}, files={"site": [upload()]})
    merge_customers(actor=actor_of(admin), kept_id=kept_one.pk, gone_id=gone.pk)
    file = made.files.get()
    assert queries.record_file(actor_of(rep), file.pk).record.customer == kept_one
    path = Path(settings.MEDIA_ROOT) / file.file
    os.utime(path, (0, 0))
    sweep_files()
    assert path.exists()
    FormFile.objects.all().delete()
    assert sweep_files() is False
    assert not path.exists()


def test_files_of_a_deleted_deal_are_had_by_nobody(rep: User, admin: User) -> None:
    make_form(SITE)
    deal = new_deal(rep)
    file = fill(rep, deal, site=[upload()]).files.get()
    delete_deal(actor=actor_of(admin), deal_id=deal.pk)
    with pytest.raises(NotFound):
        queries.record_file(actor_of(admin), file.pk)


@pytest.mark.parametrize(
    "question",
    [
        {"type": "photos", "default": "一.png"},
        {"type": "files", "choices": ["pdf"]},
        {"type": "files", "format": "phone"},
        {"type": "files", "low": "1"},
    ],
)
def test_a_question_for_files_has_no_more_than_that(question: dict[str, Any]) -> None:
    with refuses(Refusal):
        create_form(actor=Actor.system(), fields={"name": "勘察", "questions": [{"name": "照片", **question}]})


def test_no_rule_asks_about_files() -> None:
    rule = {"field": "site", "op": "is_not_empty"}
    with refuses(Refusal) as caught:
        create_form(
            actor=Actor.system(),
            fields={"name": "勘察", "questions": [SITE[2], {"name": "说明", "shown_when": rule}]},
        )
    assert "shown_when" in str(caught.value.params)
