"""What examples of a process say was done for their deals: actions, follow-ups, files."""

from collections.abc import Iterable
from typing import Any

from dealrail.activities.models import Activity
from dealrail.activities.rules import FILE_KINDS
from dealrail.process.rules import Problem, ProcessSpec, StageSpec
from dealrail.process.rules.dated import dated_problems


class GivenActions:
    """The actions that were carried out."""

    key = "done"

    def problems(self, said: Any, spec: ProcessSpec, stage: StageSpec) -> Iterable[Problem]:
        if not isinstance(said, list):
            yield Problem("", "not_a_list")
            return
        keys = [action.key for action in spec.actions]
        for action in said:
            if action not in keys:
                yield Problem("", "no_such_action", {"action": str(action)[:40]})


class GivenFollowUps:
    """The follow-ups that were made while the deal stays in its stage."""

    key = "follow_ups"

    def problems(self, said: Any, spec: ProcessSpec, stage: StageSpec) -> Iterable[Problem]:
        yield from dated_problems(said, Activity.Kind.values)


class GivenFiles:
    """The files that are kept with the deal."""

    key = "files"

    def problems(self, said: Any, spec: ProcessSpec, stage: StageSpec) -> Iterable[Problem]:
        yield from dated_problems(said, FILE_KINDS)
