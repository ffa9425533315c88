"""What can be wrong with the examples of a definition; what they say of their deals is checked elsewhere."""

from collections.abc import Iterator, Mapping
from typing import Any

from dealrail.process.rules.values import END, EXPECTED, Problem, ProcessSpec

MOST_REASONS = 20
LONGEST_REASON = 120
# What these expect comes about by some condition, so they must say by which.
_BY_CONDITIONS = ("refused", "approval")


def example_shape(where: str, row: Mapping[str, Any]) -> Iterator[Problem]:
    """What is wrong with one example as it is written, but for its key and name."""
    for name in ("stage", "to") if "to" in row else ("stage",):
        if not isinstance(row.get(name), str):
            yield Problem(f"{where}.{name}", "bad_key", {"value": str(row.get(name))[:40]})
    if row.get("expect") not in EXPECTED:
        yield Problem(f"{where}.expect", "not_one_of", {"value": _shown(row), "known": ", ".join(EXPECTED)})
    if row.get("given") is not None and not isinstance(row["given"], Mapping):
        yield Problem(f"{where}.given", "not_a_mapping")
    yield from _reasons_shape(f"{where}.because", row)


def _shown(row: Mapping[str, Any]) -> str:
    return str(row.get("expect", ""))[:40]


def _reasons_shape(where: str, row: Mapping[str, Any]) -> Iterator[Problem]:
    reasons = row.get("because", [])
    if not isinstance(reasons, list) or not all(_is_reason(reason) for reason in reasons):
        yield Problem(where, "not_a_list")
    elif len(reasons) > MOST_REASONS:
        yield Problem(where, "count_of", {"low": 1, "high": MOST_REASONS})
    elif reasons and row.get("expect") not in _BY_CONDITIONS:
        yield Problem(where, "needs_no_reason")
    elif not reasons and row.get("expect") in _BY_CONDITIONS:
        yield Problem(where, "needs_reason")


def _is_reason(reason: Any) -> bool:
    return isinstance(reason, str) and 0 < len(reason) <= LONGEST_REASON and "\x00" not in reason


def example_references(spec: ProcessSpec) -> Iterator[Problem]:
    """Stages that examples name and that don't exist."""
    for row in spec.examples:
        named = {row.stage} if row.to == END else {row.stage, row.to}
        for key in sorted(key for key in named if not spec.has_stage(key)):
            yield Problem(f"examples.{row.key}", "no_such_stage", {"stage": key[:40]})
