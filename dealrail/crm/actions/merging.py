"""Making one customer of two that are the same, and taking that back."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Model, Q
from django.utils.translation import gettext as _

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotFound
from dealrail.core import clock
from dealrail.core.db import take_turns
from dealrail.crm import approving, belongings, emptying, indexing, ownership, policy, queries
from dealrail.crm.engine import AddedFields
from dealrail.crm.engine.linking import LINKS, deals_among, lead_back, lead_elsewhere, linking
from dealrail.crm.errors import FieldRefused, MergeUndone, MergeWithItself, UnknownField
from dealrail.crm.facts import CustomerMerged, CustomerMergeUndone
from dealrail.crm.models import Contact, Customer, CustomerMerge, Deal
from dealrail.crm.queries import LABELS, families
from dealrail.crm.rules import MERGED_FIELDS, is_empty
from dealrail.events.engine import record

# What stands in the table of customers goes along with a field.
_WITH = {"name": ("name_key",), "phone": ("phone_key",), "grade": ("grade_reason",), "owner": ("pool", "last_owner")}
_CHILDREN = "children"
# ids of what was moved, by table or field
Moved = Mapping[str, Iterable[int]]
# What stands in fields that were added goes along as one: what the kept customer lacks comes from the other.
_CUSTOM = "custom"


@transaction.atomic
def merge_customers(
    *, actor: Actor, kept_id: int, gone_id: int, take: Iterable[str] | None = None, now: datetime | None = None
) -> CustomerMerge:
    """Make one customer of two: all that belongs to `gone` belongs to `kept`, which takes its place.

    What is being approved of its deals must be asked for anew, since they have another customer then.
    `take` names the fields whose values come from `gone`; left out, those that are empty in `kept`. Of fields that were
    added, `gone` gives what `kept` lacks. Its owner may be taken as well, by who may hand the customer over. Both must
    be the actor's to change, and what goes out of a pool theirs to claim. Raises MergeWithItself, NotFound, NotAllowed,
    NotYourPool, UnknownField or FieldRefused.
    """
    if kept_id == gone_id:
        raise MergeWithItself()
    take_turns("merge", ["customers"])  # two that are merged into each other at once would both be gone
    deals = _lock_deals(kept_id, gone_id, leading=linking("deal", {"customer": [gone_id]}))
    locked = {pk: queries.customer_for_change(actor, pk) for pk in sorted((kept_id, gone_id))}
    kept, gone = locked[kept_id], locked[gone_id]
    policy.require_can_change_customer(actor, kept)
    policy.require_can_change_customer(actor, gone)
    policy.require_can_take_in(actor, gone, kept)
    taken = _taken(kept, gone, take)
    if "owner" in taken:
        policy.require_can_transfer_customer(actor, kept)
    now = now or clock.now()
    before = _values(kept)
    _put_aside(gone, kept, actor, now)
    moved = _move_all(gone.pk, kept.pk)
    links = lead_elsewhere("customer", gone.pk, kept.pk)
    kept.refresh_from_db(fields=["custom"])
    if "owner" in taken and gone.owner_id:
        ownership.change_customer_owner(kept, gone.owner_id, how="transferred", note="", actor=actor)
    _take_over(kept, gone, taken)
    kept.parent_id = _parent(kept, gone, taken)
    added = AddedFields(actor, "customer")
    added.compute(kept)
    kept.save()
    added.keep([kept], added.labels)
    indexing.index_customers([kept])
    changed = _changed(before, _values(kept))
    merge = CustomerMerge.objects.create(
        kept=kept, gone=gone, moved=moved | links, changed=changed, merged_by_id=actor.user_id or None, merged_at=now
    )
    fact = CustomerMerged(
        customer_id=kept.pk,
        customer_name=kept.name,
        merge_id=merge.pk,
        gone_id=gone.pk,
        gone_name=gone.name,
        taken=sorted(taken),
        moved={label: len(ids) for label, ids in merge.moved.items()},
    )
    record(fact, actor=actor)
    _changed_hands(deals, moved, links, gone, kept, actor)
    return merge


def _lock_deals(*customer_ids: int, leading: Collection[int]) -> list[Deal]:
    """Those of the customers, and these from which links lead to one; before their customers, see `lock_deals`."""
    return emptying.lock_deals(Q(customer__in=customer_ids) | Q(pk__in=leading))


def _changed_hands(
    deals: Iterable[Deal], moved: Moved, links: Moved, before: Customer, after: Customer, actor: Actor
) -> None:
    """These deals have another customer now, or lead to it: what was opened is stale, and nobody agreed to that yet."""
    told: dict[int, dict[str, list[str | None]]] = {}
    for pk in moved.get("crm.Deal", ()):
        told[pk] = {"customer": [before.name, after.name]}
    for pk, names in deals_among(links).items():
        told.setdefault(pk, {}).update((name, [str(before.pk), str(after.pk)]) for name in names)
    approving.outdate({deal: told[deal.pk] for deal in deals if deal.pk in told}, actor=actor)


def _taken(kept: Customer, gone: Customer, take: Iterable[str] | None) -> set[str]:
    """The fields whose values come from the customer that goes. Refuses with UnknownField or FieldRefused."""
    if take is None:
        lacking = {name for name in MERGED_FIELDS if is_empty(getattr(kept, name))} - {"owner"}
        return {name for name in lacking if not is_empty(getattr(gone, name))}
    taken = set(take)
    for name in sorted(taken - set(MERGED_FIELDS)):
        raise UnknownField(field=name[:60], known=", ".join(MERGED_FIELDS))
    if "owner" in taken and gone.owner is None:
        raise FieldRefused(field="owner", label=LABELS["owner"], problem=_("Nobody owns that customer."))
    return taken


def _put_aside(gone: Customer, kept: Customer, actor: Actor, now: datetime) -> None:
    """First of all, so that a code that is taken over stands only once."""
    gone.merged_into, gone.deleted_at, gone.deleted_by_id = kept, now, actor.user_id or None
    gone.save(update_fields=["merged_into", "deleted_at", "deleted_by"])
    AddedFields(actor, "customer").let_go(gone)


def _take_over(kept: Customer, gone: Customer, taken: set[str]) -> None:
    for name in taken - {"parent", "owner"}:
        for field in _together(name):
            setattr(kept, field, getattr(gone, field))
    kept.custom = {**gone.custom, **kept.custom}


def _parent(kept: Customer, gone: Customer, taken: set[str]) -> int | None:
    """Whose child the merged customer is; nobody's, where it would stand below itself."""
    ours = {kept.pk, gone.pk}
    above = kept.parent_id
    if "parent" in taken or ours & set(families.ancestors(above)):
        above = gone.parent_id
    return None if ours & set(families.ancestors(above)) else above


