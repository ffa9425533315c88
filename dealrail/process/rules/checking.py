"""What can be wrong with the shape of a definition; the settings of conditions are checked by their kinds."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from dealrail.core import patterns
from dealrail.process.rules.examples import example_references, example_shape
from dealrail.process.rules.parsing import parse
from dealrail.process.rules.values import (
    END,
    EVIDENCE,
    FIELD_FORMATS,
    FIELD_TYPES,
    HAND_OVER,
    KEY,
    LONGEST_TASK,
    LONGEST_TEXT,
    MOST_CONDITIONS,
    MOST_EXAMPLES,
    MOST_STAGES,
    Problem,
    ProcessSpec,
    StageKind,
    StageSpec,
)

_TOP = {"process", "name", "description", "fields", "actions", "stages", "loss_reasons", "examples"}
_FIELD = {"key", "name", "type", "choices", "help", "min", "max", "format", "pattern"}
_BOUNDED = ("number", "money")
_ACTION = {"key", "name", "how_to", "script", "evidence", "form", "expected_minutes"}
_STAGE = {
    "key", "name", "kind", "roles", "key_action", "goal", "sop", "time_limit_days", "follow_up_days",
    "probability", "actions", "next", "back", "conditions", "scripts", "hand_over", "kpi",
}  # fmt: skip
_SCRIPT = {"name", "text"}
_KPI = {"name", "target", "unit"}
_REASON = {"key", "name"}
_REASONS = ("loss_reasons", "waiver_reasons")
_HAND_OVER = {"to", "role", "person", "task", "due_days"}
_WHOM = {"role": ("role", "turns"), "person": ("person",)}
_EXAMPLE = {"key", "name", "stage", "to", "given", "expect", "because"}


def problems(content: Any) -> list[Problem]:
    """Everything wrong with the shape of a definition; empty when `parse` can read it."""
    if not isinstance(content, Mapping):
        return [Problem("", "not_a_mapping")]
    found = list(_shape(content))
    return found or list(_references(content))


def shape_problems(content: Any) -> list[Problem]:
    """What keeps `parse` from reading a definition; one that has no stages yet can be read."""
    if not isinstance(content, Mapping):
        return [Problem("", "not_a_mapping")]
    is_empty = content.get("stages") == []
    return [problem for problem in _shape(content) if not (is_empty and problem.code == "stage_count")]


def _shape(content: Mapping[str, Any]) -> Iterator[Problem]:
    yield from _unknown("", content, _TOP | {*_REASONS})
    yield from _key("process", content.get("process"))
    yield from _text("name", content.get("name"), longest=80)
    yield from _text("description", content.get("description", ""), empty=True)
    yield from _rows(content, "fields", _FIELD, _field_shape)
    yield from _rows(content, "actions", _ACTION, _action_shape)
    yield from _rows(content, "stages", _STAGE, _stage_shape)
    for part in _REASONS:
        yield from _rows(content, part, _REASON, lambda where, row: iter(()))
    yield from _rows(content, "examples", _EXAMPLE, example_shape)
    stages = content.get("stages")
    if not stages or not isinstance(stages, list) or len(stages) > MOST_STAGES:
        yield Problem("stages", "stage_count", {"most": MOST_STAGES})
    examples = content.get("examples")
    if isinstance(examples, list) and len(examples) > MOST_EXAMPLES:
        yield Problem("examples", "too_many_examples", {"most": MOST_EXAMPLES})


def _rows(content: Mapping[str, Any], name: str, known: set[str], shape: Any) -> Iterator[Problem]:
    rows = content.get(name, [])
    if not isinstance(rows, list):
        yield Problem(name, "not_a_list")
        return
    seen: set[str] = set()
    for number, row in enumerate(rows, 1):
        where = f"{name}[{number}]"
        if not isinstance(row, Mapping):
            yield Problem(where, "not_a_mapping")
            continue
        yield from _unknown(where, row, known)
        yield from _key(f"{where}.key", row.get("key"))
        yield from _text(f"{where}.name", row.get("name"), longest=80)
        if str(row.get("key")) in seen:
            yield Problem(where, "twice", {"key": str(row.get("key"))})
        seen.add(str(row.get("key")))
        yield from shape(where, row)


def _unknown(where: str, row: Mapping[str, Any], known: set[str]) -> Iterator[Problem]:
    for name in row:
        if name not in known:
            yield Problem(where, "unknown_key", {"key": str(name), "known": ", ".join(sorted(known))})


def _key(where: str, value: Any) -> Iterator[Problem]:
    if not isinstance(value, str) or not KEY.fullmatch(value):
        yield Problem(where, "bad_key", {"value": str(value)[:40]})


def _text(where: str, value: Any, *, longest: int = LONGEST_TEXT, empty: bool = False) -> Iterator[Problem]:
    if not isinstance(value, str) or len(value) > longest or not (value.strip() or empty) or "\x00" in value:
        yield Problem(where, "bad_text", {"longest": longest})


def _whole(where: str, value: Any, low: int, high: int, *, empty: bool = False) -> Iterator[Problem]:
    if value is None and empty:
        return
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        yield Problem(where, "bad_number", {"value": _shown(value), "low": low, "high": high})


def _shown(value: Any) -> str:
    """A wrong value in a sentence; what is left blank in a text holds nothing."""
    return "" if value is None else str(value)[:40]


def _one_of(where: str, value: Any, known: tuple[str, ...]) -> Iterator[Problem]:
    if value not in known:
        yield Problem(where, "not_one_of", {"value": str(value)[:40], "known": ", ".join(known)})


def _words(where: str, value: Any) -> Iterator[Problem]:
    if not isinstance(value, list) or not all(isinstance(word, str) and "\x00" not in word for word in value):
        yield Problem(where, "not_a_list")


def _field_shape(where: str, row: Mapping[str, Any]) -> Iterator[Problem]:
    yield from _one_of(f"{where}.type", row.get("type"), FIELD_TYPES)
    yield from _words(f"{where}.choices", row.get("choices", []))
    yield from _text(f"{where}.help", row.get("help", ""), empty=True)
    if row.get("type") == "choice" and not row.get("choices"):
        yield Problem(where, "no_choices")
    yield from _bounds(where, row)
    yield from _writing(where, row)


def _writing(where: str, row: Mapping[str, Any]) -> Iterator[Problem]:
    """How a text must be written."""
    format_, pattern = row.get("format") or "", row.get("pattern") or ""
    yield from _one_of(f"{where}.format", format_, ("", *FIELD_FORMATS))
    if pattern and not (isinstance(pattern, str) and patterns.is_pattern(pattern)):
        yield Problem(f"{where}.pattern", "bad_pattern", {"longest": patterns.LONGEST})
    if (format_ or pattern) and row.get("type") != "text":
        yield Problem(where, "format_of_texts")
    elif format_ and pattern:
        yield Problem(where, "format_or_pattern")


def _bounds(where: str, row: Mapping[str, Any]) -> Iterator[Problem]:
    given = {name: row[name] for name in ("min", "max") if row.get(name) is not None}
    if wrong := [problem for name, value in given.items() for problem in _number(f"{where}.{name}", value)]:
        yield from wrong
        return
    if given and row.get("type") not in _BOUNDED:
        yield Problem(where, "bounds_of_numbers")
    elif len(given) == 2 and given["min"] > given["max"]:
        yield Problem(where, "bounds_crossed", {"min": given["min"], "max": given["max"]})


def _action_shape(where: str, row: Mapping[str, Any]) -> Iterator[Problem]:
    yield from _text(f"{where}.how_to", row.get("how_to", ""), empty=True)
    yield from _text(f"{where}.script", row.get("script", ""), empty=True)
    yield from _one_of(f"{where}.evidence", row.get("evidence", "none"), EVIDENCE)
    yield from _whole(f"{where}.expected_minutes", row.get("expected_minutes"), 1, 10_000, empty=True)
    if row.get("evidence") != "form" and row.get("form"):
        yield Problem(f"{where}.form", "form_of_evidence")
    elif row.get("evidence") == "form" and not row.get("form"):
        yield Problem(f"{where}.form", "missing_key", {"key": "form"})
    elif row.get("evidence") == "form":
        yield from _key(f"{where}.form", row["form"])


def _stage_shape(where: str, row: Mapping[str, Any]) -> Iterator[Problem]:
    yield from _one_of(f"{where}.kind", row.get("kind", StageKind.OPEN), tuple(StageKind))
    for name in ("key_action", "goal", "sop"):
        yield from _text(f"{where}.{name}", row.get(name, ""), empty=True)
    for name in ("roles", "actions", "next", "back"):
        yield from _words(f"{where}.{name}", row.get(name, []))
    yield from _whole(f"{where}.time_limit_days", row.get("time_limit_days"), 1, 1000, empty=True)
    yield from _whole(f"{where}.follow_up_days", row.get("follow_up_days"), 1, 1000, empty=True)
    yield from _whole(f"{where}.probability", row.get("probability", 0), 0, 100)
    yield from _hand_over_shape(f"{where}.hand_over", row.get("hand_over", "optional"))
    yield from _scripts_shape(f"{where}.scripts", row.get("scripts", []))
    yield from _kpi_shape(f"{where}.kpi", row.get("kpi"))
    if row.get("key") == END:
        yield Problem(f"{where}.key", "reserved_key", {"key": END})
    yield from _conditions_shape(where, row.get("conditions", []))


def _hand_over_shape(where: str, row: Any) -> Iterator[Problem]:
    if not isinstance(row, Mapping):
        yield from _one_of(where, row, ("optional", "required", "keep", "leader"))
        return
    yield from _unknown(where, row, _HAND_OVER)
    to = row.get("to", "optional")
    yield from _one_of(f"{where}.to", to, HAND_OVER)
    for name, wanting in _WHOM.items():
        if to in wanting:
            yield from _text(f"{where}.{name}", row.get(name), longest=150)
        elif name in row:
            yield Problem(f"{where}.{name}", "only_for", {"key": name, "values": ", ".join(wanting)})
    yield from _text(f"{where}.task", row.get("task", ""), longest=LONGEST_TASK, empty=True)
    yield from _whole(f"{where}.due_days", row.get("due_days", 1), 0, 365)
    if "due_days" in row and not row.get("task"):
        yield Problem(f"{where}.task", "missing_key", {"key": "task"})


def _kpi_shape(where: str, row: Any) -> Iterator[Problem]:
    if row is None:
        return
    if not isinstance(row, Mapping):
        yield Problem(where, "not_a_mapping")
        return
    yield from _unknown(where, row, _KPI)
    yield from _text(f"{where}.name", row.get("name"), longest=80)
    yield from _text(f"{where}.unit", row.get("unit", ""), longest=20, empty=True)
    yield from _number(f"{where}.target", row.get("target"))


def _number(where: str, value: Any) -> Iterator[Problem]:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < math.inf:
        yield Problem(where, "bad_bound", {"value": _shown(value)})


def _scripts_shape(where: str, rows: Any) -> Iterator[Problem]:
    if not isinstance(rows, list):
        yield Problem(where, "not_a_list")
        return
    for number, row in enumerate(rows, 1):
        here = f"{where}[{number}]"
        if not isinstance(row, Mapping):
            yield Problem(here, "not_a_mapping")
            continue
        yield from _unknown(here, row, _SCRIPT)
        yield from _text(f"{here}.name", row.get("name"), longest=80)
        yield from _text(f"{here}.text", row.get("text"))


def _conditions_shape(where: str, rows: Any) -> Iterator[Problem]:
    if not isinstance(rows, list):
        yield Problem(f"{where}.conditions", "not_a_list")
        return
    if len(rows) > MOST_CONDITIONS:
        yield Problem(f"{where}.conditions", "too_many_conditions", {"most": MOST_CONDITIONS})
    seen: set[str] = set()
    for number, row in enumerate(rows, 1):
        here = f"{where}.conditions[{number}]"
        if not isinstance(row, Mapping):
            yield Problem(here, "not_a_mapping")
            continue
        yield from _key(f"{here}.key", row.get("key"))
        yield from _text(f"{here}.kind", row.get("kind"), longest=60)
        yield from _text(f"{here}.name", row.get("name", ""), longest=80, empty=True)
        yield from _words(f"{here}.to", row.get("to", []))
        yield from _words(f"{here}.waivable_by", row.get("waivable_by", []))
        if not isinstance(row.get("waivable", True), bool):
            yield Problem(
                f"{here}.waivable", "not_one_of", {"value": str(row["waivable"])[:40], "known": "true, false"}
            )
        if not isinstance(row.get("when", {}), Mapping):
            yield Problem(f"{here}.when", "not_a_mapping")
        if str(row.get("key")) in seen:
            yield Problem(here, "twice", {"key": str(row.get("key"))})
        seen.add(str(row.get("key")))


def _references(content: Mapping[str, Any]) -> Iterator[Problem]:
    spec = parse(content)
    keys = {stage.key for stage in spec.stages}
    for stage in spec.stages:
        where = f"stages.{stage.key}"
        for target in {*stage.next, *stage.back, *(to for row in stage.conditions for to in row.to)} - keys - {END}:
            yield Problem(where, "no_such_stage", {"stage": target})
        for action in stage.actions:
            if spec.action(action) is None:
                yield Problem(where, "no_such_action", {"action": action})
        if not stage.next:
            yield Problem(where, "no_way_forward")
        yield from _directions(where, stage, spec)
    for lonely in keys - _reachable(spec):
        yield Problem(f"stages.{lonely}", "unreachable")
    yield from example_references(spec)


def _directions(where: str, stage: StageSpec, spec: ProcessSpec) -> Iterator[Problem]:
    """Going back needs no gate, so it must not be a way forward, or to a win, by another name."""
    before = {row.key: row for row in spec.stages[: spec.stages.index(stage)]}
    for target in stage.back:
        row = before.get(target)
        name = spec.stage(target).name if spec.has_stage(target) else target
        if row and row.kind is StageKind.WON and stage.kind is not StageKind.WON:
            yield Problem(where, "back_to_win", {"stage": name})
        elif (target == END or spec.has_stage(target)) and (row is None or target in stage.next):
            yield Problem(where, "not_back", {"stage": name})


def _reachable(spec: ProcessSpec) -> set[str]:
    seen: set[str] = set()
    waiting = [spec.stages[0].key]
    while waiting:
        key = waiting.pop()
        if key in seen or key == END:
            continue
        seen.add(key)
        waiting += [target for target in spec.stage(key).next if target == END or spec.has_stage(target)]
    return seen
