"""Who is told what: each concerned person once, nobody what they did themselves, nothing of records out of sight."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from dealrail.accounts.actions.users import change_user
from dealrail.accounts.errors import NotFound
from dealrail.accounts.models import User
from dealrail.activities.actions.tasks import change_task, create_task
from dealrail.crm.actions.customers import transfer_customer
from dealrail.crm.actions.deals import AwaitingApproval, advance_deal, create_deal, transfer_deal
from dealrail.crm.actions.pools import claim_deal, release_customer, release_deal
from dealrail.events import clocks
from dealrail.events.engine import subscriptions
from dealrail.events.models import Event
from dealrail.notifications import actions, queries, rules
from dealrail.notifications.clocks import forget
from dealrail.notifications.models import Notification
from tests.api.client import Api
from tests.cast import MakeCustomer, MakeDeal, actor_of, fulfil, grant, refuses, walk_to

pytestmark = pytest.mark.django_db


def told(user: User) -> list[tuple[str, Any]]:
    """What this person was told, the oldest first, with whom it is about."""
    clocks.drain()
    rows = Notification.objects.filter(user=user).order_by("pk")
    return [(row.kind, row.subject_id) for row in rows]


def test_who_is_handed_a_deal_is_told_and_who_gives_it_is_not(
    rep: User, manager: User, colleague: User, make_deal: MakeDeal
) -> None:
    deal = make_deal()
    transfer_deal(actor=actor_of(manager), deal_id=deal.pk, owner_id=colleague.pk, note="熟悉行业")
    assert told(colleague) == [("deal_given", deal.pk)]
    assert told(rep) == [("deal_taken", deal.pk)]
    assert told(manager) == []
    assert Notification.objects.get(user=colleague).params["note"] == "熟悉行业"


def test_one_is_not_told_what_one_did_oneself(rep: User, make_deal: MakeDeal) -> None:
    deal = make_deal()
    release_deal(actor=actor_of(rep), deal_id=deal.pk, reason="没空")
    assert told(rep) == []


def test_who_lost_a_deal_to_the_pool_or_a_claim_is_told(rep: User, manager: User, make_deal: MakeDeal) -> None:
    deal = make_deal()
    release_deal(actor=actor_of(manager), deal_id=deal.pk, reason="没人跟")
    claim_deal(actor=actor_of(manager), deal_id=deal.pk)
    assert told(rep) == [("deal_taken", deal.pk)]


def test_a_deal_made_for_somebody_is_told_to_them(rep: User, manager: User, make_deal: MakeDeal) -> None:
    deal = create_deal(actor=actor_of(manager), process="trial", fields={"name": "新线索"}, owner_id=rep.pk)
    assert told(rep) == [("deal_given", deal.pk)]


def test_customers_are_told_like_deals(rep: User, manager: User, colleague: User, make_customer: MakeCustomer) -> None:
    customer = make_customer()
    transfer_customer(actor=actor_of(manager), customer_id=customer.pk, owner_id=colleague.pk)
    release_customer(actor=actor_of(manager), customer_id=customer.pk, reason="没人跟")
    assert told(rep) == [("customer_taken", customer.pk)]
    assert told(colleague) == [("customer_given", customer.pk), ("customer_taken", customer.pk)]


@pytest.mark.parametrize(("granted", "kind"), [(True, "approval_granted"), (False, "approval_refused")])
def test_approvers_are_asked_and_who_asked_hears_the_answer(
    rep: User, make_deal: MakeDeal, granted: bool, kind: str
) -> None:
    deal = walk_to(make_deal(), "talk")
    fulfil(deal)
    waiting = advance_deal(actor=actor_of(rep), deal_id=deal.pk)
    assert isinstance(waiting, AwaitingApproval)
    approvers = waiting.requests[0].waits_for
    assert approvers
    assert all(("approval_asked", deal.pk) in told(approver) for approver in approvers)
    grant(waiting.requests[0], granted=granted, note="看过了")
    assert told(rep)[-1] == (kind, deal.pk)
    assert [row.kind for row in Notification.objects.filter(user=rep)].count(kind) == 1


def test_a_task_is_told_to_who_gets_it_once(rep: User, colleague: User, manager: User) -> None:
    task = create_task(actor=actor_of(manager), title="回访老客户", owner_id=rep.pk)
    change_task(actor=actor_of(manager), task_id=task.pk, title="回访")
    change_task(actor=actor_of(manager), task_id=task.pk, owner_id=colleague.pk)
    assert [kind for kind, _ in told(rep)] == ["task_given"]
    assert [kind for kind, _ in told(colleague)] == ["task_given"]
    assert told(manager) == []


def test_a_change_of_a_task_recorded_before_named_its_owner_tells_nobody() -> None:
    payload = {"owner_id": 2, "deal_id": None, "customer_id": None, "title": "旧", "due_at": None}
    assert rules.tellings(rules.Happened("task.changed", payload, 1, "主管", "web")) == []


def test_the_end_of_an_import_is_told_to_who_started_it(rep: User) -> None:
    sheet = SimpleUploadedFile("来源.csv", "name\n老朋友\n".encode())
    Api(rep).upload("imports", kind="sources", file=sheet)
    assert [kind for kind, _ in told(rep)] == ["import_finished"]
    assert Notification.objects.get(user=rep).params["created"] == 1


def test_what_an_import_brings_is_not_told_line_by_line(rep: User) -> None:
    payload = {"deal_id": 1, "deal_name": "甲", "owner_id": rep.pk}
    assert rules.tellings(rules.Happened("deal.created", payload, 0, "导入", "import")) == []


def test_a_receipt_delivered_twice_tells_once(rep: User, manager: User, make_deal: MakeDeal) -> None:
    deal = make_deal(owner=manager)
    transfer_deal(actor=actor_of(manager), deal_id=deal.pk, owner_id=rep.pk)
    told(rep)
    subscriptions["notifications.tell"].handler(Event.objects.get(kind="deal.owner_changed", subject_id=deal.pk))
    assert told(rep) == [("deal_given", deal.pk)]


def test_who_may_no_longer_log_in_and_old_news_are_left_out(
    rep: User, admin: User, manager: User, make_deal: MakeDeal
) -> None:
    deal = make_deal(owner=manager)
    transfer_deal(actor=actor_of(manager), deal_id=deal.pk, owner_id=rep.pk)
    event = Event.objects.get(kind="deal.owner_changed", subject_id=deal.pk)
    change_user(actor=actor_of(admin), user_id=rep.pk, is_active=False)
    assert told(rep) == []
    change_user(actor=actor_of(admin), user_id=rep.pk, is_active=True)
    event.recorded_at -= rules.KEPT_FOR + timedelta(days=1)
    subscriptions["notifications.tell"].handler(event)
    assert told(rep) == []


def happened(kind: str, **payload: Any) -> rules.Happened:
    """An event of the deal 7, done by the person 1."""
    about = {"deal_id": 7, "deal_name": "甲", "customer_id": 8, "customer_name": "乙", "owner_id": 2}
    return rules.Happened(kind, {**about, **payload}, 1, "主管", "web")


@pytest.mark.parametrize(
    ("kind", "payload", "expected"),
    [
        (
            "deal.comment_added",
            {"mentioned_ids": [1, 3, 4], "comment_id": 9, "text": "看看"},
            [(3, "mentioned"), (4, "mentioned")],
        ),
        ("customer.comment_added", {"mentioned_ids": [3], "comment_id": 9, "text": "看看"}, [(3, "mentioned")]),
        ("deal.collaborator_added", {"user_id": 5, "may_write": True}, [(5, "collaborator_added")]),
        ("deal.waiver_asked", {"decider_ids": [3, 1], "condition": "x", "reason": "急"}, [(3, "waiver_asked")]),
        (
            "deal.waiver_answered",
            {"granted": False, "asked_by_id": 3, "condition": "x", "note": "不行"},
            [(3, "waiver_refused"), (2, "waiver_refused")],
        ),
        ("bulk.finished", {"bulk_id": 9, "succeeded": 30, "waiting": 0, "refused": 1}, [(1, "bulk_finished")]),
        ("bulk.finished", {"bulk_id": 9, "succeeded": 3, "waiting": 0, "refused": 0}, []),
        (
            "process.migration_finished",
            {
                "migration_id": 9,
                "key": "trial",
                "name": "试",
                "version": 2,
                "stopped": False,
                "done": 3,
                "waiting": 0,
                "refused": 1,
                "started_by_id": 1,
            },
            [(1, "migration_finished")],
        ),
        ("deal.won", {}, []),
    ],
)
def test_each_kind_of_event_concerns_whom_it_names(
    kind: str, payload: dict[str, Any], expected: list[tuple[int, str]]
) -> None:
    found = rules.tellings(happened(kind, **payload))
    assert [(telling.user_id, telling.kind) for telling in found] == expected


def note(user: User, **fields: Any) -> Notification:
    """Something this person was told."""
    return Notification.objects.create(user=user, kind="task_given", created_at=timezone.now(), **fields)


def test_reading_keeps_when_it_was_first_and_is_ones_own(rep: User, stranger: User) -> None:
    told_once = note(rep)
    first = actions.read_notification(actor=actor_of(rep), notification_id=told_once.pk).read_at
    assert actions.read_notification(actor=actor_of(rep), notification_id=told_once.pk).read_at == first
    with refuses(NotFound):
        actions.read_notification(actor=actor_of(stranger), notification_id=told_once.pk)


def test_reading_all_leaves_others_alone(rep: User, stranger: User) -> None:
    for user in (rep, rep, stranger):
        note(user)
    assert actions.read_all_notifications(actor=actor_of(rep)) == 2
    assert queries.unread_count(actor_of(rep)) == 0
    assert queries.unread_count(actor_of(stranger)) == 1


def test_what_was_read_long_ago_is_forgotten_and_what_was_not_stays(rep: User) -> None:
    old = timezone.now() - rules.KEPT_FOR - timedelta(days=1)
    for read_at in (old, timezone.now()):
        note(rep, read_at=read_at)
    Notification.objects.create(user=rep, kind="task_given", created_at=old)
    assert forget() is True
    assert forget() is False
    assert Notification.objects.filter(user=rep).count() == 2


def test_a_long_note_is_quoted_from_its_beginning() -> None:
    assert len(rules.quoted("长" * 500)) == rules.MOST_WORDS
