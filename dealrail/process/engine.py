"""The kernel's steps on a run: lock, gate, ask, decide, waive, go. Callers check permission and record facts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from dealrail.accounts.actor import Actor
from dealrail.core import clock
from dealrail.core.texts import tidy
from dealrail.core.workdays import working_minutes
from dealrail.process import conditions, queries
from dealrail.process.condition_kinds import Approval, approvers_of
from dealrail.process.conditions import Case
from dealrail.process.errors import (
    AlreadyFinished,
    AlreadyWaived,
    NobodyToApprove,
    NoSuchApproval,
    NoSuchCondition,
    NoSuchMove,
    NotClosed,
    NotOpen,
    ReasonMissing,
    StaleVersion,
)
from dealrail.process.models import ApprovalRequest, DefinitionVersion, Run, Stage, Stay, Waiver
from dealrail.process.rules import (
    END,
    ConditionSpec,
    Demand,
    Exit,
    Outcome,
    ProcessSpec,
    StageKind,
    StageSpec,
    State,
)

LONGEST_REASON = 500


@dataclass(frozen=True)
class Gate:
    """The verdict on one move: what it asks for, what of that is unmet, and whether approval is all that lacks."""

    to: str
    to_name: str
    forward: bool
    demands: tuple[Demand, ...] = ()

    @property
    def unmet(self) -> tuple[Demand, ...]:
        """What must be done first; approvals are asked for only when nothing else is missing."""
        return tuple(row for row in self.demands if not (row.met or row.waived or row.kind == Approval.key))

    @property
    def approvals(self) -> tuple[Demand, ...]:
        """The approvals still lacking."""
        return tuple(row for row in self.demands if row.kind == Approval.key and not (row.met or row.waived))

    @property
    def outcome(self) -> Outcome:
        """Open, blocked, or needing only approval."""
        if self.unmet:
            return Outcome.BLOCKED
        return Outcome.NEEDS_APPROVAL if self.approvals else Outcome.OPEN


def _require_transaction() -> None:
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("the kernel writes only inside the transaction of an action")


def lock(run_id: int, *, seen_version: int | None = None) -> Run:
    """Lock a run for this transaction; refuse with StaleVersion when the caller saw an older one."""
    _require_transaction()
    run = Run.objects.select_for_update().get(pk=run_id)
    if seen_version is not None and seen_version != run.revision:
        raise StaleVersion(seen=seen_version, current=run.revision)
    return run


def touch(run: Run) -> None:
    """Count a change of the record the run belongs to, so that forms opened before are stale."""
    _require_transaction()
    run.revision += 1
    run.save(update_fields=["revision"])


def start(version: DefinitionVersion, *, by: Actor, now: datetime) -> Run:
    """Begin a run in the first stage."""
    _require_transaction()
    first = queries.spec_of(version.pk).stages[0]
    return enter(version, first.key, by=by, now=now)


def enter(version: DefinitionVersion, stage_key: str, *, by: Actor, now: datetime) -> Run:
    """Begin a run in the given stage with an open stay; only `start` and imported history may call this."""
    _require_transaction()
    stage_id = queries.stage_id(version.pk, stage_key)
    won = queries.stage_spec(version.pk, stage_id).kind is StageKind.WON
    run = Run.objects.create(
        version=version,
        stage_id=stage_id,
        state=State.WON if won else State.OPEN,
        started_at=now,
        stage_entered_at=now,
        closed_at=now if won else None,
    )
    Stay.objects.create(run=run, stage_id=stage_id, entered_at=now, entered_by_id=by.user_id or None)
    return run


def spec_and_stage(run: Run) -> tuple[ProcessSpec, StageSpec]:
    """The definition a run follows and the stage it is in."""
    return queries.spec_of(run.version_id), queries.stage_spec(run.version_id, run.stage_id)


def next_stage(run: Run) -> str:
    """The first forward target of the stage a run is in."""
    return spec_and_stage(run)[1].next[0]


def gate(run: Run, *, to: str | None, subject: object) -> Gate:
    """Judge a move; reads only, so a page can show it in advance. Refuses with NoSuchMove, NotOpen, AlreadyFinished."""
    return gates([(run, to, subject)])[0]


def gates(asked: Sequence[tuple[Run, str | None, object]]) -> list[Gate]:
    """Judge one move for each of many runs, in as few statements as for one."""
    stays = _open_stays([run for run, _, _ in asked])
    cases = [_case(run, subject, stays.get(run.pk)) for run, _, subject in asked]
    _load(cases)
    return [_judge(case, to) for case, (_, to, _) in zip(cases, asked, strict=True)]


def _open_stays(runs: Iterable[Run]) -> dict[int, int]:
    rows = Stay.objects.filter(run__in=[run.pk for run in runs], left_at__isnull=True)
    return dict(rows.values_list("run", "pk"))


def _case(run: Run, subject: object, stay_id: int | None, fresh: bool = False) -> Case:
    spec, stage = spec_and_stage(run)
    return Case(run=run, spec=spec, stage=stage, subject=subject, stay_id=stay_id, fresh=fresh)


def _conditions(stage: StageSpec) -> tuple[ConditionSpec, ...]:
    return (*stage.conditions, *conditions.standing)


def _load(cases: Sequence[Case]) -> None:
    used = {condition.kind for case in cases for condition in _conditions(case.stage)}
    for kind in used:
        conditions.kinds[kind].load([case for case in cases if _uses(case, kind)])
    waived: dict[int, set[str]] = {}
    stays = [case.stay_id for case in cases if case.stay_id and not case.fresh]
    for stay, condition in Waiver.objects.filter(stay__in=stays).values_list("stay", "condition") if stays else ():
        waived.setdefault(stay, set()).add(condition)
    for case in cases:
        case.evidence["waived"] = waived.get(case.stay_id or 0, set())


def _uses(case: Case, kind: str) -> bool:
    return any(condition.kind == kind for condition in _conditions(case.stage))


def _judge(case: Case, to: str | None) -> Gate:
    _require_movable(case.run)
    target = to or case.stage.next[0]
    name = queries.stage_name(case.spec, target)
    if target in case.stage.back and to is not None:
        return Gate(to=target, to_name=name, forward=False)
    if target not in case.stage.next:
        possible = [queries.stage_name(case.spec, key) for key in (*case.stage.next, *case.stage.back)]
        raise NoSuchMove(stage=case.stage.name, to=name[:80], possible=", ".join(possible))
    return Gate(to=target, to_name=name, forward=True, demands=tuple(_demands(case, target)))


def _require_movable(run: Run) -> None:
    if run.finished_at:
        raise AlreadyFinished()
    if run.state not in {State.OPEN, State.WON}:
        raise NotOpen(state=run.state)


def _demands(case: Case, target: str) -> Iterable[Demand]:
    seen: set[tuple[str, str]] = set()
    case.evidence["target"] = target
    for condition in _conditions(case.stage):
        if condition.to and target not in condition.to:
            continue
        waived = condition.key in case.evidence["waived"]
        for demand in conditions.kinds[condition.kind].demands(case, condition):
            if (demand.code, demand.item) in seen:
                continue
            row = replace(demand, waived=waived and not demand.met)
            if not row.waived:  # else another condition may still ask for the same
                seen.add((demand.code, demand.item))
            yield row


def owed_by_history(passed: Sequence[tuple[Run, StageSpec, object]]) -> list[list[Demand]]:
    """What leaving each stage would have demanded of a run nothing is on record for, and its record doesn't show."""
    return _unmet_of(passed, fresh=True)


