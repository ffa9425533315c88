"""Laying a page out by mouse and by keyboard, in a real browser."""

import re

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from dealrail.accounts.models import User
from dealrail.crm.models import Layout
from tests.browser.conftest import OpenPage

DESK = {"width": 1440, "height": 900}


def names(page: Page, group: int) -> list[str]:
    """The fields of a group as they stand there."""
    rows = page.locator("[data-arrange-group]").nth(group).locator(".arrange-name")
    return rows.all_inner_texts()


@pytest.mark.usefixtures("company")
def test_fields_are_dragged_and_moved_by_keys_and_stay_so(open_page: OpenPage, admin: User) -> None:
    page = open_page("/settings/layouts/deal/", user=admin, viewport=DESK, locale="en-GB")
    before = names(page, 0)
    assert before[:3] == ["Customer", "Product", "Region"]
    page.get_by_role("button", name="Move Region up").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Move Region up")).to_be_focused()
    expect(page.locator("[data-arrange-said]")).to_have_text("“Region” is number 2.")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Move Region down")).to_be_focused()
    page.get_by_role("button", name="New group").click()
    page.get_by_role("textbox", name="Heading of group 2").fill("钱")
    amount = page.locator("[data-arrange-row]", has_text="Amount").first
    amount.drag_to(page.locator("[data-arrange-group]").nth(1).locator(".arrange-empty"))
    expect(page.locator("[data-arrange-group]").nth(1).locator(".arrange-name")).to_have_text(["Amount"])
    page.get_by_role("button", name="Save").last.click()
    expect(page.locator("#messages")).to_contain_text("Saved.")
    groups = Layout.objects.get().groups
    assert groups[0]["fields"][0] == "region"
    assert groups[1] == {"heading": "钱", "fields": ["amount"]}


@pytest.mark.usefixtures("company")
def test_quick_presses_count_each_and_what_is_typed_meanwhile_stays(open_page: OpenPage, admin: User) -> None:
    page = open_page("/settings/layouts/deal/", user=admin, viewport=DESK, locale="en-GB")
    assert names(page, 0).index("Region") == 2
    page.evaluate(
        """() => {
            const up = document.getElementById("up-region");
            up.click();
            up.click();
            document.getElementById("heading-0").value = "钱";
        }"""
    )
    expect(page.locator("[data-arrange-said]")).to_have_text("“Region” is number 1 of “钱”.")
    expect(page.get_by_role("textbox", name="Heading of group 1")).to_have_value("钱")
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    page.get_by_role("button", name="Move Region down").click()
    expect(page).to_have_url(re.compile("login"))
