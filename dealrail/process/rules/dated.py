"""What examples of a process say was made for their deals and when: lists of kinds, each maybe some days ago; pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from dealrail.process.rules.values import Problem

MOST = 100
MOST_DAYS = 3650


def dated_problems(said: Any, kinds: Collection[str]) -> Iterator[Problem]:
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
