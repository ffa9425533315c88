"""What becomes of approvals and requests for waivers, on record; called by actions, inside their transaction."""

from collections.abc import Mapping
from typing import Any

from dealrail.accounts.actor import Actor
from dealrail.core.texts import listed
from dealrail.crm import queries
from dealrail.crm.facts import (
    ApprovalAgreed,
    ApprovalAsked,
    ApprovalDecided,
    ApprovalWithdrawn,
    Changes,
    WaiverWithdrawn,
)
from dealrail.crm.models import Deal
from dealrail.events.engine import record
from dealrail.process import engine
from dealrail.process import queries as processes
from dealrail.process.engine import Answer, Gate, Left, TakenOver
from dealrail.process.models import ApprovalPart, ApprovalRequest, WaiverRequest
from dealrail.process.rules import ProcessSpec, StageSpec

Part = ApprovalPart.Part


def ask(deal: Deal, gate: Gate, *, actor: Actor) -> tuple[list[ApprovalRequest], bool]:
    """Ask for the approvals that a move lacks: what it waits for, and whether somebody was just asked.

    Refuses with NobodyToApprove.
    """
    about = queries.approved_about(deal, gate)
    asked = engine.ask(deal.run, gate, by=actor, owner_id=deal.owner_id, about=about)
    for request in asked.withdrawn:
        _record_replaced(deal, request, gate, actor)
    for request in asked.new:
        fact = ApprovalAsked(
            **naming(deal, request),
            approver_ids=ids(request, Part.WAITING),
            told_ids=ids(request, Part.TOLD),
            about=request.about,
        )
        record(fact, actor=actor)
    return asked.waiting, bool(asked.new)


def _record_replaced(deal: Deal, request: ApprovalRequest, gate: Gate, actor: Actor) -> None:
    """A request that another one takes the place of: it was for another move, or nobody could answer it any more."""
    if request.to != gate.to:
        record_withdrawn(deal, request, how="other_move", actor=actor)
        return
    gone = listed(user.name for user in request.people_who(Part.WAITING, Part.LATER) if not user.is_active)
    record_withdrawn(deal, request, how="vacant", note=gone, actor=actor)


def record_answer(deal: Deal, answer: Answer, *, granted: bool, note: str, actor: Actor) -> None:
    """Record what somebody said to a request: the decision, or one yes of several."""
    request = answer.request
    if answer.is_final:
        named = {key: value for key, value in naming(deal, request).items() if key != "to_stage"}
        decided = ApprovalDecided(
            **named, granted=granted, asked_by_id=request.asked_by_id, told_ids=ids(request, Part.TOLD), note=note
        )
        record(decided, actor=actor)
        return
    agreed = ApprovalAgreed(
        **naming(deal, request),
        waiting_ids=ids(request, Part.WAITING, Part.LATER),
        next_ids=[person.pk for person in answer.next],
        about=request.about,
        note=note,
    )
    record(agreed, actor=actor)


def withdraw_outdated(deal: Deal, changed: Changes, *, actor: Actor) -> None:
    """Nobody is to agree to other values than those they were shown: what was asked about them must be asked anew."""
    for request in engine.withdraw_outdated(deal.run, changed):
        changes = {key: value for key, value in changed.items() if key in request.about or not request.about}
        record_withdrawn(deal, request, how="changed", changes=changes, actor=actor)


def outdate(changed: Mapping[Deal, Changes], *, actor: Actor) -> None:
    """These deals, locked with their runs, hold something else by now: forms opened before are stale, as above."""
    by_run = {deal.run_id: deal for deal in changed}
    engine.touch_all(by_run)
    for run_id in processes.runs_with_live_approvals(by_run):
        withdraw_outdated(by_run[run_id], changed[by_run[run_id]], actor=actor)


def record_withdrawn(
    deal: Deal, request: ApprovalRequest, *, how: str, actor: Actor, changes: Changes | None = None, note: str = ""
) -> None:
    """Record that a request was taken back; `how` is one of those that ApprovalWithdrawn knows."""
    fact = ApprovalWithdrawn(
        **naming(deal, request),
        approver_ids=ids(request, Part.WAITING, Part.LATER, Part.AGREED),
        asked_by_id=request.asked_by_id,
        granted=request.decided_at is not None,
        how=how,
        changes=changes or {},
        note=note,
    )
    record(fact, actor=actor)


def record_ended(
    deal: Deal, ended: Left | TakenOver, spec: ProcessSpec, stage: StageSpec, *, how: str, actor: Actor
) -> None:
    """Record what nobody answers any more: the deal `left` this stage, or was `migrated` to another version."""
    for request in ended.approvals:
        record_withdrawn(deal, request, how=how, actor=actor)
    for asked in ended.waivers:
        record(WaiverWithdrawn(**about_waiver(deal, asked, spec, stage), how=how), actor=actor)


def about_waiver(deal: Deal, request: WaiverRequest, spec: ProcessSpec, stage: StageSpec) -> dict[str, Any]:
    """What every fact about a request for a waiver says: of which deal, stage and condition it is, and why."""
    return {
        "deal_id": deal.pk,
        "deal_name": deal.name,
        "owner_id": deal.owner_id,
        "request_id": request.pk,
        "stage": stage.key,
        "condition": request.condition,
        "to_stage": request.to,
        "reason": request.reason,
        "reason_key": request.reason_key,
        "reason_name": spec.waiver_reasons.get(request.reason_key, request.reason_key),
        "asked_by_id": request.asked_by_id,
        "asked_by_name": request.asked_by.name if request.asked_by else "",
    }


def naming(deal: Deal, request: ApprovalRequest) -> dict[str, Any]:
    """What every fact about a request says: of which deal, condition and move it is."""
    return {
        "deal_id": deal.pk,
        "deal_name": deal.name,
        "owner_id": deal.owner_id,
        "request_id": request.pk,
        "condition": request.condition,
        "to_stage": request.to,
    }


def ids(request: ApprovalRequest, *parts: str) -> list[int]:
    """The people who have one of these parts in a request."""
    return [person.pk for person in request.people_who(*parts)]
