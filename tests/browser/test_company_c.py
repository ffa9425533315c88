"""Company C builds its five stages from nothing, each with its key action and its facts, and sells by them."""

import re

import pytest
from playwright.sync_api import Page, expect

from dealrail.accounts.models import User
from dealrail.process import queries as processes
from tests.browser.conftest import OpenPage
from tests.browser.steps import fill_the_gate, press_move, stands_in
from tests.browser.test_designer import pressed, saved
from tests.cast import Company, new_customer, new_deal, stage_of

pytestmark = pytest.mark.usefixtures("company")
# Of each stage: what is mainly done, the fact that must be known, and what kind of stage it is.
STAGES: dict[str, tuple[str, str, str]] = {
    "线索": ("核实项目真实性", "工况与用途", "lead"),
    "意向": ("现场勘察工况", "采购方式", "open"),
    "方案": ("提交技术方案", "预计毛利率", "open"),
    "合同": ("取得签章合同", "合同编号", "open"),
    "回款": ("核对到账", "累计回款", "won"),
}


def test_the_five_stages_of_company_c_are_built_from_nothing_and_sold_by(
    open_page: OpenPage, admin: User, rep: User, company: Company
) -> None:
    page = open_page("/processes/drafts/new/", user=admin)
    page.locator("#f-name").fill("装备制造（自建）")
    page.keyboard.press("Enter")
    page.wait_for_url("**/draft/")
    draft = page.url
    for name in STAGES:  # by keyboard alone
        expect(page.locator("#new-stage")).to_be_focused()
        page.keyboard.type(name)
        page.keyboard.press("Enter")
        expect(page.locator(".stage-name").last).to_contain_text(name)
    _add(page, f"{draft}parts/fields/", [fact for _action, fact, _kind in STAGES.values()])
    _add(page, f"{draft}parts/actions/", [action for action, _fact, _kind in STAGES.values()])
    _add(page, f"{draft}parts/loss_reasons/", ["价格", "立项取消"])
    page.goto(draft)
    for name in STAGES:
        _describe(page, name)
        _demand(page, "fields.filled", STAGES[name][1])
        _demand(page, "activities.done", STAGES[name][0])
    page.get_by_role("link", name="发布…").click()
    page.wait_for_url("**/draft/publish/")
    page.locator("#f-note").focus()
    page.keyboard.type("五个阶段，各有关键动作和数据节点")
    pressed(page, "发布")
    page.wait_for_url(re.compile(r"/processes/[\w-]+/$"))
    key = page.url.rstrip("/").rpartition("/")[2]
    _is_as_drawn(key)
    _is_sold_by(open_page, rep, key)


def _add(page: Page, address: str, names: list[str]) -> None:
    page.goto(address)
    for name in names:
        page.locator("#new-row").fill(name)
        page.locator("#new-row").press("Enter")
        expect(page.locator(".stage-name").last).to_contain_text(name)


def _describe(page: Page, name: str) -> None:
    """By keyboard: one field after the other by Tab, saved by Enter."""
    action, _fact, kind = STAGES[name]
    page.locator(".stage-link", has_text=name).press("Enter")
    page.wait_for_url("**/stages/*/")
    page.locator("#f-kind").select_option(kind)
    page.locator("#f-kind").press("Tab")
    expect(page.locator("#f-goal")).to_be_focused()
    page.keyboard.type(f"{name}的目标结果")
    page.keyboard.press("Tab")
    page.keyboard.type(action)
    page.get_by_label(action, exact=True).check()
    page.locator("#f-key_action").press("Enter")
    saved(page)


def _demand(page: Page, kind: str, what: str) -> None:
    """By mouse: a condition of this kind about one field or action."""
    page.locator("#new-condition").select_option(kind)
    page.get_by_role("button", name="添加条件").click()
    page.get_by_label(what, exact=True).first.check()
    page.locator("#condition .btn-primary").last.click()
    page.wait_for_url("**/stages/*/#conditions")
    expect(page.locator("#conditions")).to_contain_text(what)


def _is_as_drawn(key: str) -> None:
    spec = processes.spec_of(processes.current_version(key).pk)
    facts, actions = ({row.key: row.name for row in rows} for rows in (spec.fields, spec.actions))
    drawn = {
        stage.name: (
            stage.key_action,
            *(facts[field] for row in stage.conditions for field in row.config.get("fields", [])),
            *(actions[action] for row in stage.conditions for action in row.config.get("actions", [])),
            str(stage.kind),
        )
        for stage in spec.stages
    }
    assert drawn == {name: (action, fact, action, kind) for name, (action, fact, kind) in STAGES.items()}
    assert [*spec.loss_reasons.values()] == ["价格", "立项取消"]


def _is_sold_by(open_page: OpenPage, rep: User, key: str) -> None:
    """A deal in the first stage: the gate asks for exactly its fact and its action, and lets it through then."""
    deal = new_deal(rep, key, customer=new_customer(rep).pk)
    page = open_page(f"/deals/{deal.pk}/", user=rep)
    gate = press_move(page)
    expect(gate).to_contain_text("工况与用途")
    expect(gate).to_contain_text("核实项目真实性")
    expect(gate).not_to_contain_text("采购方式")
    fill_the_gate(gate)
    gate.locator(".dialog-foot .btn-primary").click()
    stands_in(page, "意向")
    assert stage_of(deal) == processes.spec_of(processes.current_version(key).pk).stages[1].key
