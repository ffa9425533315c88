"""Finding customers, contacts and deals by what is typed: characters of the name, pinyin, codes, phone ends."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import connection
from django.db.models import BigIntegerField, Model, Q, QuerySet
from django.db.models.expressions import RawSQL

from dealrail.accounts.actor import Actor
from dealrail.core import search
from dealrail.core.search import Term
from dealrail.core.texts import tidy
from dealrail.crm import policy
from dealrail.crm.models import Contact, Customer, CustomField, Deal
from dealrail.crm.permissions import POOLS_MANAGE
from dealrail.crm.queries import records
from dealrail.crm.queries.custom import VALUES, fields_searched

Fields = Mapping[str, Sequence[CustomField]]
Row = TypeVar("Row", bound=Model)
# So many are looked at before the nearest are shown.
CANDIDATES = 500
_OF_DEALS = "SELECT id FROM crm_deal WHERE customer_id IN ({})"
_OF_CONTACTS = "SELECT id FROM crm_contact WHERE customer_id IN ({})"


def search_customers(
    actor: Actor, rows: QuerySet[Customer], text: str, *, fields: Fields | None = None
) -> QuerySet[Customer]:
    """Those of these customers whose name, code, phone or added field is typed like this; what is masked isn't found.

    `fields` are those by which the actor finds records, where they are known already.
    """
    if not (text := tidy(text)):
        return rows
    wanted = search.asked(text)
    if not wanted:
        return rows.none()
    named = Q(pk__in=_having("customer", [term for chunk in wanted.chunks for term in chunk]))
    by_phone = _by_phone(actor, "customer", wanted.phone, "pool")
    return _any_of(rows, [named, *by_phone, *_by_added(actor, "customer", text, fields)])


def search_contacts(
    actor: Actor, rows: QuerySet[Contact], text: str, *, fields: Fields | None = None
) -> QuerySet[Contact]:
    """The same for contacts, which are found by their customer too."""
    if not (text := tidy(text)):
        return rows
    wanted = search.asked(text)
    if not wanted:
        return rows.none()
    named = _named("contact", _OF_CONTACTS, wanted.chunks)
    by_phone = _by_phone(actor, "contact", wanted.phone, "customer__pool")
    return _any_of(rows, [named, *by_phone, *_by_added(actor, "contact", text, fields)])


def search_deals(actor: Actor, rows: QuerySet[Deal], text: str, *, fields: Fields | None = None) -> QuerySet[Deal]:
    """Those of these deals whose name, code, customer or added field is typed like this."""
    if not (text := tidy(text)):
        return rows
    wanted = search.asked(text)
    if not wanted:
        return rows.none()
    return _any_of(rows, [_named("deal", _OF_DEALS, wanted.chunks), *_by_added(actor, "deal", text, fields)])


@dataclass(frozen=True)
class Found:
    """The nearest few of each kind; `more` names the kinds of which there are others."""

    customers: list[Customer]
    contacts: list[Contact]
    deals: list[Deal]
    more: frozenset[str]


def found(actor: Actor, text: str, *, most: int) -> Found:
    """The nearest customers, contacts and deals within the actor's sight; none when nothing is typed."""
    if not tidy(text):
        return Found([], [], [], frozenset())
    living, fields = Q(deleted_at__isnull=True), fields_searched(actor)
    kinds: dict[str, QuerySet[Any]] = {
        "customers": search_customers(actor, records.customers(actor).filter(living), text, fields=fields),
        "contacts": search_contacts(actor, records.contacts(actor).filter(living), text, fields=fields),
        "deals": search_deals(actor, records.deals(actor).filter(living), text, fields=fields),
    }
    nearest = {kind: _nearest(rows, text, most + 1) for kind, rows in kinds.items()}
    more = frozenset(kind for kind, rows in nearest.items() if len(rows) > most)
    return Found(**{kind: rows[:most] for kind, rows in nearest.items()}, more=more)


