"""The condition kinds that deals, customers and contacts know, and what examples say of a deal to them."""

from dealrail.crm.condition_kinds.deals import (
    CUSTOMER_KNOWN,
    ContactsKnown,
    CustomerFilled,
    CustomerKnown,
    FieldsFilled,
)
from dealrail.crm.condition_kinds.filtering import DealFilter
from dealrail.crm.condition_kinds.imagined import GivenContacts, GivenCustomer, GivenDeal

__all__ = [
    "CUSTOMER_KNOWN",
    "ContactsKnown",
    "CustomerFilled",
    "CustomerKnown",
    "DealFilter",
    "FieldsFilled",
    "GivenContacts",
    "GivenCustomer",
    "GivenDeal",
]
