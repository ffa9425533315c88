"""What a definition is made of, and what a gate asks for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

END = "end"
KEY = re.compile(r"[a-z][a-z0-9_-]{0,39}")
FIELD_FORMATS = ("phone", "email", "website", "credit_code")
FIELD_TYPES = ("text", "number", "money", "date", "choice")
EVIDENCE = ("none", "note", "file", "follow_up", "form")
HAND_OVER = ("optional", "required", "keep", "leader", "person", "role", "turns")
LONGEST_TASK = 200
EXPECTED = ("passes", "approval", "refused", "no_move")
LONGEST_TEXT = 20_000
LONGEST_NOTE = 500
MOST_STAGES = 40
MOST_CONDITIONS = 50
MOST_EXAMPLES = 60


class StageKind(StrEnum):
    """What a stage means for the deal: still a lead, being sold, or won (work may go on in it)."""

    LEAD = "lead"
    OPEN = "open"
    WON = "won"


class State(StrEnum):
    """Where a run stands as a whole."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"
    PARKED = "parked"


class Exit(StrEnum):
    """How a stay ended."""

    FORWARD = "forward"
    BACK = "back"
    END = "end"
    LOST = "lost"
    PARKED = "parked"
    MIGRATED = "migrated"


class Outcome(StrEnum):
    """The verdict of a gate."""

    OPEN = "open"
    BLOCKED = "blocked"
    NEEDS_APPROVAL = "needs_approval"


@dataclass(frozen=True)
class Problem:
    """Something wrong in a definition: where, which rule, and the values for its sentence."""

    where: str
    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class FieldSpec:
    """A field that a process adds to its records; `min` and `max` bound numbers and amounts of money.

    A text may be held to a `format`, or to a `pattern` of `core.patterns`.
    """

    key: str
    name: str
    type: str
    choices: tuple[str, ...] = ()
    help: str = ""
    min: int | float | None = None
    max: int | float | None = None
    format: str = ""
    pattern: str = ""


@dataclass(frozen=True)
class ActionSpec:
    """A standard thing to do, with how-to, script and the evidence it asks for; `form` is which one that is."""

    key: str
    name: str
    how_to: str = ""
    script: str = ""
    evidence: str = "none"
    expected_minutes: int | None = None
    form: str = ""


@dataclass(frozen=True)
class ScriptSpec:
    """Words that proved good in a stage (话术), for an occasion."""

    name: str
    text: str


@dataclass(frozen=True)
class KpiSpec:
    """The figure that a stage is measured by, with the value to reach and its unit, such as 90 and %."""

    name: str
    target: int | float
    unit: str = ""


@dataclass(frozen=True)
class ConditionSpec:
    """One demand of a gate. `to` limits it to moves to these stages, `when` to records that a filter keeps.

    `config` is what its kind understands. Who may waive conditions may waive this one if it is `waivable`, and, where
    roles are named in `waivable_by`, only with one of them.
    """

    key: str
    kind: str
    name: str
    to: tuple[str, ...]
    config: Mapping[str, Any]
    when: Mapping[str, Any] = field(default_factory=dict)
    waivable: bool = True
    waivable_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class HandOverSpec:
    """Whose a deal becomes on moving forward into a stage, and what they are to do first.

    `to` is `optional` or `required` (whoever moves it may or must name somebody), `keep`, or by the process itself:
    `leader` of its owner, the `person` of this login, of a `role` who has least to do, or its people in `turns`.
    """

    to: str = "optional"
    role: str = ""
    person: str = ""
    task: str = ""
    due_days: int = 1

    @property
    def is_by_rule(self) -> bool:
        """Whether the process itself says whose it becomes."""
        return self.to in {"leader", "person", "role", "turns"}


@dataclass(frozen=True)
class StageSpec:
    """One stage as the definition describes it."""

    key: str
    name: str
    kind: StageKind
    roles: tuple[str, ...]
    key_action: str
    goal: str
    sop: str
    time_limit_days: int | None
    follow_up_days: int | None
    probability: int
    actions: tuple[str, ...]
    next: tuple[str, ...]
    back: tuple[str, ...]
    conditions: tuple[ConditionSpec, ...]
    scripts: tuple[ScriptSpec, ...] = ()
    hand_over: HandOverSpec = HandOverSpec()
    kpi: KpiSpec | None = None

    @property
    def demanded_by_default(self) -> tuple[ConditionSpec, ...]:
        """The conditions of the first forward move; those of other branches are left out."""
        return tuple(row for row in self.conditions if not row.to or self.next[0] in row.to)


@dataclass(frozen=True)
class ExampleSpec:
    """A deal in a stage, a move, and what the gate must say to it.

    `given` is what is on record of the deal, as the apps that have it understand it. `because` are the conditions, or
    single fields and actions of one (`basics.budget`), that must be among what refuses the move or asks for approval.
    """

    key: str
    name: str
    stage: str
    to: str
    expect: str
    because: tuple[str, ...]
    given: Mapping[str, Any]


@dataclass(frozen=True)
class ProcessSpec:
    """A whole definition; never changes once published."""

    key: str
    name: str
    description: str
    fields: tuple[FieldSpec, ...]
    actions: tuple[ActionSpec, ...]
    stages: tuple[StageSpec, ...]
    loss_reasons: Mapping[str, str]
    waiver_reasons: Mapping[str, str] = field(default_factory=dict)
    examples: tuple[ExampleSpec, ...] = ()

    def stage(self, key: str) -> StageSpec:
        """The stage of this key; KeyError if there is none."""
        return {stage.key: stage for stage in self.stages}[key]

    def has_stage(self, key: str) -> bool:
        """Whether there is a stage of this key."""
        return any(stage.key == key for stage in self.stages)

    def action(self, key: str) -> ActionSpec | None:
        """The action of this key, if the process has it."""
        return next((action for action in self.actions if action.key == key), None)

    def field_names(self) -> dict[str, str]:
        """Names of the process's own fields by key."""
        return {spec.key: spec.name for spec in self.fields}

    def path_to(self, key: str) -> tuple[StageSpec, ...]:
        """The shortest way forward to this stage: the stages before it, first to last, each leading to the next."""
        ways: dict[str, tuple[StageSpec, ...]] = {self.stages[0].key: ()}
        waiting = [self.stages[0]]
        for stage in waiting:
            for target in stage.next:
                if target != END and target not in ways:
                    ways[target] = (*ways[stage.key], stage)
                    waiting.append(self.stage(target))
        return ways[key]


@dataclass(frozen=True)
class Demand:
    """One thing a gate asks for, met or not; `sentence` says what to do, with places for `params`."""

    condition: str
    kind: str
    code: str
    sentence: Any
    params: Mapping[str, Any] = field(default_factory=dict)
    met: bool = False
    waived: bool = False

    @property
    def message(self) -> str:
        """The sentence in the reader's language."""
        return str(self.sentence) % self.params

    @property
    def item(self) -> str:
        """What is demanded, as one short key: the field, the action, or the condition itself."""
        named = (self.params.get(name) for name in ("field", "customer_field", "action"))
        return str(next(filter(None, named), self.condition))