def unmet_of_stage(run: Run, stage: StageSpec, *, subject: object) -> list[Demand]:
    """What leaving this stage demands and the record doesn't show by now, wherever the run stands."""
    return _unmet_of([(run, stage, subject)], fresh=False)[0]


def _unmet_of(asked: Sequence[tuple[Run, StageSpec, object]], *, fresh: bool) -> list[list[Demand]]:
    cases = [
        Case(run=run, spec=queries.spec_of(run.version_id), stage=stage, subject=subject, fresh=fresh)
        for run, stage, subject in asked
    ]
    _load(cases)
    return [[demand for demand in _demands(case, case.stage.next[0]) if not demand.met] for case in cases]


def ask(run: Run, verdict: Gate, *, by: Actor, owner_id: int | None) -> tuple[list[ApprovalRequest], bool]:
    """Ask for each approval that lacks; the flag says whether any is new, so that nobody is told twice.

    A request that nobody active can decide any more is asked anew. Refuses with NobodyToApprove.
    """
    _require_transaction()
    _, stage = spec_and_stage(run)
    stay = Stay.objects.get(run=run, left_at__isnull=True)
    live = {row.condition: row for row in queries.pending_approvals([run.pk]) if _can_be_decided(row)}
    asked, new = [], False
    for demand in verdict.approvals:
        if demand.condition not in live:
            condition = next(row for row in _conditions(stage) if row.key == demand.condition)
            live[demand.condition] = _new_request(run, stay, verdict.to, condition, by, owner_id)
            new = True
        asked.append(live[demand.condition])
    return asked, new


