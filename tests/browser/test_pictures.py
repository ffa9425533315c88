"""Takes the pictures of README and guide from the demo company; every picture they show is one of these."""

import os
import re
from pathlib import Path

import pytest

from dealrail.accounts.models import User
from dealrail.demo import fill
from tests.architecture.source import ROOT
from tests.browser.conftest import OpenPage, jumped
from tests.browser.pictures import DESK, PICTURES, Picture, places

# `PICTURES=docs/pictures` takes those of the documents anew.
FOLDER = ROOT / os.environ.get("PICTURES", "tests/browser/pictures")
LANGUAGES = {"zh": "zh-hans", "en": "en"}
SHOWN = re.compile(r"pictures/([\w-]+)\.png")


@pytest.mark.usefixtures("fresh_home")
def test_the_demo_company_sits_for_its_pictures(open_page: OpenPage) -> None:
    fill.fill(lambda done, total: None)
    found = {login: places(login) for login in {picture.login for picture in PICTURES}}
    for short, language in LANGUAGES.items():
        User.objects.update(language=language)
        for picture in PICTURES:
            take(open_page, picture, found[picture.login], FOLDER / f"{picture.name}-{short}.png")


def take(open_page: OpenPage, picture: Picture, places: dict[str, int], file: Path) -> None:
    """Open the screen as its person does, and keep what it shows; nothing may be wider than the screen."""
    handheld = picture.size["width"] < DESK["width"]
    page = open_page(
        picture.path.format(**places),
        user=User.objects.get(login=picture.login),
        viewport=picture.size,
        has_touch=handheld,
    )
    picture.before(page)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.documentElement.scrollWidth") <= picture.size["width"], picture.name
    page.screenshot(path=file)
    assert jumped(page) == []
    page.context.close()


def test_every_picture_of_the_documents_is_there_and_can_be_taken_anew() -> None:
    documents = [*ROOT.glob("README*.md"), *ROOT.glob("docs/guide/*.md")]
    shown = {name for document in documents for name in SHOWN.findall(document.read_text("utf-8"))}
    taken = {f"{picture.name}-{short}" for picture in PICTURES for short in LANGUAGES}
    kept = {Path(file).stem for file in ROOT.glob("docs/pictures/*.png")}
    assert shown - taken == set()
    assert shown - kept == set()
    assert kept - shown == set()
