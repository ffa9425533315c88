"""Long ways through the product as a user goes them: from an empty installation to the first won deal."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from dealrail.accounts import queries as accounts
from dealrail.crm.models import Deal
from tests.browser import steps
from tests.browser.conftest import OpenPage
from tests.cast import stage_of

DESK: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}, "locale": "zh-CN", "color_scheme": "light"}
PHONE: dict[str, Any] = {
    "viewport": {"width": 360, "height": 760},
    "locale": "en-GB",
    "color_scheme": "dark",
    "has_touch": True,
}


def make_the_first_deal(page: Page) -> None:
    """By the + that is on every page, together with its customer."""
    page.locator(".new-things:visible > summary").click()
    page.locator(".new-things[open] a[href^='/new/deal/']").click()
    asked = page.locator("dialog[open]")
    asked.locator("[name=name]").fill("首单")
    asked.locator("[name=customer]").fill("江北精密")
    asked.locator("[name=new_customer]").check()
    asked.locator(".btn-primary").click()
    expect(asked).to_have_count(0)


def lay_out_the_catalogue(page: Page) -> None:
    """A region, a source and a product to sell."""
    steps.go_to(page, "/catalog/")
    for kind, name in (("region", "华东"), ("source", "展会")):
        page.locator(f"#new-{kind}").fill(name)
        page.locator("form", has=page.locator(f"#new-{kind}")).locator("button").click()
        expect(page.locator("#messages")).to_contain_text(name)
    page.locator(".page-actions .btn-primary").click()
    page.locator("[name=name]").fill("协同平台")
    page.locator("main .btn-primary").click()
    page.wait_for_url("**/catalog/")


def move(page: Page, stage: str) -> None:
    """Fill the gate and go through it into this stage."""
    gate = steps.press_move(page)
    steps.fill_the_gate(gate)
    gate.locator(".dialog-foot .btn-primary").click()
    steps.stands_in(page, stage)


def waive_the_approval(page: Page) -> None:
    """Who is alone has nobody to ask: the gate says so, and they waive the approval for a reason on record."""
    gate = steps.press_move(page)
    steps.fill_the_gate(gate)
    gate.locator(".dialog-foot .btn-primary").click()
    expect(gate.get_by_role("alert")).to_contain_text("没有人可以审批")
    gate.locator(".dialog-foot [data-close]").click()
    expect(page.locator("dialog[open]")).to_have_count(0)
    steps.press_move(page).locator(".gate-approval .gate-waive").click()
    gate.locator("[name=reason_key]").select_option("other")
    gate.locator("[name=reason]").fill("公司目前只有我一人")
    gate.locator(".dialog-foot .btn-primary").click()
    expect(page.locator("dialog[open]")).to_have_count(0)
    steps.press_move(page).locator(".dialog-foot .btn-primary").click()


def invite_a_leader(page: Page) -> str:
    """Invite somebody in the first run; the link they join by."""
    page.locator("#name-1").fill("王主管")
    page.locator("#role-1").select_option("sales_manager")
    page.locator("main .card-footer .btn-primary").click()
    link = page.locator(".invite-link").inner_text()
    page.locator("main .card-footer .btn-primary").click()
    return link


def name_the_leader(page: Page) -> None:
    """A department that the invited person leads and the founder belongs to."""
    steps.go_to(page, "/people/")
    page.locator("main a[href='/people/units/']").first.click()
    page.locator(".page-actions a[href='/people/units/new/']").click()
    page.locator("[name=name]").fill("销售部")
    page.locator("[name=leader]").select_option(label="王主管")
    page.locator("main .btn-primary").click()
    page.wait_for_url("**/people/units/")
    steps.go_to(page, "/people/")
    page.locator("main").get_by_role("link", name="管理员").first.click()
    page.locator("[name=unit]").select_option(label="销售部")
    page.locator("[form=person-form].btn-primary").click()
    expect(page.locator("#messages")).to_contain_text("Saved")


def join(page: Page) -> None:
    """Choose a password by the link of an invitation."""
    for name in ("password", "again"):
        page.locator(f"[name={name}]").fill(steps.PASSWORD)
    page.locator("form .btn-primary").first.click()
    expect(page.locator("h1")).to_contain_text("王主管")


def ask_and_grant(page: Page, leader: Page) -> None:
    """The founder asks, the leader grants it on the page of the deal, and the deal moves on by itself."""
    gate = steps.press_move(page)
    steps.fill_the_gate(gate)
    gate.locator(".dialog-foot .btn-primary").click()
    expect(page.locator(".approval-notice")).to_contain_text("王主管")
    leader.goto(page.url)
    leader.locator(".decide [value=grant]").click()
    expect(leader.locator(".decide")).to_have_count(0)
    page.reload()


@pytest.mark.usefixtures("fresh_home")
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk-alone", "phone-with-a-leader"])
def test_from_the_first_run_to_the_first_won_deal(open_page: OpenPage, size: dict[str, Any]) -> None:
    is_alone = size is DESK
    page = open_page(f"/setup/?code={accounts.first_run_code()}", **size)
    steps.begin_the_first_run(page)
    link = "" if is_alone else invite_a_leader(page)
    if is_alone:
        page.locator("main .card-footer a.btn-ghost").click()
    steps.end_the_first_run(page, bring="none")
    make_the_first_deal(page)
    deal = Deal.objects.get()
    page.goto(f"/deals/{deal.pk}/")
    expect(steps.press_move(page)).to_contain_text("产品与地区" if is_alone else "Products and regions")
    page.keyboard.press("Escape")
    lay_out_the_catalogue(page)
    if not is_alone:
        name_the_leader(page)
    page.goto(f"/deals/{deal.pk}/")
    for stage in ("初步沟通", "需求确认", "方案报价"):
        move(page, stage)
    if is_alone:
        waive_the_approval(page)
    else:
        leader = open_page(link, **size)
        join(leader)
        ask_and_grant(page, leader)
    steps.stands_in(page, "跟进推进")
    move(page, "成交")
    expect(page.locator(".path .state-won")).to_be_visible()
    expect(page.locator("h1 .chip")).to_contain_text("赢单" if is_alone else "Won")
    deal.refresh_from_db()
    assert (deal.run.state, stage_of(deal)) == ("won", "won")
