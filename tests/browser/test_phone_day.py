"""A rep's day on a phone: double taps, sessions that end, no network, the way back."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import FilePayload, Page, Route, expect

from dealrail.accounts.models import User
from dealrail.activities.actions.tasks import create_task
from dealrail.activities.models import Activity, Attachment, Comment
from dealrail.crm.actions.customers import create_contact
from dealrail.crm.models import Deal
from tests.browser.conftest import OpenPage, log_in_as
from tests.browser.steps import go_home_and_send, press_move, wait_until_kept
from tests.cast import MakeCustomer, MakeDeal, actor_of, walk_to

PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 760}, "has_touch": True}
DESK: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}}
SIZES = pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
PAPER: FilePayload = {"name": "报价.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4"}


@pytest.fixture
def deal(make_deal: MakeDeal, make_customer: MakeCustomer) -> Deal:
    """A deal of the rep with a customer."""
    return make_deal(name="苏州项目", customer=make_customer().pk)


@SIZES
def test_a_double_press_writes_one_comment(open_page: OpenPage, rep: User, deal: Deal, size: dict[str, Any]) -> None:
    page = open_page(f"/deals/{deal.pk}/#timeline", user=rep, **size)
    page.locator("#comment-text").fill("@销售主管 看一下报价")
    page.locator("#comment-text").press("Escape")
    page.locator(".comment-foot button").dblclick()
    expect(page.locator("#comment-text")).to_have_value("")
    expect(page.locator(".timeline-comment")).to_have_count(1)
    page.wait_for_load_state("networkidle")
    assert Comment.objects.count() == 1


@SIZES
def test_a_comment_outlives_a_session_that_ended(
    open_page: OpenPage, rep: User, deal: Deal, size: dict[str, Any]
) -> None:
    page = open_page(f"/deals/{deal.pk}/#timeline", user=rep, **size)
    page.locator("#comment-text").fill("客户周五要报价")
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    page.locator(".comment-foot button").click()
    page.wait_for_url("**/login/**")
    log_in_as(page, rep)
    page.goto(f"/deals/{deal.pk}/#timeline")
    expect(page.locator("#comment-text")).to_have_value("客户周五要报价")
    page.locator(".comment-foot button").click()
    expect(page.locator(".timeline-comment")).to_have_count(1)
    page.reload()
    expect(page.locator("#comment-text")).to_have_value("")


def test_a_chosen_file_is_sent_once_and_without_a_second_button(open_page: OpenPage, rep: User, deal: Deal) -> None:
    page = open_page(f"/deals/{deal.pk}/", user=rep, **DESK)
    sent: list[str] = []

    def slowly(route: Route) -> None:
        if not sent:
            page.evaluate("document.querySelector('form[data-upload]').requestSubmit()")
        sent.append(route.request.method)
        route.continue_()

    expect(page.locator("form[data-upload] button")).to_be_hidden()
    page.route("**/files/", slowly)
    page.locator("#files-input").set_input_files([PAPER])
    expect(page.locator(".file-row")).to_have_count(1)
    expect(page.locator("#files .notice-error")).to_have_count(0)
    assert sent == ["POST"]
    assert Attachment.objects.count() == 1


def test_picking_a_deal_for_a_follow_up_reads_in_whole_lines(open_page: OpenPage, rep: User, deal: Deal) -> None:
    page = open_page("/follow-up/", user=rep, **PHONE)
    row = page.locator(".pick-row").first
    words = row.locator(".row-words")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert float(words.evaluate("one => one.getBoundingClientRect().width")) >= 150
    assert words.evaluate("one => getComputedStyle(one).borderTopWidth") == "0px"


def test_a_task_ticked_without_network_says_so_on_the_page(open_page: OpenPage, rep: User, deal: Deal) -> None:
    page = with_task(open_page, rep, deal)
    page.context.set_offline(True)
    page.locator(".task-tick").first.tap()
    expect(page.locator("#messages")).to_contain_text("没有网络")
    page.context.set_offline(False)
    page.locator(".task-tick").first.tap()
    expect(page.locator("#messages")).to_contain_text("少一件")


def with_task(open_page: OpenPage, rep: User, deal: Deal) -> Page:
    """The workbench of a rep with a task for today."""
    create_task(actor=actor_of(rep), title="回电话", deal_id=deal.pk, due_at=timezone.now())
    return open_page("/", user=rep, **PHONE)


@pytest.mark.parametrize("way", ["by the big button", "by the row"])
def test_from_the_kept_workbench_a_follow_up_is_written_on_any_deal_of_mine(
    open_page: OpenPage, rep: User, deal: Deal, make_deal: MakeDeal, way: str
) -> None:
    make_deal(name="无锡项目")
    create_task(actor=actor_of(rep), kind="plan", title="回访", deal_id=deal.pk, due_at=timezone.now())
    page = open_page("/", user=rep, **PHONE)
    wait_until_kept(page, "/", "/follow-up/", "/follow-up/any/")
    page.context.set_offline(True)
    page.reload()
    if way == "by the big button":
        page.locator(".thumb").tap()
        page.locator(".pick-row", has_text="苏州项目").tap()
    else:
        page.locator(f"[hx-get^='/deals/{deal.pk}/follow-up/']").first.tap()
    expect(page.locator("[name=deal]")).to_have_value(str(deal.pk))
    page.locator("form[data-follow-up] textarea").fill("地下室里写的")
    page.get_by_role("button", name="保存跟进").click()
    expect(page.locator("[data-unsent]")).to_contain_text("1 条待发送")
    page.context.set_offline(False)
    expect(page.locator("[data-unsent]")).to_be_hidden()
    made = Activity.objects.get()
    assert (made.deal, made.text) == (deal, "地下室里写的")


def test_the_form_for_any_deal_asks_for_one_and_works_with_network(open_page: OpenPage, rep: User, deal: Deal) -> None:
    page = open_page("/follow-up/any/", user=rep, **PHONE)
    page.locator("form[data-follow-up] textarea").fill("聊了预算")
    page.get_by_role("button", name="保存跟进").click()
    expect(page.locator("[data-refusal]")).to_contain_text("商机")
    page.locator("[name=deal]").select_option(str(deal.pk))
    page.get_by_role("button", name="保存跟进").click()
    page.wait_for_url(f"**/deals/{deal.pk}/")
    assert Activity.objects.get().deal == deal


def test_what_was_kept_for_one_person_goes_with_the_log_out(open_page: OpenPage, rep: User, deal: Deal) -> None:
    page = open_page("/", user=rep, **PHONE)
    wait_until_kept(page, "/follow-up/any/")
    page.goto("/logout/")
    page.locator("main form button").click()
    page.wait_for_url("**/login/**")
    assert page.evaluate("caches.open('pages').then(kept => kept.keys()).then(keys => keys.length)") == 0


def test_whom_to_call_stands_above_what_happened_and_under_the_thumb(
    open_page: OpenPage, rep: User, make_customer: MakeCustomer
) -> None:
    customer = make_customer()
    create_contact(actor=actor_of(rep), customer_id=customer.pk, fields={"name": "周敏", "phone": "13900002222"})
    page = open_page(f"/customers/{customer.pk}/", user=rep, **PHONE)
    call = page.locator(".contact-row .call")
    assert call.get_attribute("href") == "tel:13900002222"
    box, timeline = call.bounding_box(), page.locator("#timeline-heading").bounding_box()
    assert box
    assert timeline
    assert box["height"] >= 44
    assert box["y"] < timeline["y"]


def test_a_task_ticked_by_mistake_is_taken_back(open_page: OpenPage, rep: User, deal: Deal) -> None:
    page = with_task(open_page, rep, deal)
    page.locator(".task-tick").first.tap()
    page.locator("#messages button").tap()
    expect(page.locator("#messages")).to_contain_text("回电话")
    expect(page.locator(".task-tick")).to_have_count(1)


def test_a_gate_closed_on_a_slow_machine_leaves_the_page_alone(open_page: OpenPage, rep: User, deal: Deal) -> None:
    page = open_page(f"/deals/{deal.pk}/", user=rep, **PHONE)
    press_move(page)
    page.evaluate(
        """() => {
            const soon = window.setTimeout;
            window.setTimeout = (go, wait, ...told) => soon(go, wait < 10 ? 400 : wait, ...told);
            window.isTheSame = true;
        }"""
    )
    page.keyboard.press("Escape")
    page.wait_for_function("() => !history.state?.sheet")
    page.wait_for_timeout(800)
    assert page.evaluate("window.isTheSame")


def test_back_closes_the_gate_as_esc_does(open_page: OpenPage, rep: User, deal: Deal) -> None:
    page = open_page("/", user=rep, **PHONE)
    page.goto(f"/deals/{deal.pk}/")
    gate = press_move(page)
    page.evaluate("window.isTheSame = true")
    page.go_back()
    expect(page.locator("dialog[open]")).to_have_count(0)
    press_move(page)
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
    page.wait_for_function("() => !history.state?.sheet")
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.isTheSame")
    expect(page).to_have_url(re.compile(f"/deals/{deal.pk}/"))
    gate = press_move(page)
    written = gate.locator("[data-unmet] :is(input:not([type=hidden]), textarea)").first
    written.fill("写到一半")
    page.go_back()
    expect(gate.locator(".dialog-ask")).to_be_visible()
    expect(written).to_have_value("写到一半")
    gate.locator("[data-discard]").click()
    expect(page.locator("dialog[open]")).to_have_count(0)
    page.wait_for_function("() => !history.state?.sheet")
    page.go_back()
    expect(page).to_have_url(re.compile(r":\d+/$"))


def test_the_board_on_a_phone_remembers_the_stage(open_page: OpenPage, rep: User, deal: Deal) -> None:
    walk_to(deal, "talk")
    page = open_page("/board/?process=trial", user=rep, **PHONE)
    page.locator(".stage-tabs a[href='#column-talk']").tap()
    expect(page).to_have_url(re.compile("#column-talk$"))
    page.locator("#column-talk .deal-card a").first.tap()
    page.wait_for_url(f"**/deals/{deal.pk}/**")
    page.go_back()
    expect(page).to_have_url(re.compile("#column-talk$"))
    expect(page.locator("#column-talk")).to_be_in_viewport(ratio=0.6)
    expect(page.locator(".stage-tabs a[href='#column-talk']")).to_have_attribute("aria-current", "")


def test_a_page_kept_since_another_day_names_its_quick_days_anew(open_page: OpenPage, rep: User, deal: Deal) -> None:
    page = open_page("/", user=rep, **PHONE)
    page.clock.install(time=datetime(2030, 5, 3, 9, tzinfo=UTC))
    page.goto(f"/deals/{deal.pk}/follow-up/")
    tomorrow = page.locator(".pick", has=page.locator("[value=tomorrow]"))
    expect(tomorrow).to_contain_text("下个工作日")
    expect(tomorrow).to_contain_text("周一")
    tomorrow.tap()
    expect(page.locator("[name=next_step_at]")).to_have_value("2030-05-06T10:00")


def test_a_follow_up_after_the_session_says_that_a_login_is_wanted(open_page: OpenPage, rep: User, deal: Deal) -> None:
    page = open_page(f"/deals/{deal.pk}/follow-up/", user=rep, **PHONE)
    page.locator("form[data-follow-up] textarea").fill("会话已结束")
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    page.get_by_role("button", name="保存跟进").click()
    expect(page.locator("#messages")).to_contain_text("重新登录")
    expect(page.locator("#messages a")).to_have_attribute("href", re.compile(r"/login/\?next="))
    log_in_as(page, rep)
    go_home_and_send(page)
    assert Activity.objects.get().text == "会话已结束"


def test_the_workbench_shows_what_the_outbox_sent(open_page: OpenPage, rep: User, deal: Deal) -> None:
    task = create_task(actor=actor_of(rep), kind="plan", title="回访客户", deal_id=deal.pk, due_at=timezone.now())
    page = open_page(f"/deals/{deal.pk}/follow-up/", user=rep, **PHONE)
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    page.locator("form[data-follow-up] textarea").fill("打过电话了")
    page.get_by_role("button", name="保存跟进").click()
    expect(page.locator("#messages")).to_contain_text("重新登录")
    log_in_as(page, rep)
    page.goto("/")
    expect(page.locator("[data-unsent]")).to_be_hidden()
    expect(page.locator(f"[action='/tasks/{task.pk}/finish/']")).to_have_count(0)


def test_the_workbench_shows_what_was_sent_while_it_was_being_fetched(
    open_page: OpenPage, rep: User, deal: Deal
) -> None:
    task = create_task(actor=actor_of(rep), kind="plan", title="回访客户", deal_id=deal.pk, due_at=timezone.now())
    page = open_page(f"/deals/{deal.pk}/follow-up/", user=rep, service_workers="block", **PHONE)
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    page.locator("form[data-follow-up] textarea").fill("打过电话了")
    page.get_by_role("button", name="保存跟进").click()
    expect(page.locator("#messages")).to_contain_text("重新登录")
    log_in_as(page, rep)
    before = page.request.get("/").text()
    page.evaluate("['beforeunload', 'online'].forEach(what => window.dispatchEvent(new Event(what)))")
    page.wait_for_function("() => sessionStorage.getItem('arrived')")
    page.route("**/", lambda route: route.fulfill(body=before, content_type="text/html"), times=1)
    page.goto("/")
    expect(page.locator(f"[action='/tasks/{task.pk}/finish/']")).to_have_count(0)
    assert Activity.objects.count() == 1


def test_long_names_and_many_buttons_leave_room_on_a_phone(open_page: OpenPage, rep: User, make_deal: MakeDeal) -> None:
    deal = make_deal(name="苏州工业园区" * 15)
    page = open_page(f"/deals/{deal.pk}/", user=rep, **PHONE)
    assert float(page.locator("h1").evaluate("one => one.getBoundingClientRect().height")) <= 100
    press_move(page)
    buttons = page.locator("dialog[open] .dialog-foot > .btn")
    assert all(float(one.evaluate("one => one.getBoundingClientRect().width")) >= 90 for one in buttons.all())
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
