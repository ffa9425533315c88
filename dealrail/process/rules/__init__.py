"""The definition of a process as plain values, read from text and checked; pure."""

from dealrail.process.rules.checking import (
    problems,
    shape_problems,
)
from dealrail.process.rules.differences import (
    Change,
    differences,
)
from dealrail.process.rules.mapping import (
    STAYS,
    changes_win,
    suggested,
    target,
)
from dealrail.process.rules.parsing import (
    digest,
    parse,
)
from dealrail.process.rules.traps import (
    doubts,
    traps,
)
from dealrail.process.rules.values import (
    END,
    EVIDENCE,
    FIELD_FORMATS,
    FIELD_TYPES,
    HAND_OVER,
    KEY,
    LONGEST_NOTE,
    LONGEST_TASK,
    LONGEST_TEXT,
    MOST_STAGES,
    ActionSpec,
    ConditionSpec,
    Demand,
    Exit,
    FieldSpec,
    HandOverSpec,
    KpiSpec,
    Outcome,
    Problem,
    ProcessSpec,
    ScriptSpec,
    StageKind,
    StageSpec,
    State,
)

__all__ = [
    "END",
    "EVIDENCE",
    "FIELD_FORMATS",
    "FIELD_TYPES",
    "HAND_OVER",
    "KEY",
    "LONGEST_NOTE",
    "LONGEST_TASK",
    "LONGEST_TEXT",
    "MOST_STAGES",
    "STAYS",
    "ActionSpec",
    "Change",
    "ConditionSpec",
    "Demand",
    "Exit",
    "FieldSpec",
    "HandOverSpec",
    "KpiSpec",
    "Outcome",
    "Problem",
    "ProcessSpec",
    "ScriptSpec",
    "StageKind",
    "StageSpec",
    "State",
    "changes_win",
    "differences",
    "digest",
    "doubts",
    "parse",
    "problems",
    "shape_problems",
    "suggested",
    "target",
    "traps",
]