def _can_be_decided(request: ApprovalRequest) -> bool:
    return any(approver.is_active for approver in request.approvers.all())


def _new_request(
    run: Run, stay: Stay, to: str, condition: ConditionSpec, by: Actor, owner_id: int | None
) -> ApprovalRequest:
    approvers = approvers_of(condition, owner_id=owner_id, asked_by=by.user_id)
    if not approvers:
        raise NobodyToApprove(who=condition.name or condition.key)
    pending = ApprovalRequest.objects.filter(stay=stay, status=ApprovalRequest.Status.PENDING)
    pending.filter(condition=condition.key).update(status=ApprovalRequest.Status.WITHDRAWN)
    request = ApprovalRequest.objects.create(
        run=run,
        stay=stay,
        condition=condition.key,
        to=to,
        asked_by_id=by.user_id or None,
        asked_at=clock.now(),
    )
    request.approvers.set(approvers)
    return request


def decide(run: Run, request_id: int, *, granted: bool, by: Actor, note: str = "") -> ApprovalRequest:
    """Grant or refuse a request of this very run. Refuses with NoSuchApproval unless it waits for this person."""
    _require_transaction()
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


def waive(run: Run, condition_key: str, *, reason: str, by: Actor) -> Waiver:
    """Excuse this run from one condition while it stays in its stage.

    Refuses with NotOpen, NoSuchCondition, AlreadyWaived or ReasonMissing.
    """
    _require_transaction()
    _require_movable(run)
    _, stage = spec_and_stage(run)
    known = [condition.key for condition in _conditions(stage)]
    if condition_key not in known:
        raise NoSuchCondition(stage=stage.name, condition=condition_key[:80], known=", ".join(known))
    reason = checked_reason(reason)
    stay = Stay.objects.get(run=run, left_at__isnull=True)
    if Waiver.objects.filter(stay=stay, condition=condition_key).exists():
        raise AlreadyWaived()
    return Waiver.objects.create(
        run=run,
        stay=stay,
        condition=condition_key,
        reason=reason,
        given_by_id=by.user_id or None,
        given_at=clock.now(),
    )


def checked_reason(reason: str) -> str:
    """A reason without blanks around it; refuse with ReasonMissing."""
    if not 2 <= len(tidy(reason)) <= LONGEST_REASON:
        raise ReasonMissing()
    return tidy(reason)


def go(run: Run, verdict: Gate, *, by: Actor, now: datetime) -> Stay:
    """Carry out a move whose gate is open: close the stay, count a revision, open the next; return the stay left."""
    _require_transaction()
    if verdict.outcome is not Outcome.OPEN:
        raise RuntimeError("this gate is not open")
    exit_ = Exit.BACK if not verdict.forward else Exit.END if verdict.to == END else Exit.FORWARD
    left = _leave(run, exit_, by=by, now=now, verdict=verdict)
    if verdict.to == END:
        run.finished_at = now
        _win(run, now)
        _save(run)
    else:
        _enter(run, verdict.to, by=by, now=now)
    return left


