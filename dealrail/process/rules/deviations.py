"""Where a line's process deviates from the group's template, and in which parts it may."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any

from dealrail.process.rules.differences import Change, differences
from dealrail.process.rules.values import END, ConditionSpec, ProcessSpec, StageKind

APPROVAL, ACTIONS_DONE = "process.approval", "activities.done"
_TEXTS = {"description", "goal", "sop", "scripts", "key_action", "kpi"}
_LIMITS = {"time_limit_days", "follow_up_days"}
_ACTION_TEXTS = {"name", "how_to", "script", "expected_minutes"}
# What makes a condition stricter: more of it, never less.
_GROWING = ("fields", "actions", "at_least", "days")


class Part(StrEnum):
    """What a template lets lines change, each by itself; all else stays as the group has it."""

    STAGES_ADDED = "stages_added"
    STAGES_REMOVED = "stages_removed"
    LIMITS = "limits"
    PROBABILITY = "probability"
    TEXTS = "texts"
    CONDITIONS_ADDED = "conditions_added"
    CONDITIONS_LOOSENED = "conditions_loosened"
    ACTIONS = "actions"
    LOSS_REASONS = "loss_reasons"
    FIELDS = "fields"
    APPROVERS = "approvers"
    ORDER = "order"
    OWNERS = "owners"


@dataclass(frozen=True)
class Deviation:
    """A change against the template, and the part it belongs to."""

    change: Change
    part: Part


def deviations(template: ProcessSpec, own: ProcessSpec) -> list[Deviation]:
    """Each way in which a line's process differs from its template; its own name and key are none.

    Nor are examples, or the order in which conditions and the like are shown, which loosen nothing.
    """
    rows = [row for row in differences(template, own) if row.part != "example" and not _is_only_shown_elsewhere(row)]
    found = [row for row in rows if (row.part, row.setting) != ("process", "name")]
    return [Deviation(row, _part(row, template, own)) for row in found]


def _is_only_shown_elsewhere(row: Change) -> bool:
    """Whether the same is demanded and offered as before, in another order."""
    if row.how == "moved":
        return row.part not in {"stage", "move"}
    if (row.part, row.how) == ("condition", "changed"):
        alike = is_stricter(row.old, row.new) and is_stricter(row.new, row.old)
        return alike and row.old.name == row.new.name
    return (row.part, row.setting) == ("stage", "actions") and {*row.old} == {*row.new}


def forbidden(template: ProcessSpec, own: ProcessSpec, allowed: Collection[str]) -> list[Deviation]:
    """Those deviations that the template doesn't allow."""
    return [row for row in deviations(template, own) if row.part not in allowed]


def _part(change: Change, template: ProcessSpec, own: ProcessSpec) -> Part:
    if change.part == "move":
        return _part_of_move(change, template, own)
    if change.part == "condition":
        return _part_of_condition(change)
    if change.part == "action":
        return _part_of_action(change)
    return _PLAIN.get(change.part) or _part_of_stage(change, template, own)


_PLAIN = {
    "field": Part.FIELDS,
    "loss_reason": Part.LOSS_REASONS,
    "waiver_reason": Part.LOSS_REASONS,
    "process": Part.TEXTS,
}


def _part_of_stage(change: Change, template: ProcessSpec, own: ProcessSpec) -> Part:
    if change.how in {"added", "removed"} and not _stands_beside(change, template, own):
        return Part.ORDER
    if change.how == "added":
        return Part.STAGES_ADDED
    if change.how == "removed" or change.setting == "name":
        return Part.STAGES_REMOVED
    if change.setting in _TEXTS:
        return Part.TEXTS
    if change.setting in _LIMITS:
        return Part.LIMITS
    named = {"probability": Part.PROBABILITY, "actions": Part.ACTIONS, "roles": Part.OWNERS, "hand_over": Part.OWNERS}
    return named.get(change.setting, Part.ORDER)


def _stands_beside(change: Change, template: ProcessSpec, own: ProcessSpec) -> bool:
    """Whether deals begin, and are won, before the same stages of the template with a stage that only one text has."""
    if change.key in {template.stages[0].key, own.stages[0].key} and not _leads_alike(None, template, own):
        return False
    if change.how == "removed" or change.new.kind is not StageKind.WON:
        return True
    ahead = {*_led_to(own, change.new.next, _both(template, own))} - {END}
    return all(template.stage(key).kind is StageKind.WON for key in ahead)


