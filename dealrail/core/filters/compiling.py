"""Compiles a filter to a Q and a sort order to ORDER BY terms."""

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import BooleanField, Case, Q, Value, When
from django.db.models.expressions import OrderBy
from django.db.models.lookups import Exact
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dealrail.core.filters.fields import OPERATORS, Field, FieldType
from dealrail.core.filters.refusals import (
    BadFilter,
    BadSort,
    FilterTooLarge,
    UnclearFilterField,
    UnknownFilterField,
    UnknownOperator,
)
from dealrail.core.filters.stored import stored, where
from dealrail.core.filters.values import Leaf, Span
from dealrail.core.texts import is_storable

MAX_DEPTH = 6
MAX_LEAVES = 60
MAX_JSON = 20_000
MAX_SORTS = 4


def read_filter(text: str) -> dict[str, Any]:
    """The filter in a piece of JSON text, nothing for an empty one; refuses what is none, or too long."""
    if not text.strip():
        return {}
    if len(text) > MAX_JSON:
        raise _too_large("filter")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadFilter(place="filter") from error
    if not isinstance(value, dict) or not is_storable(json.dumps(value, ensure_ascii=False)):
        raise BadFilter(place="filter")
    return value


def check(wanted: object, fields: Iterable[Field]) -> None:
    """Refuse a filter that `fields` can't satisfy, naming the offending place."""
    compile_filter(wanted, fields, now=timezone.now(), me=0)


def compile_filter(
    wanted: object, fields: Iterable[Field], *, now: datetime, me: int, given: Mapping[str, object] | None = None
) -> Q:
    """The Q that keeps what the filter describes; an empty filter keeps everything.

    `given` are fields whose value is the same in every record, for what depends on them. Days are days of the current
    time zone. Raises BadFilter for whatever `check` refuses.
    """
    if wanted in (None, {}, {"all": []}, {"any": []}):
        return Q()
    compiler = _Compiler({field.name: field for field in fields}, timezone.localdate(now), me)
    return compiler.compile(wanted, given=given)


def fields_in(wanted: Mapping[str, Any]) -> set[str]:
    """The names of the fields that a filter asks about."""
    match [*wanted]:
        case ["all" | "any" as kind]:
            return {name for part in wanted[kind] for name in fields_in(part)}
        case ["not"]:
            return fields_in(wanted["not"])
    return {wanted["field"]} if wanted else set()


def sort_keys(text: str, fields: Iterable[Field], *, given: Mapping[str, object] | None = None) -> list[OrderBy]:
    """The order of “-amount,name”, empty values last either way; refuses unknown fields and over four.

    `given` are fields whose value is the same in every record, for what depends on them.
    """
    known = {field.name: field for field in fields}
    keys = [key for key in text.split(",") if key] if text else []
    names = [key.removeprefix("-") for key in keys]
    if len(keys) > MAX_SORTS or len(set(names)) < len(names) or not set(names) <= known.keys():
        raise BadSort(sort=text[:60], most=MAX_SORTS, known=", ".join(known))
    chosen = [_settled(known[name], given or {}, "sort") for name in names]
    return [_order(field, key.startswith("-")) for key, field in zip(keys, chosen, strict=True)]


def _order(field: Field, descending: bool) -> OrderBy:
    # A column without NULLs is sorted plainly, so that an ordinary index can serve it.
    held, nulls_last = stored(field), True if field.nullable else None
    return held.desc(nulls_last=nulls_last) if descending else held.asc(nulls_last=nulls_last)


def _settled(field: Field, given: Mapping[str, object], place: str) -> Field:
    """The field that a name means, with what the conditions around it say."""
    if not field.variants:
        return field
    value = given.get(field.depends_on)
    if not isinstance(value, str) or value not in field.variants:
        known = ", ".join(field.variants)
        raise UnclearFilterField(place=place, field=field.name, by=field.depends_on, known=known)
    return field.variants[value]


def _too_large(place: str) -> FilterTooLarge:
    return FilterTooLarge(place=place, leaves=MAX_LEAVES, depth=MAX_DEPTH)


