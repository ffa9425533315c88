"""What a condition kind is, the evidence it looks at, and the registry kinds join from the apps above."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from dealrail.process.models import Run
from dealrail.process.rules import ConditionSpec, Demand, Problem, ProcessSpec, StageSpec


@dataclass
class Case:
    """What is judged: a run in a stage, the record it belongs to, and the evidence loaded for it by kind.

    `fresh` says that nothing is on record yet, so that kinds needn't ask the database.
    """

    run: Run
    spec: ProcessSpec
    stage: StageSpec
    subject: Any
    stay_id: int | None = None
    fresh: bool = False
    evidence: dict[str, Any] = field(default_factory=dict)


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


class RecordFilter(Protocol):
    """The filter language over the records that processes run on; the app that has them registers it."""

    def problem(self, wanted: Mapping[str, Any], spec: ProcessSpec) -> str:
        """What is wrong with a filter over records of this process, as a sentence; nothing when it can be asked."""
        ...

    def kept(self, wanted: Sequence[tuple[Mapping[str, Any], ProcessSpec]], ids: Collection[int]) -> list[set[int]]:
        """For each filter which of these records it keeps, in one statement for all."""
        ...


kinds: dict[str, ConditionKind] = {}
_filters: list[RecordFilter] = []
standing: list[ConditionSpec] = []
reserved_fields: set[str] = set()


def register(kind: ConditionKind) -> None:
    """Make a kind known under its key."""
    kinds[kind.key] = kind


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
