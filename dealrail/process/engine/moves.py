"""Moving a run: in, on, back, out, aside and in again; each step closes and opens its stays."""

from dataclasses import dataclass, field
from datetime import datetime

from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.process import queries
from dealrail.process.engine.gates import Gate
from dealrail.process.engine.runs import open_stays, require_movable, require_transaction, spec_and_stage
from dealrail.process.errors import AlreadyFinished, NotClosed, NotOpen
from dealrail.process.models import ApprovalRequest, DefinitionVersion, Run, Stay, WaiverRequest
from dealrail.process.rules import END, Exit, Outcome, StageKind, State


@dataclass(frozen=True)
class Left:
    """A stay that ended, and what ended unanswered with it: requests for approval and for waivers."""

    stay: Stay
    approvals: list[ApprovalRequest] = field(default_factory=list)
    waivers: list[WaiverRequest] = field(default_factory=list)


def start(version: DefinitionVersion, *, by: Actor, now: datetime) -> Run:
    """Begin a run in the first stage."""
    require_transaction()
    first = queries.spec_of(version.pk).stages[0]
    return enter(version, first.key, by=by, now=now)


def enter(version: DefinitionVersion, stage_key: str, *, by: Actor, now: datetime) -> Run:
    """Begin a run in the given stage with an open stay; only `start` and imported history may call this."""
    require_transaction()
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


def go(run: Run, verdict: Gate, *, by: Actor, now: datetime) -> Left:
    """Carry out a move whose gate is open: close the stay, count a revision, open the next; return what was left."""
    require_transaction()
    if verdict.outcome is not Outcome.OPEN:
        raise RuntimeError("this gate is not open")
    exit_ = Exit.BACK if not verdict.forward else Exit.END if verdict.to == END else Exit.FORWARD
    left = _leave(verdict.stay or _open_stay(run), exit_, by=by, now=now, verdict=verdict)
    if verdict.to == END:
        run.finished_at = now
        _win(run, now)
        _save(run)
    else:
        _enter(run, verdict.to, by=by, now=now)
    return left


def lose(run: Run, *, by: Actor, now: datetime) -> Left:
    """Close a run as lost where it stands. Refuses with NotOpen or AlreadyFinished."""
    require_transaction()
    if run.finished_at:
        raise AlreadyFinished()
    if run.state == State.LOST:
        raise NotOpen(state=run.state)
    is_aside = run.state == State.PARKED
    left = Left(_last_stay(run)) if is_aside else _leave(_open_stay(run), Exit.LOST, by=by, now=now)
    run.state, run.closed_at = State.LOST, now
    _save(run)
    return left


def park(run: Run, *, by: Actor, now: datetime) -> Left:
    """Set a run aside where it stands. Refuses with NotOpen or AlreadyFinished."""
    require_transaction()
    require_movable(run)
    left = _leave(_open_stay(run), Exit.PARKED, by=by, now=now)
    run.state, run.closed_at = State.PARKED, None
    _save(run)
    return left


def reopen(run: Run, *, by: Actor, now: datetime) -> Run:
    """Take up a lost or parked run again in the stage it was left in; a win keeps its date. Refuses with NotClosed."""
    require_transaction()
    if run.state not in {State.LOST, State.PARKED}:
        raise NotClosed()
    run.state, run.closed_at = State.OPEN, None
    _enter(run, spec_and_stage(run)[1].key, by=by, now=now, won_at=_won_since(run))
    return run


def _won_since(run: Run) -> datetime | None:
    """When the latest unbroken row of stays in won stages began; None when the last stay was in another stage."""
    since = None
    for kind, entered_at in queries.stays_of(run.pk).reverse().values_list("stage__kind", "entered_at"):
        if kind != StageKind.WON:
            break
        since = entered_at
    return since


def _last_stay(run: Run) -> Stay:
    return Stay.objects.filter(run=run).order_by("-entered_at", "-pk")[0]


def _open_stay(run: Run) -> Stay:
    return open_stays([run.pk]).get()


def _leave(stay: Stay, exit_: Exit, *, by: Actor, now: datetime, verdict: Gate | None = None) -> Left:
    stay.left_at, stay.exit, stay.left_by_id = max(now, stay.entered_at), exit_, by.user_id or None
    stay.worked_minutes = people.working_time().minutes(stay.entered_at, stay.left_at)
    if verdict is not None and verdict.forward:
        due = {demand.condition for demand in verdict.demands}
        waived = {demand.condition for demand in verdict.demands if demand.waived}
        stay.conditions_due, stay.conditions_waived = len(due), len(waived)
    stay.save()
    return _end_requests(stay) if vars(stay)["is_asked"] else Left(stay)


def _end_requests(stay: Stay) -> Left:
    granted = ApprovalRequest.objects.filter(stay=stay, status=ApprovalRequest.Status.GRANTED)
    granted.update(status=ApprovalRequest.Status.SPENT)
    pending = queries.pending_approvals([stay.run_id]).filter(stay=stay)
    asked = queries.pending_waiver_requests([stay.run_id]).filter(stay=stay)
    left = Left(stay, list(pending), list(asked))
    pending.update(status=ApprovalRequest.Status.WITHDRAWN)
    asked.update(status=WaiverRequest.Status.WITHDRAWN)
    return left


def _enter(run: Run, stage_key: str, *, by: Actor, now: datetime, won_at: datetime | None = None) -> None:
    stage_id = queries.stage_id(run.version_id, stage_key)
    run.stage_id, run.stage_entered_at = stage_id, now
    if queries.stage_spec(run.version_id, stage_id).kind is StageKind.WON:
        _win(run, won_at or now)
    else:
        run.state, run.closed_at = State.OPEN, None
    Stay.objects.create(run=run, stage_id=stage_id, entered_at=now, entered_by_id=by.user_id or None)
    _save(run)


def change_stage(run: Run, stay: Stay, stage_key: str, exit_: Exit, *, by: Actor, now: datetime) -> None:
    """End this stay and begin one in another stage of the version the run follows by now; asks no gate."""
    require_transaction()
    won_since = run.closed_at if run.state == State.WON else None
    _leave(stay, exit_, by=by, now=now)
    _enter(run, stage_key, by=by, now=now, won_at=won_since)


def _win(run: Run, now: datetime) -> None:
    if run.state != State.WON:
        run.state, run.closed_at = State.WON, now


def _save(run: Run) -> None:
    run.revision += 1
    run.save()
