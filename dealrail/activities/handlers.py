"""Reactions: a stage that is entered plans its actions as tasks; one that is left drops those still open."""

from datetime import datetime, time

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext

from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.accounts.rules import was_stopped
from dealrail.activities import queries
from dealrail.activities.actions.library import collect_action_templates
from dealrail.activities.actions.tasks import plan_on_arrival
from dealrail.activities.models import COUNTS, ActionDone, CalendarFeed, Task
from dealrail.activities.rules import LONGEST_TITLE, NEXT_STEP_HOUR
from dealrail.core import clock
from dealrail.core.workdays import WorkingTime
from dealrail.crm import queries as crm
from dealrail.crm.models import Deal
from dealrail.events.engine import subscribe
from dealrail.events.models import Event
from dealrail.process import engine
from dealrail.process import queries as processes
from dealrail.process.rules import Exit


def plan_stage_actions(event: Event) -> None:
    """Give the deal's owner a task for each action the stage's gate demands; drop those of stages left."""
    deal = crm.deal_for_reaction(event.subject_id)
    if deal is None:
        return
    stay_id = processes.open_stay_id(deal.run_id)
    if event.kind != "deal.created":
        # in a stay that went over to another version, only what that version demands is still to do
        kept = Q(stay=stay_id, action__in=_demanded(deal)) if event.kind == "deal.migrated" else Q(stay=stay_id)
        _open(deal, Task.Kind.ACTION).exclude(kept).update(done_at=clock.now(), dropped=True)
    if event.kind == "deal.lost":
        _open(deal, Task.Kind.PLAN).update(done_at=clock.now(), dropped=True)
    if stay_id is not None:
        Task.objects.bulk_create(_tasks(deal, stay_id, event.recorded_at), ignore_conflicts=True)


def _tasks(deal: Deal, stay_id: int, since: datetime) -> list[Task]:
    spec, stage = engine.spec_and_stage(deal.run)
    kept = ActionDone.objects.filter(COUNTS, run=deal.run_id)
    done = set(kept.values_list("action", flat=True))
    # The time runs from the move, however late this reaction comes; a sheet of old deals makes nothing overdue.
    due = _working_time(deal).after_days(since, stage.time_limit_days) if stage.time_limit_days else None
    names = {action.key: action.name for action in spec.actions}
    return [
        Task(
            kind=Task.Kind.ACTION,
            title=names[key],
            action=key,
            deal=deal,
            customer_id=deal.customer_id,
            stay_id=stay_id,
            owner_id=deal.owner_id,
            due_at=due,
            created_at=since,
        )
        for key in _demanded(deal)
        if key not in done
    ]


def _working_time(deal: Deal) -> WorkingTime:
    """That of the department that the deal's owner is in."""
    return people.working_times().of(deal.owner.unit_id if deal.owner else None)


def _demanded(deal: Deal) -> list[str]:
    """The actions that the gate of the stage a deal is in demands."""
    conditions = engine.demanded_by_default(deal.run, deal)
    return [key for row in conditions if row.kind == "activities.done" for key in row.config["actions"]]


def plan_look_again(event: Event) -> None:
    """Plan for the owner to look again at a deal that was set aside until a day; only the last such plan stays.

    The plan belongs to the stay that the deal was left in: that tells it from the follow-ups planned while it was open.
    """
    day, deal = parse_date(event.payload.get("again_on") or ""), crm.deal_for_reaction(event.subject_id)
    if day is None or deal is None:
        return
    _open(deal, Task.Kind.PLAN).filter(stay__isnull=False).update(done_at=clock.now(), dropped=True)
    why = event.payload["note"]
    title = gettext("Look at it again") + (f": {why}" if why else "")
    Task.objects.create(
        kind=Task.Kind.PLAN,
        title=title[:LONGEST_TITLE],
        deal=deal,
        customer_id=deal.customer_id,
        stay_id=processes.stays_of(deal.run_id).reverse()[0].pk,
        owner_id=deal.owner_id,
        due_at=timezone.make_aware(datetime.combine(day, time(NEXT_STEP_HOUR))),
        created_at=event.recorded_at,
        created_by_id=event.actor_id or None,
    )
    Deal.objects.filter(pk=deal.pk).update(next_step_at=queries.earliest_plan(deal))


def plan_hand_over_task(event: Event) -> None:
    """Plan for whoever owns a deal that moved forward into a stage what its process has them do there first."""
    payload = event.payload
    deal = crm.deal_for_reaction(event.subject_id) if payload["how"] == Exit.FORWARD else None
    if deal is None or deal.owner_id is None:
        return
    spec, _stage = engine.spec_and_stage(deal.run)
    rule = spec.stage(payload["to_stage"]).hand_over if spec.has_stage(payload["to_stage"]) else None
    if rule is not None and rule.task:
        day = _working_time(deal).day_after(timezone.localdate(event.recorded_at), rule.due_days)
        due = timezone.make_aware(datetime.combine(day, time(NEXT_STEP_HOUR)))
        plan_on_arrival(actor=Actor.system(), deal=deal, title=rule.task, due_at=due)


def hand_over_tasks(event: Event) -> None:
    """SOP actions and planned follow-ups still open follow the deal to its new owner; in a pool they are nobody's."""
    deal = crm.deal_for_reaction(event.subject_id)
    if deal is not None:
        _open(deal, Task.Kind.ACTION, Task.Kind.PLAN).update(owner_id=deal.owner_id)


def _open(deal: Deal, *kinds: Task.Kind) -> QuerySet[Task]:
    return Task.objects.filter(deal=deal, kind__in=kinds, done_at__isnull=True)


def end_calendar(event: Event) -> None:
    """The calendar link of who is stopped, or got a new password from somebody else, is dead."""
    changes, theirs = event.payload["changes"], event.actor_id == event.subject_id
    if ("password" in changes and not theirs) or was_stopped(changes):
        CalendarFeed.objects.filter(user=event.subject_id).delete()


def collect_actions(event: Event) -> None:
    """Take the actions that a published process brings along into the library."""
    collect_action_templates(actor=Actor.system(), process=event.payload["key"], version=event.payload["version"])


def connect() -> None:
    """Subscribe; called once when Django is ready."""
    moved = ("deal.created", "deal.stage_changed", "deal.lost", "deal.parked", "deal.reopened", "deal.migrated")
    subscribe(*moved, name="activities.plan_stage_actions")(plan_stage_actions)
    subscribe("deal.stage_changed", name="activities.plan_hand_over_task")(plan_hand_over_task)
    subscribe("deal.parked", name="activities.plan_look_again")(plan_look_again)
    subscribe("deal.owner_changed", name="activities.hand_over_tasks")(hand_over_tasks)
    subscribe("user.changed", name="activities.end_calendar")(end_calendar)
    subscribe("process.published", name="activities.collect_actions")(collect_actions)
