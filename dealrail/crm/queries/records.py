"""Customers, contacts, products, pools and deals within the actor's sight."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from django.db.models import Count, Exists, Model, OuterRef, Q, QuerySet, Sum

from dealrail.accounts import policy as accounts
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotFound
from dealrail.accounts.models import User
from dealrail.core.choosing import first_of_each
from dealrail.core.db import hold, lock
from dealrail.crm import policy
from dealrail.crm.models import (
    Collaborator,
    Contact,
    Customer,
    Deal,
    HandOver,
    MigratedDeal,
    Pool,
    Product,
    Region,
    SavedMapping,
    Source,
)
from dealrail.crm.permissions import CUSTOMERS_READ, DEALS_READ, IMPORTS_RUN, POOLS_MANAGE
from dealrail.crm.queries.custom import VALUES
from dealrail.crm.queries.snapshots import without_asked
from dealrail.crm.queries.telling import with_ways_masked, without_hidden
from dealrail.process import engine
from dealrail.process import queries as processes
from dealrail.process.models import Debt
from dealrail.process.rules import State

Row = TypeVar("Row", bound=Model)
_OWN_PARTS = ("run", "owner", "customer", "product", "region", "source", "pool")
_DEAL_PARTS = (*_OWN_PARTS, "run__stage", "run__version__definition__line")
# Long, the same for all deals of a process, and kept by spec_of().
_NOT_FOR_A_ROW = ("run__version__content",)
_REFERRED = frozenset({"product", "region", "source"})
_NOT_ON_A_CARD = [
    f"{part}__{field.attname}"
    for part, model, shown in (("customer", Customer, {"id", "name"}), ("owner", User, {"id", "name", "unit_id"}))
    for field in model._meta.concrete_fields
    if field.attname not in shown
]


def deals(actor: Actor) -> QuerySet[Deal]:
    """Every deal the actor may see, with what a row shows."""
    mine = Collaborator.objects.filter(deal=OuterRef("pk"), user=actor.user_id, may_write=True)
    rows = Deal.objects.filter(policy.visible_deals(actor)).select_related(*_DEAL_PARTS).defer(*_NOT_FOR_A_ROW)
    return rows.annotate(is_shared=Exists(mine))


def as_cards(rows: QuerySet[Deal], also: Collection[str] = ()) -> QuerySet[Deal]:
    """These deals with no more than a card and its gate look at, so that hundreds of them are cheap to read.

    `also` are the fields that a layout puts on the card besides; of those only what refers to another row matters.
    """
    parts = ("run", "customer", "owner", *sorted(_REFERRED.intersection(also)))
    return rows.select_related(None).select_related(*parts).defer(None).defer(*_NOT_ON_A_CARD)


def first_in_stages(
    rows: QuerySet[Deal], process: str, stages: Collection[str], *, order: Sequence[Any], most: int
) -> list[int]:
    """The ids of the first of these deals in each of these stages of a process, of every version of it apart."""
    return first_of_each(rows, processes.stages_called(process, stages), by="stage_now", order=order, most=most)


def deal(actor: Actor, deal_id: int) -> Deal:
    """One deal; refuse with NotFound, also when it is not the actor's to see."""
    return _found(deals(actor).filter(pk=deal_id))


_LOCK = """
    SELECT 1 FROM crm_deal JOIN process_run ON process_run.id = crm_deal.run_id
    WHERE crm_deal.id = %s FOR UPDATE OF crm_deal, process_run
"""


def deal_for_change(actor: Actor, deal_id: int) -> Deal:
    """One deal, locked with its run; refuse with NotFound, also when it is not the actor's to see.

    With what an answer shows (`debts` too), whether somebody was or will be handed it (`has_cards`), and whether it
    goes over to another version at its next move (`goes_over`).
    """
    lock(_LOCK, [deal_id])
    cards = HandOver.objects.filter(deal=OuterRef("pk"), seen_at__isnull=True)
    rows = Deal.objects.filter(policy.LIVING, pk=deal_id).select_related(*_OWN_PARTS)
    waiting = MigratedDeal.objects.filter(deal=OuterRef("pk"), result=MigratedDeal.Result.WAITING)
    with_parts = rows.annotate(
        has_cards=Exists(cards), goes_over=Exists(waiting), debts=processes.debts_of(OuterRef("run"))
    )
    deal: Deal = _found(with_parts)
    # the owner decides nearly always, without asking the database again
    if not policy.may(actor, DEALS_READ, deal) and not deals(actor).filter(pk=deal_id).exists():
        raise NotFound()
    return deal


