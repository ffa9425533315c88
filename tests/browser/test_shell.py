"""The shell in a browser: second factor, bell, looks, keys, and the first page of rep and manager."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import Page, expect

from dealrail.accounts.actions.users import set_password
from dealrail.accounts.models import User
from dealrail.accounts.queries import has_second_factor
from dealrail.activities.actions.tasks import create_task
from dealrail.core import clock
from dealrail.crm.actions.deals import transfer_deal
from dealrail.events import clocks
from dealrail.notifications.models import Notification
from tests.accounts.test_second_factor import PASSWORD, code_of
from tests.browser.conftest import OpenPage
from tests.cast import MakeDeal, actor_of

SIZES = [
    pytest.param({"viewport": {"width": 1440, "height": 900}, "locale": "zh-CN"}, id="desk in Chinese"),
    pytest.param(
        {"viewport": {"width": 360, "height": 760}, "locale": "en-GB", "has_touch": True}, id="phone in English"
    ),
]


@pytest.fixture
def known(rep: User, admin: User) -> User:
    """The rep, with a password."""
    set_password(actor=actor_of(admin), user_id=rep.pk, password=PASSWORD)
    return User.objects.get(pk=rep.pk)


def type_password(page: Page) -> None:
    """Do the first step of a login."""
    page.fill("#login", "rep")
    page.fill("#password", PASSWORD)
    page.click("main .btn-primary")


def log_out(page: Page) -> None:
    """Leave by the menu of the account."""
    page.click(".account-menu > summary")
    page.click("form[action='/logout/'] button")
    page.wait_for_url("**/login/**")


@pytest.mark.parametrize("context", SIZES)
def test_a_second_factor_is_set_up_and_asked_for(open_page: OpenPage, known: User, context: dict[str, Any]) -> None:
    page = open_page("/login/", **context)
    type_password(page)
    page.goto("/me/second-factor/")
    expect(page.locator("svg.qr")).to_be_visible()
    secret = (page.locator(".totp-secret").text_content() or "").replace(" ", "")
    page.fill("#code", "000000" if code_of(secret) != "000000" else "111111")
    page.click("main .btn-primary")
    expect(page.locator("[role=alert]")).to_be_visible()
    page.fill("#code", code_of(secret))
    page.click("main form .btn-primary")
    shown = page.locator(".recovery-codes code")
    expect(shown).to_have_count(10)
    codes = shown.all_text_contents()
    assert has_second_factor(known.pk)
    for code in (code_of(secret), codes[0]):
        log_out(page)
        type_password(page)
        page.wait_for_url("**/login/second-factor/")
        page.fill("#code", code)
        page.click("main form .btn-primary")
        expect(page.locator(".account-menu")).to_be_attached()


@pytest.mark.parametrize("context", SIZES)
def test_the_bell_tells_and_is_read(
    open_page: OpenPage, rep: User, manager: User, make_deal: MakeDeal, context: dict[str, Any]
) -> None:
    deals = [make_deal(owner=manager, name=f"移交{number}") for number in range(2)]
    for deal in deals:
        transfer_deal(actor=actor_of(manager), deal_id=deal.pk, owner_id=rep.pk)
    clocks.drain()
    page = open_page("/", user=rep, **context)
    count = page.locator("#bell-count")
    expect(count).to_contain_text("2")
    page.click(".bell > summary")
    expect(page.locator(".bell .note")).to_have_count(2)
    page.locator(".bell .note form button").first.click()
    expect(count).to_contain_text("1")
    expect(page.locator(".bell .note.is-unread")).to_have_count(1)
    page.locator(".bell .note.is-unread a").click()
    page.wait_for_url(f"**/deals/{deals[0].pk}/")
    expect(page.locator("#bell-count")).to_be_hidden()
    assert not Notification.objects.filter(user=rep, read_at__isnull=True).exists()


def test_notifications_are_read_without_scripts(open_page: OpenPage, rep: User) -> None:
    now = timezone.now()
    Notification.objects.create(user=rep, kind="task_given", params={"title": "回访", "who": "主管"}, created_at=now)
    page = open_page("/", user=rep, java_script_enabled=False)
    page.click(".bell > summary")
    page.click(".bell-panel a")
    page.wait_for_url("**/notifications/")
    page.click(".page-actions button")
    expect(page.locator(".note.is-unread")).to_have_count(0)


def test_looks_are_chosen_once_and_follow_the_person(open_page: OpenPage, rep: User) -> None:
    page = open_page("/", user=rep, color_scheme="light")
    page.click(".account-menu > summary")
    page.click(".when-light")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    elsewhere = open_page("/board/", user=User.objects.get(pk=rep.pk), color_scheme="light")
    expect(elsewhere.locator("html")).to_have_attribute("data-bs-theme", "dark")


def test_keys_lead_to_places_and_are_explained(open_page: OpenPage, rep: User) -> None:
    page = open_page("/", user=rep)
    page.clock.set_fixed_time(timezone.now())  # between g and its letter no time passes, however slow the machine
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    page.keyboard.press("g")
    page.keyboard.press("b")
    page.wait_for_url("**/board/**")
    page.keyboard.press("f")
    page.wait_for_url("**/follow-up/")


def test_a_session_that_ended_leads_to_the_login_and_back(
    open_page: OpenPage, known: User, make_deal: MakeDeal
) -> None:
    deal = make_deal()
    page = open_page(f"/deals/{deal.pk}/", user=known)
    Session.objects.all().delete()
    page.locator("main [hx-get]:visible").first.click()
    page.wait_for_url("**/login/?next=**")
    type_password(page)
    page.wait_for_url(f"**/deals/{deal.pk}/")


@pytest.fixture
def busy(rep: User, manager: User, make_deal: MakeDeal) -> None:
    """Deals that stand still, tasks of every urgency, something new."""
    now = timezone.now()
    with clock.at(now - timedelta(days=30)):
        for number in range(10):
            make_deal(name=f"沉寂的商机{number}", amount=str(1000 * number))
    for days in (-2, 0, 3):
        create_task(actor=actor_of(rep), title="回访老客户并确认试用情况", due_at=now + timedelta(days=days, hours=1))
    transfer_deal(
        actor=actor_of(manager), deal_id=make_deal(owner=manager, name="移交的").pk, owner_id=rep.pk, note="请跟进"
    )
    clocks.drain()


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("context", SIZES)
def test_the_day_has_no_barriers_and_fits(
    open_page: OpenPage,
    rep: User,
    manager: User,
    barriers: Callable[[Page], list[str]],
    context: dict[str, Any],
    scheme: str,
) -> None:
    faults, wide = {}, {}
    places = {rep: ["/", "/follow-up/", "/notifications/", "/me/", "/me/second-factor/"], manager: ["/", "/team/"]}
    for user, addresses in places.items():
        page = open_page("/", user=user, color_scheme=scheme, **context)
        for address in addresses:
            page.goto(address)
            faults[f"{user.login} {address}"] = barriers(page)
            wide[f"{user.login} {address}"] = page.evaluate("document.documentElement.scrollWidth")
    assert {place: found for place, found in faults.items() if found} == {}
    assert {place: width for place, width in wide.items() if width > context["viewport"]["width"]} == {}


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize("context", SIZES)
def test_a_follow_up_is_two_touches_away(open_page: OpenPage, rep: User, context: dict[str, Any]) -> None:
    page = open_page("/", user=rep, **context)
    page.click(".thumb")
    page.locator(".pick-row").first.click()
    page.wait_for_url("**/deals/*/follow-up/**")
    expect(page.locator("textarea").first).to_be_visible()
