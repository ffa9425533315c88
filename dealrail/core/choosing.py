"""Choosing rows by ids that a subquery finds, so that PostgreSQL looks each up in an index, also beside an OR.

For `IN (SELECT …)` beside an OR it goes through the whole table instead.
"""

from typing import Any

from django.db.models import Field, ForeignObject, Q, QuerySet
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
    shown = rows.all()
    shown.query.clear_where()  # found under the same conditions, which needn't be asked again
    return shown.filter(among("pk", found))


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
