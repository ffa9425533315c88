"""A deal is moved in a real browser: dragged, refused, fulfilled in the dialog; by keys; without scripts."""

import pytest
from playwright.sync_api import Page, expect

from dealrail.accounts.actions.users import set_password
from dealrail.accounts.models import User
from dealrail.crm.actions.deals import change_deal
from dealrail.crm.models import Deal
from tests.browser.conftest import OpenPage
from tests.cast import MakeCustomer, MakeDeal, actor_of, fulfil, stage_of

PASSWORD = "correct-horse-battery"


@pytest.fixture
def deal(make_deal: MakeDeal, make_customer: MakeCustomer) -> Deal:
    """A deal whose gate lacks one field."""
    return make_deal(name="苏州项目", customer=make_customer().pk, amount="120000")


def column(page: Page, card: str) -> str:
    found: str = page.evaluate("id => document.getElementById(id).closest('.board-column').id", card)
    return found


def drag(page: Page, deal: Deal, stage: str) -> None:
    target = page.locator(f"#column-{stage} .board-cards")
    page.locator(f"#deal-{deal.pk}").drag_to(target, target_position={"x": 80, "y": 40})


def test_a_refused_drag_opens_the_dialog_and_moves_when_fulfilled(open_page: OpenPage, rep: User, deal: Deal) -> None:
    page = open_page("/board/?process=trial", user=rep)
    drag(page, deal, "talk")
    expect(page.locator("dialog[open]")).to_be_visible()
    assert column(page, f"deal-{deal.pk}") == "column-lead"
    expect(page.locator("[name='field.need']")).to_be_focused()
    page.locator("[name='field.need']").fill("三十人记账")
    page.locator("dialog[open] .dialog-foot .btn-primary").click()
    expect(page.locator(f"#column-talk #deal-{deal.pk}")).to_be_visible()
    expect(page.locator("#slot dialog")).to_have_count(0)
    expect(page.locator("#head-talk .board-count")).to_have_text("1")
    assert stage_of(deal) == "talk"


def test_an_open_gate_lets_a_drag_through_at_once(open_page: OpenPage, rep: User, deal: Deal) -> None:
    fulfil(deal)
    page = open_page("/board/?process=trial", user=rep)
    drag(page, deal, "talk")
    expect(page.locator(f"#column-talk #deal-{deal.pk}")).to_be_visible()
    assert stage_of(deal) == "talk"


def test_a_stage_that_no_move_leads_to_takes_no_card(open_page: OpenPage, rep: User, deal: Deal) -> None:
    page = open_page("/board/?process=trial", user=rep)
    drag(page, deal, "work")
    assert column(page, f"deal-{deal.pk}") == "column-lead"
    assert stage_of(deal) == "lead"


def test_a_stale_card_goes_back_with_a_word(open_page: OpenPage, rep: User, deal: Deal) -> None:
    fulfil(deal)
    page = open_page("/board/?process=trial", user=rep)
    change_deal(actor=actor_of(rep), deal_id=deal.pk, fields={"name": "新名称"})
    drag(page, deal, "talk")
    expect(page.locator("#messages .notice-error")).to_be_visible()
    expect(page.locator(f"#column-lead #deal-{deal.pk}")).to_contain_text("新名称")


def test_a_card_moves_with_the_keyboard(open_page: OpenPage, rep: User, deal: Deal) -> None:
    fulfil(deal)
    page = open_page("/board/?process=trial", user=rep)
    page.locator(f"#deal-{deal.pk} a").first.focus()
    page.keyboard.press("m")
    expect(page.locator("dialog[open] button").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(f"#column-talk #deal-{deal.pk}")).to_be_visible()


