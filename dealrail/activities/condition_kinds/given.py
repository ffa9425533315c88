"""What examples of a process say was done for their deals: actions, follow-ups, files."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from dealrail.activities.models import Activity
from dealrail.activities.rules import FILE_KINDS
from dealrail.process.rules import Problem, ProcessSpec, StageSpec

MOST = 100
MOST_DAYS = 3650


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
        yield from _dated_problems(said, Activity.Kind.values)


class GivenFiles:
    """The files that are kept with the deal."""

    key = "files"

    def problems(self, said: Any, spec: ProcessSpec, stage: StageSpec) -> Iterable[Problem]:
        yield from _dated_problems(said, FILE_KINDS)


def _dated_problems(said: Any, kinds: Collection[str]) -> Iterator[Problem]:
    """What is wrong with a list of kinds, each of them maybe with how many days ago."""
    if not isinstance(said, list) or len(said) > MOST:
        yield Problem("", "count_of", {"low": 0, "high": MOST})
        return
    for number, row in enumerate(said, 1):
        kind, ago = (row.get("kind"), row.get("days_ago", 0)) if isinstance(row, Mapping) else (row, 0)
        if not isinstance(kind, str) or kind not in kinds:
            yield Problem(f"[{number}]", "not_one_of", {"value": str(kind)[:40], "known": ", ".join(kinds)})
        if not isinstance(ago, int) or isinstance(ago, bool) or not 0 <= ago <= MOST_DAYS:
            yield Problem(f"[{number}].days_ago", "bad_number", {"value": str(ago)[:40], "low": 0, "high": MOST_DAYS})
        for name in set(row) - {"kind", "days_ago"} if isinstance(row, Mapping) else ():
            yield Problem(f"[{number}]", "unknown_key", {"key": str(name)[:40], "known": "kind, days_ago"})


def dated(said: Iterable[Any]) -> list[tuple[str, int]]:
    """Each kind with how many days ago."""
    return [(row["kind"], row.get("days_ago", 0)) if isinstance(row, Mapping) else (row, 0) for row in said]