def lose(run: Run, *, by: Actor, now: datetime) -> Stay:
    """Close a run as lost where it stands. Refuses with NotOpen or AlreadyFinished."""
    _require_transaction()
    if run.finished_at:
        raise AlreadyFinished()
    if run.state == State.LOST:
        raise NotOpen(state=run.state)
    left = _leave(run, Exit.LOST, by=by, now=now) if run.state != State.PARKED else _last_stay(run)
    run.state, run.closed_at = State.LOST, now
    _save(run)
    return left


def park(run: Run, *, by: Actor, now: datetime) -> Stay:
    """Set a run aside where it stands. Refuses with NotOpen or AlreadyFinished."""
    _require_transaction()
    _require_movable(run)
    left = _leave(run, Exit.PARKED, by=by, now=now)
    run.state, run.closed_at = State.PARKED, None
    _save(run)
    return left


def reopen(run: Run, *, by: Actor, now: datetime) -> Run:
    """Take up a lost or parked run again in the stage it was left in; a win keeps its date. Refuses with NotClosed."""
    _require_transaction()
    if run.state not in {State.LOST, State.PARKED}:
        raise NotClosed()
    run.state, run.closed_at = State.OPEN, None
    _enter(run, spec_and_stage(run)[1].key, by=by, now=now, won_at=_won_since(run))
    return run


def _won_since(run: Run) -> datetime | None:
    """When the latest unbroken row of stays in won stages began; None when the last stay was in another stage."""
    since = None
    for stage_id, entered_at in queries.stays_of(run.pk).reverse().values_list("stage", "entered_at"):
        if queries.stage_spec(run.version_id, stage_id).kind is not StageKind.WON:
            break
        since = entered_at
    return since


def _last_stay(run: Run) -> Stay:
    return Stay.objects.filter(run=run).order_by("-entered_at", "-pk")[0]


def _leave(run: Run, exit_: Exit, *, by: Actor, now: datetime, verdict: Gate | None = None) -> Stay:
    stay = Stay.objects.select_for_update().get(run=run, left_at__isnull=True)
    stay.left_at, stay.exit, stay.left_by_id = max(now, stay.entered_at), exit_, by.user_id or None
    stay.worked_minutes = length(stay.entered_at, stay.left_at)
    if verdict is not None and verdict.forward:
        due = {demand.condition for demand in verdict.demands}
        waived = {demand.condition for demand in verdict.demands if demand.waived}
        stay.conditions_due, stay.conditions_waived = len(due), len(waived)
    stay.save()
    live = ApprovalRequest.objects.filter(stay=stay)
    live.filter(status=ApprovalRequest.Status.GRANTED).update(status=ApprovalRequest.Status.SPENT)
    live.filter(status=ApprovalRequest.Status.PENDING).update(status=ApprovalRequest.Status.WITHDRAWN)
    return stay


def length(entered_at: datetime, left_at: datetime) -> int:
    """Working minutes between two moments in the company's time zone."""
    return working_minutes(entered_at, left_at, tz=ZoneInfo(settings.TIME_ZONE))


def _enter(run: Run, stage_key: str, *, by: Actor, now: datetime, won_at: datetime | None = None) -> None:
    stage_id = queries.stage_id(run.version_id, stage_key)
    run.stage_id, run.stage_entered_at = stage_id, now
    if queries.stage_spec(run.version_id, stage_id).kind is StageKind.WON:
        _win(run, won_at or now)
    else:
        run.state, run.closed_at = State.OPEN, None
    Stay.objects.create(run=run, stage_id=stage_id, entered_at=now, entered_by_id=by.user_id or None)
    _save(run)


def _win(run: Run, now: datetime) -> None:
    if run.state != State.WON:
        run.state, run.closed_at = State.WON, now


def _save(run: Run) -> None:
    run.revision += 1
    run.save()


def stage_row(run: Run) -> Stage:
    """The row of the stage a run is in, from the cached definition."""
    _, stage = spec_and_stage(run)
    return Stage(pk=run.stage_id, key=stage.key, name=stage.name, kind=stage.kind)
