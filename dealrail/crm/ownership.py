"""Who owns a deal or customer, and what makes two of them the same; called by actions, inside their transaction."""

from datetime import datetime

from dealrail.accounts import policy as accounts
from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import UnknownPerson
from dealrail.accounts.models import User
from dealrail.core.db import take_turns
from dealrail.core.texts import tidy
from dealrail.crm import permissions, policy, queries
from dealrail.crm.errors import DuplicateCode, DuplicateCustomer, FieldRefused
from dealrail.crm.facts import CustomerOwnerChanged, DealCreated, DealOwnerChanged
from dealrail.crm.models import Customer, Deal
from dealrail.crm.queries import LABELS
from dealrail.events.engine import record
from dealrail.process import engine


def new_deal(*, actor: Actor, owner_id: int | None, code: str, now: datetime) -> Deal:
    """An unsaved deal with its owner and code. Refuses with NotAllowed, UnknownPerson or DuplicateCode."""
    owner = deal_owner(actor, owner_id)
    code = deal_code(code)
    take_turns("deal", [code])
    if code and Deal.objects.filter(policy.LIVING, code=code).exists():
        raise DuplicateCode(value=code)
    return Deal(owner=owner, code=code, created_at=now, created_by_id=actor.user_id or None)


def deal_owner(actor: Actor, owner_id: int | None) -> User | None:
    """Who a new deal belongs to: the actor unless told. Refuses with NotAllowed or UnknownPerson."""
    owner_id = owner_id or actor.user_id or None
    owner = people.person(owner_id) if owner_id else None
    if owner and owner.pk != actor.user_id:
        accounts.require(actor, permissions.DEALS_TRANSFER)
    return owner


def owner_named(text: str) -> User:
    """The person of this login or name. Refuses with FieldRefused naming the owner."""
    try:
        return people.person(text)
    except UnknownPerson as problem:
        raise FieldRefused(field="owner", label=LABELS["owner"], problem=problem) from problem


def deal_code(text: str) -> str:
    """A deal's code as it is kept."""
    return tidy(text)[:60]


def amount_text(deal: Deal) -> str | None:
    """The amount as plain text for a fact."""
    return None if deal.amount is None else str(deal.amount)


def created_fact(deal: Deal) -> DealCreated:
    """What is recorded of a new deal."""
    spec, stage = engine.spec_and_stage(deal.run)
    return DealCreated(
        deal_id=deal.pk,
        deal_name=deal.name,
        owner_id=deal.owner_id,
        customer_id=deal.customer_id,
        process=spec.key,
        version=deal.run.version.number,
        stage=stage.key,
        amount=amount_text(deal),
    )


def change_deal_owner(deal: Deal, owner_id: int, *, how: str, note: str, actor: Actor) -> None:
    """Give a locked deal to a person and record how that came about."""
    before, pool_id = deal.owner_id, deal.pool_id
    if before == owner_id:
        return
    deal.owner_id, deal.pool = owner_id, None
    deal.last_owner_id = before or deal.last_owner_id
    deal.save(update_fields=["owner", "pool", "last_owner"])
    engine.touch(deal.run)
    fact = DealOwnerChanged(
        deal_id=deal.pk,
        deal_name=deal.name,
        owner_id=owner_id,
        how=how,
        from_owner_id=before,
        pool_id=pool_id,
        note=tidy(note)[:500],
    )
    record(fact, actor=actor)


def refuse_duplicates(actor: Actor, customer: Customer, changed: set[str], *, allow_duplicate: bool) -> None:
    """Refuse with DuplicateCustomer when another customer has one of the changed names, codes or phones."""
    always = {"code": customer.code, "credit_code": customer.credit_code}
    unless_allowed = {"name": customer.name_key, "phone": customer.phone_key}
    wanted = always if allow_duplicate else {**always, **unless_allowed}
    take_turns("customer", [f"{field} {wanted[field]}" for field in wanted if field in changed and wanted[field]])
    for field, value in wanted.items():
        if field not in changed or not value:
            continue
        key = {"name": "name_key", "phone": "phone_key"}.get(field, field)
        same = queries.same_customer(**{key: value}).exclude(pk=customer.pk).first()
        if same is not None:
            raise _duplicate(actor, same, field)


def _duplicate(actor: Actor, same: Customer, field: str) -> DuplicateCustomer:
    """The refusal that names a customer already there: whose it is to everybody, its id only to who may see it."""
    owner = same.owner.name if same.owner else str(same.pool or "—")
    visible = queries.customers(actor).filter(pk=same.pk).exists()
    return DuplicateCustomer(
        what=str(LABELS[field]),
        field=field,
        name=same.name,
        owner=owner,
        customer_id=same.pk if visible else None,
    )


def change_customer_owner(customer: Customer, owner_id: int, *, how: str, note: str, actor: Actor) -> None:
    """Give a locked customer to a person and record how that came about."""
    before, pool_id = customer.owner_id, customer.pool_id
    if before == owner_id:
        return
    customer.owner_id, customer.pool = owner_id, None
    customer.last_owner_id = before or customer.last_owner_id
    customer.save(update_fields=["owner", "pool", "last_owner"])
    fact = CustomerOwnerChanged(
        customer_id=customer.pk,
        customer_name=customer.name,
        how=how,
        from_owner_id=before,
        to_owner_id=owner_id,
        pool_id=pool_id,
        note=tidy(note)[:500],
    )
    record(fact, actor=actor)
