"""The kernel's steps on a run: lock, gate, ask, decide, waive, go. Callers check permission and record facts."""

from dealrail.process.engine.approvals import ask, checked_reason, decide, waive
from dealrail.process.engine.gates import Gate, gate, gates, owed_by_history, unmet_of_stage
from dealrail.process.engine.moves import enter, go, length, lose, park, reopen, start
from dealrail.process.engine.runs import lock, next_stage, spec_and_stage, stage_row, touch

__all__ = [
    "Gate",
    "ask",
    "checked_reason",
    "decide",
    "enter",
    "gate",
    "gates",
    "go",
    "length",
    "lock",
    "lose",
    "next_stage",
    "owed_by_history",
    "park",
    "reopen",
    "spec_and_stage",
    "stage_row",
    "start",
    "touch",
    "unmet_of_stage",
    "waive",
]
