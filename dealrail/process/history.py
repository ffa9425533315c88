"""Placing runs of the past: as a sheet tells them, in bulk, with what their SOP would have demanded kept as debts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise, takewhile, zip_longest

from django.utils.translation import gettext as _

from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.core.workdays import WorkingTime
from dealrail.process import engine, queries
from dealrail.process.errors import DatesOutOfOrder
from dealrail.process.models import Debt, DefinitionVersion, Run, Stay
from dealrail.process.rules import Demand, Exit, ProcessSpec, StageKind, StageSpec, State


@dataclass(frozen=True)
class Placement:
    """Where a run stands according to a sheet. `entered` dates stages by key; `closed_at` is the win or the loss."""

    stage: str
    state: State
    entered: Mapping[str, datetime] = field(default_factory=dict)
    closed_at: datetime | None = None


@dataclass
class Placed:
    """A run with its stays, not yet saved, and the moments the sheet itself gives: (stage, state, when)."""

    run: Run
    stays: list[Stay]
    dated: list[tuple[str, State, datetime]]


def plan(version: DefinitionVersion, placement: Placement, *, by: Actor, now: datetime) -> Placed:
    """Lay out the stays that lead to this placement; nothing is written.

    Stages the main path implies but the sheet doesn't date take the next known date, are `assumed` and have no length.
    Refuses with UnknownStage or DatesOutOfOrder.
    """
    stage_id = queries.stage_id(version.pk, placement.stage)
    spec = queries.spec_of(version.pk)
    keys = [*(stage.key for stage in spec.path_to(placement.stage)), placement.stage]
    state = State.WON if _is_won(spec, placement) else placement.state
    dates = {key: placement.entered[key] for key in keys if key in placement.entered}
    won = _first_won(spec, keys) if state is State.WON else ""
    if won and placement.closed_at:
        dates.setdefault(won, placement.closed_at)
    moments = _moments(keys, dates, placement.closed_at or now)
    names = {stage.key: stage.name for stage in spec.stages}
    _check_order(names, keys, moments, placement.closed_at if state is not State.OPEN else None, won, now)
    closed_at = moments[keys.index(won)] if won else placement.closed_at or moments[-1]
    run = Run(version=version, stage_id=stage_id, state=state, started_at=moments[0], stage_entered_at=moments[-1])
    run.closed_at = closed_at if state in {State.WON, State.LOST} else None
    stays = [_stay(run, version, keys, moments, number, dates, by) for number in range(len(keys))]
    if state in {State.LOST, State.PARKED}:
        _stop(stays[-1], closed_at, state, by)
    return Placed(run=run, stays=stays, dated=_dated(spec, placement.stage, keys, dates, state, closed_at))


def _is_won(spec: ProcessSpec, placement: Placement) -> bool:
    return spec.stage(placement.stage).kind is StageKind.WON and placement.state not in {State.LOST, State.PARKED}


def _first_won(spec: ProcessSpec, keys: Sequence[str]) -> str:
    """Where the last unbroken row of won stages begins: the win was on entering it."""
    row = [*takewhile(lambda key: spec.stage(key).kind is StageKind.WON, reversed(keys))]
    return row[-1] if row else keys[-1]


def _dated(
    spec: ProcessSpec, stage: str, keys: Sequence[str], dates: Mapping[str, datetime], state: State, closed_at: datetime
) -> list[tuple[str, State, datetime]]:
    """The placements to tell of: each dated stage, and where the run stands, or how it ended, even without a date."""
    won = {key for key in keys if spec.stage(key).kind is StageKind.WON}
    told = [(key, State.WON if key in won else State.OPEN, dates[key]) for key in keys if key in dates]
    if state in {State.LOST, State.PARKED} or (state is State.WON and not won & dates.keys()):
        told.append((stage, state, closed_at))
    elif dates and stage not in dates:
        told.append((stage, state, max(dates.values())))
    return told


def _moments(keys: Sequence[str], dates: Mapping[str, datetime], last: datetime) -> list[datetime]:
    """When each stage was entered: as the sheet says, else when the next dated one was."""
    moments: list[datetime] = []
    known = last if not dates else max([*dates.values()])
    for key in reversed(keys):
        known = dates.get(key, known)
        moments.append(known)
    return moments[::-1]


def _check_order(
    names: Mapping[str, str],
    keys: Sequence[str],
    moments: Sequence[datetime],
    end: datetime | None,
    won: str,
    now: datetime,
) -> None:
    """A run ends after its last stage began; a win is the beginning of a stage, and dated not before it."""
    stages = [(names[key], moment) for key, moment in zip(keys, moments, strict=True)]
    ends = [(_("the closing date"), end)] if end else []
    row = [*stages, *([] if won else ends), (_("today"), now)]
    win = [stages[keys.index(won)], *ends, (_("today"), now)] if won else []
    for (earlier, before), (later, after) in [*pairwise(row), *pairwise(win)]:
        if after < before:
            raise DatesOutOfOrder(later=f"{later} ({after:%Y-%m-%d})", earlier=f"{earlier} ({before:%Y-%m-%d})")


def _stay(
    run: Run,
    version: DefinitionVersion,
    keys: Sequence[str],
    moments: Sequence[datetime],
    number: int,
    dates: Mapping[str, datetime],
    by: Actor,
) -> Stay:
    key, entered_at = keys[number], moments[number]
    stay = Stay(
        run=run,
        stage_id=queries.stage_id(version.pk, key),
        entered_at=entered_at,
        entered_by_id=by.user_id or None,
        assumed=key not in dates,
    )
    if number + 1 < len(keys):
        stay.left_at, stay.exit, stay.left_by_id = moments[number + 1], Exit.FORWARD, by.user_id or None
    return stay


def _stop(stay: Stay, when: datetime, state: State, by: Actor) -> None:
    stay.left_at, stay.left_by_id = when, by.user_id or None
    stay.exit = Exit.LOST if state is State.LOST else Exit.PARKED


def owed(placed: Sequence[tuple[Placed, object]]) -> list[list[tuple[str, Demand]]]:
    """What leaving each stage passed would have demanded, and the record doesn't show: (stage, demand), run by run."""
    passed = [(number, stage, subject) for number, (row, subject) in enumerate(placed) for stage in _passed(row)]
    demands = engine.owed_by_history([(placed[number][0].run, stage, subject) for number, stage, subject in passed])
    owed: list[list[tuple[str, Demand]]] = [[] for _row in placed]
    for (number, stage, _subject), lacking in zip(passed, demands, strict=True):
        owed[number] += [(stage.key, demand) for demand in lacking]
    return owed


