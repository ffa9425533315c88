"""Where a line's process deviates from the group's template, and in which parts it may."""

from collections.abc import Collection
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any

from dealrail.process.rules.differences import Change, differences
from dealrail.process.rules.values import ConditionSpec, ProcessSpec

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
    """Each way in which a line's process differs from its template; its own name and key are none."""
    found = [row for row in differences(template, own) if (row.part, row.setting) != ("process", "name")]
    return [Deviation(row, _part(row, template, own)) for row in found]


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
    plain = {"field": Part.FIELDS, "loss_reason": Part.LOSS_REASONS, "process": Part.TEXTS}
    return plain.get(change.part) or _part_of_stage(change)


def _part_of_stage(change: Change) -> Part:
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


def _part_of_move(change: Change, template: ProcessSpec, own: ProcessSpec) -> Part:
    """A way that is there, or no more, for a stage was added or taken out beside it counts as that."""
    before, after = {row.key for row in template.stages}, {row.key for row in own.stages}
    ahead = {*own.stage(change.stage).next} - before if change.stage in after else set()
    gone = {*template.stage(change.stage).next} - after if change.stage in before else set()
    if change.setting == "next" and ahead & after:
        return Part.STAGES_ADDED
    if change.setting == "next" and gone & before:
        return Part.STAGES_REMOVED
    return Part.ORDER


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
