"""Customers, contacts and products as JSON; who lies in a pool can't be reached past a claim."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from dealrail.accounts.actor import Actor
from dealrail.api.shapes.parts import AddedOut, Money, Ref, added_out, named, plain
from dealrail.core.formats import mask_phone
from dealrail.crm import policy

HIDDEN = "•••"


class CustomerOut(BaseModel):
    """A customer; `masked` says that the phone is not shown in full until it is claimed."""

    id: int
    name: str
    code: str
    credit_code: str
    phone: str
    masked: bool
    grade: str
    grade_reason: str
    industry: str
    address: str
    website: str
    notes: str
    region: Ref | None
    source: Ref | None
    parent: Ref | None
    owner: Ref | None
    pool: Ref | None
    created_at: datetime
    custom: AddedOut


class ContactOut(BaseModel):
    """A person at a customer, with their part in the decision."""

    id: int
    customer: Ref
    name: str
    title: str
    role: str
    phone: str
    email: str
    wechat: str
    masked: bool
    notes: str
    created_at: datetime
    custom: AddedOut


class ProductOut(BaseModel):
    """Something we sell."""

    id: int
    code: str
    name: str
    series: str
    unit: str
    price: Money | None
    is_active: bool


_ON_ITS_PAGE = ("address", "website", "notes")


def customers_out(actor: Actor, rows: Iterable[Any], *, is_opened: bool = False) -> list[CustomerOut]:
    """Customers as this reader may see them; less of one in a pool with a daily limit, unless it was opened."""
    found = list(rows)
    added = added_out(actor, "customer", found)
    return [_customer_out(actor, row, added[row.pk], is_opened or policy.tells_all(actor, row)) for row in found]


def _customer_out(actor: Actor, row: Any, added: AddedOut, tells_all: bool) -> CustomerOut:
    masked = not policy.sees_phone(actor, row)
    more: dict[str, Any] = {name: getattr(row, name) if tells_all else "" for name in _ON_ITS_PAGE}
    return CustomerOut(
        id=row.pk,
        masked=masked,
        phone=_masked_phone(row.phone) if masked else row.phone,
        **plain(
            row,
            "name",
            "code",
            "credit_code",
            "grade",
            "grade_reason",
            "industry",
            "created_at",
        ),
        **more,
        custom=added if tells_all else {},
        **named(row, "region", "source", "parent", "owner", "pool"),
    )


def contacts_out(actor: Actor, rows: Iterable[Any]) -> list[ContactOut]:
    """Contacts as this reader may see them."""
    found = list(rows)
    added = added_out(actor, "contact", found)
    return [_contact_out(actor, row, added[row.pk]) for row in found]


def _contact_out(actor: Actor, row: Any, added: AddedOut) -> ContactOut:
    masked = not policy.sees_phone(actor, row.customer)
    return ContactOut(
        id=row.pk,
        customer=Ref(id=row.customer.pk, name=row.customer.name),
        masked=masked,
        phone=_masked_phone(row.phone) if masked else row.phone,
        email=HIDDEN if masked and row.email else row.email,
        wechat=HIDDEN if masked and row.wechat else row.wechat,
        **plain(row, "name", "title", "role", "notes", "created_at"),
        custom={} if masked else added,
    )


def product_out(row: Any) -> ProductOut:
    """A product."""
    return ProductOut(id=row.pk, **plain(row, "code", "name", "series", "unit", "price", "is_active"))


def _masked_phone(phone: str) -> str:
    return mask_phone(phone) if phone else ""
