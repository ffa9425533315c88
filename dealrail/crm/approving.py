"""What becomes of approvals of deals, on record; called by actions, inside their transaction."""

from typing import Any

from dealrail.accounts.actor import Actor
from dealrail.crm import queries
from dealrail.crm.facts import ApprovalAgreed, ApprovalAsked, ApprovalDecided, ApprovalWithdrawn, Changes
from dealrail.crm.models import Deal
from dealrail.events.engine import record
from dealrail.process import engine
from dealrail.process.engine import Answer, Gate
from dealrail.process.models import ApprovalPart, ApprovalRequest

Part = ApprovalPart.Part


def ask(deal: Deal, gate: Gate, *, actor: Actor) -> tuple[list[ApprovalRequest], bool]:
    """Ask for the approvals that a move lacks: what it waits for, and whether somebody was just asked.

    Refuses with NobodyToApprove.
    """
    about = queries.approved_about(deal, gate)
    requests, new = engine.ask(deal.run, gate, by=actor, owner_id=deal.owner_id, about=about)
    for request in new:
        fact = ApprovalAsked(
            **naming(deal, request),
            approver_ids=ids(request, Part.WAITING),
            told_ids=ids(request, Part.TOLD),
            about=request.about,
        )
        record(fact, actor=actor)
    return requests, bool(new)


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


def record_withdrawn(
    deal: Deal, request: ApprovalRequest, *, how: str, actor: Actor, changes: Changes | None = None, note: str = ""
) -> None:
    """Record that a request was taken back: the deal `changed`, was `migrated`, or who asked `recalled` it."""
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
