"""What the gates of a text would say: of runs as they stand, of moves made in the past, and of its examples."""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dealrail.core import clock
from dealrail.process import conditions, queries
from dealrail.process.condition_kinds import Approval
from dealrail.process.conditions import Case, KnowsExamples, KnowsThePast
from dealrail.process.engine.gates import (
    Gate,
    conditions_of,
    load_evidence,
    load_spared,
    load_waivers,
    uses,
    verdict,
)
from dealrail.process.engine.runs import open_stays, spec_and_stage
from dealrail.process.models import Run, Stay, Waiver
from dealrail.process.rules import ConditionSpec, ProcessSpec, StageSpec

# A stay that is still to begin: nothing hangs on it.
_NEW_STAY = -1


def same_conditions(left: StageSpec, entered: StageSpec) -> set[str]:
    """The conditions that ask the very same before and after; none where the stage is another one."""
    if left.key != entered.key:
        return set()
    return {row.key for row in conditions_of(left) if row in conditions_of(entered)}


def gates_after(asked: Sequence[tuple[Run, StageSpec, object]], spec: ProcessSpec) -> list[Gate]:
    """Judge the first move forward of open runs as if each had been taken over to this stage of `spec` just now."""
    stays = {stay.run_id: stay for stay in open_stays(run.pk for run, _, _ in asked)}
    cases = [_case_after(run, subject, stage, spec, stays[run.pk]) for run, stage, subject in asked]
    load_evidence(cases)
    load_waivers(stays.values(), cases)
    for case in cases:
        _keep_what_stays_good(case, same_conditions(spec_and_stage(case.run)[1], case.stage))
    return [verdict(case, None, stays[case.run.pk]) for case in cases]


def _case_after(run: Run, subject: object, stage: StageSpec, spec: ProcessSpec, stay: Stay) -> Case:
    is_same = spec_and_stage(run)[1].key == stage.key
    after = copy(run)
    if not is_same:
        after.stage_entered_at = clock.now()
    return Case(run=after, spec=spec, stage=stage, subject=subject, stay_id=stay.pk if is_same else _NEW_STAY)


def _keep_what_stays_good(case: Case, kept: set[str]) -> None:
    """Approvals and waivers hold for conditions that read the same."""
    case.evidence["waived"] &= kept
    granted = case.evidence.get(Approval.key, {})
    case.evidence[Approval.key] = {key: status for key, status in granted.items() if key[0] in kept}


@dataclass(frozen=True)
class PastMove:
    """A move that was made: out of this stay, to this stage, when; the record as it was, and what changed since."""

    run: Run
    stay: Stay
    to: str
    at: datetime
    subject: object
    changed: frozenset[str]


@dataclass(frozen=True)
class TriedGate:
    """What a gate would have said, or says to an example; `unknown` are its conditions that nobody can tell of."""

    gate: Gate
    unknown: tuple[str, ...]


def past_gates(moves: Sequence[PastMove], spec: ProcessSpec) -> list[TriedGate | None]:
    """Judge moves of the past by the gates of `spec`, by what was on record then; None where it has no such move."""
    cases = {
        number: _past_case(move, spec.stage(move.stay.stage.key), spec)
        for number, move in enumerate(moves)
        if spec.has_stage(move.stay.stage.key) and move.to in spec.stage(move.stay.stage.key).next
    }
    _load_past(list(cases.values()))
    _load_past_waivers([(moves[number], case) for number, case in cases.items()])
    return [_past_gate(cases[number], move) if number in cases else None for number, move in enumerate(moves)]


def _past_case(move: PastMove, stage: StageSpec, spec: ProcessSpec) -> Case:
    run = copy(move.run)
    run.stage_entered_at = move.stay.entered_at
    return Case(
        run=run,
        spec=spec,
        stage=stage,
        subject=move.subject,
        stay_id=move.stay.pk,
        at=move.at,
        changed=move.changed,
    )


def _load_past(cases: Sequence[Case]) -> None:
    for key in {condition.kind for case in cases for condition in conditions_of(case.stage)}:
        kind, asked = conditions.kinds[key], [case for case in cases if uses(case, key)]
        if isinstance(kind, KnowsThePast):
            kind.load_past(asked)
        else:
            for case in asked:
                case.forget(key)
    load_spared(cases)
    for case in cases:
        case.unknown |= {row.key for row in case.stage.conditions if row.when and _has_changed(case, row)}


def _has_changed(case: Case, condition: ConditionSpec) -> bool:
    """Whether a condition that holds for some records only may have held for others at that moment."""
    hangs_on = conditions.record_filter().depends_on(condition.when, case.spec)
    return bool(hangs_on & (case.changed | {"now"}))


def _load_past_waivers(moves: Sequence[tuple[PastMove, Case]]) -> None:
    rows = Waiver.objects.filter(stay__in=[move.stay.pk for move, _ in moves])
    given = list(rows.values_list("stay", "condition", "given_at", "ended_at"))
    for move, case in moves:
        case.evidence["waived"] = {
            condition
            for stay, condition, since, until in given
            if stay == move.stay.pk and since <= move.at and (until is None or until > move.at)
        }
        left = queries.stage_spec(move.stay.stage.version_id, move.stay.stage_id)
        _keep_what_stays_good(case, same_conditions(left, case.stage))


def _past_gate(case: Case, move: PastMove) -> TriedGate:
    return TriedGate(verdict(case, move.to, move.stay), tuple(sorted(case.unknown)))


def example_gate(run: Run, spec: ProcessSpec, stage: StageSpec, to: str, given: Mapping[str, Any]) -> TriedGate:
    """Judge a move that an example describes, by what it says of its deal; nothing is on record. Refuses with
    NoSuchMove.
    """
    asked = conditions.record_filter()
    case = Case(run=run, spec=spec, stage=stage, subject=asked.imagined(given, spec), stay_id=_NEW_STAY, fresh=True)
    for key in {condition.kind for condition in conditions_of(stage)}:
        kind = conditions.kinds[key]
        if isinstance(kind, KnowsExamples):
            kind.load_given(case, given)
        else:
            case.forget(key)
    limited = [row for row in stage.conditions if row.when]
    kept = asked.keeps([row.when for row in limited], given, spec) if limited else []
    case.evidence["spared"] = {row.key for row, is_kept in zip(limited, kept, strict=True) if not is_kept}
    case.evidence["waived"] = set(given.get("waived", ()))
    return TriedGate(verdict(case, to, None), tuple(sorted(case.unknown)))
