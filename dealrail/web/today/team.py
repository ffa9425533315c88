"""The day of who looks after others: who plans nothing, what is stuck, what waits for a word of theirs."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Any

from django.db.models import F
from django.http import QueryDict

from dealrail.accounts import policy
from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotAllowed
from dealrail.activities import queries as activities
from dealrail.activities.permissions import TASKS_ASSIGN
from dealrail.core.choosing import first
from dealrail.crm import queries as crm
from dealrail.web.lists.choices import line_pickers
from dealrail.web.lists.filters import narrowed
from dealrail.web.lists.needs import MEANS
from dealrail.web.today.rows import approvals, standing, waivers

MOST_PEOPLE = 50
STUCK = 20


@dataclass(frozen=True)
class Member:
    """One of the team: open deals, those without a next step and those standing still, what is late, what was done."""

    id: int
    name: str
    count: int
    unplanned: int
    still: int
    overdue: int
    follow_ups: int


def leads(actor: Actor) -> bool:
    """Whether the actor looks after the work of others: may give tasks beyond their own."""
    reach = actor.reach(TASKS_ASSIGN)
    return reach.everything or bool(reach.units)


def require_team(actor: Actor) -> None:
    """Refuse with NotAllowed who looks after nobody."""
    policy.require(actor, TASKS_ASSIGN)
    if not leads(actor):
        raise NotAllowed(permission=TASKS_ASSIGN)


def team_day(actor: Actor, now: datetime, params: QueryDict) -> dict[str, Any]:
    """The team's people, its biggest deals that are stuck, and the approvals that wait for the reader.

    The address may narrow the deals to those of a business line.
    """
    theirs = crm.deals(actor).filter(crm.OPEN, owner__isnull=False).exclude(owner=actor.user_id)
    theirs = narrowed(theirs, params, names=["line"], fields=crm.deal_fields(actor), actor=actor)
    late = crm.over_limit(now)
    loads = crm.loads(theirs, late=late, quiet=crm.without_follow_up(now))
    biggest = theirs.filter(late).order_by(F("amount").desc(nulls_last=True), "pk")
    return {
        "means": MEANS,
        "pickers": line_pickers(params),
        "of_line": f"&line={params['line']}" if params.get("line") else "",
        "members": _members(actor, dict(islice(loads.items(), MOST_PEOPLE)), now),
        "stuck": [standing(deal) for deal in first(biggest, STUCK)],
        "stuck_count": sum(load.late for load in loads.values()),
        "approvals": approvals(actor),
        "waivers": waivers(actor),
        "theirs": crm.Total(
            sum(load.count for load in loads.values()), sum((load.amount for load in loads.values()), Decimal(0))
        ),
        "unplanned_count": sum(load.unplanned for load in loads.values()),
    }


def _members(actor: Actor, loads: dict[int, crm.Load], now: datetime) -> list[Member]:
    ids = list(loads)
    names, overdue = people.names_of(ids), activities.overdue_tasks(actor, ids, now)
    done = activities.follow_ups_since(actor, ids, activities.day_and_week(now)[1])
    return [
        Member(
            id=owner,
            name=names.get(owner, "—"),
            count=load.count,
            unplanned=load.unplanned,
            still=load.still,
            overdue=overdue.get(owner, 0),
            follow_ups=done.get(owner, 0),
        )
        for owner, load in loads.items()
    ]
