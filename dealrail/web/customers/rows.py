"""Customers as screens show them: phone numbers masked as long as they lie in a pool."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from dealrail.accounts.actor import Actor
from dealrail.core.formats import mask_phone
from dealrail.crm import policy

HIDDEN = "•••"


@dataclass(frozen=True)
class CustomerRow:
    """A customer and the phone number that this reader may see."""

    customer: Any
    phone: str
    masked: bool


@dataclass(frozen=True)
class ContactRow:
    """A contact and the ways to reach them that this reader may see."""

    contact: Any
    phone: str
    email: str
    wechat: str


def customer_row(actor: Actor, customer: Any) -> CustomerRow:
    """One customer for this reader."""
    masked = not policy.sees_phone(actor, customer)
    phone = mask_phone(customer.phone) if masked and customer.phone else customer.phone
    return CustomerRow(customer=customer, phone=phone, masked=masked)


def customer_rows(actor: Actor, customers: Iterable[Any]) -> list[CustomerRow]:
    """Many customers for this reader."""
    return [customer_row(actor, customer) for customer in customers]


def contact_rows(row: CustomerRow, contacts: Iterable[Any]) -> Iterator[ContactRow]:
    """The contacts of a customer; as long as it lies in a pool, nobody can reach them past a claim."""
    for contact in contacts:
        if row.masked:
            ways = [
                mask_phone(contact.phone) if contact.phone else "",
                *(HIDDEN if way else "" for way in _ways(contact)),
            ]
        else:
            ways = [contact.phone, *_ways(contact)]
        yield ContactRow(contact, *ways)


def _ways(contact: Any) -> list[str]:
    return [contact.email, contact.wechat]
