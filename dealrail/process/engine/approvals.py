"""Asking for approval, deciding, and taking back what was asked about other values."""

from collections.abc import Collection, Mapping

from dealrail.accounts.actor import Actor
from dealrail.core import clock
from dealrail.core.texts import tidy
from dealrail.process import queries
from dealrail.process.condition_kinds import approvers_of
from dealrail.process.engine.gates import Gate, conditions_of
from dealrail.process.engine.runs import require_transaction, spec_and_stage
from dealrail.process.errors import NobodyToApprove, NoSuchApproval, ReasonMissing
from dealrail.process.models import ApprovalRequest, Run, Stay
from dealrail.process.rules import ConditionSpec

LONGEST_REASON = 500


def ask(
    run: Run, verdict: Gate, *, by: Actor, owner_id: int | None, about: Mapping[str, str | None]
) -> tuple[list[ApprovalRequest], list[ApprovalRequest]]:
    """Ask for each approval that this move lacks: all that it waits for, and those of them that are new.

    `about` is what the record holds: the approvers see it, and it is what they agree to.
    What waits for another move, or for nobody active any more, is withdrawn. Refuses with NobodyToApprove.
    """
    require_transaction()
    stay = Stay.objects.get(run=run, left_at__isnull=True)
    live = {row.condition: row for row in _still_waiting(run, verdict.to)}
    new = {
        key: _new_request(stay, verdict.to, _condition(run, key), by, owner_id, about)
        for key in (demand.condition for demand in verdict.approvals)
        if key not in live
    }
    asked = {**live, **new}
    return [asked[demand.condition] for demand in verdict.approvals], list(new.values())


def _still_waiting(run: Run, to: str) -> list[ApprovalRequest]:
    pending = list(queries.pending_approvals([run.pk]))
    live = [row for row in pending if row.to == to and any(approver.is_active for approver in row.approvers.all())]
    gone = [row.pk for row in pending if row not in live]
    ApprovalRequest.objects.filter(pk__in=gone).update(status=ApprovalRequest.Status.WITHDRAWN)
    return live


def _condition(run: Run, key: str) -> ConditionSpec:
    _, stage = spec_and_stage(run)
    return next(row for row in conditions_of(stage) if row.key == key)


def _new_request(
    stay: Stay, to: str, condition: ConditionSpec, by: Actor, owner_id: int | None, about: Mapping[str, str | None]
) -> ApprovalRequest:
    approvers = approvers_of(condition, owner_id=owner_id, asked_by=by.user_id)
    if not approvers:
        raise NobodyToApprove(who=condition.name or condition.key)
    request = ApprovalRequest.objects.create(
        run_id=stay.run_id,
        stay=stay,
        condition=condition.key,
        to=to,
        about=dict(about),
        asked_by_id=by.user_id or None,
        asked_at=clock.now(),
    )
    request.approvers.set(approvers)
    return request


def decide(run: Run, request_id: int, *, granted: bool, by: Actor, note: str = "") -> ApprovalRequest:
    """Grant or refuse a request of this very run. Refuses with NoSuchApproval unless it waits for this person."""
    require_transaction()
    waiting = queries.pending_approvals([run.pk]).filter(pk=request_id, approvers=by.user_id)
    request = waiting.first()
    if request is None:
        raise NoSuchApproval()
    request.status = ApprovalRequest.Status.GRANTED if granted else ApprovalRequest.Status.REFUSED
    request.decided_by_id = by.user_id
    request.decided_at = clock.now()
    request.note = note[:LONGEST_REASON]
    request.save(update_fields=["status", "decided_by", "decided_at", "note"])
    return request


def withdraw_outdated(run: Run, changed: Collection[str]) -> list[ApprovalRequest]:
    """Take back what was asked, or granted for a move not made yet, about values that have changed since.

    A request that doesn't say what it was about is taken back with any change.
    """
    require_transaction()
    rows = queries.live_approvals(run.pk).prefetch_related("approvers")
    outdated = [row for row in rows if not row.about or set(changed) & set(row.about)]
    ApprovalRequest.objects.filter(pk__in=[row.pk for row in outdated]).update(status=ApprovalRequest.Status.WITHDRAWN)
    return outdated


def checked_reason(reason: str) -> str:
    """A reason without blanks around it; refuse with ReasonMissing."""
    if not 2 <= len(tidy(reason)) <= LONGEST_REASON:
        raise ReasonMissing()
    return tidy(reason)
