"""How an action of the SOP was carried out: done, waived, skipped and on time, within the actor's sight."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils import timezone

from dealrail.accounts import policy as accounts
from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.activities.models import COUNTS, ActionDone
from dealrail.activities.queries import asked_in
from dealrail.core import clock
from dealrail.core.workdays import MINUTES_PER_DAY, WorkingTime
from dealrail.crm import queries as crm
from dealrail.crm.models import Deal
from dealrail.insights.permissions import INSIGHTS_READ
from dealrail.insights.queries.cohorts import midnight, recordable
from dealrail.insights.queries.counting import FORWARD
from dealrail.insights.rules import ActionFigure, ActionUsage, Passed, action_usage
from dealrail.process import queries as processes
from dealrail.process.models import Stay, Waiver
from dealrail.process.rules import StageSpec

MOST = 2000
"""So many deals at the most stand behind the figures of an action in a process, the latest ones."""


LONGEST_DAYS = 366


def latest_days(start: date | None, end: date | None) -> tuple[date, date]:
    """The days to count, [start, end): the last 90 where nothing is said, and never more than a year."""
    end = recordable(end or timezone.localdate(clock.now()) + timedelta(days=1))
    start = recordable(start or end - timedelta(days=90))
    return max(start, end - timedelta(days=LONGEST_DAYS)), end


def action_usages(actor: Actor, action: str, start: date, end: date, *, most: int = MOST) -> dict[str, ActionUsage]:
    """How an action was carried out in each process that ever asked for it, by its key. Refuses with NotAllowed.

    Counted are the deals within the actor's sight that left a stage asking for it forward in [start, end), each once,
    by the last time; an imported history is left out, for it doesn't tell what was done. Of more than `most` in a
    process the latest count.
    """
    accounts.require(actor, INSIGHTS_READ)
    return {key: _usage(actor, action, stages, start, end, most) for key, stages in _asking(action).items()}


def action_deals(
    actor: Actor, action: str, process: str, figure: ActionFigure, start: date, end: date
) -> QuerySet[Deal]:
    """The deals behind one figure of an action in a process, newest first. Refuses with NotAllowed."""
    accounts.require(actor, INSIGHTS_READ)
    stages = _asking(action).get(process, {})
    runs = _usage(actor, action, stages, start, end, MOST).runs[figure]
    return crm.deals(actor).filter(run__in=runs).order_by("-pk")


def _asking(action: str) -> dict[str, dict[int, StageSpec]]:
    """The stages of any version that ask for an action, by row, of each process."""
    found: dict[str, dict[int, StageSpec]] = defaultdict(dict)
    for key, version, pk, stage in processes.every_stage():
        spec = processes.spec_of(version).stage(stage)
        if action in asked_in(spec):
            found[key][pk] = spec
    return found


def _usage(actor: Actor, action: str, stages: dict[int, StageSpec], start: date, end: date, most: int) -> ActionUsage:
    stays = list(_left(actor, stages, start, end).annotate(done_at=_done_at(action))[: most + 1])
    latest = {stay.run_id: stay for stay in reversed(stays[:most])}.values()
    undone = [stay for stay in latest if not _is_done(stay)]
    waived = _waived(undone, stages, action)
    working = people.working_time()
    passed = [_passed(stay, stages[stay.stage_id], working, waived=stay.pk in waived) for stay in latest]
    return action_usage(passed, has_more=len(stays) > most)


def _left(actor: Actor, stages: Mapping[int, StageSpec], start: date, end: date) -> QuerySet[Stay, Any]:
    """The stays in these stages that ended forward in [start, end), the latest first.

    Where a stage has a gate and nothing was due, a sheet told of the stay, or the gate asked nothing of the deal.
    """
    gated = [pk for pk, stage in stages.items() if stage.conditions]
    rows = Stay.objects.filter(stage__in=[*stages], exit__in=FORWARD, assumed=False)
    rows = rows.exclude(stage__in=gated, conditions_due=0)
    rows = rows.filter(left_at__gte=midnight(start), left_at__lt=midnight(end))
    seen = crm.deals(actor).filter(run=OuterRef("run"))
    return rows.filter(Exists(seen)).only("run", "stage", "entered_at", "left_at").order_by("-left_at", "-pk")


def _done_at(action: str) -> Subquery:
    kept = ActionDone.objects.filter(COUNTS, run=OuterRef("run"), action=action)
    return Subquery(kept.values("done_at"))


def _is_done(stay: Any) -> bool:
    return stay.done_at is not None and stay.done_at <= stay.left_at


def _waived(stays: Iterable[Stay], stages: dict[int, StageSpec], action: str) -> set[int]:
    """Those of these stays in which a condition that demands the action was waived."""
    demanding = {
        (stay.pk, row.key)
        for stay in stays
        for row in stages[stay.stage_id].conditions
        if row.kind == "activities.done" and action in row.config["actions"]
    }
    rows = Waiver.objects.filter(stay__in={stay for stay, _ in demanding}).values_list("stay", "condition")
    return {stay for stay, condition in rows if (stay, condition) in demanding}


def _passed(stay: Any, stage: StageSpec, working: WorkingTime, *, waived: bool) -> Passed:
    limit = stage.time_limit_days
    if not _is_done(stay):
        return Passed(stay.run_id, done=False, waived=waived)
    took = working.minutes(stay.entered_at, stay.done_at)
    on_time = took <= limit * MINUTES_PER_DAY if limit else None
    return Passed(stay.run_id, done=True, on_time=on_time)
