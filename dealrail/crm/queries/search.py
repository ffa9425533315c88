"""Finding customers, contacts and deals by what is typed: characters of the name, pinyin, codes, phone ends."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_
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
# So many are looked at before the nearest are shown; of no more than `FEW` each is asked whether it is in sight.
CANDIDATES = 500
FEW = 500


def search_customers(
    actor: Actor, rows: QuerySet[Customer], text: str, *, fields: Fields | None = None
) -> QuerySet[Customer]:
    """Those of these customers whose name, code, phone or added field is typed like this; what is masked isn't found.

    `fields` are those by which the actor finds records, where they are known already.
    """
    return _searched(actor, "customer", rows, text, fields)


def search_contacts(
    actor: Actor, rows: QuerySet[Contact], text: str, *, fields: Fields | None = None
) -> QuerySet[Contact]:
    """The same for contacts, which are found by their customer too."""
    return _searched(actor, "contact", rows, text, fields)


def search_deals(actor: Actor, rows: QuerySet[Deal], text: str, *, fields: Fields | None = None) -> QuerySet[Deal]:
    """Those of these deals whose name, code, customer or added field is typed like this."""
    return _searched(actor, "deal", rows, text, fields)


def _searched(actor: Actor, kind: str, rows: QuerySet[Row], text: str, fields: Fields | None) -> QuerySet[Row]:
    if not tidy(text):
        return rows
    ways = _ways(actor, kind, text, fields)
    return _any_of(rows, ways) if ways else rows.none()


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
    fields = fields_searched(actor)
    nearest = {f"{kind}s": _nearest(_candidates(actor, kind, text, fields), text, most + 1) for kind in _SIGHTS}
    more = frozenset(kind for kind, rows in nearest.items() if len(rows) > most)
    return Found(**{kind: rows[:most] for kind, rows in nearest.items()}, more=more)


def _candidates(actor: Actor, kind: str, text: str, fields: Fields) -> QuerySet[Any]:
    """The records found in the actor's sight: of few that anybody finds those that are in it, of many a first part.

    Whether one of a few is in sight is soon told; that many are is found way by way, each by an index, the narrowest
    first, so that what is shared with somebody isn't lost behind all that they own.
    """
    ways, visible = _ways(actor, kind, text, fields), _SIGHTS[kind](actor)
    if not ways:
        return visible.none()
    records_found: QuerySet[Any] = visible.model._default_manager.order_by()
    anybodys = [records_found.filter(way).values_list("pk", flat=True) for way in ways]
    few = list(_all_of(anybodys)[: FEW + 1])
    if len(few) <= FEW:
        return visible.order_by().filter(pk__in=few)
    sights = [rows.filter(way).order_by() for rows in _SIGHT_BY_WAYS[kind](actor) for way in ways]
    ids = _all_of([rows.values_list("pk", flat=True) for rows in sights])[:CANDIDATES]
    return records_found.filter(pk__in=set(ids))


def _all_of(parts: Sequence[QuerySet[Any, Any]]) -> QuerySet[Any, Any]:
    """One after the other, without looking for what is there twice: of these the database reads the first few only."""
    first, *others = parts
    rows: QuerySet[Any, Any] = first.union(*others, all=True) if others else first
    return rows


def _customers_by_way(actor: Actor) -> list[QuerySet[Customer]]:
    return [Customer.objects.filter(policy.LIVING, way) for way in policy.ways_to_customers(actor)]


def _contacts_by_way(actor: Actor) -> list[QuerySet[Contact]]:
    customers = [rows.values("pk") for rows in _customers_by_way(actor)]
    return [Contact.objects.filter(policy.LIVING, customer__in=theirs) for theirs in customers]


def _deals_by_way(actor: Actor) -> list[QuerySet[Deal]]:
    return [Deal.objects.filter(policy.LIVING, way) for way in policy.ways_to_deals(actor)]


_SIGHTS: dict[str, Callable[[Actor], QuerySet[Any]]] = {
    "customer": records.customers,
    "contact": records.contacts,
    "deal": records.deals,
}
_SIGHT_BY_WAYS: dict[str, Callable[[Actor], list[QuerySet[Any]]]] = {
    "customer": _customers_by_way,
    "contact": _contacts_by_way,
    "deal": _deals_by_way,
}


def _nearest(candidates: QuerySet[Row], text: str, most: int) -> list[Row]:
    names = candidates.values_list("pk", "name")
    ranked = sorted(names, key=lambda row: (search.rank(row[1], text), len(row[1]), -row[0]))
    nearest = [pk for pk, _name in ranked[:most]]
    model = candidates.model
    shown = model._default_manager.select_related(*_PARTS[model.__name__]).in_bulk(nearest)
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


def _ways(actor: Actor, kind: str, text: str, fields: Fields | None) -> list[Q]:
    """By what a record of this kind is found: each way is a look-up by an index; none when nothing can be asked for."""
    wanted, text = search.asked(text), tidy(text)
    if not wanted:
        return []
    return [
        *_named(kind, wanted.chunks),
        *_by_phone(actor, kind, wanted.phone),
        *_by_added(actor, kind, text, fields),
    ]


def _named(kind: str, chunks: Sequence[tuple[Term, ...]]) -> list[Q]:
    """Each chunk in the record's own words or in those of its customer."""
    if kind == "customer":
        return [Q(pk__in=_having(kind, [term for chunk in chunks for term in chunk]))]
    if len(chunks) == 1:
        return [Q(pk__in=_having(kind, chunks[0])), Q(customer__in=_having("customer", chunks[0]))]
    return [reduce(and_, (_own_or_customers(kind, chunk) for chunk in chunks))]


def _own_or_customers(kind: str, chunk: tuple[Term, ...]) -> Q:
    own, own_params = statement(kind, chunk)
    theirs, their_params = statement("customer", chunk)
    sql = f"{own} UNION SELECT id FROM crm_{kind} WHERE customer_id IN ({theirs})"
    return Q(pk__in=RawSQL(sql, [*own_params, *their_params], output_field=BigIntegerField()))


# Where the pool stands in which a phone is masked.
_POOLS = {"customer": "pool", "contact": "customer__pool"}


def _by_phone(actor: Actor, kind: str, terms: tuple[Term, ...]) -> list[Q]:
    """By the beginning or the end of a phone, where one is typed, unless it is masked for the actor."""
    if not terms or kind not in _POOLS:
        return []
    by_phone = Q(pk__in=_having(kind, terms, all_of_them=False))
    return [by_phone if actor.may(POOLS_MANAGE) else by_phone & Q(**{f"{_POOLS[kind]}__isnull": True})]


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
