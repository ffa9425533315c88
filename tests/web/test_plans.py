"""Plans as a list and a calendar, moved to another day; and the secret calendar link."""

from datetime import UTC, date, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dealrail.accounts.actions.users import change_user
from dealrail.accounts.errors import NotFound
from dealrail.accounts.models import User
from dealrail.activities.actions.feeds import renew_calendar_feed, revoke_calendar_feed
from dealrail.activities.actions.tasks import create_task, finish_task
from dealrail.activities.models import CalendarFeed, Task
from dealrail.core import clock
from dealrail.events.clocks import drain
from dealrail.web.plans.spans import day_of, span
from tests.cast import MakeDeal, actor_of, event_kinds, last_event_id, refuses
from tests.core.test_calendars import read
from tests.web.conftest import LogIn

NOW = timezone.now()
WEDNESDAY = date(2026, 11, 25)
TOMORROW = timezone.localdate() + timedelta(days=1)


def plan(user: User, title: str, days: int = 0, **fields: Any) -> Task:
    due = timezone.localtime().replace(hour=15, minute=30) + timedelta(days=days)
    with clock.at(min(due, timezone.now())):
        return create_task(actor=actor_of(user), kind="plan", title=title, due_at=due, **fields)


def test_spans_begin_on_monday_and_cover_whole_weeks() -> None:
    week, month = span("week", WEDNESDAY), span("month", WEDNESDAY)
    assert (week.first, week.last) == (date(2026, 11, 23), date(2026, 11, 29))
    assert (month.first, month.last, len(month.days)) == (date(2026, 10, 26), date(2026, 12, 6), 42)
    assert (month.before, month.after) == (date(2026, 10, 31), date(2026, 12, 1))
    assert span("day", WEDNESDAY).after == date(2026, 11, 26)
    assert [day_of(text, WEDNESDAY) for text in ("2026-02-30", "", "9999-01-01")] == [WEDNESDAY] * 3


@pytest.mark.parametrize("view", ["list", "day", "week", "month", "nonsense"])
def test_every_view_shows_what_is_due_and_only_ones_own(
    log_in: LogIn, rep: User, colleague: User, make_deal: MakeDeal, view: str
) -> None:
    deal = make_deal()
    plan(rep, "回访客户", deal_id=deal.pk)
    plan(colleague, "别人的计划")
    page = log_in(rep).get("/plans/", {"view": view}).content.decode()
    assert ("回访客户" in page, f"/deals/{deal.pk}/" in page, "别人的计划" in page) == (True, True, False)


def test_what_is_done_or_late_is_shown_so(log_in: LogIn, rep: User) -> None:
    done = plan(rep, "做完了")
    finish_task(actor=actor_of(rep), task_id=done.pk)
    plan(rep, "早该做了", days=-3)
    page = log_in(rep).get("/plans/", {"view": "list"}).content.decode()
    assert ("做完了" in page, "早该做了" in page, "is-overdue" in page) == (False, True, True)


def test_a_manager_sees_the_team_and_nobody_else_does(log_in: LogIn, rep: User, manager: User, stranger: User) -> None:
    plan(rep, "组员的计划")
    plan(stranger, "外部门的计划")
    team = log_in(manager).get("/plans/", {"view": "month", "who": "team"}).content.decode()
    assert ("组员的计划" in team, "外部门的计划" in team) == (True, False)
    one = log_in(manager).get("/plans/", {"who": str(rep.pk), "view": "month"})
    assert "组员的计划" in one.content.decode()
    beyond = log_in(manager).get("/plans/", {"who": str(stranger.pk), "view": "month"})
    assert beyond.context["who"] == ""
    assert len(log_in(stranger).get("/plans/", {"who": rep.pk}).context["whose"]) == 1


def test_a_plan_moves_to_another_day_at_its_time(log_in: LogIn, rep: User) -> None:
    task, client = plan(rep, "回访"), log_in(rep)
    answer = client.post(f"/plans/{task.pk}/move/", {"day": "2030-05-06", "next": "/plans/?view=week"})
    assert answer["Location"] == "/plans/?view=week"
    task.refresh_from_db()
    local = timezone.localtime(task.due_at)
    assert (local.date(), local.hour, local.minute) == (date(2030, 5, 6), 15, 30)


def test_a_refused_move_is_told_to_scripts_and_changes_nothing(log_in: LogIn, rep: User, stranger: User) -> None:
    task = plan(rep, "回访")
    json = {"Accept": "application/json"}
    bad = log_in(rep).post(f"/plans/{task.pk}/move/", {"day": "2030-02-31"}, headers=json)
    assert (bad.status_code, bad.json()["code"]) == (422, "bad_moment")
    foreign = log_in(stranger).post(f"/plans/{task.pk}/move/", {"day": "2030-05-06"}, headers=json)
    assert foreign.status_code == 404
    finish_task(actor=actor_of(rep), task_id=task.pk)
    closed = log_in(rep).post(f"/plans/{task.pk}/move/", {"day": "2030-05-06"}, headers=json)
    assert (closed.status_code, closed.json()["code"]) == (422, "task_closed")
    before = task.due_at
    task.refresh_from_db()
    assert task.due_at == before


