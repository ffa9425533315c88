"""Writing follow-ups."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import DateTimeField, Subquery, Value
from django.db.models.functions import Coalesce

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotAllowed
from dealrail.activities import permissions, policy, queries
from dealrail.activities.actions.tasks import finish_task
from dealrail.activities.engine import require_not_over
from dealrail.activities.errors import (
    BadPlace,
    CheckInElsewhere,
    ContactElsewhere,
    InTheFuture,
    NextStepWithoutDate,
    NothingToFollow,
    PlanElsewhere,
    TextMissing,
    UnknownKind,
)
from dealrail.activities.facts import ActivityCorrected, ActivityRecorded, CustomerActivityRecorded
from dealrail.activities.models import Activity, Task
from dealrail.activities.rules import CheckIn, rounded_degrees
from dealrail.core import clock
from dealrail.core.texts import is_storable
from dealrail.crm import queries as crm
from dealrail.crm.engine import AddedFields, put_on
from dealrail.crm.models import Contact, Customer, Deal
from dealrail.events.engine import record
from dealrail.events.facts import Fact
from dealrail.process import queries as processes

LONGEST_TEXT = 5000
LONGEST_STEP = 200
CLOCKS_DIFFER = timedelta(minutes=10)


@transaction.atomic
def record_activity(
    *,
    actor: Actor,
    kind: str,
    text: str,
    deal_id: int | None = None,
    customer_id: int | None = None,
    contact_id: int | None = None,
    occurred_at: datetime | None = None,
    next_step: str = "",
    next_step_at: datetime | None = None,
    check_in: CheckIn | None = None,
    finishes: Sequence[int] = (),
    written_at: datetime | None = None,
    fields: Mapping[str, Any] | None = None,
) -> Activity:
    """Write down a contact with the customer that happened, and plan the next step if one is given.

    `finishes` are planned follow-ups that this one fulfils: they are ticked off; those closed by now stay as they are.
    One that was kept without network says by `written_at` when it was written; its next step may lie before now then.
    `fields` are those that were added to follow-ups. Raises UnknownField, FieldRefused, FieldsRefused,
    NothingToFollow, NotFound, NotAllowed, UnknownKind, TextMissing, InTheFuture, NextStepWithoutDate, InThePast,
    ContactElsewhere, CheckInElsewhere, BadPlace or PlanElsewhere.
    """
    deal, customer = _about(actor, deal_id, customer_id)
    now = clock.now()
    _check(kind, text, occurred_at, next_step, next_step_at, now)
    require_not_over(next_step_at, field="next_step_at", today=min(written_at or now, now))
    added = AddedFields(actor, "activity")
    activity = Activity(
        custom=added.unasked,
        kind=kind,
        deal=deal,
        customer=customer,
        contact=_contact(actor, contact_id, customer),
        stay_id=processes.stay_at(deal.run_id, occurred_at or now, slack=CLOCKS_DIFFER) if deal else None,
        text=text.strip(),
        next_step=next_step.strip(),
        next_step_at=next_step_at,
        author_id=actor.user_id or None,
        occurred_at=occurred_at or now,
        recorded_at=now,
        **_checked_in(kind, check_in, now),
    )
    changed = put_on(activity, added.begun(fields or {}), added.readers, actor=actor, labels=added.labels)
    changed |= added.compute(activity)
    added.refuse_taken(activity, added.labels)
    activity.save()
    added.keep([activity])
    if next_step_at:
        _plan(actor, activity)
    told = {name: new for name, (_old, new) in {**added.told_unasked, **changed}.items()}
    record(_fact(activity, told), actor=actor, occurred_at=activity.occurred_at)
    _finish(actor, activity, finishes)
    if deal:
        _note_on_deal(deal, activity)
    return activity


def _about(actor: Actor, deal_id: int | None, customer_id: int | None) -> tuple[Deal | None, Customer | None]:
    if deal_id is None and customer_id is None:
        raise NothingToFollow()
    if deal_id is not None:
        deal = crm.deal_for_change(actor, deal_id)
        policy.require_can_record(actor, deal)
        return deal, deal.customer
    assert customer_id is not None
    customer = crm.customer_for_change(actor, customer_id)
    policy.require_can_record(actor, customer)
    return None, customer


def _check(
    kind: str,
    text: str,
    occurred_at: datetime | None,
    next_step: str,
    next_step_at: datetime | None,
    now: datetime,
) -> None:
    if kind not in Activity.Kind.values:
        raise UnknownKind(kind=kind[:40], known=", ".join(Activity.Kind.values))
    if not 1 <= len(text.strip()) <= LONGEST_TEXT or not is_storable(text):
        raise TextMissing(longest=LONGEST_TEXT)
    if occurred_at and occurred_at > now + CLOCKS_DIFFER:
        raise InTheFuture()
    if bool(next_step.strip()) != bool(next_step_at) or len(next_step) > LONGEST_STEP or not is_storable(next_step):
        raise NextStepWithoutDate()


def _checked_in(kind: str, check_in: CheckIn | None, now: datetime) -> dict[str, Any]:
    if check_in is None:
        return {}
    if kind != Activity.Kind.VISIT:
        raise CheckInElsewhere()
    if not (check_in.is_on_earth and check_in.is_said_well and is_storable(check_in.place)):
        raise BadPlace()
    if check_in.at and check_in.at > now + CLOCKS_DIFFER:
        raise InTheFuture()
    return {
        "checked_in_at": check_in.at or now,
        "place": check_in.place.strip(),
        "latitude": rounded_degrees(check_in.latitude),
        "longitude": rounded_degrees(check_in.longitude),
        "accuracy": check_in.accuracy,
    }


def _finish(actor: Actor, activity: Activity, task_ids: Sequence[int]) -> None:
    for task in queries.tasks(actor).filter(pk__in=task_ids, done_at__isnull=True):
        if not _is_about_the_same(task, activity):
            raise PlanElsewhere(title=task.title)
        finish_task(actor=actor, task_id=task.pk)


def _is_about_the_same(task: Task, activity: Activity) -> bool:
    """Of a deal both; its customer may have changed since the plan was made."""
    if activity.deal_id or task.deal_id:
        return bool(task.deal_id == activity.deal_id)
    return bool(task.customer_id == activity.customer_id)


def _contact(actor: Actor, contact_id: int | None, customer: Customer | None) -> Contact | None:
    if contact_id is None:
        return None
    contact = crm.contact(actor, contact_id)
    if customer is None or contact.customer_id != customer.pk:
        raise ContactElsewhere()
    return contact


def _note_on_deal(deal: Deal, activity: Activity) -> None:
    if deal.last_follow_up_at is None or activity.occurred_at >= deal.last_follow_up_at:
        planned = Coalesce(Subquery(queries.planned_days(deal)[:1]), Value(activity.next_step_at, DateTimeField()))
        Deal.objects.filter(pk=deal.pk).update(last_follow_up_at=activity.occurred_at, next_step_at=planned)


def _plan(actor: Actor, activity: Activity) -> None:
    Task.objects.create(
        kind=Task.Kind.PLAN,
        title=activity.next_step,
        deal=activity.deal,
        customer=activity.customer,
        owner_id=actor.user_id or None,
        due_at=activity.next_step_at,
        created_at=activity.recorded_at,
        created_by_id=actor.user_id or None,
    )


def _fact(activity: Activity, told: dict[str, str | None]) -> Fact:
    about: dict[str, Any] = {
        "fields": told,
        "activity_id": activity.pk,
        "activity_kind": activity.kind,
        "text": activity.text,
        "contact_name": activity.contact.name if activity.contact else "",
        "next_step": activity.next_step,
        "next_step_at": activity.next_step_at.isoformat() if activity.next_step_at else None,
        "place": activity.place,
        "checked_in_at": activity.checked_in_at.isoformat() if activity.checked_in_at else None,
        "latitude": str(activity.latitude) if activity.latitude is not None else None,
        "longitude": str(activity.longitude) if activity.longitude is not None else None,
        "accuracy": activity.accuracy,
    }
    if activity.deal:
        deal = activity.deal
        return ActivityRecorded(
            deal_id=deal.pk,
            deal_name=deal.name,
            owner_id=deal.owner_id,
            customer_id=activity.customer_id,
            **about,
        )
    assert activity.customer is not None
    return CustomerActivityRecorded(customer_id=activity.customer.pk, customer_name=activity.customer.name, **about)


@transaction.atomic
def correct_activity(
    *, actor: Actor, activity_id: int, text: str | None = None, fields: Mapping[str, Any] | None = None
) -> Activity:
    """Correct the words of one's own follow-up, or fields that were added; the log keeps what was there before.

    What is not given stays; where nothing differs, nothing is recorded. Raises NotFound, NotAllowed, TextMissing,
    UnknownField, FieldRefused or FieldsRefused.
    """
    if queries.activity(actor, activity_id).author_id != actor.user_id:
        raise NotAllowed(permission=permissions.ACTIVITIES_RECORD)
    activity = Activity.objects.select_for_update().get(pk=activity_id)
    before = activity.text
    if text is not None:
        if not 1 <= len(text.strip()) <= LONGEST_TEXT or not is_storable(text):
            raise TextMissing(longest=LONGEST_TEXT)
        activity.text = text.strip()
    changes = _change_added(actor, activity, fields) if fields else {}
    if not changes and activity.text == before:
        return activity
    activity.save(update_fields=["text", "custom"])
    fact = ActivityCorrected(activity_id=activity.pk, before=before, after=activity.text, changes=changes)
    record(fact, actor=actor)
    return activity


def _change_added(actor: Actor, activity: Activity, fields: Mapping[str, Any]) -> dict[str, list[str | None]]:
    added = AddedFields(actor, "activity")
    changed = put_on(activity, fields, added.readers, actor=actor, labels=added.labels, added=added)
    added.refuse_taken(activity, changed)
    added.keep([activity], changed)
    return changed
