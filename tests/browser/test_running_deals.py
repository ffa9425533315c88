"""A stage added to a process with 300 running deals: tried, published, mapped, and rolled back, in a real browser."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from dealrail.accounts.models import User
from dealrail.crm.actions.history import PastDeal, place_deals
from dealrail.crm.clocks import step_migrations, step_trials
from dealrail.crm.models import Deal
from dealrail.process import queries as processes
from dealrail.process.history import Placement
from dealrail.process.rules import State
from tests.browser.conftest import OpenPage
from tests.browser.test_designer import pressed
from tests.cast import Company, actor_of, new_customer

pytestmark = pytest.mark.usefixtures("company")
DEALS = 300


def deals_under_way(owner: User) -> None:
    customer, began = new_customer(owner), datetime(2026, 3, 2, 1, tzinfo=UTC)
    past = [
        PastDeal(
            fields={"name": f"老单{number}", "customer": customer.pk},
            placement=Placement(stage="talk", state=State.OPEN, entered={"talk": began}),
            owner_id=owner.pk,
        )
        for number in range(DEALS)
    ]
    place_deals(actor=actor_of(None), process="trial", deals=past)


def worked_off() -> None:
    """What the worker has to do for trials and migrations."""
    while step_trials() or step_migrations():
        pass


def standing() -> dict[tuple[int, str], int]:
    """How many deals stand in which stage of which version."""
    found: dict[tuple[int, str], int] = {}
    for number, stage in Deal.objects.values_list("run__version__number", "run__stage__key"):
        found[number, stage] = found.get((number, stage), 0) + 1
    return found


def test_a_stage_is_added_to_300_running_deals_tried_published_mapped_and_rolled_back(
    open_page: OpenPage, admin: User, company: Company
) -> None:
    deals_under_way(company.people["rep"])
    page = open_page("/processes/trial/", user=admin)
    _begin_from(page, 1)
    _add_a_stage_after_talk(page)
    page.get_by_role("link", name="发布…").click()
    page.wait_for_url("**/draft/publish/")
    page.get_by_role("link", name="用在途商机试运行").click()
    page.wait_for_url("**/processes/trial/running/**")
    pressed(page, "试运行")
    page.wait_for_url("**/trials/*/")
    worked_off()
    expect(page.locator("dl.strip")).to_contain_text(str(DEALS))
    _publish(page, "多一个验证阶段")
    _take_over(page, {"talk": "验证"})
    assert [stage for number, stage in standing() if number == 2] == [_key_of_new_stage()]
    # rolled back: version 1 becomes version 3, and the deals go back to where they were
    _begin_from(page, 1)
    _publish(page, "回到第 1 版")
    _take_over(page, {_key_of_new_stage(): "洽谈"})
    assert standing() == {(3, "talk"): DEALS}


def _key_of_new_stage() -> str:
    return processes.spec_of(processes.version("trial", 2).pk).stages[2].key


def _begin_from(page: Page, number: int) -> None:
    page.goto(f"/processes/trial/versions/{number}/")
    page.locator("form[action$='/draft/start/'] button").press("Enter")
    page.wait_for_url("**/draft/")


def _add_a_stage_after_talk(page: Page) -> None:
    page.locator("#new-stage").fill("验证")
    page.keyboard.press("Enter")
    expect(page.locator(".stage-name").last).to_contain_text("验证")
    page.locator(".stage-row").nth(3).drag_to(page.locator(".stage-row").nth(2))
    expect(page.locator(".stage-name").nth(2)).to_contain_text("验证")


def _publish(page: Page, why: str) -> None:
    page.goto("/processes/trial/draft/publish/")
    page.locator("#f-note").focus()
    page.keyboard.type(why)
    pressed(page, "发布")
    page.wait_for_url("**/processes/trial/")


def _take_over(page: Page, leads: dict[str, str]) -> None:
    page.goto("/processes/trial/running/")
    for old, new in leads.items():
        page.locator(f"#to-{old}").select_option(label=new)
    page.locator("button[name=step][value=migrate]").click()
    page.locator("#f-note").fill("新打法")
    page.locator("button[name=step][value=confirmed]").click()
    page.wait_for_url("**/migrations/*/")
    worked_off()
    expect(page.locator("main")).to_contain_text(f"{DEALS}")
