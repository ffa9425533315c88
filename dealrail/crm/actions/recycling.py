"""Deleting into the recycle bin, restoring from it, and removing for good what has lain there long enough."""

from datetime import datetime
from typing import Any

from django.db import transaction

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotAllowed, NotFound
from dealrail.core import clock
from dealrail.core.db import take_turns
from dealrail.core.texts import tidy
from dealrail.crm import emptying, ownership, permissions, policy, queries
from dealrail.crm.engine import AddedFields
from dealrail.crm.errors import CustomerHasOpenDeals, DuplicateCode
from dealrail.crm.facts import (
    ContactDeleted,
    ContactRemoved,
    ContactRestored,
    CustomerDeleted,
    CustomerRemoved,
    CustomerRestored,
    DealDeleted,
    DealRemoved,
    DealRestored,
)
from dealrail.crm.models import Contact, Customer, Deal
from dealrail.crm.queries import deleted as bin_queries
from dealrail.events.engine import record, record_many
from dealrail.events.facts import Fact
from dealrail.process import engine
from dealrail.process.models import Run
from dealrail.process.rules import State

PURGED = "30 days in the recycle bin"
PIECE = 100


@transaction.atomic
def delete_deal(*, actor: Actor, deal_id: int, seen_version: int | None = None) -> Deal:
    """Put a deal into the recycle bin, with all that belongs to it. Raises NotFound, NotAllowed or StaleVersion."""
    deal = queries.deal_for_change(actor, deal_id)
    policy.require_can_delete(actor, deal)
    engine.refuse_stale(deal.run, seen_version)
    _mark("deal", deal, actor)
    engine.touch(deal.run)
    record(DealDeleted(**_deal(deal)), actor=actor)
    return deal


@transaction.atomic
def delete_customer(*, actor: Actor, customer_id: int) -> Customer:
    """Put a customer into the recycle bin, its contacts with it; finished and lost deals stay and go on naming it.

    Raises NotFound, NotAllowed or CustomerHasOpenDeals.
    """
    customer = queries.customer_for_change(actor, customer_id)
    policy.require_can_delete(actor, customer)
    unfinished = Deal.objects.filter(policy.LIVING, customer=customer.pk, run__finished_at__isnull=True)
    if count := unfinished.exclude(run__state=State.LOST).count():
        raise CustomerHasOpenDeals(name=customer.name, count=count)
    _mark("customer", customer, actor)
    record(CustomerDeleted(**_customer(customer)), actor=actor)
    return customer


@transaction.atomic
def delete_contact(*, actor: Actor, contact_id: int, reason: str = "") -> Contact:
    """Put a contact into the recycle bin, as who may change the customer. Raises NotFound or NotAllowed."""
    contact = queries.contact_for_change(actor, contact_id)
    policy.require_can_change_customer(actor, contact.customer)
    _mark("contact", contact, actor)
    record(ContactDeleted(reason=tidy(reason)[:500], **_contact(contact)), actor=actor)
    return contact


def _mark(kind: str, row: Deal | Customer | Contact, actor: Actor) -> None:
    """Put it into the bin, where it holds no value that only one record may."""
    AddedFields(actor, kind).let_go(row)
    row.deleted_at, row.deleted_by_id = clock.now(), actor.user_id or None
    row.save(update_fields=["deleted_at", "deleted_by"])


@transaction.atomic
def restore_deal(*, actor: Actor, deal_id: int) -> Deal:
    """Take a deal out of the recycle bin as it was.

    Raises NotFound, CustomerIsDeleted, or DuplicateCode, FieldRefused or FieldsRefused when another deal has its code,
    or what only one may hold, by now.
    """
    deal: Deal = bin_queries.deleted_for_change(actor, "deal", deal_id)
    deal.run = engine.lock(deal.run_id)
    ownership.refuse_deleted_customer(deal.customer)
    take_turns("deal", [deal.code])
    if deal.code and Deal.objects.filter(policy.LIVING, code=deal.code).exists():
        raise DuplicateCode(value=deal.code)
    _unmark("deal", deal, actor)
    engine.touch(deal.run)
    record(DealRestored(**_deal(deal)), actor=actor)
    return deal


