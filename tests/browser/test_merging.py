"""A customer that is there twice: told of while one types, merged side by side, and undone."""

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
    """A rep who has one customer twice."""
    rep = found_company().people["rep"]
    new_customer(rep, name="苏州云帆科技有限公司", phone="13800001234")
    other = new_customer(rep, name="云帆科技", grade="A", industry="软件")
    create_contact(actor=actor_of(rep), customer_id=other.pk, fields={"name": "曾国强"})
    new_deal(rep, name="云帆二期", customer=other.pk)
    return rep


@pytest.mark.parametrize(
    ("screen", "locale", "words"),
    [
        (DESK, "zh-CN", ("与其他客户合并", "合并", "撤销")),
        (PHONE, "en-US", ("Merge with another customer", "Merge", "Undo")),
    ],
    ids=["desk-zh", "phone-en"],
)
def test_merge_and_undo(
    open_page: OpenPage,
    rep: User,
    barriers: Callable[[Page], list[str]],
    screen: dict[str, Any],
    locale: str,
    words: tuple[str, str, str],
) -> None:
    with_another, merge, undo = words
    page = open_page("/customers/?q=苏州云帆", user=rep, locale=locale, **screen)
    page.get_by_role("link", name="苏州云帆科技有限公司").first.click()
    page.locator(".page-actions summary").last.click()
    page.get_by_role("link", name=with_another).click()
    page.get_by_role("link", name="云帆科技", exact=True).click()
    assert barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("radio", name=re.compile("软件")).check()
    page.get_by_role("button", name=merge, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("苏州云帆科技有限公司")
    expect(page.locator(".contact-row", has_text="曾国强")).to_be_visible()
    expect(page.get_by_role("link", name="云帆二期").first).to_be_visible()
    assert barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator("#messages").get_by_role("button", name=undo).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("云帆科技")
    expect(page.locator(".contact-row", has_text="曾国强")).to_be_visible()


def test_a_duplicate_is_told_of_while_it_is_typed(open_page: OpenPage, rep: User) -> None:
    page = open_page("/board/", user=rep, **DESK)
    page.locator(".topbar .new-things > summary").click()
    page.get_by_role("link", name="新建客户").click()
    box = page.get_by_role("dialog")
    box.locator("input[name=name]").press_sequentially("云帆科技有限责任公司")
    expect(box.locator("[data-duplicates]")).to_contain_text("苏州云帆科技有限公司")
    box.locator("input[name=name]").fill("另一家全新的公司")
    expect(box.locator("[data-duplicates]")).to_be_empty()
    box.get_by_role("button", name="保存").click()
    expect(page).to_have_url(re.compile("/board/$"))
    expect(page.locator("#messages")).to_contain_text("客户已保存")


def test_on_a_phone_new_things_stand_under_the_thumb(
    open_page: OpenPage, rep: User, barriers: Callable[[Page], list[str]]
) -> None:
    page = open_page("/customers/", user=rep, **PHONE)
    page.locator(".bottom-bar .new-things > summary").tap()
    page.get_by_role("link", name="新建任务或计划").tap()
    box = page.get_by_role("dialog")
    box.locator("input[name=title]").fill("回访")
    assert barriers(page) == []
    box.get_by_role("button", name="保存").tap()
    expect(page.locator("#messages")).to_contain_text("已")
    expect(page).to_have_url(re.compile("/customers/$"))
