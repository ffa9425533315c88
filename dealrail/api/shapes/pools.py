"""Public pools as JSON."""

from typing import Any

from dealrail.api.shapes.parts import Ref, plain, refs


class PoolOut(Ref):
    """A public pool: limits of 0 mean none; without `units` whoever may claim at all is a member."""

    is_default: bool
    claim_limit: int
    claim_days: int
    capacity: int
    cooldown_days: int
    daily_views: int
    units: list[Ref]
    admins: list[Ref]


_LIMITS = ("is_default", "claim_limit", "claim_days", "capacity", "cooldown_days", "daily_views")


def pool_out(row: Any) -> PoolOut:
    """A public pool."""
    members: dict[str, Any] = {name: refs(list(getattr(row, name).all())) for name in ("units", "admins")}
    return PoolOut(id=row.pk, name=row.name, **plain(row, *_LIMITS), **members)


class CatalogRow(Ref):
    """A sales region or a source; those off the list stay where they are, but can't be chosen."""

    is_active: bool


def catalog_rows(rows: list[Any]) -> list[CatalogRow]:
    """Regions or sources."""
    return [CatalogRow(id=row.pk, **plain(row, "name", "is_active")) for row in rows]


def pools_out(rows: list[Any]) -> list[PoolOut]:
    """Public pools."""
    return [pool_out(row) for row in rows]