def _tables() -> dict[str, tuple[type[Model], str]]:
    """Every table with a customer in it, and the name of that field."""
    own: dict[str, tuple[type[Model], str]] = {
        "crm.Deal": (Deal, "customer"),
        "crm.Contact": (Contact, "customer"),
        _CHILDREN: (Customer, "parent"),
    }
    return own | {label: (model, "customer") for label, model in belongings.tables().items()}


def _move_all(gone_id: int, kept_id: int) -> dict[str, list[int]]:
    """Give all that hangs on one customer to the other, locked in order; what was moved, by table."""
    moved = {}
    for label, (model, field) in _tables().items():
        rows = model._default_manager.filter(**{field: gone_id}).order_by("pk").select_for_update(of=("self",))
        if ids := [pk for pk in rows.values_list("pk", flat=True) if (label, pk) != (_CHILDREN, kept_id)]:
            model._default_manager.filter(pk__in=ids).update(**{field: kept_id})
            moved[label] = ids
    return moved


def _together(name: str) -> tuple[str, ...]:
    """A field and what goes along with it."""
    return (name, *_WITH.get(name, ()))


def _changed(before: dict[str, Any], after: dict[str, Any]) -> dict[str, list[Any]]:
    """What a merge changed, with all that belongs together even if only a part of it did."""
    groups = [*(_together(name) for name in MERGED_FIELDS), (_CUSTOM,)]
    touched = [group for group in groups if any(before[field] != after[field] for field in group)]
    return {field: [before[field], after[field]] for group in touched for field in group}


def _values(customer: Customer) -> dict[str, Any]:
    """The fields that a merge may change, as plain values."""
    names = [field for name in MERGED_FIELDS for field in _together(name)]
    return {**{name: getattr(customer, _attribute(name)) for name in names}, _CUSTOM: customer.custom}