@transaction.atomic
def restore_customer(*, actor: Actor, customer_id: int) -> Customer:
    """Take a customer out of the recycle bin, and with it the contacts that weren't deleted by themselves.

    Raises NotFound, or DuplicateCustomer, FieldRefused or FieldsRefused when another one has its code or credit code,
    or what only one may hold, by now.
    """
    customer: Customer = bin_queries.deleted_for_change(actor, "customer", customer_id)
    ownership.refuse_duplicates(actor, customer, {"code", "credit_code"}, allow_duplicate=True)
    _unmark("customer", customer, actor)
    record(CustomerRestored(**_customer(customer)), actor=actor)
    return customer


@transaction.atomic
def restore_contact(*, actor: Actor, contact_id: int) -> Contact:
    """Take a contact out of the recycle bin.

    Raises NotFound, CustomerIsDeleted, or FieldRefused or FieldsRefused when another one has what only one may by now.
    """
    contact: Contact = bin_queries.deleted_for_change(actor, "contact", contact_id)
    ownership.refuse_deleted_customer(contact.customer)
    _unmark("contact", contact, actor)
    record(ContactRestored(**_contact(contact)), actor=actor)
    return contact


@transaction.atomic
def restore_record(*, actor: Actor, kind: str, record_id: int) -> Deal | Customer | Contact:
    """Take a deal, customer or contact out of the recycle bin. Raises NotFound, or what its own action refuses."""
    if kind == "deal":
        return restore_deal(actor=actor, deal_id=record_id)
    if kind == "customer":
        return restore_customer(actor=actor, customer_id=record_id)
    if kind == "contact":
        return restore_contact(actor=actor, contact_id=record_id)
    raise NotFound()


def _unmark(kind: str, row: Deal | Customer | Contact, actor: Actor) -> None:
    """Take it out of the bin. Refuses with FieldRefused or FieldsRefused what another record holds by now."""
    added = AddedFields(actor, kind)
    added.refuse_taken(row, added.labels)
    added.keep([row], added.labels)
    row.deleted_at = row.deleted_by = None
    row.save(update_fields=["deleted_at", "deleted_by"])


@transaction.atomic
def purge_deleted(*, actor: Actor) -> int:
    """Remove for good what has lain in the recycle bin for 30 days, a piece at a time; the log keeps its names.

    Raises NotAllowed unless the actor may delete everything.
    """
    if not actor.reach(permissions.RECORDS_DELETE).everything:
        raise NotAllowed(permission=permissions.RECORDS_DELETE)
    now = clock.now()
    for kind in ("contact", "deal", "customer"):
        if ids := bin_queries.overdue(kind, now, PIECE):
            return _purge(kind, ids, now, actor)
    return 0


def _purge(kind: str, ids: list[int], now: datetime, actor: Actor) -> int:
    """Remove these for good, unless somebody restored one meanwhile, and empty what links to them; how many."""
    emptying.lock_linking(_with_contacts(kind, ids))
    rows = bin_queries.still_overdue(kind, now, ids)
    gone = _with_contacts(kind, [row.pk for row in rows])
    record_many([(_removed(row), None) for row in rows], actor=actor)
    bin_queries.KINDS[kind]._default_manager.filter(pk__in=gone[kind]).delete()
    if kind == "deal":
        Run.objects.filter(pk__in=[row.run_id for row in rows]).delete()
    emptying.empty_links(gone, actor=actor)
    return len(rows)


def _with_contacts(kind: str, ids: list[int]) -> dict[str, list[int]]:
    """What goes, by kind: a customer takes its contacts along."""
    if kind != "customer":
        return {kind: ids}
    return {kind: ids, "contact": list(Contact.objects.filter(customer__in=ids).values_list("pk", flat=True))}


def _removed(row: Deal | Customer | Contact) -> Fact:
    if isinstance(row, Deal):
        return DealRemoved(reason=PURGED, **_deal(row))
    if isinstance(row, Customer):
        return CustomerRemoved(reason=PURGED, **_customer(row))
    return ContactRemoved(reason=PURGED, **_contact(row))


def _deal(deal: Deal) -> dict[str, Any]:
    return {"deal_id": deal.pk, "deal_name": deal.name, "owner_id": deal.owner_id}


def _customer(customer: Customer) -> dict[str, Any]:
    return {"customer_id": customer.pk, "customer_name": customer.name}


def _contact(contact: Contact) -> dict[str, Any]:
    return {**_customer(contact.customer), "contact_id": contact.pk, "contact_name": contact.name}
