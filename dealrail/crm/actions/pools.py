"""Public pools: creating them, claiming from them, releasing into them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy

from dealrail.accounts import policy as accounts
from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NameMissing
from dealrail.core import clock
from dealrail.core.db import take_turns
from dealrail.core.problems import merged, refuse_changed
from dealrail.core.texts import listed, tidy
from dealrail.crm import ownership, permissions, policy, queries
from dealrail.crm.errors import (
    AlreadyInPool,
    ClaimLimitReached,
    CoolingDown,
    NoPool,
    NotInPool,
    PoolCapacityReached,
    PoolNameTaken,
    PoolViewsUsedUp,
    UnknownPool,
)
from dealrail.crm.facts import DealOwnerChanged, PoolSaved
from dealrail.crm.models import Claim, Contact, Customer, Deal, Pool, PoolView
from dealrail.events.engine import record
from dealrail.process import engine

HIGHEST_LIMIT = 100_000
LIMIT_LABELS: dict[str, Any] = {
    "name": gettext_lazy("Name"),
    "claim_limit": gettext_lazy("Claims per person"),
    "claim_days": gettext_lazy("Counted over days"),
    "capacity": gettext_lazy("Owned at most"),
    "cooldown_days": gettext_lazy("Days before the last owner may claim again"),
    "daily_views": gettext_lazy("Records opened a day"),
}
LIMITS = tuple(LIMIT_LABELS)[1:]
_MEMBERS = ("units", "admins")


@transaction.atomic
def save_pool(
    *,
    actor: Actor,
    name: str,
    pool_id: int | None = None,
    units: Iterable[int] = (),
    admins: Iterable[int] = (),
    claim_limit: int = 0,
    claim_days: int = 1,
    capacity: int = 0,
    cooldown_days: int = 0,
    daily_views: int = 0,
    seen: Mapping[str, Any] | None = None,
) -> Pool:
    """Create or change a pool; limits of 0 mean none. The first pool is where releases go by default.

    `seen` is what a pool held when one looked: what one didn't change stays as it is now, and of units and admins only
    those added or taken away since are changed. Raises NotAllowed, NameMissing, PoolNameTaken, UnknownPool,
    UnknownUnit, UnknownPerson or ChangedMeanwhile.
    """
    accounts.require(actor, permissions.POOLS_MANAGE)
    if not 1 <= len(tidy(name)) <= 80:
        raise NameMissing(longest=80, field="name")
    take_turns("pools", ["all"])  # names, and which one is the default
    pool = _pool_for_change(pool_id) if pool_id else Pool(is_default=not Pool.objects.exists())
    limits = {"claim_limit": claim_limit, "claim_days": max(claim_days, 1), "capacity": capacity}
    limits |= {"cooldown_days": cooldown_days, "daily_views": daily_views}
    limits = {limit: min(max(value, 0), HIGHEST_LIMIT) for limit, value in limits.items()}
    if seen is not None:
        limits, name = _changed_limits(pool, limits, name, seen)
        units = merged(pool.units.values_list("pk", flat=True), units, seen.get("units"))
        admins = merged(pool.admins.values_list("pk", flat=True), admins, seen.get("admins"))
    was = _told(pool) if pool.pk else None
    pool.name = tidy(name)
    if Pool.objects.filter(name=pool.name).exclude(pk=pool.pk).exists():
        raise PoolNameTaken(pool=pool.name)
    for limit, value in limits.items():
        setattr(pool, limit, value)
    pool.save()
    pool.units.set([people.unit(unit_id) for unit_id in units])
    pool.admins.set([people.person(user_id) for user_id in admins])
    now = _told(pool)
    changes = {key: [was[key], now[key]] for key in now if was and was[key] != now[key]}
    if was is None or changes:
        record(replace(_saved(pool), changes=changes), actor=actor)
    return pool


def _told(pool: Pool) -> dict[str, str | None]:
    """What can be changed of a pool, as the log tells it."""
    members = {name: listed(getattr(pool, name).order_by("pk").values_list("name", flat=True)) for name in _MEMBERS}
    return {"name": pool.name, **{limit: str(getattr(pool, limit)) for limit in LIMITS}, **members}


def _changed_limits(
    pool: Pool, limits: dict[str, int], name: str, seen: Mapping[str, Any]
) -> tuple[dict[str, int], str]:
    """The limits and the name with only what differs from what was seen; refuses where that was changed since."""
    wanted = {"name": tidy(name), **limits}
    now = {field: getattr(pool, field) for field in wanted}
    ours = {field: value for field, value in wanted.items() if field not in seen or str(seen[field]) != str(value)}
    refuse_changed(now, ours, seen, LIMIT_LABELS)
    kept = {**now, **ours}
    return {limit: kept[limit] for limit in limits}, kept["name"]


@transaction.atomic
def replace_pool_admin(*, actor: Actor, pool_id: int, leaving_id: int, successor_id: int) -> Pool:
    """Let a successor look after a pool instead of who leaves. Raises NotAllowed, UnknownPool or UnknownPerson."""
    accounts.require(actor, permissions.POOLS_MANAGE)
    pool = _pool_for_change(pool_id)
    pool.admins.add(people.person(successor_id))
    pool.admins.remove(leaving_id)
    record(_saved(pool), actor=actor)
    return pool


def _saved(pool: Pool) -> PoolSaved:
    return PoolSaved(pool_id=pool.pk, name=pool.name, limits={limit: getattr(pool, limit) for limit in LIMITS})


def _pool_for_change(pool_id: int) -> Pool:
    pool = Pool.objects.select_for_update().filter(pk=pool_id).first()
    if pool is None:
        raise UnknownPool(pool=pool_id)
    return pool


@transaction.atomic
def claim_deal(*, actor: Actor, deal_id: int) -> Deal:
    """Take a deal out of a pool for oneself, within the pool's limits.

    Raises NotFound, NotAllowed, NotInPool, NotYourPool, ClaimLimitReached, PoolCapacityReached or CoolingDown.
    """
    deal = queries.deal_for_change(actor, deal_id)
    if deal.pool is None:
        raise NotInPool()
    pool = _claimable(actor, deal.pool)
    _check_capacity(pool, Deal.objects.filter(policy.LIVING, owner=actor.user_id, run__closed_at__isnull=True).count())
    _check_cooldown(pool, actor, deal)
    Claim.objects.create(pool=pool, user_id=actor.user_id, record="deal", record_id=deal.pk, claimed_at=clock.now())
    ownership.change_deal_owner(deal, actor.user_id, how="claimed", note="", actor=actor)
    return deal


@transaction.atomic
def claim_customer(*, actor: Actor, customer_id: int) -> Customer:
    """Take a customer out of a pool for oneself, within the pool's limits.

    Raises NotFound, NotAllowed, NotInPool, NotYourPool, ClaimLimitReached, PoolCapacityReached or CoolingDown.
    """
    customer = queries.customer_for_change(actor, customer_id)
    if customer.pool is None:
        raise NotInPool()
    pool = _claimable(actor, customer.pool)
    _check_capacity(pool, Customer.objects.filter(policy.LIVING, owner=actor.user_id).count())
    _check_cooldown(pool, actor, customer)
    Claim.objects.create(
        pool=pool, user_id=actor.user_id, record="customer", record_id=customer.pk, claimed_at=clock.now()
    )
    ownership.change_customer_owner(customer, actor.user_id, how="claimed", note="", actor=actor)
    return customer


@transaction.atomic
def open_deal(*, actor: Actor, deal_id: int) -> Deal:
    """One deal to be shown, by itself or in part; counted if it lies in a pool. Raises NotFound or PoolViewsUsedUp."""
    deal = queries.deal(actor, deal_id)
    note_pool_view(actor=actor, record=deal)
    return deal


@transaction.atomic
def open_customer(*, actor: Actor, customer_id: int) -> Customer:
    """One customer to be shown, as `open_deal` does. Raises NotFound or PoolViewsUsedUp."""
    customer = queries.customer(actor, customer_id)
    note_pool_view(actor=actor, record=customer)
    return customer


@transaction.atomic
def open_contact(*, actor: Actor, contact_id: int) -> Contact:
    """One contact to be shown, which opens its customer. Raises NotFound or PoolViewsUsedUp."""
    contact = queries.contact(actor, contact_id)
    note_pool_view(actor=actor, record=contact.customer)
    return contact


@transaction.atomic
def open_subject(*, actor: Actor, deal_id: int | None = None, customer_id: int | None = None) -> None:
    """Open what a file or a list of notes is about, if anything is named. Raises NotFound or PoolViewsUsedUp."""
    if deal_id is not None:
        open_deal(actor=actor, deal_id=deal_id)
    if customer_id is not None:
        open_customer(actor=actor, customer_id=customer_id)


@transaction.atomic
def note_pool_view(*, actor: Actor, record: Deal | Customer) -> None:
    """Count that somebody opens what lies in a pool: each record once a day, up to the limit of the pool.

    Who looks after the pool isn't counted, nor is what belongs to somebody. Raises PoolViewsUsedUp; the record is then
    not to be shown.
    """
    pool = record.pool
    if pool is None or not pool.daily_views or policy.looks_after(actor, record):
        return
    day, kind = timezone.localdate(clock.now()), "deal" if isinstance(record, Deal) else "customer"
    seen = PoolView.objects.filter(pool=pool, user=actor.user_id, day=day)
    if seen.filter(record=kind, record_id=record.pk).exists():
        return
    take_turns("pool_view", [f"{pool.pk} {actor.user_id}"])
    if seen.count() >= pool.daily_views:
        raise PoolViewsUsedUp(limit=pool.daily_views, pool=pool.name)
    PoolView.objects.get_or_create(pool=pool, user_id=actor.user_id, day=day, record=kind, record_id=record.pk)


@transaction.atomic
def forget_pool_views(*, actor: Actor) -> int:
    """Drop what was opened in pools more than 30 days ago, which no limit asks for any more. Raises NotAllowed."""
    accounts.require(actor, permissions.POOLS_MANAGE)
    old = PoolView.objects.filter(day__lt=timezone.localdate(clock.now()) - timedelta(days=30))
    return PoolView.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:1000])).delete()[0]


def _claimable(actor: Actor, pool: Pool) -> Pool:
    """The pool, locked so that two claims at once can't both pass the limit."""
    policy.require_member(actor, pool)
    locked = _pool_for_change(pool.pk)
    if not locked.claim_limit:
        return locked
    since = clock.now() - timedelta(days=locked.claim_days)
    recent = locked.claims.filter(user=actor.user_id, claimed_at__gt=since).order_by("claimed_at")
    if recent.count() >= locked.claim_limit:
        again = recent[0].claimed_at + timedelta(days=locked.claim_days)
        raise ClaimLimitReached(limit=locked.claim_limit, days=locked.claim_days, pool=locked.name, when=_moment(again))
    return locked


