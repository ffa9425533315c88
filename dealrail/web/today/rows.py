"""What waits for a person today: tasks, approvals, deals without a next step."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dealrail.accounts.actor import Actor
from dealrail.activities import queries as activities
from dealrail.crm import queries as crm
from dealrail.process import engine
from dealrail.process import queries as processes
from dealrail.process.rules import State
from dealrail.web.deals.page import Approval, approval_rows
from dealrail.web.templatetags.dealrail import step_kind

SHOWN = 30


@dataclass(frozen=True)
class Waiting:
    """An approval that waits for the reader, with its deal."""

    approval: Approval
    deal: Any
    stage: str
    to: str


def my_day(actor: Actor) -> dict[str, Any]:
    """Overdue, today, later; what waits for my approval; my deals without a next step."""
    tasks = list(activities.open_tasks_of(actor)[: SHOWN * 2])
    mine = crm.deals(actor).filter(owner=actor.user_id, run__state=State.OPEN)
    idle = mine.filter(next_step_at__isnull=True)
    return {
        "overdue": _due(tasks, "overdue"),
        "today": _due(tasks, "today"),
        "later": [*_due(tasks, "planned"), *_due(tasks, "none")],
        "approvals": approvals(actor),
        "idle": idle.order_by("run__stage_entered_at")[:SHOWN],
        "idle_count": idle.count(),
        "mine": crm.total_of(mine),
    }


def _due(tasks: list[Any], kind: str) -> list[Any]:
    return [task for task in tasks if step_kind(task.due_at) == kind]


def approvals(actor: Actor) -> list[Waiting]:
    """What waits for the reader's approval, the oldest first."""
    requests = list(
        processes.approvals_for(actor)
        .select_related("asked_by", "run__deal__customer", "run__deal__owner")
        .prefetch_related("approvers")[:SHOWN]
    )
    return [_waiting(actor, request) for request in requests]


def _waiting(actor: Actor, request: Any) -> Waiting:
    spec, stage = engine.spec_and_stage(request.run)
    row = approval_rows(actor, [request], spec)[0]
    return Waiting(row, request.run.deal, stage.name, processes.stage_name(spec, request.to))


def hour_word(now: datetime) -> str:
    """Which greeting fits the hour: morning, afternoon or evening."""
    return "morning" if now.hour < 12 else "afternoon" if now.hour < 18 else "evening"