def _passed(placed: Placed) -> list[StageSpec]:
    left = [stay.stage_id for stay in placed.stays if stay.exit == Exit.FORWARD]
    return [queries.stage_spec(placed.run.version_id, stage_id) for stage_id in left]


def save_runs(placed: Sequence[Placed]) -> None:
    """Write runs and stays, each kind in one statement."""
    Run.objects.bulk_create([row.run for row in placed])
    working = people.working_time()
    for row in placed:
        measure(row.stays, working)
    Stay.objects.bulk_create([stay for row in placed for stay in row.stays])


def measure(stays: Sequence[Stay], working: WorkingTime) -> None:
    """Say how long each of a run's stays took that the sheet dates at both ends."""
    for stay, following in zip_longest(stays, stays[1:]):
        is_dated = not stay.assumed and not (following and following.assumed)
        if stay.left_at and is_dated:
            stay.worked_minutes = working.minutes(stay.entered_at, stay.left_at)


def save_debts(debts: Sequence[tuple[Run, str, Demand]]) -> None:
    """Write what imported runs owe to their SOP."""
    Debt.objects.bulk_create(
        Debt(
            run=run,
            stage_id=queries.stage_id(run.version_id, stage),
            condition=demand.condition,
            code=demand.code,
            item=demand.item[:80],
        )
        for run, stage, demand in debts
    )