def _nearest(rows: QuerySet[Row], text: str, most: int) -> list[Row]:
    """The nearest of the first candidates; inside the cap there is no order, which would have all of them sorted."""
    candidates = rows.order_by().values_list("pk", "name")[:CANDIDATES]
    ranked = sorted(candidates, key=lambda row: (search.rank(row[1], text), len(row[1]), -row[0]))
    nearest = [pk for pk, _name in ranked[:most]]
    shown = rows.model._default_manager.select_related(*_PARTS[rows.model.__name__]).in_bulk(nearest)
    return [shown[pk] for pk in nearest]


_PARTS = {
    "Customer": ("owner", "pool", "region", "source", "parent"),
    "Contact": ("customer", "customer__owner", "customer__pool"),
    "Deal": ("owner", "customer", "run", "run__stage"),
}


def _any_of(rows: QuerySet[Row], parts: Sequence[Q]) -> QuerySet[Row]:
    """Those of which any of these holds, each looked up by its own index: for an OR the database reads all records."""
    first, *others = (rows.model._default_manager.filter(part).order_by().values("pk") for part in parts)
    return rows.filter(pk__in=first.union(*others)) if others else rows.filter(parts[0])


def _named(kind: str, of_customers: str, chunks: Iterable[tuple[Term, ...]]) -> Q:
    """Each chunk in the record's own words or in those of its customer."""
    named = Q()
    for chunk in chunks:
        own, own_params = statement(kind, chunk)
        theirs, their_params = statement("customer", chunk)
        sql = f"{own} UNION {of_customers.format(theirs)}"
        named &= Q(pk__in=RawSQL(sql, [*own_params, *their_params], output_field=BigIntegerField()))
    return named


def _by_phone(actor: Actor, kind: str, terms: tuple[Term, ...], pool: str) -> list[Q]:
    """By the beginning or the end of a phone, where one is typed, unless it is masked for the actor."""
    if not terms:
        return []
    by_phone = Q(pk__in=_having(kind, terms, all_of_them=False))
    return [by_phone if actor.may(POOLS_MANAGE) else by_phone & Q(**{f"{pool}__isnull": True})]


def _by_added(actor: Actor, kind: str, text: str, fields: Fields | None) -> list[Q]:
    """By what an added field that is found by searching holds somewhere, unless that is masked for the actor."""
    asked = (fields_searched(actor) if fields is None else fields).get(kind, [])
    held = VALUES[kind]._default_manager.filter(text__icontains=text[: search.LONGEST_ASKED])
    found = []
    if open_to_all := [field.pk for field in asked if field.format not in policy.WAYS]:
        found.append(Q(pk__in=held.filter(field__in=open_to_all).values("record")))
    if ways := [field.pk for field in asked if field.format in policy.WAYS]:
        by_way = Q(pk__in=held.filter(field__in=ways).values("record"))
        told = policy.told_ways(actor, kind)
        found.append(by_way if told is None else by_way & told)
    return found


def _having(kind: str, terms: Iterable[Term], *, all_of_them: bool = True) -> RawSQL:
    sql, params = statement(kind, terms, all_of_them=all_of_them)
    return RawSQL(sql, params, output_field=BigIntegerField())


def statement(kind: str, terms: Iterable[Term], *, all_of_them: bool = True) -> tuple[str, list[str]]:
    """The ids of the records of this kind that have these tokens; tokens hold letters, digits and marks only."""
    table = f"crm_{kind}words"
    if connection.vendor == "sqlite":
        words = [f'"{term.token}"{" *" if term.is_prefix else ""}' for term in terms]
        asked = (" AND " if all_of_them else " OR ").join(words)
        return f"SELECT rowid FROM {table}_fts WHERE {table}_fts MATCH %s", [asked]
    words = [f"'{term.token}'{':*' if term.is_prefix else ''}" for term in terms]
    asked = (" & " if all_of_them else " | ").join(words)
    matching = "array_to_tsvector(string_to_array(words, ' ')) @@ %s::tsquery"
    return f"SELECT {kind}_id FROM {table} WHERE {matching}", [asked]
