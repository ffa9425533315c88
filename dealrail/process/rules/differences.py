"""What changes from one text of a process to another."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from difflib import SequenceMatcher
from typing import Any

from dealrail.process.rules.values import ProcessSpec, StageSpec

_TOLD_APART = {"key", "next", "back", "conditions"}


@dataclass(frozen=True)
class Change:
    """One change. `part` is what changed: process, stage, move, condition, field, action, loss_reason, waiver_reason
    or example.

    `how` is added, removed, changed or moved; `stage` the key of the stage it is in, if any; `key` its own. `setting`
    is what changed of it, from `old` to `new`; of what is added, removed or moved these hold the whole, or None.
    A move's key is where it leads, its setting whether `next` or `back`.
    """

    part: str
    how: str
    key: str
    stage: str = ""
    setting: str = ""
    old: Any = None
    new: Any = None


def differences(old: ProcessSpec, new: ProcessSpec) -> list[Change]:
    """What changes from one definition to the other, stage by stage in the order of the new one; empty when nothing."""
    return [
        *_settings("process", new.key, "", old, new, ("name", "description")),
        *_stages(old, new),
        *_rows("field", "", old.fields, new.fields),
        *_rows("action", "", old.actions, new.actions),
        *_reasons("loss_reason", old.loss_reasons, new.loss_reasons),
        *_reasons("waiver_reason", old.waiver_reasons, new.waiver_reasons),
        *_rows("example", "", old.examples, new.examples),
    ]


def _settings(part: str, key: str, stage: str, old: Any, new: Any, names: Iterable[str]) -> Iterator[Change]:
    for name in names:
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield Change(part, "changed", key, stage, name, before, after)


def _stages(old: ProcessSpec, new: ProcessSpec) -> Iterator[Change]:
    before, after = _by_key(old.stages), _by_key(new.stages)
    moved = _out_of_order([*before], [*after])
    for stage in new.stages:
        if stage.key not in before:
            yield Change("stage", "added", stage.key, stage.key, new=stage)
            continue
        if stage.key in moved:
            yield Change("stage", "moved", stage.key, stage.key)
        yield from _stage(before[stage.key], stage, both={*before} & {*after})
    for key in before.keys() - after.keys():
        yield Change("stage", "removed", key, key, old=before[key])


def _stage(old: StageSpec, new: StageSpec, *, both: set[str]) -> Iterator[Change]:
    yield from _settings("stage", new.key, new.key, old, new, _stage_settings())
    yield from _moves(new.key, "next", old.next, new.next)
    # that one may go back to a stage that is new, or no more to one that is gone, goes without saying
    yield from _moves(new.key, "back", [to for to in old.back if to in both], [to for to in new.back if to in both])
    yield from _rows("condition", new.key, old.conditions, new.conditions)


def _stage_settings() -> list[str]:
    return [field.name for field in fields(StageSpec) if field.name not in _TOLD_APART]


def _moves(stage: str, way: str, old: Sequence[str], new: Sequence[str]) -> Iterator[Change]:
    yield from (Change("move", "added", to, stage, way) for to in new if to not in old)
    yield from (Change("move", "removed", to, stage, way) for to in old if to not in new)
    if way == "next" and {*old} == {*new} and [*old] != [*new]:
        yield Change("move", "moved", new[0], stage, way, [*old], [*new])


def _rows(part: str, stage: str, old: Sequence[Any], new: Sequence[Any]) -> Iterator[Change]:
    before, after = _by_key(old), _by_key(new)
    for key, row in after.items():
        if key not in before:
            yield Change(part, "added", key, stage, new=row)
        elif before[key] != row:
            yield Change(part, "changed", key, stage, old=before[key], new=row)
    yield from _moved(part, stage, before, after)
    yield from (Change(part, "removed", key, stage, old=row) for key, row in before.items() if key not in after)


def _moved(part: str, stage: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    moved = _out_of_order([*before], [*after])
    yield from (Change(part, "moved", key, stage, old=before[key], new=after[key]) for key in after if key in moved)


def _reasons(part: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Change]:
    yield from (Change(part, "added", key, new=new[key]) for key in new if key not in old)
    both = [key for key in new if key in old]
    yield from (Change(part, "changed", key, "", "name", old[key], new[key]) for key in both if old[key] != new[key])
    yield from _moved(part, "", old, new)
    yield from (Change(part, "removed", key, old=old[key]) for key in old if key not in new)


def _by_key(rows: Iterable[Any]) -> dict[str, Any]:
    return {row.key: row for row in rows}


def _out_of_order(old: list[str], new: list[str]) -> set[str]:
    """The fewest of these that must have changed places for the one order to become the other."""
    kept, still = [key for key in old if key in new], [key for key in new if key in old]
    blocks = SequenceMatcher(None, kept, still, autojunk=False).get_matching_blocks()
    return {*still} - {key for block in blocks for key in still[block.b : block.b + block.size]}
