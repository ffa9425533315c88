"""A follow-up on the phone: quickly written, kept without network and sent once, begun again, checked in."""

from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from dealrail.accounts.models import User
from dealrail.activities.actions.texts import save_text_template
from dealrail.activities.models import Activity, Task
from dealrail.crm.models import Deal
from tests.browser.conftest import OpenPage, log_in_as
from tests.browser.steps import go_home_and_send, wait_until_kept
from tests.cast import MakeCustomer, MakeDeal, actor_of

PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 760}, "has_touch": True}


@pytest.fixture
def deal(make_deal: MakeDeal, make_customer: MakeCustomer) -> Deal:
    """A deal of the rep with a customer."""
    return make_deal(name="苏州项目", customer=make_customer().pk)


def write(page: Page, text: str) -> None:
    page.locator("form[data-follow-up] textarea").fill(text)
    page.get_by_role("button", name="保存跟进").click()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_three_taps_and_the_words_write_a_follow_up_on_a_phone(
    open_page: OpenPage, rep: User, deal: Deal, scheme: str
) -> None:
    page = open_page(f"/deals/{deal.pk}/follow-up/", user=rep, color_scheme=scheme, **PHONE)
    page.get_by_text("微信").tap()
    page.locator("form[data-follow-up] textarea").fill("约了下周看样机")
    page.locator("[name=pick][value=tomorrow] + span").tap()
    expect(page.locator("[name=next_step]")).to_have_value("继续跟进")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    origin = page.evaluate("location.origin")
    page.get_by_role("button", name="保存跟进").tap()
    expect(page).to_have_url(f"{origin}/deals/{deal.pk}/")
    made = Activity.objects.get()
    assert (made.kind, made.text, made.next_step) == ("wechat", "约了下周看样机", "继续跟进")
    assert Task.objects.get(kind="plan").due_at == made.next_step_at


def test_what_was_written_without_network_is_sent_once_with_it(open_page: OpenPage, rep: User, deal: Deal) -> None:
    page = open_page(f"/deals/{deal.pk}/follow-up/", user=rep, **PHONE)
    wait_until_kept(page)
    page.context.set_offline(True)
    page.reload()
    write(page, "地下车库里写的")
    expect(page.locator("[data-unsent]")).to_contain_text("1 条待发送")
    assert not Activity.objects.exists()
    page.context.set_offline(False)
    expect(page.locator("[data-unsent]")).to_be_hidden()
    assert Activity.objects.get().text == "地下车库里写的"


def test_a_follow_up_whose_answer_was_lost_is_not_written_twice(open_page: OpenPage, rep: User, deal: Deal) -> None:
    page = open_page(f"/deals/{deal.pk}/follow-up/", user=rep, **PHONE)
    lost: list[int] = []

    def lose_first(route: Route) -> None:
        if lost:
            route.continue_()
        else:
            route.fetch()
            route.abort()
        lost.append(1)

    page.route(
        "**/follow-up/", lambda route: lose_first(route) if route.request.method == "POST" else route.continue_()
    )
    write(page, "答复丢了")
    expect(page.locator("#messages")).to_contain_text("已保存在本机")
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.locator("[data-unsent]")).to_be_hidden()
    assert len(lost) >= 2
    assert Activity.objects.count() == 1


def test_what_the_server_refuses_stays_and_says_why(open_page: OpenPage, rep: User, deal: Deal) -> None:
    page = open_page(f"/deals/{deal.pk}/follow-up/", user=rep, **PHONE)
    wait_until_kept(page)
    page.context.set_offline(True)
    page.locator("summary", has_text="时间和联系人").click()
    page.locator("[name=occurred_at]").fill("2099-01-01T10:00")
    write(page, "还没发生")
    page.context.set_offline(False)
    expect(page.locator("[data-unsent].is-refused")).to_be_visible()
    page.locator("[data-unsent]").click()
    expect(page.locator("#unsent .unsent-why")).to_contain_text("未被接受")
    page.locator("#unsent [data-change]").click()
    expect(page.locator("form[data-follow-up] textarea")).to_have_value("还没发生")
    page.locator("[name=occurred_at]").fill("")
    page.get_by_role("button", name="保存跟进").click()
    expect(page.locator("[data-unsent]")).to_be_hidden()
    assert Activity.objects.get().text == "还没发生"


