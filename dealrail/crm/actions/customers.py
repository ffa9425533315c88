"""Creating, changing and handing over customers and their contacts."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from dealrail.accounts import policy as accounts
from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.accounts.models import User
from dealrail.core import clock
from dealrail.core.errors import Refusal
from dealrail.core.problems import Problems
from dealrail.crm import indexing, ownership, permissions, policy, queries
from dealrail.crm.engine import CONTACT_READERS, CUSTOMER_READERS, AddedFields, Reader, once_each, put_on
from dealrail.crm.errors import DuplicateContact, FieldRefused
from dealrail.crm.facts import (
    ContactChanged,
    ContactCreated,
    CustomerChanged,
    CustomerCreated,
)
from dealrail.crm.models import Contact, Customer
from dealrail.crm.queries import LABELS, families
from dealrail.events.engine import record, record_many


@transaction.atomic
def create_customer(
    *, actor: Actor, fields: Mapping[str, Any], owner_id: int | None = None, allow_duplicate: bool = False
) -> Customer:
    """Add a customer owned by the actor or whom they name.

    A customer of the same name or phone is refused unless `allow_duplicate`; the same code or credit code always, and
    what only one may hold of a field that was added. Raises NotAllowed, UnknownPerson, UnknownField, FieldRefused,
    FieldsRefused or DuplicateCustomer.
    """
    accounts.require(actor, permissions.CUSTOMERS_CREATE)
    owner_id = owner_id or actor.user_id or None
    owner = people.person(owner_id) if owner_id else None
    added = AddedFields(actor, "customer")
    customer, changed = _unsaved(actor, fields, owner, CUSTOMER_READERS, added)
    ownership.refuse_duplicates(actor, customer, set(changed), allow_duplicate=allow_duplicate)
    added.refuse_taken(customer, changed)
    customer.save()
    added.keep([customer])
    indexing.index_customers([customer])
    record(_created(customer, changed), actor=actor)
    return customer


@transaction.atomic
def create_customers(*, actor: Actor, several: Sequence[tuple[Mapping[str, Any], int | None]]) -> list[Customer | None]:
    """Add those of several customers (fields, owner) that nothing speaks against, at the cost of few.

    In the place of one that is refused, or has a name, code or phone of another or of one before it, stands None:
    `create_customer` tells what is wrong with it. Raises NotAllowed or UnknownPerson.
    """
    accounts.require(actor, permissions.CUSTOMERS_CREATE)
    owner_ids = [owner_id or actor.user_id for _fields, owner_id in several]
    owners = {owner_id: people.person(owner_id) for owner_id in set(owner_ids) if owner_id}
    readers = CUSTOMER_READERS | {key: once_each(CUSTOMER_READERS[key]) for key in ("region", "source")}
    added = AddedFields(actor, "customer")
    unsaved: dict[int, tuple[Customer, Changes]] = {}
    for number, (fields, _owner_id) in enumerate(several):
        with suppress(Refusal):
            unsaved[number] = _unsaved(actor, fields, owners.get(owner_ids[number]), readers, added)
    unsaved = _alone(unsaved, ownership.unlike_all_others)
    made = _alone(unsaved, lambda rows: [refusal is None for refusal in added.taken(rows)])
    customers = Customer.objects.bulk_create([customer for customer, _changed in made.values()])
    added.keep(customers)
    indexing.index_customers(customers)
    record_many([(_created(*row), None) for row in made.values()], actor=actor)
    return [made[number][0] if number in made else None for number in range(len(several))]


Changes = dict[str, list[str | None]]


def _alone(
    rows: dict[int, tuple[Customer, Changes]], alone: Callable[[list[Customer]], Sequence[bool]]
) -> dict[int, tuple[Customer, Changes]]:
    flags = alone([customer for customer, _changed in rows.values()])
    return {number: row for (number, row), is_alone in zip(rows.items(), flags, strict=True) if is_alone}


def _unsaved(
    actor: Actor, fields: Mapping[str, Any], owner: User | None, readers: Mapping[str, Reader], added: AddedFields
) -> tuple[Customer, Changes]:
    """A new customer with its fields. Refuses with NotAllowed, UnknownField or FieldRefused."""
    if owner and owner.pk != actor.user_id:
        accounts.require(actor, permissions.CUSTOMERS_TRANSFER)
    customer = Customer(owner=owner, created_at=clock.now(), created_by_id=actor.user_id or None, custom=added.unasked)
    wanted = {"name": "", **added.begun(fields)}
    changed = put_on(
        customer, wanted, {**readers, **added.readers}, actor=actor, labels={**LABELS, **added.labels}, added=added
    )
    return customer, {**added.told_unasked, **changed}


def _created(customer: Customer, changed: Changes) -> CustomerCreated:
    return CustomerCreated(
        customer_id=customer.pk,
        customer_name=customer.name,
        owner_id=customer.owner_id,
        fields={key: new for key, (_old, new) in changed.items()},
    )


@transaction.atomic
def change_customer(
    *,
    actor: Actor,
    customer_id: int,
    fields: Mapping[str, Any],
    allow_duplicate: bool = False,
    seen: Mapping[str, Any] | None = None,
) -> Customer:
    """Change fields of a customer; what is not given stays.

    `seen` is what fields held when one looked. Raises NotFound, NotAllowed, UnknownField, FieldRefused, FieldsRefused,
    DuplicateCustomer, or ChangedMeanwhile where one of `fields` no longer holds that.
    """
    customer = queries.customer_for_change(actor, customer_id)
    policy.require_can_change_customer(actor, customer)
    added = AddedFields(actor, "customer")
    readers, labels = {**CUSTOMER_READERS, **added.readers}, {**LABELS, **added.labels}
    changed, problems = {}, Problems()
    with problems:
        changed = put_on(customer, fields, readers, actor=actor, seen=seen, labels=labels, added=added)
    with problems:
        _refuse_ring(customer, fields.get("parent"), actor)
    problems.refuse()
    if not changed:
        return customer
    ownership.refuse_duplicates(actor, customer, set(changed), allow_duplicate=allow_duplicate)
    added.refuse_taken(customer, changed)
    customer.save()
    added.keep([customer], changed)
    if indexing.INDEXED & set(changed):
        indexing.index_customers([customer])
    record(CustomerChanged(customer_id=customer.pk, customer_name=customer.name, changes=changed), actor=actor)
    return customer


def _refuse_ring(customer: Customer, wanted: Any, actor: Actor) -> None:
    """No company belongs to itself, nor to one that belongs to it; what names no customer is refused elsewhere."""
    try:
        parent = CUSTOMER_READERS["parent"](wanted, actor)
    except Refusal:
        return
    if parent is None or customer.pk not in families.ancestors(parent.pk):
        return
    problem = _("A company can't belong to itself.")
    if parent.pk != customer.pk:
        problem = _("“%(name)s” belongs to this company already.") % {"name": parent.name}
    raise FieldRefused(field="parent", label=LABELS["parent"], problem=problem)


@transaction.atomic
def transfer_customer(*, actor: Actor, customer_id: int, owner_id: int, note: str = "") -> Customer:
    """Hand a customer to another active person; its deals stay with their owners.

    Raises NotFound, NotAllowed or UnknownPerson.
    """
    customer = queries.customer_for_change(actor, customer_id)
    policy.require_can_transfer_customer(actor, customer)
    ownership.change_customer_owner(customer, people.person(owner_id).pk, how="transferred", note=note, actor=actor)
    return customer


@transaction.atomic
def create_contact(
    *, actor: Actor, customer_id: int, fields: Mapping[str, Any], allow_duplicate: bool = True
) -> Contact:
    """Add a person at a customer.

    Raises NotFound, NotAllowed, UnknownField, FieldRefused, or DuplicateContact unless that is allowed: a sheet or
    another program may bring the same person twice, somebody who types is asked.
    """
    customer = queries.customer_for_change(actor, customer_id)
    policy.require_can_add_contact(actor, customer)
    added = AddedFields(actor, "contact")
    contact = Contact(customer=customer, created_at=clock.now(), custom=added.unasked)
    wanted, readers = {"name": "", **added.begun(fields)}, {**CONTACT_READERS, **added.readers}
    put_on(contact, wanted, readers, actor=actor, labels={**LABELS, **added.labels}, added=added)
    if not allow_duplicate:
        _refuse_same_contact(actor, contact)
    added.refuse_taken(contact, added.labels)
    contact.save()
    added.keep([contact])
    indexing.index_contacts([contact])
    fact = ContactCreated(
        customer_id=customer.pk,
        customer_name=customer.name,
        contact_id=contact.pk,
        contact_name=contact.name,
        role=contact.role,
    )
    record(fact, actor=actor)
    return contact


@transaction.atomic
def change_contact(
    *,
    actor: Actor,
    contact_id: int,
    fields: Mapping[str, Any],
    seen: Mapping[str, Any] | None = None,
    allow_duplicate: bool = True,
) -> Contact:
    """Change fields of a contact; what is not given stays.

    `seen` is what fields held when one looked. Raises NotFound, NotAllowed, UnknownField, FieldRefused, FieldsRefused,
    ChangedMeanwhile where one of `fields` no longer holds that, or DuplicateContact unless that is allowed.
    """
    contact = queries.contact_for_change(actor, contact_id)
    policy.require_can_change_customer(actor, contact.customer)
    added = AddedFields(actor, "contact")
    readers, labels = {**CONTACT_READERS, **added.readers}, {**LABELS, **added.labels}
    changed = put_on(contact, fields, readers, actor=actor, seen=seen, labels=labels, added=added)
    if not allow_duplicate and {"name", "phone"} & set(changed):
        _refuse_same_contact(actor, contact, changed)
    if changed:
        added.refuse_taken(contact, changed)
        contact.save()
        added.keep([contact], changed)
        if indexing.INDEXED & set(changed):
            indexing.index_contacts([contact])
        fact = ContactChanged(
            customer_id=contact.customer_id,
            customer_name=contact.customer.name,
            contact_id=contact.pk,
            contact_name=contact.name,
            changes=changed,
        )
        record(fact, actor=actor)
    return contact


def _refuse_same_contact(actor: Actor, contact: Contact, changed: Collection[str] = ("name", "phone")) -> None:
    found = queries.same_contacts(
        actor,
        name=contact.name if "name" in changed else "",
        phone=contact.phone if "phone" in changed else "",
        customer_id=contact.customer_id,
        but=contact.pk,
    )
    for row in found:
        raise DuplicateContact(
            what=str(LABELS[row.same]),
            field=row.same,
            name=row.contact.name,
            customer=row.contact.customer.name,
            contact_id=row.contact.pk,
        )
