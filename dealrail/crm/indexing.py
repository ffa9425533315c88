"""Keeping what customers, contacts and deals are found by in step with them; called inside an action's transaction."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from django.db.models import Model

from dealrail.core import search
from dealrail.crm.models import Contact, ContactWords, Customer, CustomerWords, Deal, DealWords

CHUNK = 1000
# A change of these changes what a record is found by.
INDEXED = {"name", "code", "credit_code", "phone"}


def index_customers(customers: Iterable[Customer]) -> None:
    """Write down what these customers are found by."""
    _write(CustomerWords, customers, _of_customer)


def index_contacts(contacts: Iterable[Contact]) -> None:
    """Write down what these contacts are found by."""
    _write(ContactWords, contacts, _of_contact)


def index_deals(deals: Iterable[Deal]) -> None:
    """Write down what these deals are found by."""
    _write(DealWords, deals, _of_deal)


def _write(model: type[Any], records: Iterable[Any], words: Callable[[Any], str]) -> None:
    rows = [model(pk=record.pk, words=words(record)) for record in records]
    key = model._meta.pk.name
    model.objects.bulk_create(
        rows, batch_size=CHUNK, update_conflicts=True, unique_fields=[key], update_fields=["words"]
    )


def _of_customer(row: Customer) -> str:
    return search.tokens(names=[row.name], codes=[row.code, row.credit_code], phones=[row.phone], company=True)


def _of_contact(row: Contact) -> str:
    return search.tokens(names=[row.name], phones=[row.phone])


def _of_deal(row: Deal) -> str:
    return search.tokens(names=[row.name], codes=[row.code])


_KINDS: tuple[tuple[type[Model], type[Any], Callable[[Any], str]], ...] = (
    (Customer, CustomerWords, _of_customer),
    (Contact, ContactWords, _of_contact),
    (Deal, DealWords, _of_deal),
)


def reindex() -> int:
    """Write all of it down anew, where it differs; returns how many records differed."""
    return sum(_reindexed(*kind) for kind in _KINDS)


def _reindexed(records: type[Model], model: type[Any], words: Callable[[Any], str]) -> int:
    differing = 0
    for chunk in _chunks(records):
        known = dict(model.objects.filter(pk__in=[row.pk for row in chunk]).values_list("pk", "words"))
        wrong = [row for row in chunk if known.get(row.pk) != words(row)]
        _write(model, wrong, words)
        differing += len(wrong)
    return differing


def _chunks(model: type[Model]) -> Iterator[list[Any]]:
    rows = model._default_manager.order_by("pk").iterator(chunk_size=CHUNK)
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


def unindexed() -> int:
    """How many records nobody can find, because their words are missing."""
    return sum(records._default_manager.filter(words__isnull=True).count() for records, _model, _words in _KINDS)
