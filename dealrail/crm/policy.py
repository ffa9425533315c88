"""Who may see and change customers, deals and pools; reads use the filters, actions the requirements."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from dealrail.accounts import policy as accounts
from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotAllowed
from dealrail.accounts.permissions import COMPANY_MANAGE
from dealrail.core import clock, formats
from dealrail.crm import permissions, rules
from dealrail.crm.errors import NotYourPool, NotYourView
from dealrail.crm.models import Collaborator, Contact, Customer, CustomField, Deal, Pool, PoolView, SavedView
from dealrail.crm.rules import Access
from dealrail.process.models import ApprovalRequest
from dealrail.process.permissions import PROCESS_WAIVE

LIVING = Q(deleted_at__isnull=True)
"""What doesn't lie in the recycle bin: deals, customers and contacts alike."""

# What a collaborator who may write does with a deal, if a role allows it at all; never hand over, lose or waive.
shared: set[str] = {permissions.DEALS_CHANGE, permissions.DEALS_MOVE}


def share(permission: str) -> None:
    """Let collaborators who may write do this too."""
    shared.add(permission)


def visible_deals(actor: Actor) -> Q:
    """Deals within reach, those won there, shared with one, in one's pools, or asking one's approval; none deleted."""
    return LIVING & reduce(or_, reversed(ways_to_deals(actor)))


def ways_to_deals(actor: Actor) -> list[Q]:
    """The ways in which deals are visible, deleted ones too: asked one by one, each is found by an index.

    The narrowest come first. A deal may be there in several ways. For an OR of them the database may read every deal
    there is; an OR names the widest first, so that seldom more is looked at.
    """
    if actor.reach(permissions.DEALS_READ).everything:
        return [Q()]
    asked = ApprovalRequest.objects.filter(
        run=OuterRef("run"), parts__user=actor.user_id, status=ApprovalRequest.Status.PENDING
    )
    return [Q(Exists(asked)), *_ways_to_work(actor), Q(pool__in=pools_of(actor))]


def _ways_to_work(actor: Actor) -> list[Q]:
    """Who won a deal, and their leaders, go on seeing it when others deliver it; and so do collaborators."""
    owned = accounts.owned_within(actor, permissions.DEALS_READ)
    won = accounts.owned_within(actor, permissions.DEALS_READ, owner="won_by")
    return [Q(pk__in=Collaborator.objects.filter(user=actor.user_id).values("deal")), won, owned]


@dataclass(frozen=True)
class Sight:
    """By which owners (or winners) and which pools somebody sees deals."""

    people: frozenset[int]
    pools: frozenset[int]

    def within(self, *, won_by: str = "won_by") -> Q:
        """What lies in this sight, as a filter; `won_by` is the column that names the winner."""
        return Q(owner__in=self.people) | Q(**{f"{won_by}__in": self.people}) | Q(pool__in=self.pools)


def sight_of_deals(actor: Actor) -> Sight | None:
    """`visible_deals` as ids, without those of `deals_shown`; None when the actor sees everything."""
    people = accounts.people_within(actor, permissions.DEALS_READ)
    return None if people is None else Sight(people, frozenset(pools_of(actor)))


def deals_shown(actor: Actor) -> QuerySet[Any, int]:
    """The ids of the deals that are shown to the actor whoever owns them: shared with them, or asking approval."""
    shared_with = Collaborator.objects.filter(user=actor.user_id).values_list("deal", flat=True)
    pending = ApprovalRequest.Status.PENDING
    asked = ApprovalRequest.objects.filter(parts__user=actor.user_id, status=pending).values_list(
        "run__deal", flat=True
    )
    return shared_with.union(asked)


def visible_customers(actor: Actor) -> Q:
    """Customers within reach, in one's pools, and those of deals one owns, won or works on; none deleted."""
    if actor.reach(permissions.CUSTOMERS_READ).everything:
        return LIVING
    deals = Deal.objects.filter(LIVING, reduce(or_, reversed(_ways_to_work(actor))), customer=OuterRef("pk"))
    return LIVING & (reduce(or_, _ways_to_customers_themselves(actor)) | Q(Exists(deals)))


def ways_to_customers(actor: Actor) -> list[Q]:
    """The ways in which customers are visible, as `ways_to_deals`."""
    if actor.reach(permissions.CUSTOMERS_READ).everything:
        return [Q()]
    deals = [Deal.objects.filter(LIVING, way) for way in _ways_to_work(actor)]
    return [*(Q(pk__in=rows.values("customer")) for rows in deals), *_ways_to_customers_themselves(actor)]


