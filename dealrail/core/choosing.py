"""Choosing rows by ids that a subquery finds, so that PostgreSQL looks each up in an index, also beside an OR.

For `IN (SELECT …)` beside an OR it goes through the whole table instead.
"""

import json
from collections.abc import Collection, Sequence
from typing import Any

from django.db.models import F, Field, ForeignObject, OuterRef, Q, QuerySet, Subquery, TextField
from django.db.models.fields.related_lookups import RelatedIn
from django.db.models.lookups import In


def among(field: str, found: QuerySet[Any, Any]) -> Q:
    """The records whose field is one of the ids that this query finds."""
    return Q(**{f"{field}__among": found})


def first(rows: QuerySet[Any], most: int) -> QuerySet[Any]:
    """The first so many of these rows in their order; what each is shown with is fetched for these few only."""
    return alone(rows, rows.values("pk")[:most])


def alone(rows: QuerySet[Any], found: QuerySet[Any, Any]) -> QuerySet[Any]:
    """Those of these rows that this query finds among them, shown and ordered as they are."""
    return _unconditioned(rows).filter(among("pk", found))


def picked(rows: QuerySet[Any], ids: Collection[int]) -> QuerySet[Any]:
    """Those of these rows that have just been found among them, shown and ordered as they are."""
    return _unconditioned(rows).filter(pk__in=ids)


def _unconditioned(rows: QuerySet[Any]) -> QuerySet[Any]:
    shown = rows.all()
    shown.query.clear_where()  # found under the same conditions, which needn't be asked again
    return shown


class _Ids(Subquery):
    """The ids that a query of one column named `found` finds, as a text of JSON."""

    output_field = TextField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """An array of them, as text."""
        return self.as_sql(compiler, connection, template="ARRAY_TO_JSON(ARRAY(%(subquery)s))::text", **context)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """The same by SQLite's name for it."""
        template = "(SELECT JSON_GROUP_ARRAY(found) FROM (%(subquery)s))"
        return self.as_sql(compiler, connection, template=template, **context)


def first_of_each(rows: QuerySet[Any], parts: QuerySet[Any], *, by: str, order: Sequence[Any], most: int) -> list[int]:
    """The ids of the first rows in each of these parts, to which their field `by` points.

    Each part is read by itself in the order of an index, and no further than so many rows.
    """
    theirs = rows.filter(**{by: OuterRef("pk")}).order_by(*order).values(found=F("pk"))[:most]
    return [pk for text in parts.values_list(_Ids(theirs), flat=True) for pk in json.loads(text)]


def _operator(connection: Any, rows: str) -> str:
    return f"= ANY (ARRAY{rows})" if connection.vendor == "postgresql" else f"IN {rows}"


@Field.register_lookup
class AmongIds(In):
    """`among`, asked of a column of its own."""

    lookup_name = "among"

    def get_rhs_op(self, connection: Any, rhs: str) -> str:
        """What stands before the subquery, and around it."""
        return _operator(connection, rhs)


@ForeignObject.register_lookup
class AmongRelated(RelatedIn):
    """`among`, asked of a column that points at another table."""

    lookup_name = "among"

    def get_rhs_op(self, connection: Any, rhs: str) -> str:
        """What stands before the subquery, and around it."""
        return _operator(connection, rhs)
