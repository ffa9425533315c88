"""Customers as screens show them: phone numbers masked as long as they lie in a pool."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dealrail.accounts.actor import Actor
from dealrail.core.formats import mask_phone
from dealrail.crm import policy
from dealrail.crm import queries as crm
from dealrail.web.added import fact_of

HIDDEN = "•••"


@dataclass(frozen=True)
class CustomerRow:
    """A customer and the phone number that this reader may see."""

    customer: Any
    phone: str
    masked: bool

    @property
    def hidden(self) -> dict[str, str]:
        """What stands masked in a form, by field."""
        return {"phone": self.phone} if self.masked else {}


@dataclass(frozen=True)
class ContactRow:
    """A contact and the ways to reach them that this reader may see, with `facts` from fields that were added."""

    contact: Any
    phone: str
    email: str
    wechat: str
    masked: bool
    facts: Sequence[tuple[str, str]] = ()

    @property
    def ways(self) -> dict[str, str]:
        """The ways to reach them, by field."""
        return {"phone": self.phone, "email": self.email, "wechat": self.wechat}

    @property
    def hidden(self) -> dict[str, str]:
        """What stands masked in a form, by field."""
        return self.ways if self.masked else {}


def customer_row(actor: Actor, customer: Any) -> CustomerRow:
    """One customer for this reader."""
    masked = not policy.sees_phone(actor, customer)
    phone = mask_phone(customer.phone) if masked and customer.phone else customer.phone
    return CustomerRow(customer=customer, phone=phone, masked=masked)


def customer_rows(actor: Actor, customers: Iterable[Any]) -> list[CustomerRow]:
    """Many customers for this reader."""
    return [customer_row(actor, customer) for customer in customers]


def contact_rows(actor: Actor, row: CustomerRow, contacts: Iterable[Any]) -> Iterator[ContactRow]:
    """The contacts of a customer; as long as it lies in a pool, nobody can reach them past a claim."""
    fields, rows = [] if row.masked else crm.fields_seen(actor, "contact"), list(contacts)
    crm.point(actor, rows, crm.pointers(fields))
    for contact in rows:
        told = [(field.name, fact_of(actor, contact, field)) for field in fields]
        yield replace(_contact_row(contact, masked=row.masked), facts=[fact for fact in told if fact[1]])


def contact_row(actor: Actor, contact: Any) -> ContactRow:
    """One contact for this reader."""
    return _contact_row(contact, masked=not policy.sees_phone(actor, contact.customer))


def _contact_row(contact: Any, *, masked: bool) -> ContactRow:
    phone, email, wechat = contact.phone, contact.email, contact.wechat
    if masked:
        phone = mask_phone(phone) if phone else ""
        email, wechat = (HIDDEN if way else "" for way in (email, wechat))
    return ContactRow(contact, phone, email, wechat, masked)
