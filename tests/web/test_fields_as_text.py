"""Fields and layouts as a text on screen: read, fetched, looked at before it is taken over."""

import html
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from dealrail.accounts.models import User
from dealrail.crm import queries as crm
from dealrail.crm.actions.fields import create_field
from dealrail.crm.models import CustomField
from tests.cast import actor_of, event_kinds, last_event_id
from tests.web.conftest import LogIn

pytestmark = pytest.mark.django_db

ADDRESS = "/settings/fields/text/"
TEXT = "fields:\n  deal:\n  - key: rating\n    name: 信用<b>评级\n    type: choice\n    choices: [高, 低]\n"


def page_of(answer: Any) -> str:
    return html.unescape(answer.content.decode())


def shown(client: Client, text: str = TEXT, **more: Any) -> tuple[str, str]:
    """The page that tells what a text changes, and the seal of that."""
    page = page_of(client.post(ADDRESS, {"text": text, **more}))
    return page, (re.findall(r'name="seen" value="([^"]*)"', page) or [""])[0]


def test_a_text_is_looked_at_then_taken_over(log_in: LogIn, admin: User) -> None:
    client, after = log_in(admin), last_event_id()
    page, seen = shown(client)
    assert "Deals · 信用<b>评级" in page
    assert "Choices: 高, 低" in page
    assert event_kinds(after) == []
    answer = client.post(ADDRESS, {"text": TEXT, "do": "take", "seen": seen}, follow=True)
    assert "Fields and layouts are as the text says." in page_of(answer)
    assert CustomField.objects.get().name == "信用<b>评级"
    assert "信用&lt;b&gt;评级" in client.get(ADDRESS).content.decode()
    page, seen = shown(client)
    assert "Everything stands like this already." in page
    assert seen == ""


def test_a_text_comes_from_a_file_and_goes_into_one(log_in: LogIn, admin: User) -> None:
    client = log_in(admin)
    file = SimpleUploadedFile("fields.yaml", ("\ufeff" + TEXT).encode())
    page, seen = shown(client, "nothing", file=file)
    kept = re.findall(r'<textarea name="text" hidden[^>]*>\n(.*?)</textarea>', page, re.DOTALL)
    client.post(ADDRESS, {"text": kept[0].replace("\n", "\r\n"), "do": "take", "seen": seen})
    assert CustomField.objects.count() == 1
    fetched = client.get("/settings/fields/text/file/")
    assert fetched.headers["Content-Type"].startswith("application/yaml")
    assert "信用<b>评级" in fetched.content.decode()


def test_what_was_not_looked_at_is_shown_and_not_taken_over(log_in: LogIn, admin: User) -> None:
    client = log_in(admin)
    _page, seen = shown(client)
    create_field(
        actor=actor_of(admin),
        kind="deal",
        fields={"name": "信用", "key": "rating", "type": "choice", "choices": ["高"]},
    )
    page = page_of(client.post(ADDRESS, {"text": TEXT, "do": "take", "seen": seen}))
    assert "changed since you looked" in page
    assert "Name: 信用 → 信用<b>评级" in page
    assert [field.name for field in crm.custom_fields()] == ["信用"]


def test_what_stays_is_listed(log_in: LogIn, admin: User) -> None:
    create_field(actor=actor_of(admin), kind="customer", fields={"name": "等级说明"})
    page, _seen = shown(log_in(admin))
    assert "Not named in the text, and left as it is" in page
    assert "Customers · 等级说明" in page


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"text": TEXT.replace("type: choice", "type: colour")}, "Line 5 · deal · rating"),
        ({"text": "fields: ["}, "line 1 can't be read"),
        ({"text": "\x00"}, "control character"),
        ({"file": SimpleUploadedFile("x.yaml", b"\xff\xfe")}, "it isn't text in UTF-8"),
        ({"file": SimpleUploadedFile("x.yaml", b"x" * 4_000_001)}, "it has more than 4 MB"),
        ({}, "Write a mapping of these"),
    ],
)
def test_what_can_not_be_taken_over_is_said_and_stays_typed(
    log_in: LogIn, admin: User, sent: dict[str, Any], said: str
) -> None:
    answer = log_in(admin).post(ADDRESS, sent)
    assert answer.status_code == 422
    assert said in page_of(answer)
    assert sent.get("text", "") in page_of(answer)
    assert not CustomField.objects.exists()


@pytest.mark.parametrize("address", [ADDRESS, "/settings/fields/text/file/"])
def test_only_who_puts_processes_in_force_reads_it(log_in: LogIn, rep: User, address: str) -> None:
    assert log_in(rep).get(address).status_code == 403
    assert log_in(rep).post(ADDRESS, {"text": TEXT}).status_code == 403