class _Compiler:
    """Walks a filter once; counts its conditions on the way."""

    def __init__(self, fields: Mapping[str, Field], today: date, me: int) -> None:
        self.fields, self.today, self.me = fields, today, me
        self.leaves = 0

    def compile(
        self, node: object, place: str = "filter", depth: int = 1, given: Mapping[str, object] | None = None
    ) -> Q:
        """The Q of a condition or group; `given` are the values of fields that the groups around it demand."""
        given = given or {}
        if depth > MAX_DEPTH or self.leaves >= MAX_LEAVES:
            raise _too_large(place)
        if not isinstance(node, Mapping):
            raise BadFilter(place=place)
        match [*node]:
            case ["all" | "any" as kind]:
                return self._group(kind, node[kind], f"{place}.{kind}", depth, given)
            case ["not"]:
                return _never(self.compile(node["not"], f"{place}.not", depth + 1, given))
        return self._leaf(node, place, given)

    def _group(self, kind: str, parts: object, place: str, depth: int, given: Mapping[str, object]) -> Q:
        # An empty group inside another would mean all or nothing, which nobody writes on purpose.
        if not isinstance(parts, list) or not parts:
            raise BadFilter(place=place)
        known = {**given, **_demanded(parts)} if kind == "all" else given
        compiled = [self.compile(part, f"{place}[{index}]", depth + 1, known) for index, part in enumerate(parts)]
        return Q(*compiled) if kind == "all" else reduce(or_, compiled)

    def _leaf(self, node: Mapping[Any, Any], place: str, given: Mapping[str, object]) -> Q:
        self.leaves += 1
        name, op = node.get("field"), node.get("op")
        if not (isinstance(name, str) and isinstance(op, str) and node.keys() <= {"field", "op", "value"}):
            raise BadFilter(place=place)
        field = self.fields.get(name)
        if field is None:
            known = ", ".join(self.fields)
            raise UnknownFilterField(place=f"{place}.field", field=name[:60], known=known)
        field = _settled(field, given, f"{place}.field")
        if op not in OPERATORS[field.type]:
            known, label = ", ".join(OPERATORS[field.type]), str(field.label)
            raise UnknownOperator(place=f"{place}.op", field=label, op=op[:60], known=known)
        return _condition(Leaf(field, op, place, self.today, self.me), node.get("value"))


def _demanded(parts: list[Any]) -> dict[str, object]:
    """The fields that conditions of a group demand to be one value."""
    leaves = [part for part in parts if isinstance(part, Mapping) and part.get("op") == "eq"]
    return {leaf["field"]: leaf.get("value") for leaf in leaves if isinstance(leaf.get("field"), str)}


def _condition(leaf: Leaf, value: object) -> Q:
    """The Q of one condition; the negative ones keep records where the field is empty."""
    field, op = leaf.field, leaf.op
    if op in ("is_empty", "is_not_empty"):
        if value is not None:
            raise leaf.wrong(value, _("leave the value out."))
        return _empty(field) if op == "is_empty" else ~_empty(field)
    if op in ("ne", "not_in"):
        kept = _same(field, [leaf.read(value)] if op == "ne" else leaf.read_all(value))
        return where(field, "isnull", True) | ~kept if field.nullable else ~kept
    if op in ("eq", "in"):
        return _same(field, [leaf.read(value)] if op == "eq" else leaf.read_all(value))
    if op == "between":
        low, high = leaf.read_all(value)
        return _compared(field, "gte", low) & _compared(field, "lte", high)
    return _compared(field, op, leaf.read(value))


def _empty(field: Field) -> Q:
    is_null = where(field, "isnull", True)
    if field.type not in (FieldType.TEXT, FieldType.CHOICE) or field.key:
        return is_null
    is_blank = where(field, "exact", "")
    return is_null | is_blank if field.nullable else is_blank


def _same(field: Field, values: list[Any]) -> Q:
    if field.type in (FieldType.DATE, FieldType.DATETIME):
        return reduce(or_, [_compared(field, "gte", one) & _compared(field, "lte", one) for one in values])
    return where(field, "exact", values[0]) if len(values) == 1 else where(field, "in", values)


def _compared(field: Field, op: str, value: Any) -> Q:
    if isinstance(value, Span):
        op, value = value.bound(op)
    lookup = {"contains": "icontains", "starts_with": "istartswith"}.get(op, op)
    return where(field, lookup, value)


def _never(condition: Q) -> Q:
    """Where the condition does not hold, unknown counting as not: SQL's own NOT would drop what is empty."""
    holds = Case(When(condition, then=Value(True)), default=Value(False), output_field=BooleanField())
    return Q(Exact(holds, Value(False)))
