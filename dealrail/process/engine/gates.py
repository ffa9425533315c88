"""The verdict on a move: what a gate demands, and what of it is met."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from dealrail.core.texts import listed
from dealrail.process import conditions, queries
from dealrail.process.condition_kinds import Approval
from dealrail.process.conditions import Case
from dealrail.process.engine.runs import open_stays, require_movable, spec_and_stage
from dealrail.process.errors import NoSuchMove
from dealrail.process.models import Run, Stage, Stay, Waiver
from dealrail.process.rules import ConditionSpec, Demand, Outcome, StageSpec


@dataclass(frozen=True)
class Gate:
    """The verdict on one move: what it asks for, what of that is unmet, and whether approval is all that lacks.

    `stay` is the open one that the move would end.
    """

    to: str
    to_name: str
    forward: bool
    demands: tuple[Demand, ...] = ()
    stay: Stay | None = None

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


def gate(run: Run, *, to: str | None, subject: object, waived: Collection[str] = ()) -> Gate:
    """Judge a move, as if these conditions were `waived` too; reads only, so a page can show it in advance.

    Refuses with NoSuchMove, NotOpen or AlreadyFinished.
    """
    return gates([(run, to, subject)], waived=waived)[0]


def gates(asked: Sequence[tuple[Run, str | None, object]], *, waived: Collection[str] = ()) -> list[Gate]:
    """Judge one move for each of many runs, in as few statements as for one."""
    stays = {stay.run_id: stay for stay in open_stays(run.pk for run, _, _ in asked)}
    cases = [_case(run, subject, stays.get(run.pk)) for run, _, subject in asked]
    load_evidence(cases)
    load_waivers(stays.values(), cases)
    for case in cases:
        case.evidence["waived"] |= set(waived)
    return [_judge(case, to, stays.get(case.run.pk)) for case, (_, to, _) in zip(cases, asked, strict=True)]


def demanded_by_default(run: Run, subject: object) -> list[ConditionSpec]:
    """The conditions of the first move forward that hold for this record; asks only where one of them is limited."""
    case = _case(run, subject, None)
    load_spared([case])
    return [row for row in case.stage.demanded_by_default if not _is_spared(case, row)]


def _case(run: Run, subject: object, stay: Stay | None) -> Case:
    spec, stage = spec_and_stage(run)
    return Case(run=run, spec=spec, stage=stage, subject=subject, stay_id=stay.pk if stay else None)


def conditions_of(stage: StageSpec) -> tuple[ConditionSpec, ...]:
    """All that leaving a stage may demand: its own conditions and those of every gate."""
    return (*stage.conditions, *conditions.standing)


def load_evidence(cases: Sequence[Case]) -> None:
    """What all conditions of these cases look at, in as few statements as for one."""
    used = {condition.kind for case in cases for condition in conditions_of(case.stage)}
    for kind in used:
        conditions.kinds[kind].load([case for case in cases if uses(case, kind)])
    for case in cases:
        case.evidence["waived"] = set()
    load_spared(cases)


def load_spared(cases: Sequence[Case]) -> None:
    """The conditions that hold for other records only; one statement for all."""
    limited = {
        (id(case.spec), case.stage.key, condition.key): (condition.when, case.spec)
        for case in cases
        for condition in case.stage.conditions
        if condition.when
    }
    ids = {case.subject.pk for case in cases}
    kept = conditions.record_filter().kept(list(limited.values()), ids) if limited else []
    meant = dict(zip(limited, kept, strict=True))
    for case in cases:
        case.evidence["spared"] = {
            condition.key
            for condition in case.stage.conditions
            if condition.when and case.subject.pk not in meant[id(case.spec), case.stage.key, condition.key]
        }


def load_waivers(stays: Iterable[Stay], cases: Iterable[Case]) -> None:
    """What these cases are excused from, by the stays they are in."""
    having = [stay.pk for stay in stays if vars(stay)["has_waivers"]]
    if not having:
        return
    rows = list(Waiver.objects.filter(stay__in=having, ended_at__isnull=True).values_list("stay", "condition"))
    for case in cases:
        case.evidence["waived"] = {condition for stay, condition in rows if stay == case.stay_id}


def _is_spared(case: Case, condition: ConditionSpec) -> bool:
    return bool(condition.when) and condition.key in case.evidence["spared"]


def _is_asked(case: Case, condition: ConditionSpec) -> bool:
    return condition.key not in case.unknown and not _is_spared(case, condition)


def uses(case: Case, kind: str) -> bool:
    """Whether a gate of this case has a condition of this kind."""
    return any(condition.kind == kind for condition in conditions_of(case.stage))


def _judge(case: Case, to: str | None, stay: Stay | None) -> Gate:
    require_movable(case.run)
    return verdict(case, to, stay)


def verdict(case: Case, to: str | None, stay: Stay | None) -> Gate:
    """What a gate says once the evidence is there. Refuses with NoSuchMove."""
    target = to or case.stage.next[0]
    name = queries.stage_name(case.spec, target)
    if target in case.stage.back and to is not None:
        return Gate(to=target, to_name=name, forward=False, stay=stay)
    if target not in case.stage.next:
        possible = [queries.stage_name(case.spec, key) for key in (*case.stage.next, *case.stage.back)]
        raise NoSuchMove(stage=case.stage.name, to=name[:80], possible=listed(possible))
    return Gate(to=target, to_name=name, forward=True, demands=tuple(_demands(case, target)), stay=stay)


def _demands(case: Case, target: str) -> Iterable[Demand]:
    """What all conditions ask for, once; what one of them is waived for, no other one asks for again."""
    case.evidence["target"] = target
    asked = [
        (condition.key in case.evidence["waived"], demand)
        for condition in conditions_of(case.stage)
        if _is_asked(case, condition) and (not condition.to or target in condition.to)
        for demand in conditions.kinds[condition.kind].demands(case, condition)
    ]
    seen: set[tuple[str, str]] = set()
    for waived, demand in sorted(asked, key=lambda pair: not (pair[0] and not pair[1].met)):
        if (demand.code, demand.item) not in seen:
            seen.add((demand.code, demand.item))
            yield replace(demand, waived=True) if waived and not demand.met else demand


def owed_by_history(passed: Sequence[tuple[Run, StageSpec, object]]) -> list[list[Demand]]:
    """What leaving each stage would have demanded of a run nothing is on record for, and its record doesn't show."""
    return _unmet_of(
        [
            Case(run=run, spec=queries.spec_of(run.version_id), stage=stage, subject=subject, fresh=True)
            for run, stage, subject in passed
        ]
    )


def unmet_of_stage(run: Run, passed: Stage, *, subject: object) -> list[Demand]:
    """What leaving a stage demands, in the version it belongs to, and the record doesn't show by now.

    The run may stand anywhere, in another version too.
    """
    spec = queries.spec_of(passed.version_id)
    return _unmet_of([Case(run=run, spec=spec, stage=spec.stage(passed.key), subject=subject)])[0]


def _unmet_of(cases: Sequence[Case]) -> list[list[Demand]]:
    load_evidence(cases)
    return [[demand for demand in _demands(case, case.stage.next[0]) if not demand.met] for case in cases]
