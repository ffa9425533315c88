"""Turning what people typed into field values, and putting them on records."""

from dealrail.crm.engine.custom import AddedFields, reader_of
from dealrail.crm.engine.putting import phone_key, put_on, put_on_deal
from dealrail.crm.engine.reading import (
    CONTACT_READERS,
    CUSTOMER_READERS,
    DEAL_READERS,
    LAST_DAY,
    PRODUCT_READERS,
    Reader,
    deal_readers,
    once_each,
    read_fields,
)

__all__ = [
    "CONTACT_READERS",
    "CUSTOMER_READERS",
    "DEAL_READERS",
    "LAST_DAY",
    "PRODUCT_READERS",
    "AddedFields",
    "Reader",
    "deal_readers",
    "once_each",
    "phone_key",
    "put_on",
    "put_on_deal",
    "read_fields",
    "reader_of",
]
