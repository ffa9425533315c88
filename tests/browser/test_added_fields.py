"""A field is made on screen and used at once, by mouse and keyboard: in a gate, a sheet, a filter, a view, the API."""

import json

import pytest
from playwright.sync_api import FilePayload, Page, expect

from dealrail.accounts.actions.tokens import create_token
from dealrail.accounts.actor import Actor
from dealrail.accounts.models import User
from dealrail.crm import queries as crm
from dealrail.crm.models import CustomField, Deal
from dealrail.process.actions import drafts
from tests.browser.conftest import OpenPage
from tests.browser.steps import fill_the_gate, press_move, stands_in
from tests.browser.test_designer import pressed
from tests.cast import actor_of, new_customer, new_deal

pytestmark = pytest.mark.usefixtures("company")
SHEET: FilePayload = {
    "name": "商机.csv",
    "mimeType": "text/csv",
    "buffer": "商机名称,客户名称,竞争对手\n新厂,云帆科技,甲公司\n旧厂,云帆科技,乙公司\n错的,云帆科技,丙公司\n".encode(),
}


def test_a_field_is_made_and_used_in_a_gate_an_import_a_filter_a_view_and_the_api(
    open_page: OpenPage, admin: User, rep: User
) -> None:
    new_customer(rep, name="云帆科技")
    seller = open_page("/deals/", user=rep)  # opened before the field exists
    page = open_page("/settings/fields/", user=admin)
    _make(page)
    field = CustomField.objects.get(name="竞争对手")
    _demand(page, crm.field_name(field))
    _bring_in(seller)
    _look_for(seller)
    waiting = new_deal(rep, name="老厂", customer=new_customer(rep).pk)
    seller.goto(f"/deals/{waiting.pk}/")
    gate = press_move(seller)
    expect(gate).to_contain_text("竞争对手")
    fill_the_gate(gate)
    gate.locator(".dialog-foot .btn-primary").click()
    stands_in(seller, "洽谈")
    waiting.refresh_from_db()
    assert waiting.custom == {field.key: "甲公司"}
    _ask_the_api(seller, rep, field)


def _make(page: Page) -> None:
    """By keyboard, but for what is chosen from a list."""
    page.locator("section", has=page.locator("#fields-deal")).get_by_role("link", name="新建字段").press("Enter")
    page.wait_for_url("**/settings/fields/new/**")
    page.locator("#f-name").focus()
    page.keyboard.type("竞争对手")
    page.locator("#f-type").select_option("choice")
    page.locator("#f-choices").fill("甲公司\n乙公司")
    pressed(page, "保存")
    page.wait_for_url("**/settings/fields/")
    expect(page.locator("main")).to_contain_text("竞争对手")


def _demand(page: Page, name: str) -> None:
    """By mouse: the first gate of the process demands it from its next version on."""
    drafts.start_draft(actor=Actor.system(), key="trial")
    page.goto("/processes/trial/draft/stages/lead/")
    page.locator("#new-condition").select_option("fields.filled")
    page.get_by_role("button", name="添加条件").click()
    page.locator(f"#condition [name=fields][value='{name}']").check()
    page.locator("#condition .btn-primary").last.click()
    page.wait_for_url("**/stages/*/#conditions")
    expect(page.locator("#conditions")).to_contain_text("竞争对手")
    page.get_by_role("link", name="发布…").click()
    page.locator("#f-note").fill("先弄清竞争对手")
    page.get_by_role("button", name="发布", exact=True).click()
    page.wait_for_url("**/processes/trial/")


def _bring_in(page: Page) -> None:
    page.goto("/imports/")
    page.locator("#file").set_input_files(SHEET)
    page.locator("#kind").select_option("deals")
    page.locator("#process").select_option("trial")
    page.locator(".import-upload .btn-primary").click()
    page.wait_for_url("**/imports/map/**")
    page.locator("[value=check]").click()
    page.wait_for_url("**/imports/*/")
    expect(page.locator(".import-table .is-wrong")).to_have_count(1)
    page.locator("form[action$='/start/'] button").click()
    expect(page.locator(".import-steps .is-done")).to_have_count(4)
    assert dict(Deal.objects.filter(customer__name="云帆科技").values_list("name", "custom")) == {
        name: {CustomField.objects.get().key: rival} for name, rival in (("新厂", "甲公司"), ("旧厂", "乙公司"))
    }


def _look_for(page: Page) -> None:
    """Filtered by it, kept as a view, and opened from there."""
    page.goto("/deals/?all=1")
    page.locator("a[hx-get*='/filter/']").click()
    page.locator("#field-new").select_option(label="竞争对手")
    expect(page.locator("#op-0")).to_be_visible()
    page.locator("[name='value-0']").select_option("甲公司")
    page.locator("dialog[open] [name=apply].btn").press("Enter")
    expect(page.locator(".list-name")).to_have_text(["新厂"])
    page.locator(".views > .menu > summary").click()
    page.locator(".views-new").click()
    page.locator("#view-name").fill("碰上甲公司")
    page.locator("dialog[open] .btn-primary").click()
    expect(page.locator(".views summary")).to_contain_text("碰上甲公司")
    expect(page.locator(".list-name")).to_have_count(1)


def _ask_the_api(page: Page, rep: User, field: CustomField) -> None:
    """The same server, asked by a program."""
    token = create_token(actor=actor_of(rep), user_id=rep.pk, name="tests")
    wanted = json.dumps({"field": crm.field_name(field), "op": "eq", "value": "甲公司"})
    answer = page.request.get("/api/v1/deals", params={"filter": wanted}, headers={"Authorization": f"Bearer {token}"})
    assert sorted(row["name"] for row in answer.json()["items"]) == ["新厂", "老厂"]
    assert {row["custom"][field.key] for row in answer.json()["items"]} == {"甲公司"}
