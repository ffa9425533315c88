"""What examples say was granted to their deals: approvals for the move, and waivers."""

from collections.abc import Iterable
from typing import Any

from dealrail.process.condition_kinds.approval import Approval
from dealrail.process.rules import ConditionSpec, Problem, ProcessSpec, StageSpec


class Approved:
    """The approvals of its stage that the deal of an example has for the move it makes."""

    key = "approved"

    def problems(self, said: Any, spec: ProcessSpec, stage: StageSpec) -> Iterable[Problem]:
        yield from _not_among(said, [row for row in stage.conditions if row.kind == Approval.key])


class Waived:
    """The conditions of its stage that are waived for the deal of an example."""

    key = "waived"

    def problems(self, said: Any, spec: ProcessSpec, stage: StageSpec) -> Iterable[Problem]:
        yield from _not_among(said, [row for row in stage.conditions if row.waivable])


def _not_among(said: Any, possible: Iterable[ConditionSpec]) -> Iterable[Problem]:
    if not isinstance(said, list):
        yield Problem("", "not_a_list")
        return
    keys = [row.key for row in possible]
    for key in said:
        if key not in keys:
            yield Problem("", "not_one_of", {"value": str(key)[:40], "known": ", ".join(keys) or "—"})