def deal_with_parts(deal_id: int) -> Deal:
    """A deal with what a row shows, for who has just seen or changed it; refuse with NotFound when it was removed."""
    return _found(Deal.objects.filter(policy.LIVING, pk=deal_id).select_related(*_DEAL_PARTS))


def deal_for_reaction(deal_id: int) -> Deal | None:
    """A deal for the system itself, locked with its run in the order of every action; None when it was removed.

    One in the recycle bin is answered too, so that nothing is amiss when it is restored.
    """
    deal = Deal.objects.filter(pk=deal_id).select_for_update().first()
    if deal is not None:
        deal.run = engine.lock(deal.run_id)
    return deal


def indebted_deals(**which: int) -> list[int]:
    """The ids of those of these deals that still owe something to their SOP, for the system itself."""
    owing = Debt.objects.filter(run=OuterRef("run"), settled_at__isnull=True)
    return list(Deal.objects.filter(Exists(owing), **which).order_by("pk").values_list("pk", flat=True))


def versions_of_deals(actor: Actor, deal_ids: Iterable[int]) -> dict[int, int]:
    """Those of these deals that the actor may see, each with the version of the process it runs through."""
    ids = set(deal_ids)
    rows = Deal.objects.filter(policy.visible_deals(actor), pk__in=ids) if ids else Deal.objects.none()
    return dict(rows.order_by().values_list("pk", "run__version_id"))


def pooled_among(deal_ids: Iterable[int]) -> set[int]:
    """Those of these deals that lie in a pool."""
    rows = Deal.objects.filter(pk__in=set(deal_ids), pool__isnull=False)
    return set(rows.order_by().values_list("pk", flat=True))


def visible_customers_among(actor: Actor, customer_ids: Iterable[int]) -> set[int]:
    """Those of these customers that the actor may see."""
    ids = set(customer_ids)
    rows = Customer.objects.filter(policy.visible_customers(actor), pk__in=ids) if ids else Customer.objects.none()
    return set(rows.order_by().values_list("pk", flat=True))


def customers(actor: Actor) -> QuerySet[Customer]:
    """Every customer the actor may see."""
    return Customer.objects.filter(policy.visible_customers(actor)).select_related(
        "owner", "region", "source", "pool", "parent"
    )


def customer(actor: Actor, customer_id: int) -> Customer:
    """One customer; refuse with NotFound, also when it is not the actor's to see."""
    return _found(customers(actor).filter(pk=customer_id))


def customer_with_parts(customer_id: int) -> Customer:
    """A customer with what a row shows, for who has just changed it; refuse with NotFound when it was removed."""
    rows = Customer.objects.select_related("owner", "region", "source", "pool", "parent")
    return _found(rows.filter(policy.LIVING, pk=customer_id))


def customer_to_name(actor: Actor, customer_id: int) -> Customer:
    """A customer that a new record will name, kept meanwhile from being merged away or deleted.

    Refuse with NotFound, also when it is not the actor's to see.
    """
    hold(Customer.objects.filter(pk=customer_id))
    return customer(actor, customer_id)


def unreachable_customers(actor: Actor, customer_ids: Iterable[int]) -> set[int]:
    """Those of these customers whose phones are hidden from the actor, because they lie in a pool.

    One that was merged lies where the customer does that took its place.
    """
    found: set[int] = set()
    asked: dict[int, set[int]] = {} if actor.may(POOLS_MANAGE) else {pk: {pk} for pk in customer_ids}
    while asked:
        rows = Customer.objects.filter(pk__in=list(asked)).values_list("pk", "merged_into", "pool")
        instead: dict[int, set[int]] = {}
        for pk, kept, pool in rows:
            if kept is not None:
                instead[kept] = instead.get(kept, set()) | asked[pk]
            elif pool is not None:
                found |= asked[pk]
        asked = instead
    return found


