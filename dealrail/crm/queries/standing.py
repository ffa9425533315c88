"""Deals that need care: without a next step, or standing still, in working time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from dealrail.accounts import queries as people
from dealrail.crm.models import Deal
from dealrail.process import queries as processes
from dealrail.process.rules import State

# the stage says no more than the state; it lets the database take the index of what is under way
OPEN = Q(state=State.OPEN, stage_now__isnull=False)


def without_next_step() -> Q:
    """Open deals for which nothing is planned."""
    return OPEN & Q(next_step_at__isnull=True)


def over_limit(now: datetime) -> Q:
    """Open deals that have been in their stage for longer than its time limit, counted from when they entered it."""
    return OPEN & _waiting(
        now, processes.time_limits(), lambda days, since: Q(stage_now__time_limit_days=days, stage_since__lt=since)
    )


def without_follow_up(now: datetime) -> Q:
    """Open deals that nobody has followed up for as many working days as their stage allows."""

    def quiet(days: int, since: datetime) -> Q:
        never = Q(last_follow_up_at__isnull=True, created_at__lt=since)
        return Q(stage_now__follow_up_days=days) & (Q(last_follow_up_at__lt=since) | never)

    return OPEN & _waiting(now, processes.follow_up_limits(), quiet)


def _waiting(now: datetime, limits: list[int], since_before: Callable[[int, datetime], Q]) -> Q:
    """What has waited for longer than any of these limits, in the working time of its owner's department."""
    times = people.working_times()
    apart = times.apart()
    elsewhere = [unit for units in apart.values() for unit in units]
    found = Q(pk__in=[])
    for working, units in [(times.company, None), *apart.items()]:
        waiting = [since_before(days, working.before_days(now, days)) for days in limits]
        if not waiting:
            continue
        whose = Q(owner__unit__in=units) if units else ~Q(owner__unit__in=elsewhere) if elsewhere else Q()
        found |= whose & reduce(or_, waiting)
    return found


def is_over_limit(deal: Deal, limit: int | None, now: datetime) -> bool:
    """Whether this open deal has been in its stage for longer than `limit` working days, as `over_limit` says it."""
    if limit is None or deal.stage_since is None:
        return False
    unit_id = deal.owner.unit_id if deal.owner else None
    return deal.stage_since < people.working_times().of(unit_id).before_days(now, limit)


@dataclass(frozen=True)
class Load:
    """Open deals together: how many, without a next step, standing still, over their time limit, worth in yuan."""

    count: int
    unplanned: int
    still: int
    late: int
    amount: Decimal


def loads(rows: QuerySet[Deal], *, late: Q, quiet: Q) -> dict[int, Load]:
    """How the open ones of these deals weigh on their owners by id, those with the most unplanned first.

    `late` and `quiet` are what `over_limit` and `without_follow_up` say.
    """
    owned: Any = rows.filter(OPEN, owner__isnull=False).order_by().values("owner")
    found = owned.annotate(**_weights(late, quiet)).order_by("-unplanned", "-still", "-count", "owner")
    return {row.pop("owner"): Load(**row) for row in found}


def load_of(rows: QuerySet[Deal], *, late: Q, quiet: Q) -> Load:
    """How the open ones of these deals weigh together."""
    return Load(**rows.filter(OPEN).order_by().aggregate(**_weights(late, quiet)))


def _weights(late: Q, quiet: Q) -> dict[str, Any]:
    return {
        "count": Count("pk"),
        "unplanned": Count("pk", filter=Q(next_step_at__isnull=True)),
        "still": Count("pk", filter=late | quiet),
        "late": Count("pk", filter=late),
        "amount": Coalesce(Sum("amount"), Decimal(0)),
    }


def standing_still(now: datetime) -> Q:
    """Open deals over their stage's time limit, or without a follow-up for too long."""
    return over_limit(now) | without_follow_up(now)
