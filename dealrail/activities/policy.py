"""Who may record follow-ups, act, and give tasks."""

from django.db.models import Q

from dealrail.accounts import policy as accounts
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotAllowed
from dealrail.accounts.models import User
from dealrail.activities import permissions
from dealrail.activities.models import Attachment, Task
from dealrail.crm import permissions as crm_permissions
from dealrail.crm import policy as crm
from dealrail.crm.models import Customer, Deal
from dealrail.crm.queries.sight import ABOUT_LIVING


def require_can_record(actor: Actor, record: Deal | Customer) -> None:
    """Refuse unless the actor may write follow-ups and do actions for this deal or customer."""
    if not crm.may(actor, permissions.ACTIVITIES_RECORD, record):
        raise NotAllowed(permission=permissions.ACTIVITIES_RECORD)


def require_can_assign(actor: Actor, owner: User | None) -> None:
    """Refuse unless the task is one's own, or its owner is within reach of the actor's permission to give tasks."""
    if owner is None or owner.pk != actor.user_id:
        _require_reach(actor, owner)


def _require_reach(actor: Actor, owner: User | None) -> None:
    reach = actor.reach(permissions.TASKS_ASSIGN)
    owner_id, unit_id = (owner.pk, owner.unit_id) if owner else (None, None)
    if not reach.covers(owner_id=owner_id, owner_unit_id=unit_id, user_id=actor.user_id):
        raise NotAllowed(permission=permissions.TASKS_ASSIGN)


def visible_tasks(actor: Actor) -> Q:
    """Tasks one has, gave, or whose owner lies within reach; none about what was deleted."""
    if actor.reach(permissions.TASKS_ASSIGN).everything:
        return ABOUT_LIVING
    reach = accounts.owned_within(actor, permissions.TASKS_ASSIGN)
    return ABOUT_LIVING & (reach | Q(owner=actor.user_id) | Q(created_by=actor.user_id))


def within_reach(actor: Actor) -> Q:
    """The people to whom one may give tasks, and whose plans one sees, as a filter on them."""
    return accounts.owned_within(actor, permissions.TASKS_ASSIGN, owner="pk")


def require_can_change_task(actor: Actor, task: Task) -> None:
    """Refuse unless the task is one's own or given by oneself, or its owner lies within reach."""
    if actor.user_id not in {task.owner_id, task.created_by_id}:
        _require_reach(actor, task.owner)


def may_change_task(actor: Actor, task: Task) -> bool:
    """Whether the actor may change and tick off this task."""
    try:
        require_can_change_task(actor, task)
    except NotAllowed:
        return False
    return True


def may_remove_file(actor: Actor, attachment: Attachment) -> bool:
    """Whether a file may be removed or brought back: by who attached it, or may change what it is kept with."""
    record = attachment.deal or attachment.customer
    changes = crm_permissions.DEALS_CHANGE if attachment.deal else crm_permissions.CUSTOMERS_CHANGE
    return attachment.uploaded_by_id == actor.user_id or crm.may(actor, changes, record)


def require_can_remove_file(actor: Actor, attachment: Attachment) -> None:
    """Refuse unless the file may be removed or brought back by the actor."""
    if not may_remove_file(actor, attachment):
        raise NotAllowed(permission=permissions.ACTIVITIES_RECORD)
