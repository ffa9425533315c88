"""The kernel's steps on a run: lock, gate, ask, decide, waive, go. Callers check permission and record facts."""

from dealrail.process.engine.approvals import (
    Answer,
    add_approver,
    ask,
    checked_reason,
    decide,
    delegate,
    remind,
    replace_approver,
    withdraw,
    withdraw_outdated,
)
from dealrail.process.engine.gates import Gate, demanded_by_default, gate, gates, owed_by_history, unmet_of_stage
from dealrail.process.engine.migrating import TakenOver, take_over
from dealrail.process.engine.moves import enter, go, length, lose, park, reopen, start
from dealrail.process.engine.runs import lock, next_stage, refuse_stale, spec_and_stage, stage_row, touch
from dealrail.process.engine.trying import PastMove, TriedGate, example_gate, gates_after, past_gates
from dealrail.process.engine.waivers import (
    ask_waiver,
    condition_of,
    grant_waiver,
    refuse_waiver,
    waive,
    withdraw_waiver,
)

__all__ = [
    "Answer",
    "Gate",
    "PastMove",
    "TakenOver",
    "TriedGate",
    "add_approver",
    "ask",
    "ask_waiver",
    "checked_reason",
    "condition_of",
    "decide",
    "delegate",
    "demanded_by_default",
    "enter",
    "example_gate",
    "gate",
    "gates",
    "gates_after",
    "go",
    "grant_waiver",
    "length",
    "lock",
    "lose",
    "next_stage",
    "owed_by_history",
    "park",
    "past_gates",
    "refuse_stale",
    "refuse_waiver",
    "remind",
    "reopen",
    "replace_approver",
    "spec_and_stage",
    "stage_row",
    "start",
    "take_over",
    "touch",
    "unmet_of_stage",
    "waive",
    "withdraw",
    "withdraw_outdated",
    "withdraw_waiver",
]
