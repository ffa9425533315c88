"""Products, regions and sources."""

from collections.abc import Mapping
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import QuerySet

from dealrail.accounts import policy as accounts
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NameMissing, NotFound
from dealrail.core.db import take_turns
from dealrail.core.texts import tidy
from dealrail.crm import permissions, queries
from dealrail.crm.engine import PRODUCT_READERS, put_on
from dealrail.crm.errors import DuplicateCode, DuplicateName
from dealrail.crm.facts import ProductSaved, RegionSaved, SourceSaved
from dealrail.crm.models import Product, Region, Source
from dealrail.events.engine import record

Named = TypeVar("Named", Region, Source)


@transaction.atomic
def create_product(*, actor: Actor, fields: Mapping[str, Any]) -> Product:
    """Add a product; without a code its name is its code.

    Raises NotAllowed, UnknownField, FieldRefused or DuplicateCode.
    """
    accounts.require(actor, permissions.PRODUCTS_CHANGE)
    product = Product()
    return _save(product, {"name": "", **fields}, actor)


@transaction.atomic
def change_product(
    *, actor: Actor, product_id: int, fields: Mapping[str, Any], seen: Mapping[str, Any] | None = None
) -> Product:
    """Change fields of a product; what is not given stays, and changing nothing leaves no trace.

    `seen` is what fields held when one looked. Raises NotFound, NotAllowed, UnknownField, FieldRefused, FieldsRefused,
    DuplicateCode, or ChangedMeanwhile where one of `fields` no longer holds that.
    """
    accounts.require(actor, permissions.PRODUCTS_CHANGE)
    queries.product(product_id)
    return _save(Product.objects.select_for_update().get(pk=product_id), fields, actor, seen)


def _save(product: Product, fields: Mapping[str, Any], actor: Actor, seen: Mapping[str, Any] | None = None) -> Product:
    changed = put_on(product, fields, PRODUCT_READERS, actor=actor, seen=seen)
    is_new = product.pk is None
    if not is_new and not changed:
        return product
    product.code = product.code or product.name[:60]
    take_turns("product", [product.code, product.name])
    others = Product.objects.exclude(pk=product.pk)
    if others.filter(code=product.code).exists():
        raise DuplicateCode(value=product.code)
    if others.filter(name=product.name).exists():
        raise DuplicateCode(value=product.name)
    product.save()
    fact = ProductSaved(
        product_id=product.pk,
        code=product.code,
        name=product.name,
        price=None if product.price is None else str(product.price),
        is_active=product.is_active,
        changes={} if is_new else changed,
    )
    record(fact, actor=actor)
    return product


@transaction.atomic
def ensure_region(*, actor: Actor, name: str) -> tuple[Region, bool]:
    """The region of this name, made when it is new; the flag says whether it was. Raises NotAllowed or NameMissing."""
    return _ensured(Region, name, actor)


@transaction.atomic
def ensure_source(*, actor: Actor, name: str) -> tuple[Source, bool]:
    """The source of this name, made when it is new; the flag says whether it was. Raises NotAllowed or NameMissing."""
    return _ensured(Source, name, actor)


def _ensured(model: type[Named], name: str, actor: Actor) -> tuple[Named, bool]:
    _require_may_name(actor)
    row, is_new = model._default_manager.get_or_create(name=_checked(name))
    if is_new:
        record(_saved(row), actor=actor)
    return row, is_new


@transaction.atomic
def change_region(*, actor: Actor, region_id: int, name: str | None = None, is_active: bool | None = None) -> Region:
    """Call a region something else, everywhere, or take it off the list that new records choose from.

    What is not given stays. Raises NotAllowed, NotFound, NameMissing or DuplicateName.
    """
    return _changed(queries.regions(), region_id, name, is_active, actor)


@transaction.atomic
def change_source(*, actor: Actor, source_id: int, name: str | None = None, is_active: bool | None = None) -> Source:
    """Call a source something else, everywhere, or take it off the list that new records choose from.

    What is not given stays. Raises NotAllowed, NotFound, NameMissing or DuplicateName.
    """
    return _changed(queries.sources(), source_id, name, is_active, actor)


def _changed(rows: QuerySet[Named], row_id: int, name: str | None, is_active: bool | None, actor: Actor) -> Named:
    accounts.require(actor, permissions.PRODUCTS_CHANGE)
    row = rows.select_for_update().filter(pk=row_id).first()
    if row is None:
        raise NotFound()
    if name is not None:
        row.name = _free_name(rows.exclude(pk=row_id), name)
    row.is_active = row.is_active if is_active is None else is_active
    row.save(update_fields=["name", "is_active"])
    record(_saved(row), actor=actor)
    return row


def _free_name(others: QuerySet[Named], name: str) -> str:
    name = _checked(name)
    take_turns("catalog", [name])
    if others.filter(name=name).exists():
        raise DuplicateName(name=name, field="name")
    return name


def _saved(row: Region | Source) -> RegionSaved | SourceSaved:
    if isinstance(row, Region):
        return RegionSaved(region_id=row.pk, name=row.name, is_active=row.is_active)
    return SourceSaved(source_id=row.pk, name=row.name, is_active=row.is_active)


def _require_may_name(actor: Actor) -> None:
    """Refuse unless the actor maintains the catalogue, or brings in sheets that name what is new."""
    if not actor.may(permissions.IMPORTS_RUN):
        accounts.require(actor, permissions.PRODUCTS_CHANGE)


def _checked(name: str) -> str:
    if not 1 <= len(tidy(name)) <= 80:
        raise NameMissing(longest=80, field="name")
    return tidy(name)
