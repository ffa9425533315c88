"""What the page of plans shows: whose, over which days, and what lies on each."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.activities import policy
from dealrail.activities import queries as activities
from dealrail.activities.permissions import TASKS_ASSIGN
from dealrail.core import clock
from dealrail.web.inputs import whole
from dealrail.web.lists.choices import named
from dealrail.web.plans.spans import VIEWS, Span, day_of, span

SHOWN = 500
TEAM = "team"
IN_A_CELL = 4
WORDS = {"list": _("List"), "day": _("Day"), "week": _("Week"), "month": _("Month")}
ICONS = {"list": "list", "day": "calendar-event", "week": "calendar-week", "month": "calendar-month"}


@dataclass(frozen=True)
class Day:
    """A day of the calendar with what is due on it; `is_beside`: outside the month that is meant."""

    date: date
    is_today: bool
    is_beside: bool
    tasks: list[Any]
    address: str


@dataclass(frozen=True)
class View:
    """A way to look at the plans."""

    word: Any
    icon: str
    address: str
    is_current: bool


def plans_page(actor: Actor, view: str, on: str, who: str) -> dict[str, Any]:
    """The plans of these days that the actor may see."""
    today = timezone.localdate(clock.now())
    shown = span(view if view in VIEWS else "week", day_of(on, today))
    offered = whose(actor)
    chosen = who if who in dict(offered) else ""
    tasks = list(_tasks(actor, shown, chosen)[: SHOWN + 1])
    return {
        "span": shown,
        "days": _days(tasks[:SHOWN], shown, today, chosen),
        "overdue": _overdue(actor, chosen, shown, today),
        "is_cut": len(tasks) > SHOWN,
        "views": [
            View(word, ICONS[key], _address(key, shown.on, chosen), key == shown.view) for key, word in WORDS.items()
        ],
        "whose": offered,
        "who": chosen,
        "today": today,
        "before": _address(shown.view, shown.before, chosen),
        "after": _address(shown.view, shown.after, chosen),
        "now": _address(shown.view, today, chosen),
        "in_a_cell": f":{IN_A_CELL}",
    }


def whose(actor: Actor) -> tuple[tuple[str, Any], ...]:
    """Whose plans one may look at: one's own; the team's and its people's where one gives tasks to others."""
    if not actor.may(TASKS_ASSIGN):
        return (("", _("Mine")),)
    team = people.active_people().filter(policy.within_reach(actor))
    return (("", _("Mine")), (TEAM, _("My team")), *((str(key), name) for key, name in named(team)))


def _owners(actor: Actor, who: str) -> list[int] | None:
    if who == TEAM:
        return None
    return [whole(who) or actor.user_id]


def _tasks(actor: Actor, shown: Span, who: str) -> Any:
    return activities.planned(actor, owners=_owners(actor, who), start=shown.start, end=shown.end)


def _overdue(actor: Actor, who: str, shown: Span, today: date) -> list[Any]:
    """What should be done by now, for the list; the calendar shows it on its own day."""
    if shown.view != "list" or shown.on != today:
        return []
    return list(activities.planned(actor, owners=_owners(actor, who), end=shown.start)[:SHOWN])


def _days(tasks: Iterable[Any], shown: Span, today: date, who: str) -> list[Day]:
    found: dict[date, list[Any]] = {day: [] for day in shown.days}
    for task in tasks:
        found[timezone.localdate(task.due_at)].append(task)
    return [
        Day(
            date=day,
            is_today=day == today,
            is_beside=shown.view == "month" and day.month != shown.on.month,
            tasks=rows,
            address=_address("day", day, who),
        )
        for day, rows in found.items()
        if rows or shown.view != "list"
    ]


def _address(view: str, on: date, who: str) -> str:
    said = {"view": view, "on": on.isoformat(), **({"who": who} if who else {})}
    return f"?{urlencode(said)}"