def test_another_login_on_the_device_does_not_send_it(
    open_page: OpenPage, rep: User, manager: User, deal: Deal
) -> None:
    page = open_page(f"/deals/{deal.pk}/follow-up/", user=rep, **PHONE)
    page.context.set_offline(True)
    write(page, "只属于我")
    expect(page.locator("[data-unsent]")).to_contain_text("1 条待发送")
    log_in_as(page, manager)
    page.goto("about:blank")
    page.context.set_offline(False)
    page.goto("/")
    expect(page.locator("#unsent [data-rest]")).to_contain_text("1 条由其他人写的", use_inner_text=False)
    expect(page.locator("[data-unsent]")).to_be_hidden()
    assert not Activity.objects.exists()
    log_in_as(page, rep)
    go_home_and_send(page)
    assert Activity.objects.get().author == rep


def test_a_draft_comes_back_and_goes_with_the_log_out(open_page: OpenPage, rep: User, deal: Deal) -> None:
    page = open_page(f"/deals/{deal.pk}/follow-up/", user=rep)
    area = page.locator("form[data-follow-up] textarea")
    area.fill("写到一半")
    page.goto("/")
    page.goto(f"/deals/{deal.pk}/follow-up/")
    expect(area).to_have_value("写到一半")
    expect(page.get_by_text("上次没写完的内容已恢复")).to_be_visible()
    page.locator("[data-forget]").click()
    expect(area).to_have_value("")
    area.fill("又写了一点")
    page.goto("/logout/")
    page.locator("main form button").click()
    page.wait_for_url("**/login/**")
    assert page.evaluate("Object.keys(localStorage).filter(name => name.startsWith('draft:'))") == []


@pytest.mark.parametrize("is_granted", [True, False])
def test_a_visit_is_checked_in_with_the_place_or_without(
    open_page: OpenPage, rep: User, deal: Deal, is_granted: bool
) -> None:
    place: dict[str, Any] = {"geolocation": {"latitude": 31.2983, "longitude": 120.5853, "accuracy": 20}}
    page = open_page(
        f"/deals/{deal.pk}/follow-up/", user=rep, **PHONE, **place, permissions=["geolocation"] if is_granted else []
    )
    page.get_by_text("拜访").tap()
    page.get_by_text("我在客户现场").tap()
    expect(page.locator("[data-where]")).to_contain_text("31.29830" if is_granted else "浏览器没有提供位置")
    page.locator("[name=place]").fill("工业园二号楼")
    write(page, "看了现场")
    page.wait_for_url(f"**/deals/{deal.pk}/")
    made = Activity.objects.get()
    assert (made.place, made.checked_in_at is not None) == ("工业园二号楼", True)
    assert (str(made.latitude), made.accuracy) == (("31.298300", 20) if is_granted else ("None", None))
    expect(page.locator(".timeline")).to_contain_text("工业园二号楼")


def test_a_text_is_put_in_by_one_tap(open_page: OpenPage, rep: User, deal: Deal) -> None:
    save_text_template(actor=actor_of(rep), name="未接", text="电话未接通,改日再打", kind="call")
    page = open_page(f"/deals/{deal.pk}/follow-up/", user=rep, **PHONE)
    page.get_by_role("link", name="未接").tap()
    expect(page.locator("form[data-follow-up] textarea")).to_have_value("电话未接通,改日再打")


def test_without_scripts_the_form_is_sent_as_any_other(open_page: OpenPage, rep: User, deal: Deal) -> None:
    page = open_page(f"/deals/{deal.pk}/follow-up/", user=rep, java_script_enabled=False)
    page.locator("[name=kind][value=visit]").check(force=True)
    page.locator("[data-check-in]").check()
    page.locator("[name=pick][value=tomorrow]").check(force=True)
    write(page, "没有脚本")
    made = Activity.objects.get()
    assert (made.next_step, made.checked_in_at is not None) == ("继续跟进", True)


def test_a_page_that_is_not_kept_says_that_the_network_is_away(open_page: OpenPage, rep: User, deal: Deal) -> None:
    page = open_page("/", user=rep, locale="en-GB", **PHONE)
    wait_until_kept(page)
    page.context.set_offline(True)
    page.goto("/processes/")
    expect(page.get_by_role("heading", name="No network")).to_be_visible()
    expect(page.locator("[data-kept-pages] a[href='/']")).to_have_count(1)
