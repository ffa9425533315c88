"""Settings, pools and the first run in a real browser, on a desk and on a phone."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from dealrail.accounts import queries as accounts
from dealrail.accounts.models import Role, User
from dealrail.crm.actions.pools import release_customer, save_pool
from dealrail.crm.models import Deal
from tests.browser.conftest import OpenPage
from tests.browser.steps import PASSWORD, begin_the_first_run, end_the_first_run
from tests.cast import Company, actor_of, new_customer, new_deal

DESK, PHONE = {"width": 1440, "height": 900}, {"width": 360, "height": 760}
SIZES = pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
SCREENS = [
    "/settings/", "/settings/company/", "/settings/loss-reasons/", "/settings/log/", "/settings/tokens/",
    "/settings/recycle-bin/", "/people/", "/people/invite/", "/people/units/", "/people/roles/", "/catalog/", "/pools/",
    "/pools/new/", "/imports/", "/setup/company/", "/setup/process/", "/setup/people/", "/setup/sheet/",
]  # fmt: skip


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_these_screens_have_no_barriers(
    open_page: OpenPage, admin: User, rep: User, barriers: Callable[[Page], list[str]], scheme: str
) -> None:
    new_deal(rep)
    page, found = open_page("/settings/", user=admin, color_scheme=scheme), {}
    for address in [*SCREENS, f"/people/{rep.pk}/"]:
        page.goto(address)
        found[address] = barriers(page)
    assert {address: faults for address, faults in found.items() if faults} == {}


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
def test_these_screens_are_not_wider_than_a_phone(open_page: OpenPage, admin: User, rep: User, locale: str) -> None:
    new_deal(rep)
    page, wide = open_page("/settings/", user=admin, viewport=PHONE, has_touch=True, locale=locale), {}
    for address in [*SCREENS, f"/people/{rep.pk}/"]:
        page.goto(address)
        wide[address] = page.evaluate("document.documentElement.scrollWidth")
    assert {address: width for address, width in wide.items() if width > PHONE["width"]} == {}


@SIZES
@pytest.mark.usefixtures("company")
def test_somebody_is_invited_and_joins(open_page: OpenPage, admin: User, viewport: dict[str, int]) -> None:
    page = open_page("/people/invite/", user=admin, viewport=viewport, locale="en-GB")
    page.get_by_label("Name", exact=False).first.fill("李雷")
    page.get_by_label("Department", exact=True).select_option(index=1)
    page.locator("input[name=roles]").first.check()
    page.get_by_role("button", name="Make the link").click()
    expect(page.get_by_role("button", name="Copy", exact=True)).to_be_visible()
    link = page.locator(".invite-link").inner_text()
    newcomer = open_page(link, viewport=viewport, locale="en-GB")
    newcomer.get_by_label("Password", exact=False).first.fill(PASSWORD)
    newcomer.get_by_label("Password again", exact=False).fill(PASSWORD)
    newcomer.get_by_role("button", name="Join").click()
    expect(newcomer.locator("h1")).to_contain_text("李雷")


@SIZES
@pytest.mark.usefixtures("company")
def test_who_leaves_hands_everything_over(
    open_page: OpenPage, admin: User, rep: User, colleague: User, viewport: dict[str, int]
) -> None:
    deal = new_deal(rep)
    page = open_page(f"/people/{rep.pk}/", user=admin, viewport=viewport, locale="en-GB")
    page.get_by_label("Who takes it over").select_option(str(colleague.pk))
    page.get_by_role("button", name="Hand everything over and deactivate").click()
    page.get_by_role("button", name=re.compile("^Hand everything to .* and deactivate$")).click()
    expect(page.locator("#messages")).to_contain_text("can't log in any more")
    assert Deal.objects.get(pk=deal.pk).owner == colleague


@pytest.mark.usefixtures("company")
def test_a_tick_in_the_table_of_roles_is_saved(open_page: OpenPage, admin: User) -> None:
    page = open_page("/people/roles/", user=admin, locale="en-GB")
    page.locator('input[name="may-legal"][value="exports.run"]').check()
    page.get_by_role("button", name="Save the table").click()
    expect(page.locator("#messages")).to_contain_text("1 role changed.")
    assert "exports.run" in Role.objects.get(key="legal").permissions


def test_a_department_is_dragged_to_the_top(open_page: OpenPage, admin: User, company: Company) -> None:
    page, unit = open_page("/people/units/", user=admin), company.units["华北组"]
    page.locator(f'tr[data-unit="{unit.pk}"]').drag_to(page.locator(".unit-top"))
    expect(page.locator("#messages")).to_contain_text("华北组")
    unit.refresh_from_db()
    assert unit.parent is None


@SIZES
def test_a_claim_at_the_limit_says_when_to_try_again(
    open_page: OpenPage, admin: User, manager: User, rep: User, company: Company, viewport: dict[str, int]
) -> None:
    save_pool(actor=actor_of(admin), pool_id=company.pool.pk, name="公海", claim_limit=1, claim_days=1)
    for name in ("江北精密", "海川物流"):
        customer = new_customer(manager, name=name)
        release_customer(actor=actor_of(manager), customer_id=customer.pk, reason="没空")
    address = f"/pools/{company.pool.pk}/?kind=customers"
    page = open_page(address, user=rep, viewport=viewport, locale="en-GB")
    expect(page.locator(".allowance")).to_contain_text("You may claim 1 of 1 more today")
    page.get_by_role("button", name="Claim 江北精密").click()
    page.goto(address)
    expect(page.locator(".allowance")).to_contain_text("You may claim 0 of 1 more today")
    expect(page.get_by_role("button", name="Claim 海川物流")).to_be_disabled()
    expect(page.locator(".allowance")).to_contain_text("The limit is reached; you can claim again from")


@SIZES
@pytest.mark.usefixtures("fresh_home")
def test_the_first_run_ends_on_a_filled_board(open_page: OpenPage, viewport: dict[str, int]) -> None:
    page = open_page(f"/setup/?code={accounts.first_run_code()}", viewport=viewport, locale="en-GB")
    begin_the_first_run(page)
    page.get_by_role("link", name="Skip", exact=True).click()
    end_the_first_run(page, bring="sample")
    expect(page.locator("body")).to_contain_text("采购")
