"""Building the values of a definition from its content."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from dealrail.process.rules.values import (
    END,
    ActionSpec,
    ConditionSpec,
    ExampleSpec,
    FieldSpec,
    HandOverSpec,
    KpiSpec,
    ProcessSpec,
    ScriptSpec,
    StageKind,
    StageSpec,
)


def digest(content: Mapping[str, Any]) -> str:
    """SHA-256 of a definition's canonical JSON, to notice that a published version was changed."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def parse(content: Mapping[str, Any]) -> ProcessSpec:
    """Build the values of a definition that `problems` finds nothing wrong with."""
    stages = content["stages"]
    kinds = {stage["key"]: str(stage.get("kind", StageKind.OPEN)) for stage in stages}
    built = tuple(_stage(row, kinds, position) for position, row in enumerate(stages))
    return ProcessSpec(
        key=content["process"],
        name=content["name"],
        description=content.get("description", ""),
        fields=tuple(_field(row) for row in content.get("fields", [])),
        actions=tuple(ActionSpec(**row) for row in content.get("actions", [])),
        stages=built,
        loss_reasons=_reasons(content, "loss_reasons"),
        waiver_reasons=_reasons(content, "waiver_reasons"),
        examples=tuple(_example(row, built) for row in content.get("examples", [])),
    )


def _reasons(content: Mapping[str, Any], part: str) -> dict[str, str]:
    return {row["key"]: row["name"] for row in content.get(part, [])}


def _field(row: Mapping[str, Any]) -> FieldSpec:
    texts = {name: row.get(name) or "" for name in ("format", "pattern")}
    return FieldSpec(**{**row, **texts, "choices": tuple(row.get("choices", ()))})


def default_back(kinds: Mapping[str, str], key: str, forward: Iterable[str]) -> list[str]:
    """Where deals may be sent back to from a stage that doesn't say: every one before, no win from what is none.

    `kinds` are all stages by key, in order.
    """
    before = list(kinds)[: list(kinds).index(key)]
    fine = [one for one in before if kinds[one] != StageKind.WON or kinds[key] == StageKind.WON]
    return [one for one in fine if one not in forward]


def _stage(row: Mapping[str, Any], kinds: Mapping[str, str], position: int) -> StageSpec:
    keys = list(kinds)
    following = keys[position + 1] if position + 1 < len(keys) else END
    forward = tuple(row.get("next", (following,)))
    return StageSpec(
        key=row["key"],
        name=row["name"],
        kind=StageKind(row.get("kind", StageKind.OPEN)),
        roles=tuple(row.get("roles", ())),
        key_action=row.get("key_action", ""),
        goal=row.get("goal", ""),
        sop=row.get("sop", ""),
        time_limit_days=row.get("time_limit_days"),
        follow_up_days=row.get("follow_up_days"),
        probability=row.get("probability") or 0,
        actions=tuple(row.get("actions", ())),
        next=forward,
        back=tuple(row.get("back", default_back(kinds, row["key"], forward))),
        conditions=tuple(_condition(condition) for condition in row.get("conditions", ())),
        scripts=tuple(ScriptSpec(name=script["name"], text=script["text"]) for script in row.get("scripts", ())),
        hand_over=_hand_over(row.get("hand_over", "optional")),
        kpi=KpiSpec(**row["kpi"]) if row.get("kpi") else None,
    )


def _hand_over(value: str | Mapping[str, Any]) -> HandOverSpec:
    """Versions of before leave `due_days` blank here and there: as if it weren't there."""
    if isinstance(value, str):
        return HandOverSpec(to=value)
    return HandOverSpec(**{name: held for name, held in value.items() if held is not None})


def _condition(row: Mapping[str, Any]) -> ConditionSpec:
    known = {"key", "kind", "name", "to", "when", "waivable", "waivable_by"}
    return ConditionSpec(
        key=row["key"],
        kind=row["kind"],
        name=row.get("name", ""),
        to=tuple(row.get("to", ())),
        when=row.get("when") or {},
        waivable=row.get("waivable", True),
        waivable_by=tuple(row.get("waivable_by", ())),
        config={name: value for name, value in row.items() if name not in known},
    )


def _example(row: Mapping[str, Any], stages: tuple[StageSpec, ...]) -> ExampleSpec:
    forward = next((stage.next[0] for stage in stages if stage.key == row["stage"] and stage.next), END)
    return ExampleSpec(
        key=row["key"],
        name=row["name"],
        stage=row["stage"],
        to=row.get("to", forward),
        expect=row["expect"],
        because=tuple(row.get("because", ())),
        given=row.get("given") or {},
    )
