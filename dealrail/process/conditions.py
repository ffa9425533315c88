"""What a condition kind is, the evidence it looks at, and the registry kinds join from the apps above."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from dealrail.core import clock
from dealrail.process.models import Run
from dealrail.process.rules import ActionSpec, ConditionSpec, Demand, Problem, ProcessSpec, StageSpec


@dataclass
class Case:
    """What is judged: a run in a stage, the record it belongs to, and the evidence loaded for it by kind.

    `fresh` says that nothing is on record yet, so that kinds needn't ask the database. With `at` it is judged as of
    that moment: `subject` is the record as it was then, and `changed` names what of it, or around it, is another by
    now; `unknown` are the conditions that nobody can answer for that moment.
    """

    run: Run
    spec: ProcessSpec
    stage: StageSpec
    subject: Any
    stay_id: int | None = None
    fresh: bool = False
    at: datetime | None = None
    changed: frozenset[str] = frozenset()
    evidence: dict[str, Any] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)

    def forget(self, kind: str) -> None:
        """Say that the record can't tell of conditions of this kind at that moment."""
        self.unknown |= {row.key for row in self.stage.conditions if row.kind == kind}

    @property
    def now(self) -> datetime:
        """The moment it is judged at."""
        return self.at or clock.now()


class ConditionKind(Protocol):
    """Something a gate can demand. Evidence for many cases is loaded at once; the verdict then is pure."""

    key: str

    def problems(self, condition: ConditionSpec, spec: ProcessSpec) -> Iterable[Problem]:
        """What is wrong with the settings of this condition."""
        ...

    def load(self, cases: Sequence[Case]) -> None:
        """Put into `case.evidence[self.key]` what `demands` needs, in as few statements for all as for one."""
        ...

    def demands(self, case: Case, condition: ConditionSpec) -> Iterable[Demand]:
        """All that this condition asks of the case, met or not."""
        ...


@runtime_checkable
class KnowsThePast(Protocol):
    """A kind that can tell what was on record at a past moment; of others nothing is known then."""

    def load_past(self, cases: Sequence[Case]) -> None:
        """Put into the evidence what `demands` needs, as of `case.at`; `forget` where it can't be known."""
        ...


@runtime_checkable
class KnowsExamples(Protocol):
    """A kind that can judge what an example says of its deal; of others nothing is known there."""

    def load_given(self, case: Case, given: Mapping[str, Any]) -> None:
        """Put into the evidence what `demands` needs, from what is given instead of what is on record."""
        ...


class Evidence(Protocol):
    """A kind of evidence of which an action says more than its kind, such as which form."""

    key: str

    def problems(self, action: ActionSpec) -> Iterable[Problem]:
        """What is wrong with what the action says of it."""
        ...


class Given(Protocol):
    """One thing that examples can say of their deals, such as its contacts, under its own key."""

    key: str

    def problems(self, said: Any, spec: ProcessSpec, stage: StageSpec) -> Iterable[Problem]:
        """What is wrong with it, in an example of a deal in this stage."""
        ...


class RecordFilter(Protocol):
    """The filter language over the records that processes run on; the app that has them registers it."""

    def imagined(self, given: Mapping[str, Any], spec: ProcessSpec) -> Any:
        """A record as an example describes it, kept nowhere."""
        ...

    def keeps(self, wanted: Sequence[Mapping[str, Any]], given: Mapping[str, Any], spec: ProcessSpec) -> list[bool]:
        """Whether each filter keeps a record as an example describes it."""
        ...

    def problem(self, wanted: Mapping[str, Any], spec: ProcessSpec) -> str:
        """What is wrong with a filter over records of this process, as a sentence; nothing when it can be asked."""
        ...

    def kept(self, wanted: Sequence[tuple[Mapping[str, Any], ProcessSpec]], ids: Collection[int]) -> list[set[int]]:
        """For each filter which of these records it keeps, in one statement for some hundreds of them."""
        ...

    def depends_on(self, wanted: Mapping[str, Any], spec: ProcessSpec) -> set[str]:
        """What must not have changed since, as `Case.changed` has it, for today's answer to be that of a past moment.

        `now` where it changes by itself.
        """
        ...


kinds: dict[str, ConditionKind] = {}
givens: dict[str, Given] = {}
evidence: dict[str, Evidence] = {}
_filters: list[RecordFilter] = []
standing: list[ConditionSpec] = []
reserved_fields: set[str] = set()


def register(kind: ConditionKind) -> None:
    """Make a kind known under its key."""
    kinds[kind.key] = kind


def register_given(*known: Given) -> None:
    """Let examples say these things of their deals."""
    givens.update({given.key: given for given in known})


def register_evidence(kind: Evidence) -> None:
    """Have what actions say of this kind of evidence checked."""
    evidence[kind.key] = kind


def register_filter(asked: RecordFilter) -> None:
    """Have conditions that hold for some records only ask this filter which."""
    _filters[:] = [asked]


def record_filter() -> RecordFilter:
    """The filter that is registered."""
    return _filters[0]


def reserve_fields(*keys: str) -> None:
    """Keep processes from adding fields under the names that their records have already."""
    reserved_fields.update(keys)


def register_standing(condition: ConditionSpec) -> None:
    """Have every gate of every process also demand this."""
    if condition not in standing:
        standing.append(condition)
