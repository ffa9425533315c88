"""The steps for many tasks; each calls the action that a single one takes."""

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dealrail.accounts.actor import Actor
from dealrail.activities import queries
from dealrail.activities.actions import tasks
from dealrail.activities.errors import DueMissing
from dealrail.activities.models import Task
from dealrail.crm import bulk
from dealrail.crm.bulk import Done, Params, Step
from dealrail.crm.bulk_steps import check_owner, whose
from dealrail.crm.errors import BulkNotUndoable


def _finish(actor: Actor, pk: int, seen: int | None, params: Params) -> Done:
    tasks.finish_task(actor=actor, task_id=pk)
    return Done(_("Done."))


def _drop(actor: Actor, pk: int, seen: int | None, params: Params) -> Done:
    tasks.finish_task(actor=actor, task_id=pk, dropped=True)
    return Done(_("Dropped."))


def _is_open(pk: int, params: Params) -> dict[str, Any]:
    return {"open": Task.objects.filter(pk=pk, done_at__isnull=True).exists()}


def _reopen(actor: Actor, pk: int, was: Mapping[str, Any], params: Params) -> None:
    tasks.reopen_task(actor=actor, task_id=pk)


def _move(actor: Actor, pk: int, seen: int | None, params: Params) -> Done:
    tasks.change_task(actor=actor, task_id=pk, due_at=_moment(params.get("due", "")))
    return Done(_("Moved."))


def _moment(text: str) -> datetime:
    """A day (then at nine in the morning) or a moment, in the company's time zone."""
    try:
        moment = parse_datetime(text) or None
        day = None if moment else parse_date(text)
    except ValueError:
        moment = day = None
    if moment is None and day is not None:
        moment = datetime.combine(day, time(9))
    if moment is None or not 2000 <= moment.year <= 2200:
        raise DueMissing()
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)


def _check_due(params: Params) -> None:
    try:
        _moment(params.get("due", ""))
    except DueMissing:
        raise DueMissing(field="due") from None


def _due(pk: int, params: Params) -> dict[str, Any]:
    due = Task.objects.filter(pk=pk).values_list("due_at", flat=True).first()
    return {"due_at": due.isoformat() if due else None}


def _move_back(actor: Actor, pk: int, was: Mapping[str, Any], params: Params) -> None:
    if was["due_at"] is None:
        raise BulkNotUndoable(why=_("It had no time before, and a time can't be taken away."))
    tasks.change_task(actor=actor, task_id=pk, due_at=datetime.fromisoformat(was["due_at"]), puts_back=True)


def _hand_over(actor: Actor, pk: int, seen: int | None, params: Params) -> Done:
    task = tasks.change_task(actor=actor, task_id=pk, owner_id=whose(params))
    return Done(_("Now with %(who)s.") % {"who": task.owner.name if task.owner else "—"})


def _owner(pk: int, params: Params) -> dict[str, Any]:
    return {"owner": Task.objects.filter(pk=pk).values_list("owner", flat=True).first()}


def _hand_back(actor: Actor, pk: int, was: Mapping[str, Any], params: Params) -> None:
    tasks.change_task(actor=actor, task_id=pk, owner_id=was["owner"])


TASK_STEPS = (
    Step(
        key="finish",
        label=gettext_lazy("Tick off"),
        permission="",
        take=_finish,
        state=_is_open,
        put_back=_reopen,
    ),
    Step(
        key="due",
        label=gettext_lazy("Change the time"),
        permission="",
        take=_move,
        state=_due,
        put_back=_move_back,
        check=_check_due,
    ),
    Step(
        key="transfer",
        label=gettext_lazy("Hand over"),
        permission="",
        take=_hand_over,
        check=check_owner,
        state=_owner,
        put_back=_hand_back,
    ),
    Step(key="drop", label=gettext_lazy("Drop"), permission="", take=_drop, state=_is_open, put_back=_reopen),
)


def connect() -> None:
    """Offer the steps; called once when Django is ready."""
    bulk.register("tasks", bulk.Kind(queries.tasks, "title"), TASK_STEPS)
