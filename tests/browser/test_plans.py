"""The calendar in a browser: an entry is dragged, moved by keys, or by its form; wide and on a phone."""

from datetime import date, datetime, time, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from dealrail.accounts.models import User
from dealrail.accounts.queries import working_time
from dealrail.activities.actions.tasks import create_task
from dealrail.activities.models import Task
from dealrail.activities.rules import picked_day
from tests.browser.conftest import OpenPage
from tests.cast import MakeDeal, actor_of

DAY = date(2030, 5, 8)  # a Wednesday


@pytest.fixture
def task(rep: User, make_deal: MakeDeal) -> Task:
    """A plan of the rep on a Wednesday at three."""
    due = timezone.make_aware(datetime.combine(DAY, time(15)))
    return create_task(actor=actor_of(rep), kind="plan", title="回访客户", due_at=due, deal_id=make_deal().pk)


def day_of(page: Page, task: Task) -> str:
    return str(page.evaluate("id => document.getElementById(id).closest('[data-day]').dataset.day", f"plan-{task.pk}"))


def due_day(task: Task) -> date:
    task.refresh_from_db()
    return timezone.localdate(task.due_at)


@pytest.mark.parametrize("view", ["week", "month"])
def test_an_entry_is_dragged_to_another_day(open_page: OpenPage, rep: User, task: Task, view: str) -> None:
    page = open_page(f"/plans/?view={view}&on={DAY}", user=rep, viewport={"width": 1440, "height": 900})
    with page.expect_response("**/plans/*/move/"):
        page.locator(f"#plan-{task.pk} .cal-title").drag_to(page.locator("[data-day='2030-05-10'] [data-list]"))
    expect(page.locator(f"[data-day='2030-05-10'] #plan-{task.pk}")).to_be_visible()
    assert due_day(task) == date(2030, 5, 10)


def test_an_entry_moves_with_the_keyboard_and_keeps_the_focus(open_page: OpenPage, rep: User, task: Task) -> None:
    page = open_page(f"/plans/?view=week&on={DAY}", user=rep)
    for key, day in (("ArrowRight", 9), ("ArrowLeft", 8), ("ArrowLeft", 7)):
        page.locator(f"#plan-{task.pk}").focus()
        page.keyboard.press(f"Alt+{key}")
        expect(page.locator(f"[data-day='2030-05-{day:02}'] #plan-{task.pk}")).to_be_focused()
    assert due_day(task) == DAY - timedelta(days=1)


def test_a_refused_move_goes_back_with_a_word(open_page: OpenPage, rep: User, task: Task) -> None:
    page = open_page(f"/plans/?view=week&on={DAY}", user=rep)
    Task.objects.filter(pk=task.pk).update(done_at=timezone.now())
    page.locator(f"#plan-{task.pk}").focus()
    page.keyboard.press("Alt+ArrowRight")
    expect(page.locator("#messages .notice-error")).to_be_visible()
    assert due_day(task) == DAY


@pytest.mark.parametrize("has_scripts", [True, False])
def test_the_form_moves_it_on_a_phone_and_without_scripts(
    open_page: OpenPage, rep: User, task: Task, has_scripts: bool
) -> None:
    phone = {"viewport": {"width": 360, "height": 760}, "has_touch": True, "java_script_enabled": has_scripts}
    page = open_page(f"/plans/?view=week&on={DAY}", user=rep, **phone)
    page.locator(f"#plan-{task.pk} summary").click()
    page.locator(f"#day-{task.pk}").fill("2030-05-09")
    page.locator(f"#plan-{task.pk} .btn-primary").click()
    expect(page.locator(f"[data-day='2030-05-09'] #plan-{task.pk}")).to_be_visible()
    assert due_day(task) == date(2030, 5, 9)


@pytest.mark.parametrize("view", ["list", "day", "week", "month"])
def test_no_view_is_wider_than_a_phone(open_page: OpenPage, rep: User, task: Task, view: str) -> None:
    page = open_page(f"/plans/?view={view}&on={DAY}", user=rep, viewport={"width": 360, "height": 760}, has_touch=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_drag_to_a_day_that_is_over_goes_back_and_any_other_can_be_undone(
    open_page: OpenPage, rep: User, make_deal: MakeDeal
) -> None:
    today = timezone.localdate()
    first = today - timedelta(days=today.weekday())
    due = timezone.make_aware(datetime.combine(first + timedelta(days=6), time(15)))
    task = create_task(actor=actor_of(rep), kind="plan", title="回访客户", due_at=due, deal_id=make_deal().pk)
    page = open_page(f"/plans/?view=week&on={first}", user=rep, viewport={"width": 1440, "height": 900})
    page.locator(f"#plan-{task.pk}").focus()
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator("#messages .notice-error")).to_contain_text("已经过去")
    assert due_day(task) == first + timedelta(days=6)
    page.locator(f"#plan-{task.pk}").focus()
    page.keyboard.press("Alt+ArrowDown")
    expect(page.locator("#messages .notice-success")).to_be_visible()
    assert due_day(task) == first + timedelta(days=13)
    page.locator("#messages button").click()
    expect(page.locator(f"#plan-{task.pk}")).to_be_visible()
    assert due_day(task) == first + timedelta(days=6)


def test_a_day_tapped_stands_in_the_time_and_a_time_typed_undoes_the_tap(
    open_page: OpenPage, rep: User, make_deal: MakeDeal
) -> None:
    deal = make_deal()
    page = open_page(f"/deals/{deal.pk}/task/", user=rep)
    page.locator("label.pick", has=page.locator("[value=in_three_days]")).click()
    due = page.locator("[name=due_at]")
    day = picked_day("in_three_days", timezone.localdate(), working_time())
    expect(due).to_have_value(f"{day}T10:00")
    due.fill("2030-01-05T15:30")
    due.blur()
    expect(page.locator("[name=pick][value='']")).to_be_checked()
    page.locator("[name=title]").fill("打电话")
    page.locator("button[form=step-form]").click()
    page.wait_for_url(f"**/deals/{deal.pk}/")
    planned = deal.tasks.get(kind="plan").due_at
    assert planned is not None
    assert timezone.localtime(planned).isoformat()[:16] == "2030-01-05T15:30"