def _ways_to_customers_themselves(actor: Actor) -> list[Q]:
    return [accounts.owned_within(actor, permissions.CUSTOMERS_READ), Q(pool__in=pools_of(actor))]


def visible_contacts(actor: Actor) -> Q:
    """Contacts of the customers the actor may see, neither deleted themselves nor with their customer."""
    if actor.reach(permissions.CUSTOMERS_READ).everything:
        return LIVING & Q(customer__deleted_at__isnull=True)
    return LIVING & Q(customer__in=Customer.objects.filter(visible_customers(actor)).values("pk"))


def deletable(actor: Actor, *, owner: str = "owner") -> Q:
    """What the actor may delete, and hence restore, by its owner; what nobody owns only with reach to everything."""
    return accounts.owned_within(actor, permissions.RECORDS_DELETE, owner=owner)


def changeable(actor: Actor, *, owner: str = "owner") -> Q:
    """The customers whose facts and contacts the actor may change, by their owner."""
    return accounts.owned_within(actor, permissions.CUSTOMERS_CHANGE, owner=owner)


def require_can_delete(actor: Actor, record: Deal | Customer) -> None:
    """Refuse unless this deal or customer may be deleted and restored by the actor."""
    _require_owned(actor, permissions.RECORDS_DELETE, record)


def may_change_view(actor: Actor, view: SavedView) -> bool:
    """Whether the actor may change and delete a view: its owner may, and who administers the company if it's shared."""
    return view.owner_id == actor.user_id or (view.is_shared and actor.may(COMPANY_MANAGE))


def require_can_change_view(actor: Actor, view: SavedView) -> None:
    """Refuse unless the view is the actor's, or a shared one and they administer the company."""
    if not may_change_view(actor, view):
        raise NotYourView(view=view.name, owner=view.owner.name)


def pools_of(actor: Actor) -> QuerySet[Pool, int]:
    """The ids of the pools an actor may claim from or look after, as a subquery."""
    pools = Pool.objects.order_by()
    if actor.may(permissions.POOLS_MANAGE):
        return pools.values_list("pk", flat=True)
    if not actor.may(permissions.POOLS_CLAIM):
        return pools.none().values_list("pk", flat=True)
    mine = Q(units__isnull=True) | Q(units=actor.unit_id) | Q(admins=actor.user_id)
    return pools.filter(mine).values_list("pk", flat=True)


def _require_owned(actor: Actor, permission: str, record: Deal | Customer) -> None:
    if not owns(actor, permission, record):
        raise NotAllowed(permission=permission)


def _require(actor: Actor, permission: str, deal: Deal) -> None:
    if not may(actor, permission, deal):
        raise NotAllowed(permission=permission)


def require_can_change(actor: Actor, deal: Deal) -> None:
    """Refuse unless the deal's fields may be changed by the actor."""
    _require(actor, permissions.DEALS_CHANGE, deal)


def require_can_advance(actor: Actor, deal: Deal) -> None:
    """Refuse unless the deal may be moved, parked or reopened by the actor."""
    _require(actor, permissions.DEALS_MOVE, deal)


def require_can_lose(actor: Actor, deal: Deal) -> None:
    """Refuse unless the deal may be closed as lost by the actor; collaborators may not."""
    _require_owned(actor, permissions.DEALS_MOVE, deal)


def require_can_share(actor: Actor, deal: Deal) -> None:
    """Refuse unless the actor may say who works on this deal besides its owner; collaborators may not."""
    _require_owned(actor, permissions.DEALS_CHANGE, deal)


def require_can_transfer(actor: Actor, deal: Deal) -> None:
    """Refuse unless the deal may be handed over or released by the actor, or out of a pool they look after."""
    if not looks_after(actor, deal):
        _require_owned(actor, permissions.DEALS_TRANSFER, deal)


def require_can_waive(actor: Actor, deal: Deal) -> None:
    """Refuse unless the actor may waive conditions for this deal."""
    _require_owned(actor, PROCESS_WAIVE, deal)


def require_can_change_customer(actor: Actor, customer: Customer) -> None:
    """Refuse unless the customer and its contacts may be changed by the actor."""
    _require_owned(actor, permissions.CUSTOMERS_CHANGE, customer)


def may_change_customer(actor: Actor, customer: Customer) -> bool:
    """Whether the actor may change the facts of a customer."""
    return owns(actor, permissions.CUSTOMERS_CHANGE, customer)


