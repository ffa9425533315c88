"""Excusing a run from a condition, and asking those who may to do so."""

from dealrail.accounts.actor import Actor
from dealrail.core import clock
from dealrail.core.texts import tidy
from dealrail.process import queries
from dealrail.process.engine.approvals import LONGEST_REASON, checked_reason
from dealrail.process.engine.gates import conditions_of
from dealrail.process.engine.runs import require_movable, require_transaction, spec_and_stage
from dealrail.process.errors import (
    AlreadyWaived,
    NoSuchCondition,
    NoSuchWaiverRequest,
    NotWaivable,
    NotYoursToWaive,
    WaiverAskedAlready,
)
from dealrail.process.models import Run, Stay, Waiver, WaiverRequest
from dealrail.process.queries.waivers import may_waive_by_role, role_names
from dealrail.process.rules import ConditionSpec

Status = WaiverRequest.Status


def waive(run: Run, condition_key: str, *, reason: str, by: Actor, reason_key: str = "") -> Waiver:
    """Excuse this run from one condition while it stays in its stage; requests for the same are answered by it.

    `reason_key` is one of the process's waiver reasons, by key or name, needed where it has any. Refuses with NotOpen,
    NoSuchCondition, NotWaivable, NotYoursToWaive, AlreadyWaived, ReasonMissing, WaiverReasonMissing or
    UnknownWaiverReason.
    """
    stay = _stay_with(run, condition_key)
    _refuse_without_role(run, condition_key, by)
    kind = queries.waiver_reason(spec_and_stage(run)[0], reason_key)
    return _excuse(run, stay, condition_key, reason=checked_reason(reason), reason_key=kind, by=by)


def _excuse(run: Run, stay: Stay, condition_key: str, *, reason: str, reason_key: str, by: Actor) -> Waiver:
    WaiverRequest.objects.filter(stay=stay, condition=condition_key, status=Status.PENDING).update(
        status=Status.GRANTED, decided_by_id=by.user_id or None, decided_at=clock.now()
    )
    return Waiver.objects.create(
        run=run,
        stay=stay,
        condition=condition_key,
        reason_key=reason_key,
        reason=reason,
        given_by_id=by.user_id or None,
        given_at=clock.now(),
    )


def ask_waiver(run: Run, condition_key: str, *, to: str, reason: str, by: Actor, reason_key: str = "") -> WaiverRequest:
    """Ask that this run be excused from one condition while it stays in its stage, for a reason as `waive` takes it.

    Refuses with NotOpen, NoSuchCondition, NotWaivable, AlreadyWaived, WaiverAskedAlready, ReasonMissing,
    WaiverReasonMissing or UnknownWaiverReason.
    """
    stay = _stay_with(run, condition_key)
    kind = queries.waiver_reason(spec_and_stage(run)[0], reason_key)
    reason = checked_reason(reason)
    if WaiverRequest.objects.filter(stay=stay, condition=condition_key, status=Status.PENDING).exists():
        raise WaiverAskedAlready()
    return WaiverRequest.objects.create(
        run=run,
        stay=stay,
        condition=condition_key,
        to=to,
        reason_key=kind,
        reason=reason,
        asked_by_id=by.user_id or None,
        asked_at=clock.now(),
    )


def grant_waiver(run: Run, request_id: int, *, note: str, by: Actor) -> tuple[WaiverRequest, Waiver]:
    """Waive what was asked for, with the asker's reason. Refuses with NoSuchWaiverRequest and as `waive` does."""
    request = _pending(run, request_id)
    stay = _stay_with(run, request.condition)
    _refuse_without_role(run, request.condition, by)
    about = {"reason": request.reason, "reason_key": request.reason_key}
    waiver = _excuse(run, stay, request.condition, by=by, **about)
    return _answered(request, Status.GRANTED, note, by), waiver


def refuse_waiver(run: Run, request_id: int, *, note: str, by: Actor) -> WaiverRequest:
    """Say no, with a note. Refuses with NoSuchWaiverRequest or ReasonMissing."""
    return _answered(_pending(run, request_id), Status.REFUSED, checked_reason(note), by)


def withdraw_waiver(run: Run, request_id: int, *, by: Actor) -> WaiverRequest:
    """Take back one's own request. Refuses with NoSuchWaiverRequest, also when somebody else asked."""
    return _answered(_pending(run, request_id, asked_by=by.user_id), Status.WITHDRAWN, "", by)


def _stay_with(run: Run, condition_key: str) -> Stay:
    """The open stay, whose stage has this condition unwaived."""
    require_transaction()
    require_movable(run)
    _, stage = spec_and_stage(run)
    known = {condition.key: condition for condition in conditions_of(stage)}
    if condition_key not in known:
        raise NoSuchCondition(stage=stage.name, condition=condition_key[:80], known=", ".join(known))
    if not known[condition_key].waivable:
        raise NotWaivable(condition=known[condition_key].name or condition_key)
    stay = Stay.objects.get(run=run, left_at__isnull=True)
    if Waiver.objects.filter(stay=stay, condition=condition_key, ended_at__isnull=True).exists():
        raise AlreadyWaived()
    return stay


def _refuse_without_role(run: Run, condition_key: str, by: Actor) -> None:
    condition = condition_of(run, condition_key)
    if not may_waive_by_role(condition, by):
        raise NotYoursToWaive(condition=condition.name or condition_key, roles=role_names(condition.waivable_by))


def condition_of(run: Run, key: str) -> ConditionSpec:
    """A condition of the stage a run is in, by its key; KeyError for none."""
    _, stage = spec_and_stage(run)
    return {row.key: row for row in conditions_of(stage)}[key]


def _pending(run: Run, request_id: int, **of: int) -> WaiverRequest:
    require_transaction()
    rows = WaiverRequest.objects.filter(run=run, pk=request_id, status=Status.PENDING, **of)
    request = rows.select_related("asked_by").first()
    if request is None:
        raise NoSuchWaiverRequest()
    return request


def _answered(request: WaiverRequest, status: str, note: str, by: Actor) -> WaiverRequest:
    request.status, request.note = status, tidy(note)[:LONGEST_REASON]
    request.decided_by_id, request.decided_at = by.user_id or None, clock.now()
    request.save(update_fields=["status", "note", "decided_by", "decided_at"])
    return request
