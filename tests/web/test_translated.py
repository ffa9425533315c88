"""No page says anything in the other language, but for what people wrote themselves."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import polib
import pytest
from django.apps import apps
from django.db import models
from django.test import Client

from dealrail.accounts.models import User
from dealrail.core.formulas.grammar import FUNCTIONS
from tests.architecture.source import ROOT
from tests.web.pages import addresses, read

pytestmark = pytest.mark.django_db

CATALOGUE = ROOT / "dealrail" / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
SILENT = {"script", "style", "code", "kbd", "pre", "textarea"}
SAID = {"title", "placeholder", "aria-label", "alt", "label", "data-confirm"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
LATIN = re.compile(r"[A-Za-z][A-Za-z'’-]{2,}")
CHINESE = re.compile(r"[\u4e00-\u9fff]+")
TEXTS = (models.CharField, models.TextField, models.JSONField)
# Names that are the same in Chinese, and what formulas are written with.
ALLOWED = {
    *FUNCTIONS,
    *("and", "or", "not"),
    *("API", "SOP", "Dealrail", "Excel", "CSV", "JSON", "YAML", "HTTPS", "xlsx", "csv", "yaml", "ics", "WeChat", "URL"),
    *(
        "Alt",
        "Ctrl",
        "Esc",
        "Tab",
        "Enter",
        "Shift",
        "English",
        "UTF",
        "pdf",
        "docx",
        "png",
        "PNG",
        "jpg",
        "JPEG",
        "PWA",
        "zip",
        "ZIP",
    ),
    *("Google", "Microsoft", "Authenticator", "Password", "Chrome", "Firefox", "Edge", "Safari", "Linux", "Windows"),
    *("zhang", "lei"),  # an example of a login
}


class Words(HTMLParser):
    """What a page says: its texts, and those of attributes that are read out; not what is in a language of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.open: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        own = dict(attrs)
        is_silent = tag in SILENT or ("lang" in own and tag != "html")
        if not is_silent and not any(self.open):
            self.found += [value or "" for name, value in attrs if name in SAID]
        if tag not in VOID:
            self.open.append(is_silent)

    def handle_endtag(self, tag: str) -> None:
        if self.open and tag not in VOID:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if not any(self.open) and data.strip():
            self.found.append(" ".join(data.split()))


def said(page: str) -> list[str]:
    """What a page says, text by text."""
    words = Words()
    words.feed(page)
    return words.found


def written() -> str:
    """Everything people wrote: all texts in the database."""
    parts: list[str] = []
    for model in apps.get_models():
        fields = [field.name for field in model._meta.fields if isinstance(field, TEXTS)]
        if fields and model.__module__.startswith("dealrail."):
            parts += [str(value) for row in model._default_manager.values_list(*fields) for value in row]
    return "\n".join(parts)


def pages(client: Client, owner: User) -> Iterator[tuple[str, str]]:
    """Every page that opens, with its address."""
    for address in addresses(owner):
        answer = read(client, address)
        is_page = answer.status_code == 200 and answer.headers.get("Content-Type", "").startswith("text/html")
        if is_page and not answer.streaming:
            yield address, answer.content.decode()


def reader(user: User, language: str) -> Client:
    """This person's browser, in this language."""
    User.objects.filter(pk=user.pk).update(language=language)
    client = Client()
    client.force_login(User.objects.get(pk=user.pk))
    return client


def test_no_page_in_chinese_says_anything_in_english(admin: User) -> None:
    opened = dict(pages(reader(admin, "zh-hans"), admin))
    assert len(opened) > 50, sorted(opened)
    data = set(LATIN.findall(written()))
    found = {
        address: odd
        for address, page in opened.items()
        if (odd := sorted({word for text in said(page) for word in LATIN.findall(text)} - ALLOWED - data))
    }
    assert found == {}


def test_no_page_in_english_says_anything_in_chinese(admin: User) -> None:
    opened = dict(pages(reader(admin, "en"), admin))
    data = written()
    catalogue = polib.pofile(str(CATALOGUE))
    ours = {text for entry in catalogue for text in (entry.msgstr, *entry.msgstr_plural.values())}
    found = {
        address: odd
        for address, page in opened.items()
        if (odd := sorted({text for text in said(page) if is_ours(text, ours, data)}))
    }
    assert found == {}


def is_ours(text: str, ours: set[str], data: str) -> bool:
    """Whether a text has Chinese that nobody wrote."""
    runs = CHINESE.findall(text)
    return any(run not in data for run in runs) or (bool(runs) and text in ours and text not in data)


def test_a_text_in_the_other_language_is_seen() -> None:
    page = (
        '<html lang="zh-CN"><p title="Close">关闭</p><code>x.read</code><b lang="en">English</b><p>Save it</p></html>'
    )
    assert said(page) == ["Close", "关闭", "Save it"]