def require_can_add_contact(actor: Actor, customer: Customer) -> None:
    """Refuse unless the customer, or a deal with it (whose gate may ask for a contact), is the actor's to change."""
    if not owns_deal_with(actor, customer):
        require_can_change_customer(actor, customer)


def owns_deal_with(actor: Actor, customer: Customer) -> bool:
    """Whether a living deal with this customer belongs to those whose customers the actor may change."""
    owned = accounts.owned_within(actor, permissions.CUSTOMERS_CHANGE)
    return Deal.objects.filter(LIVING, owned, customer=customer.pk).exists()


def require_can_transfer_customer(actor: Actor, customer: Customer) -> None:
    """Refuse unless the customer may be handed over or released by the actor, or out of a pool they look after."""
    if not looks_after(actor, customer):
        _require_owned(actor, permissions.CUSTOMERS_TRANSFER, customer)


def looks_after(actor: Actor, record: Deal | Customer) -> bool:
    """Whether the actor manages pools, or administers the one that this lies in."""
    if record.pool_id is None:
        return False
    return actor.may(permissions.POOLS_MANAGE) or record.pool.admins.filter(pk=actor.user_id).exists()


def require_member(actor: Actor, pool: Pool) -> None:
    """Refuse unless the actor may claim from this pool."""
    accounts.require(actor, permissions.POOLS_CLAIM)
    if not pools_of(actor).filter(pk=pool.pk).exists():
        raise NotYourPool(pool=pool.name)


def require_can_take_in(actor: Actor, customer: Customer, kept: Customer) -> None:
    """Refuse to merge what lies in a pool into another customer unless it could be claimed, or the pool is theirs."""
    if customer.pool and customer.pool_id != kept.pool_id and not looks_after(actor, customer):
        require_member(actor, customer.pool)


def may(actor: Actor, permission: str, record: Deal | Customer) -> bool:
    """Whether this permission reaches this record, or the deal is shared with the actor for it."""
    return owns(actor, permission, record) or (permission in shared and works_on(actor, permission, record))


def works_on(actor: Actor, permission: str, record: Deal | Customer) -> bool:
    """Whether the actor may do this as a collaborator who may write; rows of `queries.deals` know it already."""
    if not isinstance(record, Deal) or record.owner_id is None or not actor.may(permission):
        return False
    known: bool | None = vars(record).get("is_shared")
    if known is not None:
        return known
    return Collaborator.objects.filter(deal=record.pk, user=actor.user_id, may_write=True).exists()


def owns(actor: Actor, permission: str, record: Deal | Customer) -> bool:
    """Whether this permission reaches this record by who owns it."""
    unit_id = record.owner.unit_id if record.owner else None
    return actor.reach(permission).covers(owner_id=record.owner_id, owner_unit_id=unit_id, user_id=actor.user_id)


def sees_phone(actor: Actor, customer: Customer) -> bool:
    """Phone numbers of what lies in a pool are masked until it is claimed, except for who manages pools."""
    return customer.pool_id is None or actor.may(permissions.POOLS_MANAGE)


def told_phone(actor: Actor) -> Q:
    """Customers whose phone the actor may be told of, also by whether it is the one that was typed."""
    return Q() if actor.may(permissions.POOLS_MANAGE) else Q(pool__isnull=True)


def told_phone_of_contact(actor: Actor) -> Q:
    """Contacts whose phone the actor may be told of: those of such customers."""
    return Q() if actor.may(permissions.POOLS_MANAGE) else Q(customer__pool__isnull=True)


def tells_all(actor: Actor, customer: Customer) -> bool:
    """Whether lists and sheets hold all of a customer; of one in a pool with a daily limit only its page does."""
    return sees_phone(actor, customer) or not (customer.pool and customer.pool.daily_views)


def tells_added(actor: Actor, record: Any) -> bool:
    """Whether lists and sheets hold what this record has in fields that were added; of what lies in a pool not all do.

    A contact's may be a way to reach somebody.
    """
    if isinstance(record, Contact):
        return sees_phone(actor, record.customer)
    return not isinstance(record, Customer) or tells_all(actor, record)


