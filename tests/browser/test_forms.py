"""A form made by mouse and keyboard and demanded by a gate, in a real browser; its pages on a phone and in the dark."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import FilePayload, Page, expect

from dealrail.accounts.actor import Actor
from dealrail.accounts.models import User
from dealrail.forms import queries
from dealrail.forms.actions.filling import fill_form
from dealrail.forms.models import FormRecord
from dealrail.process.actions import drafts
from tests.browser.conftest import OpenPage
from tests.browser.steps import press_move, stands_in
from tests.cast import Company, actor_of, new_customer, new_deal, unmet
from tests.forms.making import ANSWERED, make_form
from tests.pictures import png

pytestmark = pytest.mark.usefixtures("company")
PHONE = {"width": 360, "height": 760}


def photo(name: str) -> FilePayload:
    return {"name": name, "mimeType": "image/png", "buffer": png()}


def test_a_form_is_made_by_keys_and_mouse_and_a_gate_demands_it(open_page: OpenPage, admin: User, rep: User) -> None:
    page = open_page("/forms/new-form/", user=admin)
    page.locator("#f-name").focus()
    page.keyboard.type("需求调研")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/forms/\w+/$"))
    _ask(page, "其他系统", "text", "")
    _ask(page, "在用系统", "choice", "ERP\n其他")
    rows = page.locator("[data-stage-row]")
    rows.nth(1).drag_to(rows.nth(0))
    expect(rows.nth(0)).to_contain_text("在用系统")
    page.get_by_role("link", name="其他系统").click()
    page.get_by_role("link", name="何时显示").click()
    page.locator("#field-new").select_option(label="在用系统")
    expect(page.locator("#op-0")).to_be_visible()
    page.locator("[name=value-0]").select_option("其他")
    page.locator("#rule .btn-primary").click()
    expect(rows.nth(1)).to_contain_text("在用系统 是 其他")
    _ask(page, "现场照片", "photos", "")
    page.get_by_role("button", name="发布").press("Enter")
    expect(page.locator(".messages")).to_contain_text("1")
    _demand(page)
    deal = new_deal(rep, customer=new_customer(rep).pk, need="换系统")
    assert "form_filled" in dict(unmet(deal))
    phone = open_page(f"/deals/{deal.pk}/", user=rep, viewport=PHONE, has_touch=True)
    _fill(phone)
    assert unmet(deal) == []
    press_move(phone).locator(".btn-primary").click()
    stands_in(phone, "洽谈")


def _ask(page: Page, name: str, type_: str, choices: str) -> None:
    page.get_by_role("link", name="新建问题").click()
    page.locator("#f-name").fill(name)
    page.locator("#f-type").select_option(type_)
    page.locator("#f-choices").fill(choices)
    page.locator(".form-foot .btn-primary").click()
    expect(page.locator("[data-stage-row]").last).to_contain_text(name)


def _demand(page: Page) -> None:
    """The first stage of the trial process demands the form, by a sentence of the designer."""
    drafts.start_draft(actor=Actor.system(), key="trial")
    page.goto("/processes/trial/draft/")
    page.locator(".stage-link").first.click()
    page.locator("#new-condition").select_option("form.filled")
    page.get_by_role("button", name="添加条件").click()
    page.locator("#f-form_key").select_option(label="需求调研")
    page.locator("#condition .btn-primary").last.click()
    expect(page.locator("#conditions")).to_contain_text("填写了表单“需求调研”")
    page.get_by_role("link", name="发布…").click()
    page.locator("#f-note").fill("先调研，再洽谈")
    page.get_by_role("button", name="发布", exact=True).click()
    page.wait_for_url(re.compile(r"/processes/[\w-]+/$"))


def _fill(page: Page) -> None:
    """On a phone, with two pictures; choosing otherwise and back again keeps them."""
    page.get_by_role("link", name="去填写").first.tap()
    chosen, other = page.locator("select[name^=answers]"), page.locator("[data-question]", has_text="其他系统")
    expect(other).to_have_count(0)
    chosen.select_option("其他")
    expect(other).to_be_visible()
    other.locator("input").fill("自研")
    page.locator("input[type=file]").set_input_files([photo("一.png"), photo("二.png")])
    chosen.select_option("ERP")
    expect(other).to_have_count(0)
    chosen.select_option("其他")
    other.locator("input").fill("自研")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.locator(".form-foot .btn-primary").tap()
    page.wait_for_url(re.compile(r"/deals/\d+/"))
    assert ["一.png", "二.png"] in FormRecord.objects.get().custom.values()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_forms_have_no_barriers_and_fit_a_phone(
    open_page: OpenPage, admin: User, company: Company, barriers: Callable[[Page], list[str]], scheme: str
) -> None:
    make_form()
    deal = new_deal(admin)
    kept = fill_form(actor=actor_of(admin), key="survey", deal_id=deal.pk, answers=ANSWERED)
    page, found = open_page("/forms/", user=admin, viewport=PHONE, has_touch=True, color_scheme=scheme), {}
    for place in (
        "", "new-form/", "survey/", "survey/edit/", "survey/questions/new-question/", "survey/questions/goal/",
        "survey/questions/cloud/shown_when/", f"for/deal/{deal.pk}/survey/", f"records/{kept.pk}/",
    ):  # fmt: skip
        page.goto(f"/forms/{place}")
        found[place] = barriers(page)
        if page.evaluate("document.documentElement.scrollWidth") > PHONE["width"]:
            found[place].append("wider than the screen")
    assert {place: faults for place, faults in found.items() if faults} == {}
    assert queries.form("survey").published == 1


def test_a_picture_is_put_into_the_text_of_a_stage_where_the_cursor_stands(open_page: OpenPage, admin: User) -> None:
    drafts.start_draft(actor=Actor.system(), key="trial")
    page = open_page("/processes/trial/draft/stages/talk/", user=admin)
    text = page.locator("#f-sop")
    text.fill("先看图。再打电话。")
    text.evaluate("area => area.setSelectionRange(4, 4)")
    pick = page.locator("[data-picture-for='f-sop']")
    pick.set_input_files({"name": "坏图.png", "mimeType": "image/png", "buffer": b"<svg/>"})
    expect(page.locator("#messages")).to_contain_text("坏图.png")
    pick.set_input_files(photo("登录页.png"))
    expect(text).to_have_value(re.compile(r"先看图。\n\n!\[登录页\]\(picture:[0-9a-f]{32}\)\n再打电话。"))
    page.locator(".stage-form .btn-primary").first.click()
    expect(page.locator(".messages")).to_contain_text("洽谈")
    page.goto("/processes/trial/draft/stages/talk/")
    expect(text).to_have_value(re.compile("picture:"))


def test_a_result_follows_what_is_typed_and_a_record_is_found_by_typing(open_page: OpenPage, rep: User) -> None:
    make_form(
        [
            {"key": "rival", "name": "上家", "type": "link", "target": "customer"},
            {"key": "count", "name": "数量", "type": "number"},
            {"key": "price", "name": "单价", "type": "money"},
            {"key": "total", "name": "总价", "type": "formula", "formula": "{数量} * {单价}"},
        ]
    )
    found = new_customer(rep, name="云帆科技")
    page = open_page(f"/forms/for/deal/{new_deal(rep).pk}/survey/", user=rep, viewport=PHONE, has_touch=True)
    page.get_by_label("上家").press_sequentially("云帆")
    page.get_by_role("option", name="云帆科技").click()
    page.get_by_label("数量").fill("3")
    page.get_by_label("单价").fill("100")
    page.get_by_label("单价").press("Tab")
    expect(page.locator("[data-computed]")).to_have_text("¥300.00")
    page.get_by_role("button", name="保存").last.click()
    page.wait_for_url(re.compile(r"/deals/"))
    assert FormRecord.objects.get().custom == {"rival": found.pk, "count": "3", "price": "100.00", "total": "300.00"}