def _check_capacity(pool: Pool, owned: int) -> None:
    if pool.capacity and owned >= pool.capacity:
        raise PoolCapacityReached(owned=owned, capacity=pool.capacity, pool=pool.name)


def _check_cooldown(pool: Pool, actor: Actor, record: Deal | Customer) -> None:
    if not pool.cooldown_days or record.last_owner_id != actor.user_id or record.released_at is None:
        return
    until = record.released_at + timedelta(days=pool.cooldown_days)
    if until > clock.now():
        raise CoolingDown(released=_moment(record.released_at), until=_moment(until))


def _moment(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "Y-m-d H:i")


@transaction.atomic
def release_deal(*, actor: Actor, deal_id: int, reason: str, pool_id: int | None = None) -> Deal:
    """Put a deal into a pool (the default one unless named), with a reason.

    Raises NotFound, NotAllowed, AlreadyInPool, NoPool, UnknownPool or ReasonMissing.
    """
    deal = queries.deal_for_change(actor, deal_id)
    policy.require_can_transfer(actor, deal)
    if deal.pool is not None:
        raise AlreadyInPool()
    reason = engine.checked_reason(reason)
    before, pool = deal.owner_id, _target_pool(pool_id)
    _put_into(pool, deal)
    ownership.forget_next_owner(deal)
    engine.touch(deal.run)
    fact = DealOwnerChanged(
        deal_id=deal.pk,
        deal_name=deal.name,
        owner_id=None,
        how="released",
        from_owner_id=before,
        pool_id=pool.pk,
        note=reason,
    )
    record(fact, actor=actor)
    return deal


