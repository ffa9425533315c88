"""Deals that need care: without a next step, or standing still, in working time."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from dealrail.core.workdays import working_days_before
from dealrail.crm.models import Deal
from dealrail.process import queries as processes
from dealrail.process.rules import State

UNDER_WAY = Q(run__state=State.OPEN)


def without_next_step() -> Q:
    """Open deals for which nothing is planned."""
    return UNDER_WAY & Q(next_step_at__isnull=True)


def over_limit(now: datetime) -> Q:
    """Open deals that have been in their stage for longer than its time limit, counted from when they entered it."""
    late = Q(pk__in=[])
    for days in processes.time_limits():
        since = working_days_before(now, days, tz=timezone.get_current_timezone())
        late |= Q(run__stage__time_limit_days=days, run__stage_entered_at__lt=since)
    return UNDER_WAY & late


def without_follow_up(now: datetime) -> Q:
    """Open deals that nobody has followed up for as many working days as their stage allows."""
    quiet = Q(pk__in=[])
    for days in processes.follow_up_limits():
        since = working_days_before(now, days, tz=timezone.get_current_timezone())
        never = Q(last_follow_up_at__isnull=True, created_at__lt=since)
        quiet |= Q(run__stage__follow_up_days=days) & (Q(last_follow_up_at__lt=since) | never)
    return UNDER_WAY & quiet


@dataclass(frozen=True)
class Load:
    """The open deals of one person: how many, how many without a next step, how many standing still."""

    owner_id: int
    count: int
    unplanned: int
    still: int


def loads(rows: QuerySet[Deal], now: datetime, *, most: int) -> list[Load]:
    """How the open ones of these deals weigh on their owners, those with the most unplanned on top."""
    owned = rows.filter(UNDER_WAY, owner__isnull=False).order_by().values("owner")
    counted = owned.annotate(
        count=Count("pk"),
        unplanned=Count("pk", filter=Q(next_step_at__isnull=True)),
        still=Count("pk", filter=standing_still(now)),
    )
    found = counted.order_by("-unplanned", "-still", "-count", "owner")[:most]
    return [Load(row["owner"], row["count"], row["unplanned"], row["still"]) for row in found]


def standing_still(now: datetime) -> Q:
    """Open deals over their stage's time limit, or without a follow-up for too long."""
    return over_limit(now) | without_follow_up(now)
