"""Changing what a draft says, piece by piece; pure: each gives new content and leaves the given one alone.

The content is one that `shape_problems` finds nothing wrong with. A KeyError means that what was to be changed isn't
there.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from dealrail.accounts.rules import login_of
from dealrail.process.rules.parsing import parse
from dealrail.process.rules.values import StageKind

Content = Mapping[str, Any]
Row = Mapping[str, Any]
LONGEST_KEY = 40
# Where nothing written down means something else than an empty list.
_SAID_BY_ABSENCE = {"next", "back"}
_EMPTY: tuple[Any, ...] = ("", [], {})


def new_key(name: str, taken: Collection[str]) -> str:
    """A key made from a name, with a number behind it when it is taken."""
    start = re.sub(r"[^a-z0-9_-]", "_", login_of(name).lower())[: LONGEST_KEY - 4]
    start = start if start[:1].isalpha() else f"r_{start}"
    return next(key for key in (start, *(f"{start}_{n}" for n in range(2, len(taken) + 3))) if key not in taken)


def with_details(content: Content, fields: Row) -> dict[str, Any]:
    """The process with these fields of its own, such as its name; empty ones are left out."""
    return _filled({**content, **fields}, also={"name", "stages"})


def row_of(content: Content, part: str, key: str) -> Row:
    """One stage, field, action or loss reason as it is written."""
    rows: dict[str, Row] = {row["key"]: row for row in content.get(part, [])}
    return rows[key]


def add_row(content: Content, part: str, row: Row) -> dict[str, Any]:
    """The process with this row at the end of its stages, fields, actions or loss reasons."""
    return {**content, part: [*content.get(part, []), _filled(row)]}


def change_row(content: Content, part: str, key: str, fields: Row) -> dict[str, Any]:
    """The process with these fields in the row of that key; empty ones are left out."""
    changed = _filled({**row_of(content, part, key), **fields})
    return {**content, part: [changed if row["key"] == key else row for row in content[part]]}


def move_row(content: Content, part: str, key: str, position: int) -> dict[str, Any]:
    """The process with this row at that place (from 0) of its list. For stages there is `move_stage`."""
    return {**content, part: _put_at(content[part], row_of(content, part, key), position)}


def _put_at(rows: Iterable[Row], moved: Row, position: int) -> list[Row]:
    """The rows with this one of them at that place."""
    others = [row for row in rows if row["key"] != moved["key"]]
    place = max(0, min(position, len(others)))
    return [*others[:place], moved, *others[place:]]


def remove_row(content: Content, part: str, key: str) -> dict[str, Any]:
    """The process without this field, action or loss reason; stages don't offer a removed action any more.

    What conditions say of it stays, to be seen as a problem.
    """
    row_of(content, part, key)
    without = {**content, part: [row for row in content[part] if row["key"] != key]}
    return _each_stage(without, lambda stage: _without(stage, "actions", key)) if part == "actions" else without


def move_stage(content: Content, key: str, position: int) -> dict[str, Any]:
    """The process with this stage at that place (from 0); nobody is sent back to what lies ahead then."""
    moved = move_row(content, "stages", key, position)
    rows = moved["stages"]
    return {**moved, "stages": [_with_back_before(rows, place) for place in range(len(rows))]}


def _with_back_before(rows: list[Row], place: int) -> Row:
    stage = rows[place]
    if "back" not in stage:
        return stage
    only_won = stage.get("kind") == StageKind.WON
    fine = {row["key"] for row in rows[:place] if only_won or row.get("kind") != StageKind.WON}
    return {**stage, "back": [key for key in stage["back"] if key in fine]}


def remove_stage(content: Content, key: str) -> dict[str, Any]:
    """The process without this stage: what led to it leads to where it led, and nobody is sent back to it."""
    after = [target for target in parse(content).stage(key).next if target != key]
    without = {**content, "stages": [row for row in content["stages"] if row["key"] != key]}
    return _each_stage(without, lambda stage: _led_past(stage, key, after))


def _led_past(stage: Row, gone: str, after: Iterable[str]) -> Row:
    led: dict[str, Any] = {"next": _replaced(stage["next"], gone, after, stage["key"])} if "next" in stage else {}
    if "conditions" in stage:
        led["conditions"] = [
            {**row, "to": _replaced(row["to"], gone, after, stage["key"])} if "to" in row else row
            for row in stage["conditions"]
        ]
    return _without({**stage, **led}, "back", gone)


def _replaced(keys: list[str], gone: str, by: Iterable[str], own: str) -> list[str]:
    """The keys with others in the place of one; left as they are when none would be left."""
    led = [key for one in keys for key in (by if one == gone else (one,)) if key != own or key in keys]
    return list(dict.fromkeys(led)) or keys


def put_condition(content: Content, stage: str, condition: Row) -> dict[str, Any]:
    """The process with this condition in a stage: in the place of the one with its key, or as the last."""
    rows = row_of(content, "stages", stage).get("conditions", [])
    filled, key = _filled(condition), condition["key"]
    is_there = any(row["key"] == key for row in rows)
    put = [filled if row["key"] == key else row for row in rows] if is_there else [*rows, filled]
    return change_row(content, "stages", stage, {"conditions": put})


def move_condition(content: Content, stage: str, key: str, position: int) -> dict[str, Any]:
    """The process with this condition of a stage at that place (from 0) among its conditions."""
    rows = row_of(content, "stages", stage).get("conditions", [])
    moved = {row["key"]: row for row in rows}[key]
    return change_row(content, "stages", stage, {"conditions": _put_at(rows, moved, position)})


def remove_condition(content: Content, stage: str, key: str) -> dict[str, Any]:
    """The process without this condition of a stage."""
    rows = row_of(content, "stages", stage).get("conditions", [])
    if not any(row["key"] == key for row in rows):
        raise KeyError(key)
    return change_row(content, "stages", stage, {"conditions": [row for row in rows if row["key"] != key]})


def _each_stage(content: Content, change: Callable[[Row], Row]) -> dict[str, Any]:
    return {**content, "stages": [change(stage) for stage in content["stages"]]}


def _without(stage: Row, name: str, key: str) -> Row:
    return {**stage, name: [one for one in stage[name] if one != key]} if name in stage else stage


def _filled(row: Row, also: Collection[str] = ("key", "name")) -> dict[str, Any]:
    """Without what is empty, so that the text stays short; an empty list of moves says something and stays."""
    kept = {*also, *_SAID_BY_ABSENCE}
    return {name: value for name, value in row.items() if value is not None and (name in kept or value not in _EMPTY)}
