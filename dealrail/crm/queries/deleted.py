"""What lies in the recycle bin, of the records the actor may restore."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotFound
from dealrail.crm import policy
from dealrail.crm.models import Contact, Customer, Deal
from dealrail.crm.permissions import CUSTOMERS_CHANGE, RECORDS_DELETE
from dealrail.crm.rules import KEEP_DELETED_DAYS

Kept = Deal | Customer | Contact
KINDS: dict[str, type[Deal] | type[Customer] | type[Contact]] = {
    "deal": Deal,
    "customer": Customer,
    "contact": Contact,
}


@dataclass(frozen=True)
class Deleted:
    """A record in the recycle bin: what it is, who put it there, and until when it can be restored."""

    kind: str
    id: int
    name: str
    about: str
    deleted_at: datetime
    deleted_by: str
    until: datetime

    @property
    def key(self) -> str:
        """How a form names it."""
        return f"{self.kind}:{self.id}"


def may_see_bin(actor: Actor) -> bool:
    """Whether the actor may delete and restore anything at all."""
    return actor.may(RECORDS_DELETE) or actor.may(CUSTOMERS_CHANGE)


def deleted(actor: Actor, *, before: datetime | None = None, most: int = 50) -> list[Deleted]:
    """What the actor may restore, the latest deleted first, from `before` back."""
    found = [row for kind in KINDS for row in _of_kind(actor, kind, before, most)]
    return sorted(found, key=lambda row: (row.deleted_at, row.kind, row.id), reverse=True)[:most]


def _of_kind(actor: Actor, kind: str, before: datetime | None, most: int) -> Iterator[Deleted]:
    rows = _restorable(actor, kind).order_by("-deleted_at", "-pk")
    for row in (rows.filter(deleted_at__lt=before) if before else rows)[:most]:
        yield Deleted(
            kind=kind,
            id=row.pk,
            name=row.name,
            about=_about(row),
            deleted_at=row.deleted_at,
            deleted_by=row.deleted_by.name if row.deleted_by else "",
            until=row.deleted_at + timedelta(days=KEEP_DELETED_DAYS),
        )


def _about(row: Any) -> str:
    customer = None if isinstance(row, Customer) else row.customer
    return customer.name if customer else ""


def _restorable(actor: Actor, kind: str) -> QuerySet[Any]:
    """Deals and customers within reach of who may delete them, and what the actor deleted; merged ones are apart."""
    lying = Q(deleted_at__isnull=False)
    if kind == "contact":
        theirs = policy.changeable(actor, owner="customer__owner")
        return Contact.objects.filter(lying & (theirs | Q(deleted_by=actor.user_id))).select_related(
            "customer", "deleted_by"
        )
    theirs = policy.deletable(actor) | Q(deleted_by=actor.user_id)
    if kind == "customer":
        rows: QuerySet[Any] = Customer.objects.filter(lying & theirs, merged_into__isnull=True)
        return rows.select_related("deleted_by", "owner")
    return Deal.objects.filter(lying & theirs).select_related("customer", "deleted_by", "owner")


def deleted_for_change(actor: Actor, kind: str, record_id: int) -> Any:
    """One record of the recycle bin, locked; refuse with NotFound, also when it isn't the actor's to restore."""
    if kind not in KINDS:
        raise NotFound()
    rows = _restorable(actor, kind).filter(pk=record_id).select_for_update(of=("self",))
    for row in rows[:1]:
        return row
    raise NotFound()


def overdue(kind: str, now: datetime, most: int) -> list[int]:
    """The ids of what has lain in the recycle bin for so long that it goes for good, the oldest first."""
    return list(_long_gone(kind, now).order_by("deleted_at", "pk").values_list("pk", flat=True)[:most])


def still_overdue(kind: str, now: datetime, ids: Iterable[int]) -> list[Any]:
    """Those of these that have to go for good, locked; somebody may have restored one meanwhile."""
    rows = _long_gone(kind, now).filter(pk__in=list(ids))
    if kind == "contact":
        rows = rows.select_related("customer")
    return list(rows.select_for_update(of=("self",)).order_by("pk"))


def is_any_overdue(now: datetime) -> bool:
    """Whether anything has to go for good; asked without locking, every turn of the worker."""
    return any(_long_gone(kind, now).exists() for kind in KINDS)


def _long_gone(kind: str, now: datetime) -> QuerySet[Any]:
    """A customer that deals, other customers or a merge still tell of stays: their history needs its name."""
    rows: QuerySet[Any] = KINDS[kind]._default_manager.filter(deleted_at__lt=now - timedelta(days=KEEP_DELETED_DAYS))
    if kind != "customer":
        return rows
    rows = rows.filter(~_pointed_at(Deal, "customer"), ~_pointed_at(Customer, "parent"), merged_into__isnull=True)
    return rows.filter(~_pointed_at(Customer, "merged_into"))


def _pointed_at(model: type[Model], field: str) -> Q:
    return Q(Exists(model._default_manager.filter(**{field: OuterRef("pk")})))
