"""Who owns a deal or customer, and what makes two of them the same; called by actions, inside their transaction."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Q

from dealrail.accounts import policy as accounts
from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import UnknownPerson
from dealrail.accounts.models import User
from dealrail.accounts.rules import UNSET, Unset
from dealrail.core import clock
from dealrail.core.db import take_turns
from dealrail.core.texts import tidy
from dealrail.crm import permissions, policy, queries
from dealrail.crm.errors import CustomerIsDeleted, DuplicateCode, DuplicateCustomer, FieldRefused
from dealrail.crm.facts import CustomerOwnerChanged, DealCreated, DealHandedOver, DealOwnerChanged, HandOverVacant
from dealrail.crm.models import Collaborator, Customer, Deal, HandOver, HandOverTurn
from dealrail.crm.queries import LABELS
from dealrail.events.engine import record
from dealrail.process import engine
from dealrail.process import queries as processes
from dealrail.process.engine import Gate
from dealrail.process.errors import NextOwnerNeeded


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
    Collaborator.objects.filter(deal=deal, user=owner_id).delete()
    forget_next_owner(deal)
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


def choose_next_owner(deal: Deal, gate: Gate, owner_id: int | Unset | None, *, note: str) -> None:
    """Note who takes the deal over with this move; kept while the move waits for approval.

    Nobody (None) or its owner means that it stays; not given, that it is as was said before. Refuses with
    NextOwnerNeeded where the stage's process demands somebody and nobody is named.
    """
    if isinstance(owner_id, int) and owner_id != deal.owner_id:
        chosen = {"to_user_id": owner_id, "to": gate.to, "note": tidy(note)[:500], "asked_at": clock.now()}
        HandOver.objects.update_or_create(deal=deal, handed_at=None, defaults=chosen)
        vars(deal)["has_cards"] = True
        return
    if owner_id is not UNSET:
        forget_next_owner(deal)
    if lacks_next_owner(deal, gate):
        raise NextOwnerNeeded(stage=gate.to_name, field="next_owner")


def forget_next_owner(deal: Deal) -> None:
    """Nobody waits to take the deal over any more: the move came to nothing, or somebody else has it by now."""
    HandOver.objects.filter(deal=deal, handed_at=None).delete()


def lacks_next_owner(deal: Deal, gate: Gate) -> bool:
    """Whether the stage's process demands somebody who takes the deal over, and nobody who may log in is named."""
    spec, _ = engine.spec_and_stage(deal.run)
    if not gate.forward or not spec.has_stage(gate.to) or spec.stage(gate.to).hand_over.to != "required":
        return False
    chosen = HandOver.objects.filter(deal=deal, handed_at=None, to=gate.to, to_user__is_active=True)
    return not chosen.exists() and queries.needs_next_owner(deal, spec, gate.to)


def hand_over(deal: Deal, gate: Gate, *, actor: Actor) -> None:
    """After a move: the deal goes to whom was chosen for this stage, or else to whom its process names there.

    What was handed over before is history.
    """
    chosen = _spend_cards(deal, gate.to) if vars(deal)["has_cards"] else None
    if chosen is not None:
        _hand_to(deal, chosen, actor, by="named")
    elif gate.forward:
        _hand_by_rule(deal, gate.to, actor)


def _spend_cards(deal: Deal, to: str) -> HandOver | None:
    """What was chosen for this stage, if it still holds; of all else nobody is told any more."""
    chosen = None
    for row in list(HandOver.objects.filter(deal=deal, seen_at__isnull=True).select_related("to_user")):
        if row.handed_at is None and row.to == to and row.to_user.is_active:
            chosen = row
        elif row.handed_at is None:
            row.delete()
        else:
            HandOver.objects.filter(pk=row.pk).update(seen_at=clock.now())
    return chosen


def _hand_by_rule(deal: Deal, to: str, actor: Actor) -> None:
    spec, _ = engine.spec_and_stage(deal.run)
    rule = spec.stage(to).hand_over if spec.has_stage(to) else None
    if rule is None or not rule.is_by_rule:
        return
    if rule.to == "turns":
        take_turns("hand_over", [f"{spec.key} {to}"])
    found = queries.arrival(deal, spec, to)
    if found is None:
        return
    if found.person is None:
        fact = HandOverVacant(
            deal_id=deal.pk,
            deal_name=deal.name,
            owner_id=deal.owner_id,
            stage=to,
            stage_name=processes.stage_name(spec, to),
            by=rule.to,
            wanted=rule.role or rule.person,
        )
        record(fact, actor=actor)
        return
    if rule.to == "turns":
        HandOverTurn.objects.update_or_create(
            definition_id=deal.run.version.definition_id, stage=to, defaults={"last": found.person}
        )
    row = HandOver(deal=deal, to_user=found.person, to=to, asked_at=clock.now())
    _hand_to(deal, row, actor, by=rule.to)