def _part_of_move(change: Change, template: ProcessSpec, own: ProcessSpec) -> Part:
    """A way that is there, or no more, for a stage was added or taken out beside it counts as that.

    As long as it leads on to the same stages in the same order: who adds one draws no way round those of the group, nor
    round a condition of a move to one of them.
    """
    before, after = {row.key for row in template.stages}, {row.key for row in own.stages}
    ahead = {*own.stage(change.stage).next} - before if change.stage in after else set()
    gone = {*template.stage(change.stage).next} - after if change.stage in before else set()
    if change.setting != "next" or not _leads_alike(change.stage, template, own):
        return Part.ORDER
    if _goes_round_conditions(change, template, own):
        return Part.CONDITIONS_LOOSENED
    if ahead & after:
        return Part.STAGES_ADDED
    if gone & before:
        return Part.STAGES_REMOVED
    return Part.ORDER


def _leads_alike(stage: str | None, template: ProcessSpec, own: ProcessSpec) -> bool:
    """Whether a stage (None: where deals start) leads to the same stages of both texts, past those of only one."""
    both = _both(template, own)
    before, after = (
        _led_to(spec, spec.stage(stage).next if stage else [spec.stages[0].key], both) for spec in (template, own)
    )
    return before == after


def _both(template: ProcessSpec, own: ProcessSpec) -> set[str]:
    return {row.key for row in template.stages} & {row.key for row in own.stages}


def _led_to(spec: ProcessSpec, ways: Iterable[str], known: Collection[str]) -> list[str]:
    """The first of the known stages, or the end, on each way, in their order."""
    found: dict[str, None] = {}
    passed: set[str] = set()
    waiting = [*ways]
    while waiting:
        key = waiting.pop(0)
        if key == END or key in known:
            found[key] = None
        elif key not in passed:
            passed.add(key)
            waiting = [*spec.stage(key).next, *waiting]
    return [*found]


def _goes_round_conditions(change: Change, template: ProcessSpec, own: ProcessSpec) -> bool:
    """Whether a way over a new stage leads to one that a condition guards on the way straight to it only."""
    both = _both(template, own)
    if change.how != "added" or change.key in both:
        return False
    beyond = {*_led_to(own, [change.key], both)}
    return any(beyond & {*row.to} for row in template.stage(change.stage).conditions)


def _part_of_action(change: Change) -> Part:
    if change.how != "changed":
        return Part.ACTIONS
    named = {row.name for row in fields(change.new) if getattr(change.old, row.name) != getattr(change.new, row.name)}
    return Part.TEXTS if named <= _ACTION_TEXTS else Part.ACTIONS


def _part_of_condition(change: Change) -> Part:
    kind = (change.new or change.old).kind
    if kind == ACTIONS_DONE:
        return Part.ACTIONS
    if change.how == "added":
        return Part.CONDITIONS_ADDED
    if change.how == "removed":
        return Part.CONDITIONS_LOOSENED
    if kind == APPROVAL and replace(change.old, config={}, name="") == replace(change.new, config={}, name=""):
        return Part.APPROVERS
    return Part.CONDITIONS_ADDED if is_stricter(change.old, change.new) else Part.CONDITIONS_LOOSENED


def is_stricter(old: ConditionSpec, new: ConditionSpec) -> bool:
    """Whether whatever meets the new condition meets the old one too, and no more people may waive it.

    Said only where it is certain: another name, more fields or actions, a larger number, or no waiving any more.
    """
    if (old.kind, old.to, old.when) != (new.kind, new.to, new.when) or not _waived_by_no_more(old, new):
        return False
    rest_old = {name: value for name, value in old.config.items() if name not in _GROWING}
    rest_new = {name: value for name, value in new.config.items() if name not in _GROWING}
    return rest_old == rest_new and all(_grown(old.config.get(name), new.config.get(name)) for name in _GROWING)


def _waived_by_no_more(old: ConditionSpec, new: ConditionSpec) -> bool:
    if not new.waivable or old == new:
        return True
    if not old.waivable:
        return False
    return not old.waivable_by or (bool(new.waivable_by) and {*new.waivable_by} <= {*old.waivable_by})


def _grown(old: Any, new: Any) -> bool:
    if isinstance(old, list) and isinstance(new, list):
        return {*map(str, old)} <= {*map(str, new)}
    if isinstance(old, int | float) and isinstance(new, int | float):
        return new >= old
    return bool(old == new)