def test_a_refused_dialog_keeps_what_was_typed(open_page: OpenPage, rep: User, make_deal: MakeDeal) -> None:
    deal = make_deal(process="b2b-software")
    page = open_page(f"/deals/{deal.pk}/", user=rep)
    page.locator(".path-go").click()
    page.locator("dialog[open] [name='action.verify-lead.note']").fill("电话核实过了")
    page.locator("dialog[open] [name='field.customer']").fill("没有这家公司")
    page.locator("dialog[open] .btn-primary").click()
    expect(page.locator("dialog[open] [name='field.customer']")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("dialog[open] [name='field.customer']")).to_have_value("没有这家公司")
    expect(page.locator("dialog[open] [name='field.customer']")).to_be_focused()
    expect(page.locator("dialog[open] [name='action.verify-lead.note']")).to_have_value("电话核实过了")


def test_a_deal_moves_without_scripts(open_page: OpenPage, rep: User, deal: Deal) -> None:
    page = open_page("/board/?process=trial", user=rep, java_script_enabled=False)
    page.locator(f"#deal-{deal.pk} .deal-card-gate").click()
    page.locator("[name='field.need']").fill("三十人记账")
    page.locator(".card-footer .btn-primary").click()
    page.wait_for_url(f"**/deals/{deal.pk}/")
    assert stage_of(deal) == "talk"


def test_one_logs_in_and_out(open_page: OpenPage, rep: User, admin: User) -> None:
    set_password(actor=actor_of(admin), user_id=rep.pk, password=PASSWORD)
    page = open_page("/login/")
    page.locator("#login").fill("rep")
    page.locator("#password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/")
    page.locator(".topbar .menu summary", has_text=rep.name).click()
    page.locator(".topbar form[action='/logout/'] button").click()
    page.wait_for_url("**/login/**")


def test_a_long_column_loads_more_in_place(open_page: OpenPage, rep: User, make_deal: MakeDeal) -> None:
    for _ in range(42):
        make_deal()
    page = open_page("/board/?process=trial", user=rep)
    cards = page.locator("#column-lead .deal-card")
    expect(cards).to_have_count(40)
    page.locator("#column-lead .deal-card").last.scroll_into_view_if_needed()
    page.locator("#column-lead .board-cards").evaluate("list => list.scrollTo(0, list.scrollHeight)")
    expect(cards).to_have_count(42)
    expect(page.locator(".board-more")).to_have_count(0)


def test_a_dialog_brought_by_a_menu_takes_its_step(open_page: OpenPage, rep: User, deal: Deal) -> None:
    page = open_page(f"/deals/{deal.pk}/", user=rep)
    page.locator(".page-actions .menu summary").click()
    page.locator(".page-actions .menu .is-grave").click()
    page.locator("dialog[open] .btn-grave").click()
    expect(page.locator("dialog[open] [name=reason]")).to_have_attribute("aria-invalid", "true")
    page.locator("dialog[open] [name=reason]").select_option("price")
    page.locator("dialog[open] .btn-grave").click()
    expect(page.locator(".path .state-lost")).to_be_visible()


def drag_through(page: Page, deal: Deal, *stages: str) -> None:
    """Drag a card as a hand does: slowly, across one column after the other."""
    page.locator(f"#deal-{deal.pk}").hover()
    page.mouse.down()
    for stage in stages:
        box = page.locator(f"#column-{stage} .board-cards").bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 30, steps=12)
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 40, steps=4)
    page.mouse.up()


def test_a_drag_across_a_stage_says_that_none_can_be_skipped(open_page: OpenPage, rep: User, deal: Deal) -> None:
    fulfil(deal)
    page = open_page("/board/?process=trial", user=rep)
    drag_through(page, deal, "talk", "work")
    said = page.locator("#messages .notice")
    expect(said).to_contain_text("洽谈")
    expect(said).to_contain_text("交付")
    expect(page.locator("dialog[open]")).to_have_count(0)
    assert column(page, f"deal-{deal.pk}") == "column-lead"
    assert stage_of(deal) == "lead"


def test_a_slow_drag_into_the_next_stage_moves_the_card(open_page: OpenPage, rep: User, deal: Deal) -> None:
    fulfil(deal)
    page = open_page("/board/?process=trial", user=rep)
    drag_through(page, deal, "talk")
    expect(page.locator(f"#column-talk #deal-{deal.pk}")).to_be_visible()
    assert stage_of(deal) == "talk"


