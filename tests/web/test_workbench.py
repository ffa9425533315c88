"""The first page as a workbench: what stands still, targets, news, picking a deal for a follow-up, the team's day."""

import html
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dealrail.accounts.actions.roles import set_role_targets
from dealrail.accounts.errors import BadTarget, NotAllowed
from dealrail.accounts.models import User
from dealrail.activities.actions.activities import record_activity
from dealrail.activities.actions.attachments import attach_file
from dealrail.activities.actions.tasks import create_task
from dealrail.activities.models import Task
from dealrail.core import clock
from dealrail.crm.actions.deals import AwaitingApproval, advance_deal, change_deal
from dealrail.crm.actions.pools import release_deal
from dealrail.crm.models import Deal
from dealrail.process.models import Run
from tests.cast import Company, MakeCustomer, MakeDeal, actor_of, event_kinds, fulfil, last_event_id, refuses, walk_to
from tests.web.conftest import LogIn

pytestmark = pytest.mark.django_db


@pytest.fixture
def old_deal(make_deal: MakeDeal) -> Callable[..., Deal]:
    """A deal made three weeks ago that nobody touched since."""

    def make(**fields: Any) -> Deal:
        with clock.at(timezone.now() - timedelta(days=21)):
            return make_deal(**fields)

    return make


def names(rows: Any) -> list[str]:
    return [row.deal.name for row in rows]


def test_names_my_deals_that_stand_still(
    log_in: LogIn, rep: User, colleague: User, old_deal: Callable[..., Deal], make_deal: MakeDeal
) -> None:
    old_deal(name="沉寂的"), old_deal(name="同事的", owner=colleague), make_deal(name="新的")
    page = log_in(rep).get("/")
    assert names(page.context["still"]) == ["沉寂的"]
    listed = log_in(rep).get("/deals/?owner=me&state=open&needs=care").content.decode()
    assert "沉寂的" in listed
    assert "新的" not in listed


def test_a_follow_up_within_the_days_ends_the_silence_but_not_the_stay(
    log_in: LogIn, rep: User, old_deal: Callable[..., Deal]
) -> None:
    deal = old_deal(name="沉寂的")
    record_activity(actor=actor_of(rep), kind="call", text="聊了", deal_id=deal.pk)
    quiet = log_in(rep).get("/deals/?owner=me&state=open&needs=care").content.decode()
    limit = deal.run.stage.time_limit_days
    assert ("沉寂的" in quiet) == (limit is not None and limit < 15)


def test_counts_what_i_did_against_the_targets_of_my_role(
    log_in: LogIn, rep: User, admin: User, make_deal: MakeDeal, make_customer: MakeCustomer
) -> None:
    set_role_targets(actor=actor_of(admin), key="sales", targets={"follow_ups_a_day": 2, "first_contacts_a_day": 1})
    known, fresh = make_customer(), make_customer()
    with clock.at(timezone.now() - timedelta(days=30)):
        record_activity(actor=actor_of(rep), kind="call", text="旧", customer_id=known.pk)
    for customer in (known, fresh, fresh):
        record_activity(actor=actor_of(rep), kind="call", text="聊了", customer_id=customer.pk)
    first, today, week = log_in(rep).get("/").context["targets"]
    assert (first.done, first.target, first.is_met) == (1, 1, True)
    assert (today.done, today.target) == (3, 2)
    assert week.done == 3


def test_targets_are_set_on_the_role_and_on_record(log_in: LogIn, admin: User, rep: User) -> None:
    client, before = log_in(admin), last_event_id()
    answer = client.post("/people/roles/sales/targets/", {"follow_ups_a_day": "7", "follow_ups_a_week": "30"})
    assert answer.status_code == 302
    assert event_kinds(before) == ["role.targets_set"]
    refused = client.post("/people/roles/sales/targets/", {"follow_ups_a_day": "viel"})
    assert refused.status_code == 422
    assert 'value="viel"' in refused.content.decode()
    assert log_in(rep).post("/people/roles/sales/targets/", {"follow_ups_a_day": "1"}).status_code == 403


def test_bad_targets_are_refused(admin: User, rep: User) -> None:
    for targets in ({"follow_ups_a_day": -1}, {"follow_ups_a_day": 1000}, {"calls": 3}):
        with refuses(BadTarget):
            set_role_targets(actor=actor_of(admin), key="sales", targets=targets)
    with refuses(NotAllowed):
        set_role_targets(actor=actor_of(rep), key="sales", targets={"follow_ups_a_day": 1})


