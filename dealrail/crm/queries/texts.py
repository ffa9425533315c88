"""Fields and layouts as plain content, to be written as a text: read, reviewed, kept, and taken over elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dealrail.accounts import policy as accounts
from dealrail.accounts.actor import Actor
from dealrail.core.reading import reading
from dealrail.crm.models import CustomField, Layout
from dealrail.crm.queries.custom import custom_fields, field_told
from dealrail.crm.queries.layouts import groups_of, layout_fields, layout_told, layouts
from dealrail.crm.rules import FIELD_KINDS, PLACES, arranged
from dealrail.process.permissions import PROCESS_PUBLISH

# the parts of a field that are written where they say something else than this; those of a text that lacks them
STANDARD: Mapping[str, Any] = {
    "type": "text", "target": "", "help": "", "formula": "", "choices": [], "format": "", "pattern": "", "low": None,
    "high": None, "default": "", "required": False, "unique": False, "searchable": False, "is_active": True,
    "access": {},
}  # fmt: skip
# what identifies what stands in a text: a field by kind and key, a layout by place and role
Named = tuple[str, str]


@dataclass(frozen=True)
class Difference:
    """What a text changes: of each field and layout what it said and will say; `left` stays though it isn't named."""

    fields: Mapping[Named, Mapping[str, Sequence[str | None]]] = field(default_factory=dict)
    layouts: Mapping[Named, Mapping[str, Sequence[str | None]]] = field(default_factory=dict)
    names: Mapping[Named, str] = field(default_factory=dict)
    left: tuple[Named, ...] = ()
    left_layouts: tuple[Named, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether everything stands like this already."""
        return not (self.fields or self.layouts)


def fields_content(actor: Actor) -> dict[str, Any]:
    """All fields and layouts as a text says them, for who may change them. Refuses with NotAllowed."""
    accounts.require(actor, PROCESS_PUBLISH)
    with reading():
        of_kind: dict[str, list[dict[str, Any]]] = {kind: [] for kind in FIELD_KINDS}
        for row in custom_fields():
            of_kind[row.kind].append(_field(row))
        laid_out = sorted(layouts(), key=lambda row: (PLACES.index(row.place), row.role.key if row.role else ""))
        return {"fields": of_kind, "layouts": [_layout(row) for row in laid_out]}


def _field(row: CustomField) -> dict[str, Any]:
    held = {name: getattr(row, name) for name in STANDARD}
    held |= {"formula": field_told(row)["formula"], "low": _number(row.low), "high": _number(row.high)}
    parts = {name: value for name, value in held.items() if value != STANDARD[name]}
    return {"key": row.key, "name": row.name, **parts}


def _number(value: Any) -> int | str | None:
    if value is None:
        return None
    return int(value) if value == int(value) else f"{value.normalize():f}"


def _layout(row: Layout) -> dict[str, Any]:
    groups = arranged(groups_of(row), layout_fields(row.place), with_rest=False)
    return {
        "place": row.place,
        **({"role": row.role.key} if row.role else {}),
        "with_rest": row.with_rest,
        "groups": [
            {**({"heading": group.heading} if group.heading else {}), "fields": list(group.fields)} for group in groups
        ],
    }


def fields_there() -> dict[Named, dict[str, str]]:
    """Every field by kind and key, with all that can be said of it as texts."""
    with reading():
        told = {(row.kind, row.key): (row, field_told(row)) for row in custom_fields()}
        return {
            named: {"key": row.key, "type": row.type, "target": row.target, **parts}
            for named, (row, parts) in told.items()
        }


def layouts_there() -> dict[Named, dict[str, str]]:
    """Every layout by place and role, as texts."""
    with reading():
        return {(row.place, row.role.key if row.role else ""): layout_told(row) for row in layouts()}
