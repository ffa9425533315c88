"""The form for taking running deals over: which stage leads where, which deals, when; read and shown again."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from dealrail.core.filters import FieldType
from dealrail.crm import queries as crm
from dealrail.process.rules import ProcessSpec, StageSpec, changes_win, suggested
from dealrail.web.lists.operators import WITHOUT_VALUE, operators

CONDITIONS = 3
# The same comparisons for every field; one that doesn't fit is refused with a sentence.
OPS: Mapping[str, Any] = {
    op: label for op, label in {**operators(FieldType.NUMBER), **operators(FieldType.TEXT)}.items() if op != "between"
}


@dataclass(frozen=True)
class Leads:
    """An old stage with its running deals, and where they may go: none, or a stage as (key, name)."""

    stage: StageSpec
    deals: int
    href: str
    chosen: str
    choices: list[tuple[str, str]]


@dataclass(frozen=True)
class Limit:
    """One condition on the deals as it was typed."""

    number: int
    field: str = ""
    op: str = ""
    value: str = ""


def versions_with_deals(standing: Iterable[crm.Standing], key: str) -> dict[int, list[tuple[StageSpec, int, str]]]:
    """By version: the stages in which running deals stand, how many, and the list of those one may see."""
    found: dict[int, list[tuple[StageSpec, int, str]]] = {}
    for row in standing:
        found.setdefault(row.number, []).append((row.stage, row.deals, deals_address(key, row.stage.key, row.number)))
    return found


def deals_address(key: str, stage: str, version: int | None = None) -> str:
    """The list of the running deals of a process in a stage, of one version if it is given."""
    parts: list[dict[str, Any]] = [{"field": "state", "op": "not_in", "value": ["lost"]}]
    parts += [{"field": "version", "op": "eq", "value": version}] if version else []
    asked = {"process": key, "stage": stage, "filter": json.dumps({"all": parts})}
    return f"{reverse('deals')}?{urlencode(asked)}"


def leads(standing: Iterable[crm.Standing], spec: ProcessSpec, version_id: int | None, given: QueryDict) -> list[Leads]:
    """Where each old stage leads: as chosen, else to the stage of the same key."""
    others = [row for row in standing if row.version_id != version_id]
    stages = {row.stage.key: row.stage for row in others}
    counts = {key: sum(row.deals for row in others if row.stage.key == key) for key in stages}
    return [
        Leads(
            stage=stage,
            deals=counts[key],
            href=deals_address(spec.key, key),
            chosen=given.get(f"to-{key}", suggested(stage, spec)),
            choices=[(one.key, one.name) for one in spec.stages if not changes_win(stage, one)],
        )
        for key, stage in stages.items()
    ]


def typed_mapping(posted: QueryDict) -> dict[str, str]:
    """The stages that were chosen, by old key; nothing where deals stay."""
    return {name.removeprefix("to-"): str(posted[name]) for name in posted if name.startswith("to-")}


def typed_limits(posted: QueryDict) -> list[Limit]:
    """The conditions on the deals, filled in or not."""
    return [
        Limit(number, *(posted.get(f"{part}-{number}", "").strip() for part in ("field", "op", "value")))
        for number in range(CONDITIONS)
    ]


def filter_of(limits: Iterable[Limit]) -> dict[str, Any]:
    """The filter that these conditions say; nothing for none."""
    parts = [
        {"field": row.field, "op": row.op} | ({} if row.op in WITHOUT_VALUE else {"value": row.value})
        for row in limits
        if row.field
    ]
    return {"all": parts} if parts else {}


def address(trial: Any, key: str) -> str:
    """The form filled in as for this dry run of a version; nothing where the form can't say what it was told."""
    parts = trial.filter.get("all", []) if trial.filter else []
    if len(parts) > CONDITIONS or any("field" not in part for part in parts) or {*trial.filter} - {"all"}:
        return ""
    asked = {"text": str(trial.version.number), **{f"to-{old}": new for old, new in trial.mapping.items()}}
    for number, part in enumerate(parts):
        asked |= {f"{name}-{number}": str(part.get(name, "")) for name in ("field", "op", "value")}
    return f"{reverse('process_running', args=[key])}?{urlencode(asked)}#over"