def test_shows_what_others_changed_until_it_is_seen(
    log_in: LogIn, rep: User, manager: User, make_deal: MakeDeal
) -> None:
    deal = make_deal(name="有变化的")
    change_deal(actor=actor_of(rep), deal_id=deal.pk, fields={"amount": "5"})
    client = log_in(rep)
    assert client.get("/").context["news"] == []
    for amount in range(10, 16):
        change_deal(actor=actor_of(manager), deal_id=deal.pk, fields={"amount": str(amount)})
    (news,) = client.get("/").context["news"]
    assert (news.name, len(news.lines), news.more) == ("有变化的", 3, 3)
    assert client.post("/seen/").headers["Location"] == "/"
    assert client.get("/").context["news"] == []


def test_a_follow_up_of_others_with_a_file_is_one_line_of_the_news_and_two_of_the_audit_log(
    log_in: LogIn, rep: User, manager: User, admin: User, make_deal: MakeDeal
) -> None:
    deal, writer = make_deal(name="有照片的"), actor_of(manager)
    told = record_activity(actor=writer, kind="call", text="到场看了设备", deal_id=deal.pk)
    photo = SimpleUploadedFile("现场.jpg", b"\xff\xd8\xff")
    attach_file(actor=writer, deal_id=deal.pk, activity_id=told.pk, file=photo)
    (news,) = log_in(rep).get("/").context["news"]
    assert ([line.text for line in news.lines], news.more) == (["到场看了设备"], 0)
    entries = log_in(admin).get("/settings/log/").context["entries"]
    assert [entry.event.kind for entry in entries[:2]] == ["deal.file_attached", "activity.recorded"]
    assert "现场.jpg" in str(entries[0].what)


def test_picks_the_deal_due_first_for_a_follow_up(
    log_in: LogIn, rep: User, colleague: User, make_deal: MakeDeal
) -> None:
    later, sooner = make_deal(name="稍后的"), make_deal(name="马上的")
    make_deal(name="同事的", owner=colleague)
    for deal, days in ((later, 5), (sooner, 1)):
        due = timezone.now() + timedelta(days=days)
        create_task(actor=actor_of(rep), title="回访", kind="plan", due_at=due, deal_id=deal.pk)
    page = log_in(rep).get("/follow-up/")
    assert [deal.name for deal in page.context["deals"]] == ["马上的", "稍后的"]
    assert f"/deals/{sooner.pk}/follow-up/" in page.content.decode()
    found = log_in(rep).get("/follow-up/?q=稍后")
    assert [deal.name for deal in found.context["deals"]] == ["稍后的"]
    assert "No open deal of yours" in log_in(rep).get("/follow-up/?q=没有的").content.decode()


def test_won_deals_come_last_for_a_follow_up_and_miss_no_next_step(
    log_in: LogIn, rep: User, make_deal: MakeDeal
) -> None:
    won, underway = make_deal(name="赢了的"), make_deal(name="在谈的")
    Run.objects.filter(pk=won.run_id).update(state="won", closed_at=timezone.now())
    Deal.objects.filter(pk=won.pk).update(last_follow_up_at=timezone.now())
    page = log_in(rep).get("/follow-up/")
    assert [deal.name for deal in page.context["deals"]] == ["在谈的", "赢了的"]
    text = page.content.decode()
    assert text.count("No next step") == 1
    assert text.count("chip-won") == 1
    assert underway.name in text


def test_the_team_shows_who_plans_nothing_and_what_is_stuck(
    log_in: LogIn,
    rep: User,
    colleague: User,
    manager: User,
    stranger: User,
    old_deal: Callable[..., Deal],
    make_deal: MakeDeal,
) -> None:
    for amount in ("100", "900"):
        old_deal(name=f"卡住{amount}", amount=amount)
    make_deal(owner=colleague)
    make_deal(owner=stranger, name="别部门的")
    create_task(actor=actor_of(rep), title="逾期的", due_at=timezone.now() - timedelta(days=1))
    record_activity(actor=actor_of(colleague), kind="call", text="聊", deal_id=make_deal(owner=colleague).pk)
    page = log_in(manager).get("/team/")
    members = {row.name: row for row in page.context["members"]}
    assert set(members) == {rep.name, colleague.name}
    assert (members[rep.name].unplanned, members[rep.name].overdue) == (2, 1)
    assert members[colleague.name].follow_ups == 1
    if page.context["stuck"]:
        assert names(page.context["stuck"]) == ["卡住900", "卡住100"]
    assert "别部门的" not in page.content.decode()


