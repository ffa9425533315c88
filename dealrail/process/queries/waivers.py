"""Who may waive a condition by their role, and how often conditions are waived."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, QuerySet

from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.core.texts import listed
from dealrail.process.models import Stage, Stay, Waiver, WaiverRequest
from dealrail.process.queries import spec_of, versions_of
from dealrail.process.rules import ConditionSpec, Exit

MOST_PEOPLE = 100
FORWARD = (Exit.FORWARD, Exit.END)


def may_waive_by_role(condition: ConditionSpec, actor: Actor) -> bool:
    """Whether this condition may be waived, and by somebody with the actor's roles."""
    if not condition.waivable_by:
        return condition.waivable
    return condition.waivable and people.active_holding(condition.waivable_by).filter(pk=actor.user_id).exists()


def role_names(keys: Iterable[str]) -> str:
    """What these roles are called."""
    names = dict(people.every_role().values_list("key", "name"))
    return listed(names.get(key, key) for key in keys)


@dataclass(frozen=True)
class Rate:
    """How often a condition of a stage was waived: of so many moves forward out of the stage, so many with a waiver."""

    stage: str
    condition: str
    waived: int
    moves: int


def waiver_rates(key: str, *, since: datetime) -> list[Rate]:
    """For each condition of each stage of a process that was waived in a move since then: how often, of how many moves.

    Two statements, however many there are.
    """
    left = Stay.objects.filter(stage__in=_stages(key), exit__in=FORWARD, left_at__gte=since)
    moves = dict(left.order_by().values_list("stage__key").annotate(Count("pk")))
    waived = Waiver.objects.filter(stay__in=left, ended_at__isnull=True).order_by()
    rows = waived.values_list("stay__stage__key", "condition").annotate(count=Count("pk"))
    return [Rate(stage, condition, count, moves[stage]) for stage, condition, count in rows]


@dataclass(frozen=True)
class Habit:
    """How many waivers somebody gave, for which reasons by key (none: ""), and how many they asked for."""

    name: str
    gave: int
    asked: int
    reasons: Mapping[str, int]


def waiver_habits(key: str, *, since: datetime) -> list[Habit]:
    """Who gave waivers in a process since then, and who asked for them; those with the most first, at most 100."""
    stages = _stages(key)
    gave = Waiver.objects.filter(stay__stage__in=stages, given_at__gte=since)
    asked = WaiverRequest.objects.filter(stay__stage__in=stages, asked_at__gte=since)
    given: dict[Any, Counter[str]] = defaultdict(Counter)
    for person, reason, count in gave.order_by().values_list("given_by", "reason_key").annotate(count=Count("pk")):
        given[person][reason] = count
    wanted = dict(asked.order_by().values_list("asked_by").annotate(Count("pk")))
    names = people.names_of(pk for pk in {*given, *wanted} if pk)
    habits = [
        Habit(names.get(pk, "—"), given[pk].total(), wanted.get(pk, 0), dict(given[pk].most_common()))
        for pk in {*given, *wanted}
    ]
    return sorted(habits, key=lambda row: (-row.gave - row.asked, row.name))[:MOST_PEOPLE]


def waiver_reasons(key: str, *, since: datetime) -> dict[str, int]:
    """How many waivers were given in a process since then for each of its reasons (none: ""), the most first."""
    rows = Waiver.objects.filter(stay__stage__in=_stages(key), given_at__gte=since).order_by()
    counts = Counter(dict(rows.values_list("reason_key").annotate(count=Count("pk"))))
    return dict(counts.most_common())


def waiver_reason_names(key: str) -> dict[str, str]:
    """What the waiver reasons of a process are called, those of older versions included."""
    names: dict[str, str] = {}
    for version in versions_of(key).values_list("pk", flat=True):
        names = {**spec_of(version).waiver_reasons, **names}
    return names


def _stages(key: str) -> QuerySet[Stage, int]:
    return Stage.objects.filter(version__definition__key=key).values_list("pk", flat=True)
