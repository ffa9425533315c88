"""Who may record follow-ups, act, and give tasks."""

from django.db.models import Q

from dealrail.accounts import policy as accounts
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotAllowed
from dealrail.activities import permissions
from dealrail.activities.models import Task
from dealrail.crm import policy as crm
from dealrail.crm.models import Customer, Deal


def require_can_record(actor: Actor, record: Deal | Customer) -> None:
    """Refuse unless the actor may write follow-ups and do actions for this deal or customer."""
    if not crm.may(actor, permissions.ACTIVITIES_RECORD, record):
        raise NotAllowed(permission=permissions.ACTIVITIES_RECORD)


def require_can_assign(actor: Actor, owner_id: int | None) -> None:
    """Refuse unless the task is one's own, or the actor may give tasks to others."""
    if owner_id != actor.user_id:
        accounts.require(actor, permissions.TASKS_ASSIGN)


def visible_tasks(actor: Actor) -> Q:
    """Tasks one has, gave, or whose owner lies within reach."""
    reach = accounts.owned_within(actor, permissions.TASKS_ASSIGN)
    return reach if reach == Q() else reach | Q(owner=actor.user_id) | Q(created_by=actor.user_id)


def require_can_change_task(actor: Actor, task: Task) -> None:
    """Refuse unless the task is one's own or given by oneself, or its owner lies within reach."""
    if actor.user_id in {task.owner_id, task.created_by_id}:
        return
    reach = actor.reach(permissions.TASKS_ASSIGN)
    unit_id = task.owner.unit_id if task.owner else None
    if not reach.covers(owner_id=task.owner_id, owner_unit_id=unit_id, user_id=actor.user_id):
        raise NotAllowed(permission=permissions.TASKS_ASSIGN)