@transaction.atomic
def release_customer(*, actor: Actor, customer_id: int, reason: str, pool_id: int | None = None) -> Customer:
    """Put a customer into a pool (the default one unless named), with a reason; its deals stay with their owners.

    Raises NotFound, NotAllowed, AlreadyInPool, NoPool, UnknownPool or ReasonMissing.
    """
    customer = queries.customer_for_change(actor, customer_id)
    policy.require_can_transfer_customer(actor, customer)
    if customer.pool is not None:
        raise AlreadyInPool()
    reason = engine.checked_reason(reason)
    before, pool = customer.owner_id, _target_pool(pool_id)
    _put_into(pool, customer)
    ownership.record_customer_owner(customer, before, pool_id=pool.pk, how="released", note=reason, actor=actor)
    return customer


def _put_into(pool: Pool, record: Deal | Customer) -> None:
    record.last_owner_id, record.released_at = record.owner_id, clock.now()
    record.owner, record.pool = None, pool
    record.save(update_fields=["owner", "pool", "last_owner", "released_at"])


def _target_pool(pool_id: int | None) -> Pool:
    if pool_id is not None:
        return _pool_for_change(pool_id)
    pool = Pool.objects.order_by("-is_default", "pk").first()
    if pool is None:
        raise NoPool()
    return pool
