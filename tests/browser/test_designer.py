"""The designer in a real browser: a process from nothing by mouse and by keyboard, two editors, and on a phone."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from dealrail.accounts.actor import Actor
from dealrail.accounts.models import User
from dealrail.process import queries as processes
from dealrail.process.actions import drafts
from dealrail.process.models import Draft
from tests.browser.conftest import OpenPage
from tests.cast import trial

pytestmark = pytest.mark.usefixtures("company")
STAGES = ("线索", "意向", "方案", "合同", "回款")
LEGAL = {"role": "legal"}
PHONE = {"width": 360, "height": 760}


def pressed(page: Page, button: str) -> None:
    """Reach a button by Tab from where the focus is, and press it; the page must be the one that has it already.

    On a page that a click is about to replace, keys would go astray: who follows a link waits for its address first.
    """
    expect(page.get_by_role("button", name=button, exact=True).first).to_be_visible()
    page.wait_for_load_state()
    for _ in range(80):
        if page.evaluate("document.activeElement?.innerText?.trim()") == button:
            page.keyboard.press("Enter")
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"“{button}” can't be reached by Tab")


def saved(page: Page) -> None:
    expect(page.locator(".messages .notice-success")).to_be_visible()


def test_five_stages_are_built_from_nothing_and_published(open_page: OpenPage, admin: User) -> None:
    page = open_page("/processes/", user=admin)
    page.get_by_role("link", name="设计新流程").click()
    page.locator("#f-name").fill("装备制造五阶段（自建）")
    page.keyboard.press("Enter")
    page.wait_for_url("**/draft/")
    # by keyboard: a name and Enter for each stage; the place for the next name keeps the focus
    for name in ("线索", "方案", "意向", "合同", "回款"):
        expect(page.locator("#new-stage")).to_be_focused()
        page.keyboard.type(name)
        page.keyboard.press("Enter")
        expect(page.locator(".stage-name").last).to_contain_text(name)
    up = page.get_by_role("button", name="把“意向”上移")
    up.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".stage-name")).to_have_text([f"{n}. {name}" for n, name in enumerate(STAGES, 1)])
    expect(up).to_be_focused()
    # by mouse: dragged away and brought back by Ctrl-Z
    page.locator(".stage-row").nth(4).drag_to(page.locator(".stage-row").nth(0))
    expect(page.locator(".stage-name").first).to_have_text("1. 回款")
    page.keyboard.press("Control+z")
    expect(page.locator(".stage-name").first).to_have_text("1. 线索")
    _fill_the_last_stage(page)
    _demand_an_approval_of_large_deals(page)
    page.get_by_role("link", name="发布…").click()
    page.wait_for_url("**/draft/publish/")
    page.locator("#f-note").focus()
    page.keyboard.type("第一版：五个阶段")
    pressed(page, "发布")
    page.wait_for_url(re.compile(r"/processes/[\w-]+/$"))
    spec = processes.spec_of(processes.current_version(page.url.rstrip("/").rpartition("/")[2]).pk)
    assert tuple(stage.name for stage in spec.stages) == STAGES
    assert (spec.stages[4].kind, spec.stages[4].probability, spec.stages[4].roles) == ("won", 100, ("finance",))
    (condition,) = spec.stages[3].conditions
    assert (condition.config["by"], condition.when["value"]) == ({"role": "legal"}, "500000")


def _fill_the_last_stage(page: Page) -> None:
    page.locator(".stage-link", has_text="回款").click()
    page.locator("#f-kind").select_option("won")
    page.locator("#f-probability").fill("100")
    page.get_by_label("财务", exact=True).check()
    page.locator("#f-goal").fill("全部货款到账")
    page.locator(".stage-form .btn-primary").click()
    saved(page)


def _demand_an_approval_of_large_deals(page: Page) -> None:
    page.locator(".stage-link", has_text="合同").click()
    page.locator("#new-condition").select_option("process.approval")
    page.get_by_role("button", name="添加条件").click()
    page.get_by_label("法务", exact=True).first.check()
    page.locator("#f-name").fill("法务审核合同")
    page.locator("#field-new").select_option("amount")
    expect(page.locator("#op-0")).to_be_visible()
    page.locator("#op-0").select_option("gt")
    page.locator("[name=value-0]").fill("500000")
    page.locator("#condition .btn-primary").last.click()
    page.wait_for_url("**/stages/*/#conditions")
    expect(page.locator("#conditions")).to_contain_text("法务审核合同")
    expect(page.locator("#conditions")).to_contain_text("500000")


def test_conditions_fields_and_steps_are_put_in_order_by_mouse_and_by_keyboard(
    open_page: OpenPage, admin: User
) -> None:
    drafts.start_draft(actor=Actor.system(), key="trial")
    page = open_page("/processes/trial/draft/stages/talk/", user=admin)
    rows = page.locator("#conditions [data-stage-row]")
    last = rows.nth(4).inner_text()
    rows.nth(4).drag_to(rows.nth(0))
    expect(rows.nth(0)).to_have_text(last, use_inner_text=True)
    page.locator("#down-condition-agreed").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#down-condition-agreed")).to_be_focused()
    expect(rows.nth(1)).to_have_text(last, use_inner_text=True)
    _put_fields_in_order(page)
    _ask_step_by_step(page)
    stage = Draft.objects.get(key="trial").content["stages"][1]
    facts, agreed = stage["conditions"][0], stage["conditions"][1]
    assert (facts["fields"], agreed["key"]) == (["amount", "budget"], "agreed")
    assert [step.get("up_to") for step in agreed["by"]["steps"]] == [50000, 200000, None]
    assert [step["by"] for step in agreed["by"]["steps"]] == [{"leader": True}, {"role": "finance"}, {"role": "legal"}]


def _put_fields_in_order(page: Page) -> None:
    page.goto("/processes/trial/draft/stages/talk/condition/?key=facts")
    fields = page.locator("#f-fields .order-row")
    expect(fields).to_have_text(["预算", "金额"])
    fields.nth(1).locator("[data-order-handle]").drag_to(fields.nth(0), target_position={"x": 30, "y": 2})
    expect(fields).to_have_text(["金额", "预算"])
    page.get_by_role("button", name="把“预算”上移").press("Enter")
    expect(fields).to_have_text(["预算", "金额"])
    expect(page.get_by_role("button", name="把“预算”下移")).to_be_focused()
    page.keyboard.press("Enter")
    expect(fields).to_have_text(["金额", "预算"])
    expect(page.locator("#f-fields [role=status]")).to_have_text("“预算”：第 2 位，共 2 位")
    page.locator("#condition .btn-primary").last.click()
    page.wait_for_url("**/stages/talk/#conditions")


def _ask_step_by_step(page: Page) -> None:
    page.goto("/processes/trial/draft/stages/talk/condition/?key=agreed")
    page.get_by_role("button", name="按金额分别审批").click()
    steps = page.locator(".step-row")
    expect(steps).to_have_count(2)
    page.get_by_role("button", name="再加一级").click()
    expect(steps).to_have_count(3)
    for place, role in ((1, "legal"), (2, "finance")):
        step = steps.nth(place)
        step.locator("input[value='leader:1']").uncheck()
        step.locator(f"input[value='role:{role}']").check()
    expect(steps.nth(2).locator(".step-amount")).to_be_hidden()
    steps.nth(2).locator(".order-up").press("Enter")
    expect(steps.nth(2).locator("input[value='role:legal']")).to_be_checked()
    expect(page.get_by_role("button", name="去掉这一级 级别 2")).to_have_count(1)
    expect(steps.nth(1).locator(".step-number")).to_have_text("级别 2")
    for place, amount in ((0, "50,000"), (1, "5000")):
        steps.nth(place).locator(".step-amount input").fill(amount)
    page.keyboard.press("Enter")
    expect(page.locator(".step-row .field-error")).to_contain_text("5000")
    steps.nth(1).locator(".step-amount input").fill("200000")
    page.locator("#condition .btn-primary").last.click()
    page.wait_for_url("**/stages/talk/#conditions")


def test_who_leaves_what_was_typed_is_asked_and_who_saves_second_is_told(open_page: OpenPage, admin: User) -> None:
    drafts.start_draft(actor=Actor.system(), key="trial")
    address = "/processes/trial/draft/stages/talk/"
    mine, theirs = open_page(address, user=admin), open_page(address, user=admin)
    for page, goal in ((theirs, "对方的目标"), (mine, "我的目标")):
        page.locator("#f-goal").fill(goal)
        page.locator(".stage-form .btn-primary").click()
    saved(theirs)
    expect(mine.locator(".notice-error")).to_contain_text("对方的目标")
    expect(mine.locator("#f-goal")).to_have_value("我的目标")
    mine.locator("#f-goal").press("End")
    with mine.expect_event("dialog") as asked:
        mine.evaluate("setTimeout(() => location.assign('/'), 0)")
    assert asked.value.type == "beforeunload"
    asked.value.dismiss()
    mine.locator(".stage-form .btn-primary").click()
    saved(mine)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_designer_has_no_barriers_and_fits_a_phone(
    open_page: OpenPage, admin: User, barriers: Callable[[Page], list[str]], scheme: str
) -> None:
    drafts.start_draft(actor=Actor.system(), key="trial")
    by_steps = trial()
    by_steps["stages"][2]["conditions"][0]["by"] = {"steps": [{"up_to": 5000, "by": LEGAL}, {"by": {"leader": True}}]}
    drafts.save_draft(actor=Actor.system(), key="trial", seen=1, content=by_steps)
    draft = "/processes/trial/draft/"
    page = open_page("/processes/", user=admin, viewport=PHONE, has_touch=True, color_scheme=scheme)
    found = {}
    for place in (
        "", "stages/talk/", "stages/talk/condition/?key=agreed", "stages/talk/condition/?kind=fields.filled",
        "stages/talk/condition/?key=facts", "stages/work/condition/?key=checked",
        "parts/fields/need/", "parts/actions/", "parts/loss_reasons/", "examples/", "map/", "text/", "publish/",
    ):  # fmt: skip
        page.goto(f"{draft}{place}")
        found[place] = barriers(page)
        if page.evaluate("document.documentElement.scrollWidth") > PHONE["width"]:
            found[place].append("wider than the screen")
    assert {place: faults for place, faults in found.items() if faults} == {}
