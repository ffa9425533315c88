"""Taking a run over to another version of its process."""

from dataclasses import dataclass
from datetime import datetime

from dealrail.accounts.actor import Actor
from dealrail.process import queries
from dealrail.process.engine.moves import change_stage
from dealrail.process.engine.runs import open_stays, require_transaction, spec_and_stage
from dealrail.process.engine.trying import same_conditions
from dealrail.process.models import LIVE_APPROVALS, ApprovalRequest, Run, Stay, Waiver, WaiverRequest
from dealrail.process.rules import Exit, StageSpec


@dataclass(frozen=True)
class TakenOver:
    """What ended because a run went over: approvals asked for or granted, requests for waivers, waived conditions."""

    approvals: list[ApprovalRequest]
    waivers: list[WaiverRequest]
    waived: list[str]


def take_over(run: Run, version_id: int, to: str, *, by: Actor, now: datetime) -> TakenOver:
    """Have a run follow this version from now on, in its stage `to`; no gate is asked.

    A stage of the same key is the same stage: its stay goes over and its time runs on, and of what was approved and
    waived the conditions that read the same keep theirs. Else the stay ends and a new one begins. A run without an open
    stay only gets the stage that it will be reopened in.
    """
    require_transaction()
    _, left = spec_and_stage(run)
    entered = queries.spec_of(version_id).stage(to)
    stay = open_stays([run.pk]).first()
    ended = _end_what_hangs_on(stay, same_conditions(left, entered), entered, now) if stay else TakenOver([], [], [])
    run.version_id = version_id
    if stay is None or left.key == entered.key:
        run.stage_id = queries.stage_id(version_id, to)
        Stay.objects.filter(run=run, left_at__isnull=True).update(stage=run.stage_id)
        run.revision += 1
        run.save(update_fields=["version", "stage", "revision"])
    else:
        change_stage(run, stay, to, Exit.MIGRATED, by=by, now=now)
    return ended


def _end_what_hangs_on(stay: Stay, kept: set[str], entered: StageSpec, now: datetime) -> TakenOver:
    asked = ApprovalRequest.objects.filter(stay=stay, status__in=LIVE_APPROVALS).prefetch_related(queries.PARTS)
    approvals = [row for row in asked.order_by("pk") if row.condition not in kept or row.to not in entered.next]
    withdrawn = ApprovalRequest.objects.filter(pk__in=[row.pk for row in approvals])
    withdrawn.update(status=ApprovalRequest.Status.WITHDRAWN)
    requests = queries.pending_waiver_requests([stay.run_id]).filter(stay=stay).exclude(condition__in=kept)
    unanswered = list(requests)
    requests.update(status=WaiverRequest.Status.WITHDRAWN)
    waivers = Waiver.objects.filter(stay=stay, ended_at__isnull=True).exclude(condition__in=kept)
    waived = sorted(waivers.values_list("condition", flat=True))
    waivers.update(ended_at=now)
    return TakenOver(approvals, unanswered, waived)
