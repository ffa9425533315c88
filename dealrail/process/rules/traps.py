"""What is sound as text and would still trap deals, never ask for anything, or not do what it seems to say."""

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from dealrail.process.rules.values import END, ConditionSpec, Problem, ProcessSpec, StageSpec

_TAG = re.compile(r"</?[a-zA-Z][^<>\n]{0,200}>")
_LOW, _HIGH = {"gt", "gte"}, {"lt", "lte"}
_HELD = {"eq", "in", "gt", "gte", "lt", "lte", "between", "contains", "starts_with", "is_not_empty"}


def traps(spec: ProcessSpec) -> Iterator[Problem]:
    """Stages that deals never leave for the end: cycles without a way out."""
    leading = _leading_out(spec)
    for stage in spec.stages:
        if stage.key not in leading:
            yield Problem(f"stages.{stage.key}", "no_way_out")


def doubts(spec: ProcessSpec) -> Iterator[Problem]:
    """What may be published and hardly is what was meant."""
    if not spec.loss_reasons:
        yield Problem("loss_reasons", "no_loss_reasons")
    for part, rows in _named_parts(spec).items():
        yield from _same_names(part, rows)
    offered: set[str] = set()
    for stage in spec.stages:
        offered |= {*stage.actions}
        yield from _texts(stage)
        for condition in stage.conditions:
            yield from _condition(f"stages.{stage.key}.conditions.{condition.key}", condition, stage, spec)
    for action in spec.actions:
        if action.key not in offered and not _demands(spec, action.key):
            yield Problem(f"actions.{action.key}", "action_unused", {"action": action.name})


def _named_parts(spec: ProcessSpec) -> dict[str, list[tuple[str, str]]]:
    """What people choose by its name, as (key, name), part by part."""
    return {
        "fields": [(row.key, row.name) for row in spec.fields],
        "actions": [(row.key, row.name) for row in spec.actions],
        "stages": [(row.key, row.name) for row in spec.stages],
        "loss_reasons": [*spec.loss_reasons.items()],
        "waiver_reasons": [*spec.waiver_reasons.items()],
    }


def _same_names(part: str, rows: Iterable[tuple[str, str]]) -> Iterator[Problem]:
    seen: set[str] = set()
    for key, name in rows:
        if name.casefold() in seen:
            yield Problem(f"{part}.{key}", "named_twice", {"name": name})
        seen.add(name.casefold())


def _leading_out(spec: ProcessSpec) -> set[str]:
    """The stages from which the end can be reached."""
    leading: set[str] = {END}
    while found := {row.key for row in spec.stages if leading & {*row.next}} - leading:
        leading |= found
    return leading


def _texts(stage: StageSpec) -> Iterator[Problem]:
    texts = {"sop": stage.sop, "goal": stage.goal, "key_action": stage.key_action}
    for name, text in texts.items():
        if tag := _TAG.search(text):
            yield Problem(f"stages.{stage.key}.{name}", "html_in_text", {"tag": tag.group()[:40]})


def _condition(where: str, condition: ConditionSpec, stage: StageSpec, spec: ProcessSpec) -> Iterator[Problem]:
    for key in condition.to:
        if key not in stage.next:
            name = spec.stage(key).name if spec.has_stage(key) else key
            yield Problem(f"{where}.to", "no_move_there", {"stage": name})
    if never := _never(condition.when):
        yield Problem(f"{where}.when", "never_holds", {"field": spec.field_names().get(never, never)})


def _demands(spec: ProcessSpec, action: str) -> bool:
    conditions = (condition for stage in spec.stages for condition in stage.conditions)
    return any(action in _listed(condition.config.get("actions")) for condition in conditions)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _never(when: Mapping[str, Any]) -> str:
    """The field that no deal can have as this filter wants it; nothing where one can, as far as can be told."""
    if "any" in when:
        parts = [_never(part) for part in when["any"]]
        return parts[0] if parts and all(parts) else ""
    wanted: dict[str, list[Mapping[str, Any]]] = {}
    for leaf in _leaves(when):
        wanted.setdefault(str(leaf.get("field")), []).append(leaf)
    return next((field for field, leaves in wanted.items() if _excluding(leaves)), "")


def _leaves(when: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The comparisons that must all hold."""
    if "all" in when:
        for part in when["all"]:
            yield from _leaves(part)
    elif "field" in when:
        yield when


def _excluding(leaves: Iterable[Mapping[str, Any]]) -> bool:
    """Whether comparisons of one field can't hold together."""
    rows = [(str(leaf.get("op")), leaf.get("value")) for leaf in leaves]
    ops = {op for op, _value in rows}
    if "is_empty" in ops and ops & _HELD:
        return True
    allowed = [_words(value) for op, value in rows if op in {"eq", "in"}]
    refused = {word for op, value in rows if op in {"ne", "not_in"} for word in _words(value)}
    if allowed and not set.intersection(*allowed) - refused:
        return True
    return _crossed(rows)


def _words(value: Any) -> set[str]:
    return {str(one) for one in (value if isinstance(value, list) else [value])}


def _crossed(rows: Iterable[tuple[str, Any]]) -> bool:
    """Whether the lowest that is wanted lies above the highest, of numbers and days alike."""
    bounds = [(op, number) for op, value in _bounds(rows) if (number := _number(value)) is not None]
    low = [(number, op == "gt") for op, number in bounds if op in _LOW]
    high = [(number, op != "lt") for op, number in bounds if op in _HIGH]
    if not low or not high:
        return False
    (least, above), (most, reached) = max(low), min(high)
    return least > most or (least == most and (above or not reached))


def _bounds(rows: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    for op, value in rows:
        if op == "between" and isinstance(value, list) and len(value) == 2:
            yield from (("gte", value[0]), ("lte", value[1]))
        elif op == "eq":
            yield from (("gte", value), ("lte", value))
        else:
            yield op, value


def _number(value: Any) -> Decimal | None:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