def events_as_seen(actor: Actor, rows: Iterable[Any]) -> list[Any]:
    """These events as the actor may see them: how to reach a customer in a pool, or its contacts, stays hidden.

    So do fields that were added and are not theirs to see; an event that tells of nothing else is left out.
    """
    events = without_asked(actor, without_hidden(actor, rows))
    hidden = unreachable_customers(actor, {row.subject_id for row in events if row.subject_kind == "customer"})
    told = {kind: {row.subject_id for row in events if row.subject_kind == kind} for kind in ("deal", "activity")}
    unseen = {("customer", pk) for pk in hidden}.union(*(_in_pools(actor, *asked) for asked in told.items()))
    with_ways_masked(row for row in events if (row.subject_kind, row.subject_id) in unseen)
    return events


def _in_pools(actor: Actor, kind: str, ids: set[int]) -> set[tuple[str, int]]:
    """Those of these deals or follow-ups that lie in a pool, so that how to reach somebody is hidden from the actor."""
    if not ids or actor.may(POOLS_MANAGE):
        return set()
    model: Any = VALUES[kind]._meta.get_field("record").related_model
    work = Q(deal__pool__isnull=False) | Q(deal__isnull=True, customer__pool__isnull=False)
    rows = model._default_manager.filter(Q(pool__isnull=False) if kind == "deal" else work, pk__in=ids)
    return {(kind, pk) for pk in rows.values_list("pk", flat=True)}


def customer_for_change(actor: Actor, customer_id: int) -> Customer:
    """One customer, locked; refuse with NotFound, also when it is not the actor's to see."""
    rows = Customer.objects.select_related("owner", "region", "source", "pool", "parent")
    customer: Customer = _found(rows.filter(policy.LIVING, pk=customer_id).select_for_update(of=("self",)))
    if not policy.may(actor, CUSTOMERS_READ, customer) and not customers(actor).filter(pk=customer_id).exists():
        raise NotFound()
    return customer


def contacts(actor: Actor) -> QuerySet[Contact]:
    """Every contact of the customers the actor may see."""
    return Contact.objects.filter(policy.visible_contacts(actor)).select_related("customer", "customer__owner")


def contacts_of(customer_id: int) -> QuerySet[Contact]:
    """The contacts of a customer one may see, in the order they were added."""
    return Contact.objects.filter(policy.LIVING, customer=customer_id).order_by("pk")


def contact(actor: Actor, contact_id: int) -> Contact:
    """One contact; refuse with NotFound, also when its customer is not the actor's to see."""
    return _found(contacts(actor).filter(pk=contact_id))


def contact_for_change(actor: Actor, contact_id: int) -> Contact:
    """One contact, its customer locked; refuse with NotFound, also when its customer is not the actor's to see."""
    customer = customer_for_change(actor, contact(actor, contact_id).customer_id)
    locked: Contact = _found(Contact.objects.filter(policy.LIVING, pk=contact_id))
    locked.customer = customer
    return locked


def products() -> QuerySet[Product]:
    """Every product by name."""
    return Product.objects.order_by("name")


def product(product_id: int) -> Product:
    """One product; refuse with NotFound."""
    return _found(Product.objects.filter(pk=product_id))


def regions() -> QuerySet[Region]:
    """Every region by name."""
    return Region.objects.order_by("name")


def sources() -> QuerySet[Source]:
    """Every source by name."""
    return Source.objects.order_by("name")


def on_the_list(field: str) -> QuerySet[Any]:
    """The products, regions or sources (`product`, `region`, `source`) that can still be chosen, by name."""
    return _CATALOG[field]().filter(is_active=True)


_CATALOG: dict[str, Callable[[], QuerySet[Any]]] = {"product": products, "region": regions, "source": sources}


def pools(actor: Actor) -> QuerySet[Pool]:
    """The pools the actor may claim from or look after."""
    return Pool.objects.filter(pk__in=policy.pools_of(actor)).order_by("name")