def _attribute(name: str) -> str:
    """Where a customer holds a field as a plain value: a reference as its id."""
    return f"{name}_id" if name in {"region", "source", "parent", "owner", "pool", "last_owner"} else name


@transaction.atomic
def undo_merge(*, actor: Actor, merge_id: int, now: datetime | None = None) -> CustomerMerge:
    """Make two of one customer again: what was moved goes back, unless somebody has given it to a third since.

    What was written with the merged customer since stays there, and so does a field that was changed since, with all
    that belongs to it. Raises NotFound, NotAllowed, MergeUndone, or DuplicateCustomer for a code that another customer
    has by now.
    """
    take_turns("merge", ["customers"])
    merge = CustomerMerge.objects.select_for_update().filter(pk=merge_id).first()
    if merge is None:
        raise NotFound()
    deals = _lock_deals(merge.kept_id, leading=deals_among(merge.moved))
    kept = queries.customer_for_change(actor, merge.kept_id)
    policy.require_can_change_customer(actor, kept)
    gone = Customer.objects.select_for_update().get(pk=merge.gone_id)
    if merge.undone_at is not None or gone.merged_into_id != kept.pk:
        raise MergeUndone()
    was = Customer(pk=kept.pk, name=kept.name)
    _give_back(actor, kept, merge.changed)
    ownership.refuse_duplicates(actor, gone, {"code", "credit_code"}, allow_duplicate=True)
    gone.merged_into = gone.deleted_at = gone.deleted_by = None
    gone.save(update_fields=["merged_into", "deleted_at", "deleted_by"])
    added = AddedFields(actor, "customer")
    added.keep([kept], added.labels)
    added.refuse_taken(gone, added.labels)
    added.keep([gone], added.labels)
    links = lead_back(merge.moved, kept.pk, gone.pk)
    for label, ids in ((label, ids) for label, ids in merge.moved.items() if not label.startswith(LINKS)):
        model, field = _tables()[label]
        model._default_manager.filter(pk__in=ids, **{field: kept.pk}).update(**{field: gone.pk})
    merge.undone_at, merge.undone_by_id = now or clock.now(), actor.user_id or None
    merge.save(update_fields=["undone_at", "undone_by"])
    fact = CustomerMergeUndone(
        customer_id=kept.pk, customer_name=kept.name, merge_id=merge.pk, gone_id=gone.pk, gone_name=gone.name
    )
    record(fact, actor=actor)
    _changed_hands(deals, merge.moved, links, was, gone, actor)
    return merge


def _give_back(actor: Actor, kept: Customer, changed: dict[str, list[Any]]) -> None:
    """The values from before the merge, where those of the merge still stand with all that belongs to them."""
    owner_id = kept.owner_id
    kept.custom = _parted(kept.custom, *changed.get(_CUSTOM, ({}, {})))
    for name in MERGED_FIELDS:
        group = {field: changed[field] for field in _together(name) if field in changed}
        if all(_can_go_back(kept, field, *values) for field, values in group.items()):
            for field, (before, _after) in group.items():
                setattr(kept, _attribute(field), before)
    if families.ancestors(kept.parent_id).count(kept.pk):
        kept.parent_id = None
    ownership.refuse_duplicates(actor, kept, {"code", "credit_code"}, allow_duplicate=True)
    AddedFields(actor, "customer").compute(kept)
    kept.save()
    if kept.owner_id != owner_id:
        how = "transferred" if kept.owner_id else "released"
        ownership.record_customer_owner(kept, owner_id, pool_id=kept.pool_id, how=how, note="", actor=actor)
    indexing.index_customers([kept])


def _parted(now: dict[str, Any], before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """What is held in added fields, each as before the merge where it is still as the merge left it."""
    back = {key for key in {*before, *after} if before.get(key) != after.get(key) == now.get(key)}
    return {key: held for key in {**now, **before} if (held := (before if key in back else now).get(key)) is not None}


def _can_go_back(kept: Customer, name: str, before: Any, after: Any) -> bool:
    """Whether what the merge left still stands, and what was there before still exists."""
    if getattr(kept, _attribute(name)) != after:
        return False
    referred: Any = Customer._meta.get_field(name).related_model
    return before is None or referred is None or referred._default_manager.filter(pk=before).exists()
