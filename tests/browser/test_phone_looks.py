"""What only a browser shows of the small screen: targets of a finger, tables that go on, rows that stand straight."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from dealrail.accounts.models import User
from dealrail.activities.actions.tasks import create_task
from dealrail.crm.actions.fields import create_field
from dealrail.process.actions.lines import create_line
from tests.browser.conftest import OpenPage
from tests.cast import Company, MakeCustomer, MakeDeal, actor_of, walk_to

PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 760}, "has_touch": True}
DESK: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}}
# Those of the elements that answer on less than 44 px of height or width around their middle.
MISSED = """
all => all.filter(one => one.getClientRects().length).filter(one => {
  one.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
  const { left, top, width, height } = one.getBoundingClientRect();
  const hits = (x, y) => one.contains(document.elementFromPoint(left + width / 2 + x, top + height / 2 + y));
  const steps = [...Array(89).keys()].map(step => step - 44);
  return steps.filter(step => hits(0, step)).length < 43 || steps.filter(step => hits(step, 0)).length < 43;
}).map(one => one.outerHTML)
"""
SMALL_WORDS = [
    pytest.param("/deals/", ".list-total a, .list-chips a, .tick-area", id="deals"),
    pytest.param("/customers/", ".list-total a", id="customers"),
    pytest.param("/deals/{deal}/", ".crumbs a", id="deal"),
    pytest.param("/insights/funnel/?process=trial", ".periods a, .strip dd > a, .funnel-table td > a", id="funnel"),
    pytest.param("/team/", ".team-table td > a, .strip dd > a", id="team"),
]


@pytest.mark.usefixtures("company")
def test_a_finger_hits_what_settings_lead_to(open_page: OpenPage, admin: User, rep: User) -> None:
    create_line(actor=actor_of(admin), fields={"name": "软件线", "people": [rep.pk]})
    create_field(actor=actor_of(admin), kind="deal", fields={"name": "评级"})
    page = open_page("/settings/lines/", user=admin, **PHONE)
    assert page.locator(".card-title a").evaluate_all(MISSED) == []
    page.goto("/settings/fields/access/")
    assert page.locator(".role-matrix th a").evaluate_all(MISSED) == []
    page.goto("/people/roles/sales/")
    assert page.locator(".person-link").evaluate_all(MISSED) == []
    page.goto("/settings/layouts/deal/")
    assert page.locator(".arrange-row button:enabled, .arrange-head button:enabled").evaluate_all(MISSED) == []


@pytest.mark.parametrize(("address", "words"), SMALL_WORDS)
def test_a_finger_hits_small_words(
    open_page: OpenPage, manager: User, make_deal: MakeDeal, make_customer: MakeCustomer, address: str, words: str
) -> None:
    deal = make_deal(customer=make_customer().pk)
    page = open_page(address.format(deal=deal.pk), user=manager, **PHONE)
    expect(page.locator(words).first).to_be_visible()
    assert page.locator(words).evaluate_all(MISSED) == []


def test_a_tap_on_a_record_opens_it_and_one_on_its_tick_ticks(
    open_page: OpenPage, rep: User, make_deal: MakeDeal
) -> None:
    deal = make_deal()
    page = open_page("/deals/", user=rep, **PHONE)
    page.locator("[name=record]").tap()
    expect(page.locator("[name=record]")).to_be_checked()
    box = page.locator(".list-stage").bounding_box()
    assert box
    page.mouse.click(box["x"] + 4, box["y"] + 4)
    page.wait_for_url(f"**/deals/{deal.pk}/")


def test_a_task_is_ticked_off_in_its_row_and_opened_by_the_rest(
    open_page: OpenPage, rep: User, make_deal: MakeDeal
) -> None:
    deal = make_deal()
    due = timezone.now() + timedelta(days=1)
    task = create_task(actor=actor_of(rep), title="回访", due_at=due, deal_id=deal.pk)
    page = open_page("/tasks/", user=rep, **PHONE)
    box = page.locator(".list-name").bounding_box()
    assert box
    hit = "([x, y]) => document.elementFromPoint(x, y).closest('a')?.getAttribute('href')"
    assert page.evaluate(hit, [box["x"] + box["width"] - 8, box["y"] + 8]) == f"/deals/{deal.pk}/"
    page.locator(".task-tick").tap()
    expect(page.locator("#messages")).to_contain_text("撤销")
    task.refresh_from_db()
    assert task.done_at


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("has_scripts", [True, False], ids=["scripts", "no scripts"])
def test_the_whole_card_opens_the_deal(
    open_page: OpenPage, rep: User, make_deal: MakeDeal, size: dict[str, Any], has_scripts: bool
) -> None:
    deal = make_deal()
    page = open_page("/board/?process=trial", user=rep, java_script_enabled=has_scripts, **size)
    card = page.locator(f"#deal-{deal.pk}")
    box = card.bounding_box()
    assert box
    card.click(position={"x": box["width"] / 2, "y": box["height"] / 2})
    page.wait_for_url(f"**/deals/{deal.pk}/")


def test_the_gate_on_a_card_still_opens(open_page: OpenPage, rep: User, make_deal: MakeDeal) -> None:
    deal = make_deal()
    page = open_page("/board/?process=trial", user=rep, **DESK)
    page.locator(f"#deal-{deal.pk} .deal-card-gate").click()
    expect(page.locator("dialog[open]")).to_be_visible()
    assert page.url.endswith("/board/?process=trial")


def test_dragging_is_explained_only_where_it_works(open_page: OpenPage, rep: User, make_deal: MakeDeal) -> None:
    make_deal()
    expect(open_page("/board/?process=trial", user=rep, **DESK).locator(".board-keys")).to_be_visible()
    touched = open_page("/board/?process=trial", user=rep, has_touch=True, **DESK)
    plain = open_page("/board/?process=trial", user=rep, java_script_enabled=False, **DESK)
    for page in (touched, plain):
        expect(page.locator(".board-keys")).to_be_hidden()


def test_the_board_opens_on_the_first_stage_with_cards_on_a_phone(
    open_page: OpenPage, rep: User, make_deal: MakeDeal
) -> None:
    deal = walk_to(make_deal(), "talk")
    page = open_page("/board/?process=trial", user=rep, **PHONE)
    expect(page.locator(f"#deal-{deal.pk}")).to_be_in_viewport()
    expect(page.locator(".stage-tabs [aria-current]")).to_have_attribute("href", "#column-talk")
    expect(page.locator(".stage-tabs [aria-current]")).to_be_in_viewport(ratio=1)


def pixel_of(page: Page, x: float, y: float) -> str:
    """What colour a point of the screen has."""
    picture = page.screenshot(clip={"x": x, "y": y, "width": 1, "height": 1}, animations="disabled")
    return picture.hex()


def test_the_edge_of_the_board_says_that_there_is_more(open_page: OpenPage, rep: User, make_deal: MakeDeal) -> None:
    make_deal(process="b2b-software")
    page = open_page("/board/?process=b2b-software", user=rep, **DESK)
    at_start = pixel_of(page, 1438, 320)
    page.evaluate("document.querySelector('.board').scrollLeft = 9999")
    assert pixel_of(page, 1438, 320) != at_start


def test_a_table_that_goes_on_keeps_its_first_column_and_throws_a_shadow(
    open_page: OpenPage, manager: User, make_deal: MakeDeal
) -> None:
    make_deal()
    page = open_page("/insights/funnel/?process=trial", user=manager, **PHONE)
    row = page.locator(".funnel-table tbody tr").first
    row.scroll_into_view_if_needed()
    box = row.locator("th").bounding_box()
    assert box
    edge = (345, box["y"] + 4)
    with_more = pixel_of(page, *edge)
    page.evaluate("document.querySelector('.table-responsive').scrollLeft = 9999")
    expect(row.locator("th")).to_be_in_viewport(ratio=1)
    assert pixel_of(page, *edge) != with_more


def test_the_filters_of_the_funnel_are_one_row_on_a_phone(
    open_page: OpenPage, manager: User, make_deal: MakeDeal
) -> None:
    make_deal(process="b2b-software")
    page = open_page("/insights/funnel/?process=b2b-software", user=manager, **PHONE)
    form = page.locator(".filters").bounding_box()
    assert form
    assert form["height"] <= 56
    cut = "one => one.scrollWidth > one.clientWidth"
    assert not page.locator("#by-process").evaluate(cut)


def test_rows_of_the_checklist_stand_straight_on_a_phone(open_page: OpenPage, rep: User, make_deal: MakeDeal) -> None:
    page = open_page(f"/deals/{make_deal().pk}/", user=rep, **PHONE)
    row = page.locator(".deal-main .gate-row").first
    words, arrow, whole = (
        row.locator(what).bounding_box() for what in (".gate-row-name", ".gate-row-open .icon", "xpath=.")
    )
    assert words
    assert arrow
    assert whole
    assert abs(words["y"] + words["height"] / 2 - arrow["y"] - arrow["height"] / 2) <= 1
    assert whole["height"] <= 50
    expect(row.locator("a.gate-waive")).to_be_hidden()
    row.locator(".gate-row-open").tap()
    expect(page.locator("dialog[open] a.gate-waive").first).to_be_visible()


@pytest.mark.parametrize(("address", "first"), [("/deals/", ".list-name"), ("/customers/", ".list-name")])
def test_the_first_record_stands_high_on_a_phone(
    open_page: OpenPage, rep: User, make_deal: MakeDeal, make_customer: MakeCustomer, address: str, first: str
) -> None:
    make_deal(customer=make_customer().pk)
    page = open_page(address, user=rep, **PHONE)
    box = page.locator(first).first.bounding_box()
    assert box
    assert box["y"] < 310


def test_plans_have_two_rows_of_buttons_on_a_phone(open_page: OpenPage, manager: User) -> None:
    page = open_page("/plans/?view=week", user=manager, **PHONE)
    bar, title = (page.locator(what).bounding_box() for what in (".plans-bar", ".page-head"))
    assert bar
    assert title
    assert bar["height"] <= 100
    assert title["height"] <= 70


@pytest.mark.parametrize("address", ["/people/invite/", "/people/new/"])
def test_ticks_keep_off_their_words_on_a_phone(
    open_page: OpenPage, admin: User, company: Company, address: str
) -> None:
    page = open_page(address, user=admin, **PHONE)
    tick, words = (page.locator(f".ticks {what}").first.bounding_box() for what in ("input", ".form-check-label"))
    assert tick
    assert words
    assert words["x"] - tick["x"] - tick["width"] >= 6


def test_the_first_people_are_asked_for_below_each_other(open_page: OpenPage, admin: User, company: Company) -> None:
    page = open_page("/setup/people/", user=admin, **PHONE)
    boxes = [page.locator(f"#{name}-1").bounding_box() for name in ("name", "role", "unit")]
    tops = [box["y"] for box in boxes if box]
    assert tops == sorted(set(tops))
    assert min(box["width"] for box in boxes if box) >= 280
    for word in ("姓名", "角色", "部门"):
        expect(page.locator(".setup-person").nth(1).get_by_text(word, exact=True)).to_be_visible()