def told_in_lists(actor: Actor, kind: str) -> Q:
    """Deals or customers (`kind`) whose follow-ups, comments, files and events stand in lists of many records.

    Of what lies in a pool with a daily limit of views only those opened today do, unless one looks after the pool; or
    the limit would be walked round.
    """
    if actor.may(permissions.POOLS_MANAGE):
        return Q()
    limited = Pool.objects.filter(daily_views__gt=0).exclude(admins=actor.user_id)
    opened = PoolView.objects.filter(user=actor.user_id, day=timezone.localdate(clock.now()), record=kind)
    return Q(pool__isnull=True) | ~Q(pool__in=limited.values("pk")) | Q(pk__in=opened.values("record_id"))


def may_share_views(actor: Actor) -> bool:
    """Shared views are made by who holds the permission or leads a department."""
    return actor.may(permissions.VIEWS_SHARE) or people.leads(actor.user_id)


def require_can_share_views(actor: Actor) -> None:
    """Refuse unless the actor may share views."""
    if not may_share_views(actor):
        raise NotAllowed(permission=permissions.VIEWS_SHARE)


def may_share_view(actor: Actor, view: SavedView) -> bool:
    """Whether the actor may decide what others see in a view: who may share, of a shared one who administers too."""
    return may_share_views(actor) or (view.is_shared and actor.may(COMPANY_MANAGE))


def require_can_share_view(actor: Actor, view: SavedView) -> None:
    """Refuse unless the actor may decide what others see in this view."""
    if not may_share_view(actor, view):
        raise NotAllowed(permission=permissions.VIEWS_SHARE)


def access_to(actor: Actor, field: CustomField) -> Access:
    """What the actor may with a field that was added: the one place that decides, whichever way they come.

    Who sees as somebody else never sees more than their own roles allow. A formula is filled by nobody, and seen by who
    sees all that it is computed from.
    """
    order = list(Access).index
    most = Access.READ if field.type == CustomField.Type.FORMULA else Access.EDIT
    if actor.is_system:
        return most
    limits = (field.access, *field.under)
    allowed = min(most, *(rules.access(one, actor.roles) for one in limits), key=order)
    return allowed if actor.looker is None else min(allowed, access_to(actor.looker, field), key=order)


def is_seen_by_all(field: CustomField) -> bool:
    """Whether no role is kept from seeing a field, nor what it is computed from: only then may a gate ask about it."""
    return all(rules.seen_by_all(one) for one in (field.access, *field.under))


_REACHING = ("phone", "email", "wechat")
_HIDDEN = "•••"
# the formats of texts by which somebody can be reached
WAYS = {CustomField.Format.PHONE, CustomField.Format.EMAIL}


def sees_ways(actor: Actor, record: Any) -> bool:
    """Whether the reader may see how to reach somebody in fields that were added: not while the record is in a pool."""
    held = record.customer if isinstance(record, Contact) else record
    return not hides_ways(actor, held.pool_id is not None)


def hides_ways(actor: Actor, pooled: bool) -> bool:
    """Whether ways to reach somebody are masked for the reader in what lies in a pool, or doesn't."""
    return pooled and not actor.may(permissions.POOLS_MANAGE)


def told_ways(actor: Actor, kind: str) -> Q | None:
    """The records of this kind of which they may; None where it is all of them."""
    if actor.may(permissions.POOLS_MANAGE):
        return None
    if kind == "activity":
        of_deal = Q(deal__isnull=False, deal__pool__isnull=True)
        return of_deal | Q(deal__isnull=True, customer__pool__isnull=True)
    return Q(customer__pool__isnull=True) if kind == "contact" else Q(pool__isnull=True)


def masked_way(value: str) -> str:
    """A phone number with its middle hidden; of a mail address nothing."""
    return _HIDDEN if "@" in value else formats.mask_phone(value)


def masked(payload: Mapping[str, Any], added: Collection[str] = ()) -> dict[str, Any]:
    """The values of an event with the ways to reach somebody hidden, those in `added` fields too."""
    parts = {name: payload[name] for name in ("fields", "changes", "about") if isinstance(payload.get(name), dict)}
    hidden = {*_REACHING, *added}
    return {**payload, **{name: _masked_values(values, hidden) for name, values in parts.items()}}


def _masked_values(values: Mapping[str, Any], hidden: Collection[str]) -> dict[str, Any]:
    return {key: _masked_value(key, value) if key in hidden else value for key, value in values.items()}


def _masked_value(key: str, value: Any) -> Any:
    if isinstance(value, list):
        return [_masked_value(key, part) for part in value]
    if not value:
        return value
    return _HIDDEN if key in ("email", "wechat") else masked_way(str(value))
