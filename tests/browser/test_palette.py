"""The search over everything, by keyboard and by thumb."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from dealrail.accounts.models import User
from dealrail.crm.actions.customers import create_contact
from tests.browser.conftest import OpenPage
from tests.cast import actor_of, found_company, new_customer, new_deal

pytestmark = pytest.mark.django_db(transaction=True)
DESK: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}}
PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}


@pytest.fixture
def rep(db: None) -> User:
    """A rep with a customer, a contact and a deal of nearly one name."""
    rep = found_company().people["rep"]
    customer = new_customer(rep, name="苏州云帆科技有限公司", phone="13800001234")
    create_contact(actor=actor_of(rep), customer_id=customer.pk, fields={"name": "曾云帆"})
    new_deal(rep, name="云帆二期", customer=customer.pk)
    return rep


@pytest.mark.parametrize(("locale", "asked"), [("zh-CN", "云帆"), ("en-US", "yunfan")])
def test_by_keyboard_from_anywhere_to_a_record(
    open_page: OpenPage, rep: User, barriers: Callable[[Page], list[str]], locale: str, asked: str
) -> None:
    page = open_page("/board/", user=rep, locale=locale, **DESK)
    page.keyboard.press("Control+k")
    box = page.get_by_role("combobox").and_(page.locator(".palette-input"))
    expect(box).to_be_focused()
    page.keyboard.type(asked)
    hits = page.locator("#palette [role=option]")
    expect(hits).to_have_count(3)
    expect(hits.nth(0)).to_have_attribute("aria-selected", "true")
    assert barriers(page) == []
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert box.get_attribute("aria-activedescendant") == hits.nth(2).get_attribute("id")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("云帆二期")


def test_esc_closes_it_and_what_was_opened_stands_there_again(open_page: OpenPage, rep: User) -> None:
    page = open_page("/customers/", user=rep, **DESK)
    page.get_by_role("link", name="苏州云帆科技有限公司").first.click()
    page.wait_for_url("**/customers/*/")
    page.goto("/board/")
    page.keyboard.press("/")
    expect(page.locator("#palette [role=option]")).to_have_text(["苏州云帆科技有限公司"])
    page.keyboard.type("yun")
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()


def test_enter_before_anything_is_found_opens_the_page_of_the_search(open_page: OpenPage, rep: User) -> None:
    page = open_page("/board/", user=rep, **DESK)
    page.keyboard.press("Control+k")
    page.locator(".palette-input").evaluate("box => { box.value = '1234'; }")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/search/\?q=1234"))
    expect(page.get_by_role("link", name="苏州云帆科技有限公司")).to_be_visible()


def test_a_page_is_found_by_its_initials(open_page: OpenPage, rep: User) -> None:
    page = open_page("/", user=rep, **DESK)
    page.keyboard.press("Control+k")
    page.keyboard.type("xskb")
    expect(page.locator("#palette [role=option]")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/board/$"))


def test_on_a_phone_it_fills_the_screen(open_page: OpenPage, rep: User, barriers: Callable[[Page], list[str]]) -> None:
    page = open_page("/", user=rep, **PHONE)
    page.get_by_role("searchbox").tap()
    palette = page.locator("#palette")
    expect(palette).to_be_visible()
    assert palette.bounding_box() == {"x": 0, "y": 0, "width": 360, "height": 740}
    page.locator(".palette-input").press_sequentially("1234")
    expect(page.locator("#palette [role=option]")).to_have_count(1)
    assert barriers(page) == []
    page.locator("#palette [role=option]").tap()
    expect(page.get_by_role("heading", level=1)).to_contain_text("苏州云帆科技有限公司")


def test_without_scripts_the_box_leads_to_the_same(open_page: OpenPage, rep: User) -> None:
    page = open_page("/", user=rep, java_script_enabled=False, **DESK)
    page.get_by_role("searchbox").fill("zengyun")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="曾云帆")).to_be_visible()
