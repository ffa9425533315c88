"""What waits for a person today: tasks, approvals, deals without a next step."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, F, Q, QuerySet, When

from dealrail.accounts.actor import Actor
from dealrail.activities import queries as activities
from dealrail.core import clock
from dealrail.core.choosing import among, first
from dealrail.crm import queries as crm
from dealrail.process import engine
from dealrail.process import queries as processes
from dealrail.process.rules import ProcessSpec, State
from dealrail.web.board.cards import days_since
from dealrail.web.deals.page import Approval, approval_rows
from dealrail.web.processes.naming import condition_names, waiver_why
from dealrail.web.templatetags.dealrail import step_kind

SHOWN = 30
WON_LAST = Case(When(state=State.WON, then=1), default=0)


@dataclass(frozen=True)
class Waiting:
    """An approval that waits for the reader, with its deal."""

    approval: Approval
    deal: Any
    stage: str
    to: str


@dataclass(frozen=True)
class WaiverWaiting:
    """A condition that somebody asks the reader to waive, and why."""

    id: int
    deal: Any
    what: str
    stage: str
    reason: str
    who: str
    when: datetime


@dataclass(frozen=True)
class NotGranted:
    """A deal of the reader's that was refused an approval: what, where to, by whom and why."""

    deal: Any
    what: str
    to: str
    who: str
    when: datetime
    reason: str


@dataclass(frozen=True)
class Standing:
    """A deal that stands still: for how many days in its stage, and how many that may take (None: no limit)."""

    deal: Any
    days: int
    limit: int | None


def my_day(actor: Actor) -> dict[str, Any]:
    """Overdue, today, later; what waits for my approval or was refused; my deals without a next step."""
    tasks = list(_still_mine(activities.open_tasks_of(actor), actor)[: SHOWN * 2])
    mine = crm.deals(actor).filter(crm.OPEN, owner=actor.user_id)
    late, quiet = crm.over_limit(clock.now()), crm.without_follow_up(clock.now())
    still, load = mine.filter(late | quiet), crm.load_of(mine, late=late, quiet=quiet)
    return {
        "overdue": _due(tasks, "overdue"),
        "today": _due(tasks, "today"),
        "later": [*_due(tasks, "planned"), *_due(tasks, "none")],
        "approvals": approvals(actor),
        "waivers": waivers(actor),
        "not_granted": not_granted(actor),
        "idle": first(mine.filter(next_step_at__isnull=True).order_by("stage_since"), SHOWN),
        "idle_count": load.unplanned,
        "still": [standing(deal) for deal in first(still.order_by("stage_since", "pk"), SHOWN)],
        "still_count": load.still,
        "mine": load,
    }


def has_nothing(actor: Actor) -> bool:
    """Whether the actor has neither an open deal nor a task of their own."""
    mine = crm.deals(actor).filter(crm.OPEN, owner=actor.user_id)
    return not mine.exists() and not activities.open_tasks_of(actor).exists()


def standing(deal: Any) -> Standing:
    """A deal that stands still, and for how long."""
    return Standing(deal, days_since(deal.run.stage_entered_at), deal.run.stage.time_limit_days)


def _still_mine(tasks: QuerySet[Any], actor: Actor) -> QuerySet[Any]:
    """Without those of deals that are lost, parked or in a pool, and one's own plans for deals of others by now.

    The plan to look again at a parked deal stays.
    """
    under_way = Q(deal__run__state__in=[State.OPEN, State.WON], deal__owner__isnull=False)
    own = Q(deal__owner=actor.user_id) | ~Q(created_by=actor.user_id) | Q(created_by__isnull=True)
    look_again = Q(deal__run__state=State.PARKED, kind="plan", stay__isnull=False)
    return tasks.filter(Q(deal__isnull=True) | (under_way & own) | look_again)


def _due(tasks: list[Any], kind: str) -> list[Any]:
    return [task for task in tasks if step_kind(task.due_at) == kind]


def approvals(actor: Actor) -> list[Waiting]:
    """What waits for the reader's approval, the oldest first."""
    requests = list(
        crm.approvals_waiting(actor).select_related(
            "asked_by", "run__deal__customer", "run__deal__owner", "run__deal__product"
        )[:SHOWN]
    )
    asked = [(request, request.run.deal, processes.spec_of(request.run.version_id)) for request in requests]
    return [_waiting(*row, shown) for row, shown in zip(asked, approval_rows(actor, asked), strict=True)]


def waivers(actor: Actor) -> list[WaiverWaiting]:
    """What the reader is asked to waive, the oldest first."""
    return [_waiver(request) for request in crm.waiver_requests_waiting(actor)[:SHOWN]]


def _waiver(request: Any) -> WaiverWaiting:
    spec = processes.spec_of(request.run.version_id)
    return WaiverWaiting(
        id=request.pk,
        deal=request.run.deal,
        what=condition_names(spec).get(request.condition, request.condition),
        stage=request.run.stage.name,
        reason=waiver_why(spec, request),
        who=request.asked_by.name if request.asked_by else "—",
        when=request.asked_at,
    )


def not_granted(actor: Actor) -> list[NotGranted]:
    """Approvals refused to the reader's deals, or to what the reader asked for, that nobody asked for again."""
    concerned = Q(owner=actor.user_id) | among("run", processes.asked_by(actor))
    deals = crm.deals(actor).filter(concerned, stage_now__isnull=False)
    refused = processes.refused_approvals(deals.order_by().values("run"))[:SHOWN]
    by_run = {deal.run_id: deal for deal in crm.deals(actor).filter(run__in=[row.run_id for row in refused])}
    return [_not_granted(row, by_run[row.run_id]) for row in refused]


def _not_granted(request: Any, deal: Any) -> NotGranted:
    spec = processes.spec_of(deal.run.version_id)
    return NotGranted(
        deal=deal,
        what=condition_names(spec).get(request.condition, request.condition),
        to=processes.stage_name(spec, request.to),
        who=request.decided_by.name if request.decided_by else "—",
        when=request.decided_at,
        reason=request.note,
    )


def _waiting(request: Any, deal: Any, spec: ProcessSpec, shown: Approval) -> Waiting:
    _spec, stage = engine.spec_and_stage(request.run)
    return Waiting(shown, deal, stage.name, processes.stage_name(spec, request.to))


def hour_word(now: datetime) -> str:
    """Which greeting fits the hour: morning, afternoon or evening."""
    return "morning" if now.hour < 12 else "afternoon" if now.hour < 18 else "evening"


def deals_to_follow(actor: Actor, text: str = "", *, most: int = SHOWN) -> list[Any]:
    """Deals of the reader's to write a follow-up about, in progress or won.

    The next steps due come first, then those in progress and last the won ones, each by who was spoken to last.
    """
    mine = crm.deals(actor).filter(owner=actor.user_id, state__in=[State.OPEN, State.WON])
    found = crm.search_deals(actor, mine, text) if text.strip() else mine
    ends = (F("next_step_at").asc(nulls_last=True), WON_LAST, F("last_follow_up_at").desc(nulls_last=True), "-pk")
    return list(first(found.order_by(*ends), most))
