"""Customers that belong together: parents and children, those that are nearly the same, those that were merged."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import BigIntegerField, Q, QuerySet
from django.db.models.expressions import RawSQL

from dealrail.accounts.actor import Actor
from dealrail.core import formats, search
from dealrail.core.errors import Refusal
from dealrail.core.search import Term
from dealrail.crm import policy
from dealrail.crm.models import Contact, Customer, CustomerMerge
from dealrail.crm.queries.records import contacts, customers
from dealrail.crm.queries.search import statement

# Deeper than any group of companies; what is deeper is a ring.
DEEPEST = 30
SHOWN = 5


def ancestors(customer_id: int | None) -> list[int]:
    """This customer and those above it, from below."""
    found: list[int] = []
    while customer_id is not None and customer_id not in found and len(found) < DEEPEST:
        found.append(customer_id)
        customer_id = Customer.objects.filter(pk=customer_id).values_list("parent", flat=True).first()
    return found


def children(actor: Actor, customer_id: int) -> QuerySet[Customer]:
    """The companies below this one that the actor may see, by name."""
    return customers(actor).filter(parent=customer_id).order_by("name", "pk")


def kept_instead(customer_id: int) -> int | None:
    """The customer that took the place of this one, if it was merged."""
    seen: set[int] = set()
    kept: int | None = customer_id
    while kept is not None and kept not in seen:
        seen.add(kept)
        row = Customer.objects.filter(pk=kept).values_list("merged_into", flat=True).first()
        if row is None:
            return kept if kept != customer_id else None
        kept = row
    return None


def merged_into(customer_id: int) -> list[int]:
    """The customers whose place this one took, with those whose place they had taken."""
    found: list[int] = []
    wanted = [customer_id]
    while wanted and len(found) < DEEPEST * DEEPEST:
        wanted = list(Customer.objects.filter(merged_into__in=wanted).values_list("pk", flat=True))
        found += wanted
    return found


def merges_of(customer_id: int) -> QuerySet[CustomerMerge]:
    """The merges into this customer that stand, the latest first."""
    rows = CustomerMerge.objects.filter(kept=customer_id, undone_at__isnull=True)
    return rows.select_related("gone", "merged_by").order_by("-pk")


def ever_merged(customer_ids: Collection[int]) -> set[int]:
    """Those of these customers that another was made one with; to remove them would take the merge and its way back."""
    rows = CustomerMerge.objects.filter(Q(kept__in=customer_ids) | Q(gone__in=customer_ids))
    return {pk for pair in rows.values_list("kept", "gone") for pk in pair} & set(customer_ids)


@dataclass(frozen=True)
class Duplicate:
    """A customer that is there already: `same` names the fields that are alike; out of reach only whose it is."""

    customer_id: int | None
    name: str
    owner: str
    same: tuple[str, ...]


def duplicates(
    actor: Actor, *, name: str = "", code: str = "", credit_code: str = "", phone: str = "", but: int | None = None
) -> list[Duplicate]:
    """Customers like the one being typed, those one may see first; names of others are not told."""
    keys = {
        "name_key": formats.name_key(name),
        "code": code.strip()[:60],
        "credit_code": credit_code.strip().upper()[:18],
        "phone_key": _phone_key(phone),
    }
    alike = Q(pk__in=[])
    for field, value in keys.items():
        if value:
            alike |= Q(**{field: value}) & (policy.told_phone(actor) if field == "phone_key" else Q())
    if core := search.core_token(name):
        sql, params = statement("customer", [Term(core)])
        alike |= Q(pk__in=RawSQL(sql, params, output_field=BigIntegerField()))
    rows = Customer.objects.filter(policy.LIVING & alike).exclude(pk=but or 0).select_related("owner", "pool")
    found = list(rows.order_by("pk")[: SHOWN * 4])
    seen = set(customers(actor).filter(pk__in=[row.pk for row in found]).values_list("pk", flat=True))
    told = [_duplicate(row, keys, is_visible=row.pk in seen, told_phone=policy.sees_phone(actor, row)) for row in found]
    return sorted(told, key=lambda row: (row.customer_id is None, -len(row.same)))[:SHOWN]


@dataclass(frozen=True)
class SameContact:
    """A contact that is there already; `same` is the field that is alike: the phone, or the name at this customer."""

    contact: Contact
    same: str


def same_contacts(
    actor: Actor, *, name: str, phone: str, customer_id: int | None, but: int | None = None
) -> list[SameContact]:
    """Contacts that the actor may see with this mobile phone, or with this name at this customer.

    A landline is shared by a whole office, so it tells nothing; and so does a phone that the actor may not be told.
    """
    key = _phone_key(phone) if _is_mobile(phone) else ""
    by_phone = Q(phone_key=key) & policy.told_phone_of_contact(actor) if key else Q(pk__in=[])
    by_name = Q(name__iexact=name.strip(), customer=customer_id) if name.strip() and customer_id else Q(pk__in=[])
    rows = contacts(actor).filter(by_phone | by_name).exclude(pk=but or 0).select_related("customer").order_by("pk")
    return [SameContact(row, "phone" if key and row.phone_key == key else "name") for row in rows[:SHOWN]]


def _is_mobile(phone: str) -> bool:
    try:
        return bool(formats.mobile(phone))
    except Refusal:
        return False


def _phone_key(phone: str) -> str:
    try:
        return "".join(filter(str.isdecimal, formats.phone(phone))) if phone.strip() else ""
    except Refusal:
        return ""


def _duplicate(row: Any, keys: dict[str, str], *, is_visible: bool, told_phone: bool) -> Duplicate:
    alike = [field for field, value in keys.items() if value and getattr(row, field) == value]
    same = tuple(field.removesuffix("_key") for field in alike if field != "phone_key" or told_phone)
    owner = row.owner.name if row.owner else str(row.pool or "—")
    name = row.name if is_visible or "name" in same else ""
    return Duplicate(customer_id=row.pk if is_visible else None, name=name, owner=owner, same=same or ("similar",))
