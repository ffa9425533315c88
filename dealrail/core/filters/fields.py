"""Fields that a list offers to filters, and the comparisons each type allows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.functional import Promise


class FieldType(StrEnum):
    """What a field holds; PERSON is a REF to a user, so that “me” means the one who asks."""

    TEXT = "text"
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    DATETIME = "datetime"
    BOOL = "bool"
    CHOICE = "choice"
    REF = "ref"
    PERSON = "person"


@dataclass(frozen=True, kw_only=True)
class Field:
    """A field that filters may name and the query path behind it.

    With a `key`, the value stands under it in the JSON object of the path: texts, choices, days as 2024-03-01, numbers
    and amounts as text. With `variants`, the name means another field for each value of the field `depends_on`. With
    `held`, the same values stand in rows of their own (record, text, number), which an index finds; `holder` leads to
    the record they belong to. With `told`, the field counts as empty wherever this doesn't hold.

    With `named`, what the field holds are ids of these rows, of the kind that `points` says: it is sorted by their
    `name`, and a TEXT is compared by it; then what is no id of these rows counts as empty.
    """

    name: str
    path: str
    type: FieldType
    label: str | Promise
    choices: Mapping[str, str | Promise] | None = None
    sort_path: str = ""
    nullable: bool = True
    key: str = ""
    depends_on: str = ""
    variants: Mapping[str, "Field"] = field(default_factory=dict)
    held: QuerySet[Any] | None = None
    holder: str = "pk"
    told: Q | None = None
    named: QuerySet[Any] | None = None
    points: str = ""


_ORDERED = ("eq", "ne", "lt", "lte", "gt", "gte", "in", "not_in", "between", "is_empty", "is_not_empty")
_PICKED = ("eq", "ne", "in", "not_in", "is_empty", "is_not_empty")
OPERATORS: Mapping[FieldType, tuple[str, ...]] = {
    FieldType.TEXT: ("eq", "ne", "in", "not_in", "contains", "starts_with", "is_empty", "is_not_empty"),
    FieldType.NUMBER: _ORDERED,
    FieldType.MONEY: _ORDERED,
    FieldType.DATE: _ORDERED,
    FieldType.DATETIME: _ORDERED,
    FieldType.BOOL: ("eq", "ne", "is_empty", "is_not_empty"),
    FieldType.CHOICE: _PICKED,
    FieldType.REF: _PICKED,
    FieldType.PERSON: _PICKED,
}
