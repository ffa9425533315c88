"""Follow-ups: written down with their next step, corrected openly."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from dealrail.accounts.errors import NotAllowed, NotFound
from dealrail.accounts.models import User
from dealrail.activities import queries
from dealrail.activities.actions.activities import correct_activity, record_activity
from dealrail.activities.errors import (
    ContactElsewhere,
    InTheFuture,
    InThePast,
    NextStepWithoutDate,
    NothingToFollow,
    TextMissing,
    UnknownKind,
)
from dealrail.activities.models import Activity, Task
from dealrail.core.errors import Refusal
from dealrail.crm.actions.customers import create_contact
from dealrail.crm.models import Deal
from dealrail.events.models import Event
from dealrail.process.models import Stay
from tests.cast import (
    Company,
    MakeCustomer,
    MakeDeal,
    actor_of,
    event_kinds,
    follow_up,
    fresh,
    last_event_id,
    refuses,
    walk_on,
)


@pytest.fixture
def deal(make_deal: MakeDeal, make_customer: MakeCustomer) -> Deal:
    """A deal of the rep with a customer."""
    return make_deal(customer=make_customer().pk)


def record(user: User, **fields: Any) -> Activity:
    return record_activity(actor=actor_of(user), **{"kind": "call", "text": "聊了预算", **fields})


def test_a_follow_up_is_kept_with_the_stay_it_was_made_in(deal: Deal, rep: User) -> None:
    before = last_event_id()
    activity = record(rep, deal_id=deal.pk)
    assert (activity.stay, activity.customer, activity.author) == (deal.run.stays.get(), deal.customer, rep)
    assert fresh(deal).last_follow_up_at == activity.occurred_at
    assert event_kinds(before) == ["activity.recorded"]


def test_a_next_step_is_planned_for_its_author(deal: Deal, rep: User) -> None:
    when = timezone.now() + timedelta(days=2)
    record(rep, deal_id=deal.pk, next_step="寄样品", next_step_at=when)
    task = Task.objects.get(kind=Task.Kind.PLAN)
    assert (task.title, task.owner, task.due_at, task.deal) == ("寄样品", rep, when, deal)
    assert fresh(deal).next_step_at == when


def test_when_it_happened_may_lie_in_the_past_and_is_the_events_business_time(deal: Deal, rep: User) -> None:
    past = timezone.now() - timedelta(days=3)
    activity = record(rep, deal_id=deal.pk, occurred_at=past)
    assert activity.occurred_at == Event.objects.latest("pk").occurred_at == past
    assert activity.recorded_at > past


def test_an_older_follow_up_does_not_hide_the_next_step_of_a_later_one(deal: Deal, rep: User) -> None:
    when = timezone.now() + timedelta(days=2)
    latest = record(rep, deal_id=deal.pk, next_step="寄样品", next_step_at=when)
    record(rep, deal_id=deal.pk, occurred_at=timezone.now() - timedelta(days=3))
    assert (fresh(deal).last_follow_up_at, fresh(deal).next_step_at) == (latest.occurred_at, when)


def test_a_follow_up_on_a_customer_needs_no_deal(make_customer: MakeCustomer, rep: User) -> None:
    customer = make_customer()
    contact = create_contact(actor=actor_of(rep), customer_id=customer.pk, fields={"name": "张经理"})
    activity = record(rep, customer_id=customer.pk, contact_id=contact.pk)
    assert (activity.deal, activity.customer, activity.contact) == (None, customer, contact)
    fact = Event.objects.latest("pk")
    assert (fact.kind, fact.subject_kind, fact.payload["contact_name"]) == (
        "activity.recorded_for_customer",
        "customer",
        "张经理",
    )


SOON = timezone.now() + timedelta(days=30)
WRONG: list[tuple[dict[str, Any], type[Refusal]]] = [
    ({"kind": "fax"}, UnknownKind),
    ({"text": "  "}, TextMissing),
    ({"text": "x" * 5001}, TextMissing),
    ({"text": "a\x00b"}, TextMissing),
    ({"occurred_at": SOON}, InTheFuture),
    ({"next_step": "寄样品"}, NextStepWithoutDate),
    ({"next_step_at": SOON}, NextStepWithoutDate),
    ({"next_step": "x" * 201, "next_step_at": SOON}, NextStepWithoutDate),
    ({"contact_id": 0}, NotFound),
]


@pytest.mark.parametrize(("fields", "refusal"), WRONG)
def test_refuses_a_follow_up_that_makes_no_sense(
    fields: dict[str, Any], refusal: type[Refusal], deal: Deal, rep: User
) -> None:
    with refuses(refusal):
        record(rep, deal_id=deal.pk, **fields)


def test_refuses_a_follow_up_about_nothing(rep: User) -> None:
    with refuses(NothingToFollow):
        record(rep)


def test_refuses_a_contact_of_another_customer(deal: Deal, make_customer: MakeCustomer, rep: User) -> None:
    contact = create_contact(actor=actor_of(rep), customer_id=make_customer().pk, fields={"name": "别家的"})
    with refuses(ContactElsewhere):
        record(rep, deal_id=deal.pk, contact_id=contact.pk)


def test_ones_own_words_are_corrected_and_the_log_keeps_the_old(deal: Deal, rep: User) -> None:
    activity = record(rep, deal_id=deal.pk)
    correct_activity(actor=actor_of(rep), activity_id=activity.pk, text=" 聊了交期 ")
    activity.refresh_from_db()
    assert activity.text == "聊了交期"
    payload = Event.objects.latest("pk").payload
    assert (payload["before"], payload["after"]) == ("聊了预算", "聊了交期")
    at = last_event_id()
    for same in (None, "聊了交期 "):
        correct_activity(actor=actor_of(rep), activity_id=activity.pk, text=same)
    assert event_kinds(at) == [], "nothing was corrected"


def test_refuses_to_correct_the_words_of_another_or_to_nothing(
    deal: Deal, rep: User, manager: User, stranger: User
) -> None:
    activity = record(rep, deal_id=deal.pk)
    with refuses(NotAllowed):
        correct_activity(actor=actor_of(manager), activity_id=activity.pk, text="改写")
    with refuses(NotFound):
        correct_activity(actor=actor_of(stranger), activity_id=activity.pk, text="改写")
    with refuses(TextMissing):
        correct_activity(actor=actor_of(rep), activity_id=activity.pk, text=" ")


def test_follow_ups_are_seen_with_their_deal(deal: Deal, rep: User, manager: User, stranger: User) -> None:
    follow_up(deal, actor=actor_of(rep))
    seen = [queries.activities(actor_of(user)).count() for user in (rep, manager, stranger)]
    assert seen == [1, 1, 0]


def test_the_database_refuses_a_follow_up_about_nothing(company: Company) -> None:
    now = timezone.now()
    with pytest.raises(IntegrityError, match="activity_about_something"), transaction.atomic():
        Activity.objects.create(kind="call", text="x", occurred_at=now, recorded_at=now)


def test_a_follow_up_of_before_the_stage_does_not_count_in_it(deal: Deal, rep: User) -> None:
    first = deal.run.stays.get()
    Stay.objects.filter(pk=first.pk).update(entered_at=timezone.now() - timedelta(days=5))
    deal = walk_on(fresh(deal))
    times = {"first": timedelta(days=3), "now": timedelta(minutes=1), "too early": timedelta(days=90)}
    stays = {
        name: record(rep, deal_id=deal.pk, occurred_at=timezone.now() - ago).stay_id for name, ago in times.items()
    }
    assert stays == {"first": first.pk, "now": deal.run.stays.get(left_at=None).pk, "too early": None}


def test_a_next_step_on_a_day_that_is_over_is_refused_unless_it_was_written_before(rep: User, deal: Deal) -> None:
    yesterday, before = timezone.now() - timedelta(days=1), last_event_id()
    with refuses(InThePast):
        record(rep, deal_id=deal.pk, next_step="再来", next_step_at=yesterday)
    with refuses(InThePast):
        late = timezone.now() + timedelta(days=9)
        record(rep, deal_id=deal.pk, next_step="再来", next_step_at=yesterday, written_at=late)
    assert last_event_id() == before
    today = timezone.localtime().replace(hour=0, minute=1)
    assert record(rep, deal_id=deal.pk, next_step="再来", next_step_at=today).next_step_at == today
    kept = record(rep, deal_id=deal.pk, next_step="再来", next_step_at=yesterday, written_at=yesterday)
    assert kept.next_step_at == yesterday
