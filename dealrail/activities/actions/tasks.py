"""Giving, changing and finishing tasks."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotFound
from dealrail.activities import policy, queries
from dealrail.activities.engine import require_not_over
from dealrail.activities.errors import CustomerElsewhere, PlanWithoutTime, TaskIsAction, TitleMissing, UnknownKind
from dealrail.activities.errors import TaskClosed as TaskIsClosed
from dealrail.activities.facts import TaskChanged, TaskClosed, TaskCreated, TaskReopened
from dealrail.activities.models import Task
from dealrail.activities.rules import LONGEST_TITLE
from dealrail.core import clock
from dealrail.core.texts import is_storable
from dealrail.crm import queries as crm
from dealrail.crm.models import Customer, Deal
from dealrail.events.engine import record


@transaction.atomic
def create_task(
    *,
    actor: Actor,
    title: str,
    kind: str = Task.Kind.TASK,
    due_at: datetime | None = None,
    owner_id: int | None = None,
    deal_id: int | None = None,
    customer_id: int | None = None,
) -> Task:
    """Give a task (or plan a follow-up) to oneself or, with the permission, to somebody within its reach.

    Raises TitleMissing, UnknownKind, NotAllowed, UnknownPerson, NotFound, CustomerElsewhere for a customer who isn't
    the deal's, PlanWithoutTime, or InThePast for a plan on a day that is over.
    """
    owner_id = owner_id or actor.user_id or None
    owner = people.person(owner_id) if owner_id else None
    policy.require_can_assign(actor, owner)
    if kind not in {Task.Kind.TASK, Task.Kind.PLAN}:
        raise UnknownKind(kind=kind[:40], known=f"{Task.Kind.TASK}, {Task.Kind.PLAN}")
    if kind == Task.Kind.PLAN:
        _require_time_to_come(due_at)
    deal, customer = _subject(actor, deal_id, customer_id)
    task = Task.objects.create(
        kind=kind,
        title=_checked(title),
        deal=deal,
        customer=customer,
        owner=owner,
        due_at=due_at,
        created_at=clock.now(),
        created_by_id=actor.user_id or None,
    )
    _note_next_step(task)
    record(TaskCreated(task_kind=task.kind, **_about(task)), actor=actor)
    return task


@transaction.atomic
def plan_on_arrival(*, actor: Actor, deal: Deal, title: str, due_at: datetime) -> Task:
    """Plan for the owner of a locked deal what its process has them do first in the stage it came into."""
    task = Task.objects.create(
        kind=Task.Kind.PLAN,
        title=title[:LONGEST_TITLE],
        deal=deal,
        customer_id=deal.customer_id,
        owner_id=deal.owner_id,
        due_at=due_at,
        created_at=clock.now(),
        created_by_id=actor.user_id or None,
    )
    _note_next_step(task)
    record(TaskCreated(task_kind=task.kind, **_about(task)), actor=actor)
    return task


@transaction.atomic
def change_task(
    *,
    actor: Actor,
    task_id: int,
    title: str | None = None,
    due_at: datetime | None = None,
    owner_id: int | None = None,
    puts_back: bool = False,
) -> Task:
    """Rename, move or hand over an open task; what is not given stays.

    Only what `puts_back` a change, as it was before, may give it a day that is over. Raises NotFound, NotAllowed (also
    for a new owner out of reach), TaskClosed, TitleMissing, InThePast or UnknownPerson.
    """
    task = _for_change(actor, task_id)
    before, was = task.owner_id, _told(task)
    if title is not None:
        task.title = _checked(title)
    if due_at is not None and due_at != task.due_at:
        if not puts_back:
            require_not_over(due_at, field="due_at")
        task.due_at = due_at
    if owner_id is not None and owner_id != task.owner_id:
        task.owner = people.person(owner_id)
        policy.require_can_assign(actor, task.owner)
    task.save()
    _note_next_step(task)
    changes = {field: [was[field], now] for field, now in _told(task).items() if was[field] != now}
    record(TaskChanged(from_owner_id=before, changes=changes, **_about(task)), actor=actor)
    return task


def _told(task: Task) -> dict[str, str | None]:
    """What can be changed of a task, as the log tells it."""
    due = timezone.localtime(task.due_at).isoformat(" ", "minutes")[:16] if task.due_at else None
    return {"title": task.title, "due_at": due, "owner": task.owner.name if task.owner else None}


@transaction.atomic
def finish_task(*, actor: Actor, task_id: int, dropped: bool = False) -> Task:
    """Tick off a task as done, or drop it. Raises NotFound, NotAllowed, TaskClosed, or TaskIsAction.

    What an SOP asks for is done by carrying out the action, with its evidence; ticking it off would hide that.
    """
    task = _for_change(actor, task_id)
    if task.kind == Task.Kind.ACTION:
        raise TaskIsAction(title=task.title)
    task.done_at, task.done_by_id, task.dropped = clock.now(), actor.user_id or None, dropped
    task.save(update_fields=["done_at", "done_by", "dropped"])
    _note_next_step(task)
    record(TaskClosed(how="dropped" if dropped else "done", **_about(task)), actor=actor)
    return task


@transaction.atomic
def reopen_task(*, actor: Actor, task_id: int) -> Task:
    """Take back that a task was ticked off or dropped; one that is open stays as it is.

    Raises NotFound, NotAllowed, TaskIsAction (its evidence stays), or TaskClosed for a plan that went with its deal.
    """
    task = _locked(actor, task_id)
    if task.done_at is None:
        return task
    if task.kind == Task.Kind.ACTION:
        raise TaskIsAction(title=task.title)
    if task.dropped and task.done_by_id is None:
        raise TaskIsClosed()
    task.done_at, task.done_by, task.dropped = None, None, False
    task.save(update_fields=["done_at", "done_by", "dropped"])
    _note_next_step(task)
    record(TaskReopened(**_about(task)), actor=actor)
    return task


def _require_time_to_come(due_at: datetime | None) -> None:
    if due_at is None:
        raise PlanWithoutTime(field="due_at")
    require_not_over(due_at, field="due_at")


def _subject(actor: Actor, deal_id: int | None, customer_id: int | None) -> tuple[Deal | None, Customer | None]:
    """What a task is about; the customer of a deal comes with it. The deal is locked before its customer is held."""
    deal = crm.deal_for_change(actor, deal_id) if deal_id is not None else None
    if customer_id is None:
        return deal, deal.customer if deal else None
    customer = crm.customer_to_name(actor, customer_id)
    if deal is not None and deal.customer_id != customer.pk:
        raise CustomerElsewhere(deal=deal.name)
    return deal, customer


def _note_next_step(task: Task) -> None:
    """The next step of a deal is the earliest follow-up that its owner planned for it and that is still open."""
    if task.kind != Task.Kind.PLAN or task.deal_id is None:
        return
    deal = Deal.objects.select_for_update().get(pk=task.deal_id)
    deal.next_step_at = queries.earliest_plan(deal)
    deal.save(update_fields=["next_step_at"])


def _for_change(actor: Actor, task_id: int) -> Task:
    task = _locked(actor, task_id)
    if task.done_at:
        raise TaskIsClosed()
    return task


def _locked(actor: Actor, task_id: int) -> Task:
    found = queries.task(actor, task_id)
    if found.deal_id:  # before the task, as every reaction does that hands tasks over with their deal
        Deal.objects.select_for_update().filter(pk=found.deal_id).first()
    task = Task.objects.select_for_update(of=("self",)).select_related("owner").filter(pk=task_id).first()
    if task is None:
        raise NotFound()
    policy.require_can_change_task(actor, task)
    return task


def _checked(title: str) -> str:
    if not 1 <= len(title.strip()) <= LONGEST_TITLE or not is_storable(title):
        raise TitleMissing(longest=LONGEST_TITLE)
    return title.strip()


def _about(task: Task) -> dict[str, Any]:
    return {
        "task_id": task.pk,
        "title": task.title,
        "owner_id": task.owner_id,
        "deal_id": task.deal_id,
        "customer_id": task.customer_id,
        "due_at": task.due_at.isoformat() if task.due_at else None,
    }
