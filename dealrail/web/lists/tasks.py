"""The list of tasks: one's own, those one gave, and those of people within reach."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.activities import queries as activities
from dealrail.activities.policy import may_change_task
from dealrail.core import clock
from dealrail.core.filters import Field
from dealrail.core.texts import tidy
from dealrail.web.lists import cells, choices
from dealrail.web.lists.cells import Cell
from dealrail.web.lists.choices import MINE
from dealrail.web.lists.filters import NONE, Option, Picker, narrowed, picker
from dealrail.web.lists.kinds import Column, ListKind, New, register
from dealrail.web.people.choosing import named_people


def _title(task: Any, actor: Actor) -> Cell:
    about = cells.record(task.deal, "deal") if task.deal else cells.record(task.customer, "customer")
    if task.done_at is None and may_change_task(actor, task):
        return Cell("task", task.title, about.href, task)
    return Cell("record", task.title, about.href, _fate(task))


def _fate(task: Any) -> str | None:
    if task.done_at is None:
        return None
    return "dropped" if task.dropped else "done"


def _due(task: Any, actor: Actor) -> Cell:
    return Cell("due", task.due_at, more=task.done_at is None) if task.due_at else cells.NOTHING


NAMES = ("kind", "owner", "deal", "customer", "line", "due_at", "done_at")
_COLUMNS = (
    Column("title", _("Task"), _title, "title"),
    Column("due_at", _("Due"), _due, "due_at"),
    Column("owner", _("Owner"), lambda row, actor: cells.text(row.owner), "owner"),
    Column("deal", _("Deal"), lambda row, actor: cells.record(row.deal, "deal")),
    Column("customer", _("Customer"), lambda row, actor: cells.record(row.customer, "customer"), more=True),
    Column("kind", _("Kind"), lambda row, actor: cells.text(row.get_kind_display()), "kind", more=True),
    Column("done_at", _("Done"), lambda row, actor: cells.ago(row.done_at), "done_at", shown=False),
    Column("created_at", _("Created"), lambda row, actor: cells.ago(row.created_at), shown=False),
)


def _columns(fields: list[Field]) -> list[Column]:
    return list(_COLUMNS)


def _kinds(actor: Actor, params: QueryDict) -> list[Option]:
    return choices.choices(activities.task_kinds().items())


def _pickers(actor: Actor, params: QueryDict) -> list[Picker]:
    return [
        picker(params, "done_at", _("State"), [(NONE, _("To do"))]),
        picker(params, "kind", _("Kind"), activities.task_kinds().items()),
        picker(params, "owner", _("Owner"), [MINE, *named_people(people.active_people())]),
        picker(params, "due_at", _("Due"), DUE),
        *choices.line_pickers(params),
    ]


OVERDUE = "overdue"
DUE = (
    (OVERDUE, _("overdue")),
    ("today", _("today")),
    ("tomorrow", _("tomorrow")),
    ("this_week", _("this week")),
    ("next_week", _("next week")),
    (NONE, _("No date")),
)


def _overdue(actor: Actor, params: QueryDict) -> QuerySet[Any] | None:
    """The tasks that are late, as the figures of the first page count them; None when the address asks for others."""
    if params.get("due_at") != OVERDUE:
        return None
    others = [name for name in NAMES if name != "due_at"]
    rows = narrowed(activities.tasks(actor), params, names=others, fields=activities.task_fields(actor), actor=actor)
    return _search(actor, rows.filter(activities.overdue(clock.now())), params.get("q", ""))


def _search(actor: Actor, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    text = tidy(text)
    named_so = Q(title__icontains=text) | Q(deal__name__icontains=text) | Q(customer__name__icontains=text)
    return rows.filter(named_so) if text else rows


register(
    ListKind(
        key="tasks",
        title=_("Tasks"),
        symbol="checkbox",
        rows=activities.tasks,
        fields=activities.task_fields,
        columns=_columns,
        names=NAMES,
        pickers=_pickers,
        labels={
            "title": _("Task"),
            "kind": _("Kind"),
            "line": _("Business line"),
            "owner": _("Owner"),
            "due_at": _("Due"),
            "done_at": _("Done"),
        },
        hint=_("Search tasks"),
        empty=_("There are no tasks yet that you can see. They are given on the page of a deal."),
        all_words=_("All tasks"),
        search=_search,
        sort="due_at",
        behind=_overdue,
        start="done_at=none",
        new=New("quick", _("New task or plan"), args=("task",), is_dialog=True),
        options={"kind": _kinds, "owner": choices.people_options, "line": choices.line_options},
    )
)