def test_closing_a_dialog_asks_before_what_was_typed_is_lost(open_page: OpenPage, rep: User, deal: Deal) -> None:
    page = open_page(f"/deals/{deal.pk}/", user=rep)
    page.locator(".path-go").click()
    need = page.locator("dialog[open] [name='field.need']")
    need.fill("三十人记账")
    page.keyboard.press("Escape")
    expect(page.locator(".dialog-ask")).to_be_visible()
    expect(page.locator("[data-keep]")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".dialog-ask")).to_have_count(0)
    expect(need).to_have_value("三十人记账")
    page.locator("dialog[open] [data-close]").click()
    page.locator("[data-discard]").click()
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_closing_a_dialog_without_a_word_typed_just_closes_it(open_page: OpenPage, rep: User, deal: Deal) -> None:
    page = open_page(f"/deals/{deal.pk}/", user=rep)
    page.locator(".path-go").click()
    expect(page.locator("dialog[open]")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_a_refused_dialog_asks_too(open_page: OpenPage, rep: User, make_deal: MakeDeal) -> None:
    deal = make_deal(process="b2b-software")
    page = open_page(f"/deals/{deal.pk}/", user=rep)
    page.locator(".path-go").click()
    page.locator("dialog[open] [name='field.customer']").fill("没有这家公司")
    page.locator("dialog[open] .btn-primary").click()
    expect(page.locator("dialog[open] [name='field.customer']")).to_have_attribute("aria-invalid", "true")
    page.keyboard.press("Escape")
    expect(page.locator(".dialog-ask")).to_be_visible()


def test_a_waiver_does_not_throw_away_what_was_typed(open_page: OpenPage, manager: User, deal: Deal) -> None:
    page = open_page(f"/deals/{deal.pk}/", user=manager)
    page.locator(".path-go").click()
    page.locator("dialog[open] [name='field.need']").fill("三十人记账")
    page.locator("dialog[open] .gate-waive").click()
    expect(page.locator(".dialog-ask")).to_be_visible()
    page.locator("[data-discard]").click()
    expect(page.locator("dialog[open] [type=radio]:checked")).to_have_value("basics")


def test_what_was_typed_on_the_page_goes_along_into_the_dialog(open_page: OpenPage, rep: User, deal: Deal) -> None:
    page = open_page(f"/deals/{deal.pk}/", user=rep)
    page.locator("#gate-inline [name='field.need']").fill("三十人记账")
    page.locator(".path-go").click()
    expect(page.locator("dialog[open] [name='field.need']")).to_have_value("三十人记账")


def test_keys_show_themselves_and_open_the_search(open_page: OpenPage, rep: User, deal: Deal) -> None:
    page = open_page("/", user=rep)
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    page.keyboard.press("/")
    expect(page.locator(".palette-input")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    expect(page.locator(".palette-input")).to_be_focused()
    page.locator(".palette-input").press_sequentially("苏州")
    expect(page.locator(f"#palette a[href='/deals/{deal.pk}/']")).to_be_visible()


def test_the_page_shows_what_was_done_once_the_refused_rest_is_closed(
    open_page: OpenPage, rep: User, make_deal: MakeDeal
) -> None:
    deal = make_deal(process="b2b-software")
    page = open_page(f"/deals/{deal.pk}/", user=rep)
    page.locator(".path-go").click()
    page.locator("dialog[open] [name='field.customer']").fill("苏州新芽科技有限公司")
    page.locator("dialog[open] [name='field.customer.new']").check()
    page.locator("dialog[open] [name='contact.reachable.0.name']").fill("王经理")
    page.locator("dialog[open] [name='contact.reachable.0.phone']").fill("12345")
    page.locator("dialog[open] .btn-primary").click()
    expect(page.locator("dialog[open] [name='contact.reachable.0.phone']")).to_be_focused()
    page.locator("dialog[open] [data-close]").click()
    page.locator("[data-discard]").click()
    expect(page.locator("#facts")).to_contain_text("苏州新芽科技有限公司")