def same_customer(
    *, name_key: str = "", code: str = "", credit_code: str = "", phone_key: str = ""
) -> QuerySet[Customer]:
    """Customers with this name, code, credit code or phone, whoever may see them."""
    same = Q(pk__in=[])
    for field, value in (
        ("name_key", name_key),
        ("code", code),
        ("credit_code", credit_code),
        ("phone_key", phone_key),
    ):
        if value:
            same |= Q(**{field: value})
    return Customer.objects.filter(policy.LIVING & same).select_related("owner", "pool").order_by("pk")


@dataclass(frozen=True)
class Total:
    """How many deals a list holds and what they are worth together, in yuan."""

    count: int
    amount: Decimal


def total_of(rows: QuerySet[Deal]) -> Total:
    """The line below a list of deals."""
    sums = rows.order_by().aggregate(count=Count("pk"), amount=Sum("amount"))
    return Total(count=sums["count"], amount=sums["amount"] or Decimal(0))


def deals_of_process(rows: QuerySet[Deal], process: str) -> QuerySet[Deal]:
    """Those of these deals that run through this process; refuse with NoSuchProcess."""
    return rows.filter(run__version__definition=processes.current_version(process).definition_id)


def owned_by(user_id: int) -> dict[str, QuerySet[Any]]:
    """What a person owns and works on, or administers, by kind; closed deals stay with who closed them."""
    kept = Q(stage_now__isnull=False) | Q(state=State.PARKED)
    return {
        "deal": Deal.objects.filter(policy.LIVING, kept, owner=user_id).order_by("pk"),
        "customer": Customer.objects.filter(policy.LIVING, owner=user_id).order_by("pk"),
        "pool": Pool.objects.filter(admins=user_id).order_by("pk"),
    }


def deals_of_customer(actor: Actor, customer_id: int) -> QuerySet[Deal]:
    """The deals with a customer that the actor may see, open ones first."""
    return deals(actor).filter(customer=customer_id).order_by("run__closed_at", "-pk")


def pool(actor: Actor, pool_id: int) -> Pool:
    """One pool the actor may claim from or look after; refuse with NotFound."""
    return _found(pools(actor).filter(pk=pool_id))


def pools_with_members(actor: Actor) -> QuerySet[Pool]:
    """The pools the actor may claim from or look after, with member departments and administrators."""
    return pools(actor).prefetch_related("units", "admins")


def release_pools() -> QuerySet[Pool]:
    """Where something can be released to, the default first."""
    return Pool.objects.order_by("-is_default", "name")


@dataclass(frozen=True)
class PoolCount:
    """A pool and how many customers and deals lie in it."""

    pool: Pool
    customers: int
    deals: int


def pool_counts(actor: Actor) -> list[PoolCount]:
    """The pools the actor may claim from or look after, with what lies in each."""
    found = list(pools(actor).prefetch_related("units", "admins"))
    lying = policy.LIVING & Q(pool__in=found)
    of_customers = dict(Customer.objects.filter(lying).values_list("pool").annotate(Count("pk")))
    of_deals = dict(Deal.objects.filter(lying).values_list("pool").annotate(Count("pk")))
    return [PoolCount(row, of_customers.get(row.pk, 0), of_deals.get(row.pk, 0)) for row in found]


def saved_mappings(actor: Actor, kind: str = "") -> QuerySet[SavedMapping]:
    """Mappings kept for sheets, or for this kind of them, by kind and name. Refuses with NotAllowed."""
    accounts.require(actor, IMPORTS_RUN)
    rows = SavedMapping.objects.select_related("created_by").order_by("kind", "name")
    return rows.filter(kind=kind) if kind else rows


def saved_mapping(actor: Actor, mapping_id: int) -> SavedMapping:
    """One mapping kept for sheets; refuse with NotAllowed or NotFound."""
    return _found(saved_mappings(actor).filter(pk=mapping_id))


def contact_roles() -> dict[str, Any]:
    """The parts a contact can have in the decision, by key."""
    return dict(Contact.Part.choices)


def _found(rows: QuerySet[Row]) -> Row:
    for row in rows[:1]:
        return row
    raise NotFound()
