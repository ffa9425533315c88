"""What a field holds, in SQL: a column, or a value inside a JSON column, read alike on both databases."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import BigIntegerField, Case, F, FloatField, Func, OuterRef, Q, Subquery, TextField, Value, When
from django.db.models.expressions import Expression
from django.db.models.functions import Cast, NullIf
from django.db.models.lookups import Regex
from django.db.models.query import QuerySet

from dealrail.core.filters.fields import Field, FieldType

# What can be read in the type of the field; anything else counts as empty. An older version of a process may have
# kept something else under the same key, and a cast that fails would break the whole list on PostgreSQL.
_NUMBER = r"^-?[0-9]{1,30}(\.[0-9]{1,30})?(E[+-]?[0-9]{1,2})?$"
_DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_SHAPES: Mapping[FieldType, str] = {FieldType.NUMBER: _NUMBER, FieldType.MONEY: _NUMBER, FieldType.DATE: _DAY}
# What the rows that repeat a value are asked for, and of which types they hold a number.
_FOUND_BY_INDEX = {"exact", "in", "lt", "lte", "gt", "gte"}
_NUMBERS = {FieldType.NUMBER, FieldType.MONEY, FieldType.BOOL, FieldType.REF, FieldType.PERSON}


class JsonText(Func):
    """The text under a key of a JSON column, NULL where there is none; Django's own says “null” for null on SQLite."""

    output_field = TextField()

    def __init__(self, column: str | F, key: str) -> None:
        super().__init__(F(column) if isinstance(column, str) else column)
        self.key = key

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, tuple[Any, ...]]:
        """JSON_EXTRACT gives NULL for null."""
        sql, params = compiler.compile(self.get_source_expressions()[0])
        return f"CAST(JSON_EXTRACT({sql}, %s) AS TEXT)", (*params, f"$.{json.dumps(self.key)}")

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, tuple[Any, ...]]:
        """The arrow gives NULL for null."""
        sql, params = compiler.compile(self.get_source_expressions()[0])
        return f"({sql} ->> %s)", (*params, self.key)


def stored(field: Field) -> Expression | F:
    """What a field holds, to sort by: numbers as numbers, days as texts that sort like days, empty texts as NULL.

    Of what points at rows, their names.
    """
    if not field.key:
        return F(field.sort_path or field.path)
    return _typed(field) if field.named is None else _name(field, field.named)


def _name(field: Field, named: QuerySet[Any]) -> Any:
    held = Cast(JsonText(OuterRef(field.path), field.key), BigIntegerField())
    return Subquery(named.filter(pk=held).values("name")[:1], output_field=TextField())


def _typed(field: Field) -> Expression:
    nothing = Value("", output_field=TextField())
    text: Expression = NullIf(JsonText(field.path, field.key), nothing, output_field=TextField())
    if field.told is not None:
        text = Case(When(field.told, then=text), default=None, output_field=TextField())
    if field.type not in _SHAPES:
        return text
    kind = TextField() if field.type is FieldType.DATE else FloatField()
    typed = text if field.type is FieldType.DATE else Cast(text, kind)
    return Case(When(Regex(text, _SHAPES[field.type]), then=typed), default=None, output_field=kind)


def where(field: Field, lookup: str, value: Any) -> Q:
    """The records whose field is as the lookup says."""
    if not field.key:
        return Q(**{f"{field.path}__{lookup}": value})
    if field.named is not None and field.held is not None and field.type is FieldType.TEXT:
        return _named_so(field, field.held, field.named, lookup, value)
    if field.held is not None and lookup in _FOUND_BY_INDEX:
        column = "number" if field.type in _NUMBERS else "text"
        rows = field.held.filter(**{f"{column}__{lookup}": _plain(value)})
        found = Q(**{f"{field.holder}__in": rows.values("record")})
        return found if field.told is None else found & field.told
    held: Any = _typed(field)
    return Q(held.output_field.get_lookup(lookup)(held, _plain(value)))


def _named_so(field: Field, held: QuerySet[Any], named: QuerySet[Any], lookup: str, value: Any) -> Q:
    """The records that point at a row whose name is as the lookup says."""
    rows = named if lookup == "isnull" else named.filter(**{f"name__{lookup}": value})
    found = Q(**{f"{field.holder}__in": held.filter(number__in=rows.values("pk")).values("record")})
    return ~found if lookup == "isnull" and value else found


def _plain(value: Any) -> Any:
    """A value as it is compared with what JSON holds."""
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, Value):
        return value.value
    return value.isoformat() if isinstance(value, date) else value
