"""Lists and the board in a real browser: columns, filters, views, bulk steps with a refused row, two people at once."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from dealrail.accounts.models import User
from dealrail.crm.actions.deals import advance_deal
from dealrail.crm.models import BulkJob, SavedView
from tests.browser.conftest import OpenPage
from tests.cast import MakeDeal, actor_of, fresh, fulfil, walk_on

WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 360, "height": 740}
SCREENS = pytest.mark.parametrize(
    ("viewport", "locale"), [(WIDE, "zh-CN"), (NARROW, "zh-CN"), (NARROW, "en")], ids=["desk", "phone", "phone-en"]
)
TELL = "document.dispatchEvent(new Event('visibilitychange'))"


@SCREENS
def test_a_transfer_of_many_with_one_refused_and_undone(
    open_page: OpenPage,
    manager: User,
    rep: User,
    colleague: User,
    stranger: User,
    make_deal: MakeDeal,
    viewport: dict[str, int],
    locale: str,
) -> None:
    free, changed = make_deal(name="能转"), make_deal(name="被改过")
    page = open_page("/deals/", user=manager, viewport=viewport, locale=locale)
    for deal in (free, changed):
        page.locator(f"[name=record][value^='{deal.pk}:']").check()
    walk_on(changed)
    page.locator(".bulk-bar summary", has=page.locator("use[href$='#transfer']")).click()
    page.locator("[name='transfer.owner']").select_option(str(colleague.pk))
    page.locator(".bulk-bar [value=transfer]").click()
    page.wait_for_url("**/bulk/*/")
    expect(page.locator(".chip-amber")).to_have_count(1)
    assert (fresh(free).owner, fresh(changed).owner) == (colleague, rep)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator("form[action$='/again/'] .btn-primary").click()
    expect(page.locator("#bulk-state .chip-green")).to_have_count(1)
    assert fresh(changed).owner == colleague
    page.locator("form[action$='/undo/'] button").click()
    expect(page.locator("#bulk-state .chip-green")).to_have_count(1)
    assert fresh(changed).owner == rep
    assert BulkJob.objects.count() == 3


@SCREENS
def test_columns_are_chosen_with_the_keyboard(
    open_page: OpenPage, rep: User, make_deal: MakeDeal, viewport: dict[str, int], locale: str
) -> None:
    make_deal()
    page = open_page("/deals/", user=rep, viewport=viewport, locale=locale)
    page.locator("a[hx-get*='/columns/']").click()
    page.locator("[data-up][value=stage]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-up][value=stage]")).to_be_focused()
    page.locator("[name=col][value=created_at]").focus()
    page.keyboard.press("Space")
    page.locator("dialog[open] .btn-primary").click()
    page.wait_for_url("**cols=stage%2Ccustomer**")
    expect(page.locator("td.list-stage")).to_have_count(1)
    expect(page.locator("td.list-created_at")).to_have_count(0)


@SCREENS
def test_a_filter_is_built_kept_as_a_view_and_changed(
    open_page: OpenPage, rep: User, make_deal: MakeDeal, viewport: dict[str, int], locale: str
) -> None:
    make_deal(name="大单", amount="900")
    make_deal(name="小单", amount="1")
    page = open_page("/deals/?all=1", user=rep, viewport=viewport, locale=locale)
    page.locator("a[hx-get*='/filter/']").click()
    page.locator("#field-new").select_option("amount")
    page.locator("#op-0").select_option("gte")
    expect(page.locator("#op-0")).to_have_value("gte")
    page.locator("[name='value-0']").fill("500")
    page.locator("dialog[open] [name=apply].btn").click()
    expect(page.locator(".list-name")).to_have_count(1)
    expect(page.locator(".list-chips .chip")).to_have_count(1)
    page.locator(".views > .menu > summary").click()
    page.locator(".views-new").click()
    page.locator("#view-name").fill("大单")
    page.locator("dialog[open] .btn-primary").click()
    expect(page.locator(".views summary")).to_contain_text("大单")
    page.locator(".list-chips .chip").click()
    expect(page.locator(".views-changed")).to_be_visible()
    page.locator(".views-changed form button").click()
    expect(page.locator(".views-changed")).to_have_count(0)
    assert "filter" not in SavedView.objects.get().query
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_field_chosen_before_the_script_is_there_counts(open_page: OpenPage, rep: User) -> None:
    page = open_page("/deals/", user=rep)
    held: list[Route] = []
    chosen = False
    page.route("**/*.js", lambda route: route.continue_() if chosen else held.append(route))
    page.goto("/deals/filter/", wait_until="commit")
    page.locator("#field-new").select_option("amount")
    chosen = True  # what is asked for from now on isn't held
    for route in held:
        route.continue_()
    expect(page.locator("#op-0")).to_be_visible()


def test_a_filter_is_built_without_scripts(open_page: OpenPage, rep: User, make_deal: MakeDeal) -> None:
    make_deal(name="大单", amount="900")
    make_deal(name="小单", amount="1")
    page = open_page("/deals/filter/", user=rep, java_script_enabled=False)
    page.locator("#field-new").select_option("amount")
    page.locator("[name=look]").click()
    page.locator("#op-0").select_option("gte")
    page.locator("[name='value-0']").fill("500")
    page.locator(".card-footer [name=apply]").click()
    expect(page.locator(".list-name")).to_have_count(1)


@SCREENS
def test_the_second_sees_what_the_first_moved(
    open_page: OpenPage, rep: User, manager: User, make_deal: MakeDeal, viewport: dict[str, int], locale: str
) -> None:
    deal = make_deal(name="苏州项目", amount="120000")
    fulfil(deal)
    page = open_page("/board/?process=trial", user=manager, viewport=viewport, locale=locale)
    expect(page.locator(f"#column-lead #deal-{deal.pk}")).to_have_count(1)
    advance_deal(actor=actor_of(rep), deal_id=deal.pk)
    page.evaluate(TELL)
    expect(page.locator(f"#column-talk #deal-{deal.pk}")).to_have_count(1)
    expect(page.locator("#head-talk .board-count")).to_have_text("1")
    expect(page.locator("[data-news-said]")).to_contain_text("1")
    new = make_deal(name="新来的")
    page.evaluate(TELL)
    expect(page.locator(f"#column-lead #deal-{new.pk}")).to_have_count(1)


def test_a_stale_drag_puts_the_card_where_it_is(open_page: OpenPage, rep: User, make_deal: MakeDeal) -> None:
    deal = make_deal(name="苏州项目")
    fulfil(deal)
    page = open_page("/board/?process=trial", user=rep, viewport=WIDE)
    advance_deal(actor=actor_of(rep), deal_id=deal.pk)
    target = page.locator("#column-talk .board-cards")
    page.locator(f"#deal-{deal.pk}").drag_to(target, target_position={"x": 80, "y": 40})
    expect(page.locator("#messages .notice-error")).to_be_visible()
    expect(page.locator(f"#column-talk #deal-{deal.pk}")).to_have_count(1)


def test_going_back_to_a_list_the_bar_counts_what_is_ticked(
    open_page: OpenPage, manager: User, make_deal: MakeDeal
) -> None:
    deals = [make_deal(name=f"商机{number}") for number in range(3)]
    page = open_page("/deals/", user=manager, viewport=WIDE, locale="zh-CN")
    for deal in deals[:2]:
        page.locator(f"[name=record][value^='{deal.pk}:']").check()
    page.locator(".bulk-bar details", has=page.locator("[value=advance]")).locator("summary").click()
    page.locator(".bulk-bar [value=advance]").click()
    page.wait_for_url("**/bulk/*/")
    page.go_back()
    page.wait_for_load_state("load")
    ticked = page.locator("[name=record]:checked").count()
    expect(page.locator("[data-ticked=bulk]")).to_have_text(str(ticked))
    page.locator("[data-tick-all=bulk]").check()
    expect(page.locator("[data-ticked=bulk]")).to_have_text("3")


def test_what_a_step_lacks_stands_at_its_field_with_the_ticks_kept(
    open_page: OpenPage, manager: User, make_deal: MakeDeal
) -> None:
    deal = make_deal()
    page = open_page("/deals/", user=manager, viewport=NARROW, locale="zh-CN")
    page.locator(f"[name=record][value^='{deal.pk}:']").check()
    page.locator(".bulk-bar summary", has=page.locator("use[href$='#transfer']")).click()
    page.locator(".bulk-bar [value=transfer]").click()
    expect(page.locator(".bulk-bar .field-error")).to_have_text("请选择接手人。")
    expect(page.locator("[name=record]:checked")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert not BulkJob.objects.exists()


@pytest.mark.parametrize("address", ["/deals/", "/tasks/", "/follow-ups/", "/contacts/", "/customers/", "/bulk/"])
def test_lists_keep_nobody_out(
    open_page: OpenPage, barriers: Callable[[Page], list[str]], rep: User, make_deal: MakeDeal, address: str
) -> None:
    make_deal()
    page = open_page(address, user=rep, viewport=NARROW)
    assert barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