def test_each_figure_of_the_team_opens_as_many_deals(
    log_in: LogIn, rep: User, manager: User, old_deal: Callable[..., Deal]
) -> None:
    for _ in range(3):
        old_deal()
    client = log_in(manager)
    (member,) = client.get("/team/").context["members"]
    for needs, count in (("plan", member.unplanned), ("care", member.still)):
        page = client.get(f"/deals/?owner={rep.pk}&state=open&needs={needs}").content.decode()
        assert len({deal.pk for deal in Deal.objects.all() if f'href="/deals/{deal.pk}/"' in page}) == count == 3


def test_who_looks_after_nobody_has_no_team(log_in: LogIn, rep: User, manager: User) -> None:
    assert log_in(rep).get("/team/").status_code == 403
    assert 'href="/team/"' not in log_in(rep).get("/").content.decode()
    assert 'href="/team/"' in log_in(manager).get("/?mine=1").content.decode()


def test_an_approval_is_given_on_the_first_page(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    deal = walk_to(make_deal(name="待批的"), "talk")
    fulfil(deal)
    waiting = advance_deal(actor=actor_of(rep), deal_id=deal.pk)
    assert isinstance(waiting, AwaitingApproval)
    approver = waiting.requests[0].waits_for[0]
    assert approver is not None
    client = log_in(approver)
    assert "待批的" in client.get("/", follow=True).content.decode()
    address = f"/deals/{deal.pk}/approvals/{waiting.requests[0].pk}/"
    assert address in client.get("/", follow=True).content.decode()
    assert client.post(address, {"decision": "grant", "next": "/"}).headers["Location"] == "/"
    assert "待批的" not in client.get("/", follow=True).content.decode()


@pytest.mark.parametrize("address", ["/", "/team/", "/follow-up/"])
def test_asks_the_database_as_often_for_many_as_for_few(
    log_in: LogIn, manager: User, rep: User, company: Company, old_deal: Callable[..., Deal], address: str
) -> None:
    client, counts = log_in(manager), []
    for round_ in range(2):
        for number in range(5 + 5 * round_):
            for owner in (rep, manager):
                deal = old_deal(owner=owner, name=f"商机{round_}-{number}")
                create_task(actor=actor_of(owner), title="做", deal_id=deal.pk, due_at=timezone.now())
                change_deal(actor=actor_of(company.people["admin"]), deal_id=deal.pk, fields={"amount": "7"})
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_ticked_task_is_taken_back_from_the_message(log_in: LogIn, rep: User) -> None:
    task, client = create_task(actor=actor_of(rep), title="回电话", due_at=timezone.now()), log_in(rep)
    page = client.post(f"/tasks/{task.pk}/finish/", follow=True).content.decode()
    assert f'action="/tasks/{task.pk}/reopen/"' in page
    page = client.post(f"/tasks/{task.pk}/reopen/", {"next": "/"}, follow=True).content.decode()
    assert "回电话" in page
    assert Task.objects.get().done_at is None
    assert client.post("/tasks/9999/reopen/").status_code == 404


def test_every_number_of_the_team_opens_exactly_what_it_counts(
    log_in: LogIn, rep: User, colleague: User, manager: User, company: Company, old_deal: Callable[..., Deal]
) -> None:
    for owner in (rep, manager):
        old_deal(owner=owner)
    released = old_deal(owner=colleague)
    release_deal(actor=actor_of(manager), deal_id=released.pk, reason="没有预算")
    for days in (-1, 1, 2):
        create_task(actor=actor_of(rep), title=f"任务{days}", due_at=timezone.now() + timedelta(days=days))
    client = log_in(manager)
    shown = html.unescape(client.get("/team/").content.decode())
    numbers = re.findall(
        r'href="(/(?:deals|tasks|activities)/[?][^"]+)"[^>]*>(?:<svg.*?</svg>)?(\d+)<', shown, re.DOTALL
    )
    assert len(numbers) >= 7
    for address, count in numbers:
        listed = client.get(address).context["total"]["count"]
        assert listed == int(count), address
    assert "more working days than its time limit" in shown


def test_who_leads_and_owns_nothing_begins_with_the_team(
    log_in: LogIn, rep: User, manager: User, make_deal: MakeDeal
) -> None:
    client = log_in(manager)
    assert client.get("/")["Location"] == "/team/"
    assert 'href="/" aria-current="page"' in client.get("/team/").content.decode()
    assert client.get("/?mine=1").status_code == 200
    assert log_in(rep).get("/").status_code == 200
    make_deal(owner=manager)
    assert client.get("/").status_code == 200