def test_the_calendar_asks_as_often_for_many_as_for_few(
    log_in: LogIn, rep: User, make_deal: MakeDeal, django_assert_num_queries: Any
) -> None:
    client, deal = log_in(rep), make_deal()
    plan(rep, "一", deal_id=deal.pk)
    with CaptureQueriesContext(connection) as few:
        client.get("/plans/", {"view": "month"})
    for number in range(30):
        plan(rep, f"计划{number}", deal_id=deal.pk)
    with django_assert_num_queries(len(few)):
        client.get("/plans/", {"view": "month"})


def address(client: Client) -> str:
    link: str = client.post("/me/calendar/", {"how": "renew"}).context["link"]
    return link.removeprefix("http://testserver")


def test_the_link_shows_ones_own_open_plans_to_who_has_it(
    log_in: LogIn, rep: User, colleague: User, make_deal: MakeDeal, client: Client
) -> None:
    deal = make_deal(name="苏州;项目")
    mine = plan(rep, "回访,带样品", days=2, deal_id=deal.pk)
    plan(colleague, "别人的计划")
    finish_task(actor=actor_of(rep), task_id=plan(rep, "做完了").pk)
    answer = client.get(address(log_in(rep)))
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    [event] = read(answer.content.decode())
    assert event["SUMMARY"] == "回访,带样品 · 苏州;项目"
    assert event["DTSTART"] == (mine.due_at or NOW).astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    assert (event["UID"], event["URL"]) == (f"task-{mine.pk}@dealrail", f"http://testserver/deals/{deal.pk}/")
    assert CalendarFeed.objects.get().last_used_at is not None


def test_a_dead_link_opens_nothing(log_in: LogIn, rep: User, admin: User, client: Client) -> None:
    mine = log_in(rep)
    old, new = address(mine), address(mine)
    assert [client.get(link).status_code for link in (old, new, "/calendar/nonsense.ics")] == [404, 200, 404]
    mine.post("/me/calendar/", {"how": "revoke"})
    assert client.get(new).status_code == 404
    again = address(mine)
    change_user(actor=actor_of(admin), user_id=rep.pk, is_active=False)
    assert client.get(again).status_code == 404


def test_the_link_of_who_was_stopped_stays_dead_when_they_come_back(rep: User, admin: User, client: Client) -> None:
    link = f"/calendar/{renew_calendar_feed(actor=actor_of(rep))}.ics"
    change_user(actor=actor_of(admin), user_id=rep.pk, is_active=False)
    drain()
    change_user(actor=actor_of(admin), user_id=rep.pk, is_active=True)
    assert client.get(link).status_code == 404
    assert not CalendarFeed.objects.exists()


def test_only_the_hash_of_the_link_is_kept_and_it_is_on_record(rep: User) -> None:
    before = last_event_id()
    secret = renew_calendar_feed(actor=actor_of(rep))
    assert secret not in str(list(CalendarFeed.objects.values()))
    revoke_calendar_feed(actor=actor_of(rep))
    assert event_kinds(before) == ["calendar_feed.renewed", "calendar_feed.revoked"]
    with refuses(NotFound):
        revoke_calendar_feed(actor=actor_of(rep))


def test_guessing_links_is_slowed_down(client: Client, company: Any) -> None:
    cache.clear()
    answers = [client.get("/calendar/guess0.ics").status_code]
    while answers[-1] == 404 and len(answers) < 300:  # a slow machine needs more than a minute for the first sixty
        answers.append(client.get(f"/calendar/guess{len(answers)}.ics").status_code)
    cache.clear()
    assert answers[0] == 404
    assert answers[-1] == 429


def test_a_moved_plan_goes_back_where_it_was_even_to_a_day_that_is_over(log_in: LogIn, rep: User) -> None:
    task, client = plan(rep, "早该做了", days=-3), log_in(rep)
    moved = client.post(f"/plans/{task.pk}/move/", {"day": str(TOMORROW)}, headers={"Accept": "application/json"})
    told = moved.json()
    assert Task.objects.get().due_at != task.due_at
    assert client.post(told["undo"], {"way": told["way"][:-1] + "!"}).status_code == 404
    client.post(told["undo"], {"way": told["way"]})
    assert Task.objects.get().due_at == task.due_at


def test_a_plan_is_not_moved_to_a_day_that_is_over(log_in: LogIn, rep: User) -> None:
    task, before = plan(rep, "回访"), last_event_id()
    day = str(TOMORROW - timedelta(days=2))
    answer = log_in(rep).post(f"/plans/{task.pk}/move/", {"day": day}, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (422, "in_the_past")
    assert last_event_id() == before


def test_without_scripts_the_message_offers_the_way_back(log_in: LogIn, rep: User) -> None:
    task, client = plan(rep, "回访"), log_in(rep)
    page = client.post(f"/plans/{task.pk}/move/", {"day": str(TOMORROW)}, follow=True)
    assert 'name="way"' in page.content.decode()