def _hand_to(deal: Deal, row: HandOver, actor: Actor, *, by: str) -> None:
    before = deal.owner
    row.handed_at, row.from_user = clock.now(), before
    row.save()
    change_deal_owner(deal, row.to_user_id, how="handed_over", note="", actor=actor)
    spec, _ = engine.spec_and_stage(deal.run)
    fact = DealHandedOver(
        deal_id=deal.pk,
        deal_name=deal.name,
        owner_id=row.to_user_id,
        hand_over_id=row.pk,
        from_owner_id=before.pk if before else None,
        from_owner_name=before.name if before else "",
        to_owner_id=row.to_user_id,
        to_owner_name=row.to_user.name,
        stage=row.to,
        stage_name=processes.stage_name(spec, row.to),
        customer_name=deal.customer.name if deal.customer else "",
        amount=amount_text(deal),
        debts=processes.open_debts(deal.run_id).count(),
        note=row.note,
        by=by,
        task=spec.stage(row.to).hand_over.task if spec.has_stage(row.to) else "",
    )
    record(fact, actor=actor)


def leave_card(deal: Deal, owner_id: int, *, note: str, before_id: int | None) -> None:
    """Let the new owner of a transferred deal find what their predecessor told them."""
    _, stage = engine.spec_and_stage(deal.run)
    drop_cards(deal)
    now = clock.now()
    told = {"to": stage.key, "note": tidy(note)[:500], "asked_at": now, "handed_at": now}
    HandOver.objects.create(deal=deal, to_user_id=owner_id, from_user_id=before_id, **told)


def drop_cards(deal: Deal) -> None:
    """Show nobody any more what was told on handing this deal over."""
    HandOver.objects.filter(deal=deal, seen_at__isnull=True, handed_at__isnull=False).update(seen_at=clock.now())


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
        told = policy.told_phone(actor) if field == "phone" else Q()
        same = queries.same_customer(**{key: value}).filter(told).exclude(pk=customer.pk).first()
        if same is not None:
            raise _duplicate(actor, same, field)


def unlike_all_others(customers: Sequence[Customer]) -> list[bool]:
    """Which of these new customers have no name, code or phone of another, nor of one before it, whoever may see it."""
    marks = [{f"{key} {value}" for key in _SAME if (value := getattr(row, key))} for row in customers]
    take_turns("customer", [f"{field} {getattr(row, key)}" for row in customers for key, field in _SAME.items()])
    taken = {f"{key} {value}" for key in _SAME for value in _known(key, {getattr(row, key) for row in customers})}
    alone = []
    for row in marks:
        alone.append(not row & taken)
        taken |= row
    return alone


_SAME = {"name_key": "name", "code": "code", "credit_code": "credit_code", "phone_key": "phone"}


def _known(key: str, values: set[str]) -> Iterable[str]:
    rows = Customer.objects.filter(policy.LIVING, **{f"{key}__in": values - {""}})
    found: Iterable[str] = rows.values_list(key, flat=True)
    return found


def refuse_deleted_customer(customer: Customer | None) -> None:
    """Refuse with CustomerIsDeleted; asked of the locked customer, so that it isn't deleted at the same time."""
    if customer is None:
        return
    locked = Customer.objects.select_for_update().get(pk=customer.pk)
    if locked.deleted_at is not None:
        raise CustomerIsDeleted(customer=locked.name)


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
    record_customer_owner(customer, before, pool_id=pool_id, how=how, note=note, actor=actor)


def record_customer_owner(
    customer: Customer, before_id: int | None, *, pool_id: int | None, how: str, note: str, actor: Actor
) -> None:
    """Record whose a customer is now, whose it was, and the pool that it came from or went to."""
    fact = CustomerOwnerChanged(
        customer_id=customer.pk,
        customer_name=customer.name,
        how=how,
        from_owner_id=before_id,
        to_owner_id=customer.owner_id,
        pool_id=pool_id,
        note=tidy(note)[:500],
    )
    record(fact, actor=actor)
