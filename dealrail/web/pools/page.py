"""What the page of a pool shows: what lies in it, who had it before, and how many one may still claim."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext

from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.core import clock
from dealrail.core.errors import Refusal
from dealrail.crm import permissions
from dealrail.crm import queries as crm
from dealrail.web.customers.rows import customer_rows
from dealrail.web.lists.filters import address, paged
from dealrail.web.people.choosing import in_order

KINDS = ("customers", "deals")


@dataclass(frozen=True)
class Lying:
    """The customers and deals in a pool that this reader may see."""

    customers: QuerySet[Any]
    deals: QuerySet[Any]

    def counts(self) -> dict[str, int]:
        """How many of each."""
        return {"customers": self.customers.count(), "deals": self.deals.count()}


def pool_page(actor: Actor, pool_id: int, params: QueryDict, refusal: Refusal | None = None) -> dict[str, Any]:
    """Everything about one pool, with what was ticked when something was refused; refuse with NotFound."""
    pool = crm.pool(actor, pool_id)
    lying = Lying(crm.customers(actor).filter(pool=pool_id), crm.deals(actor).filter(pool=pool_id))
    counts = lying.counts()
    kind = _kind(params, counts)
    page = _page(actor, lying, kind, params)
    return {
        "pool": pool,
        "kind": kind,
        "counts": counts,
        "q": params.get("q", ""),
        "rows": customer_rows(actor, page.rows) if kind == "customers" else page.rows,
        "next": address(params, kind=kind, cursor=page.next) if page.next else "",
        "allowance": (allowed := allowance(actor, pool, kind)),
        "blocked": blocked(actor, allowed),
        "ticked": set(params.getlist("record")) if refusal else set(),
        "cooling": cooling(actor, pool, page.rows),
        "may_assign": (assigns := looks_after(actor, pool)),
        "people": in_order(people.active_people()) if assigns else [],
        "refusal": refusal,
        "may_claim": actor.may(permissions.POOLS_CLAIM),
        "may_manage": actor.may(permissions.POOLS_MANAGE),
    }


@dataclass(frozen=True)
class Allowance:
    """What a pool still allows one person now; None where it sets no limit."""

    pool: Any
    claims_left: int | None
    owned: int | None
    views_left: int | None


def allowance(actor: Actor, pool: Any, kind: str) -> Allowance:
    """How many the actor may still claim and open, and how many of this kind they own, as far as limits go by it."""
    return Allowance(pool, claims_left(actor, pool), _owned(actor, pool, kind), _views_left(actor, pool))


def blocked(actor: Actor, allowed: Allowance) -> str:
    """Why the actor can claim nothing of this pool now, and until when; empty when they can."""
    pool = allowed.pool
    if allowed.claims_left == 0:
        again = _recent_claims(actor, pool).earliest("claimed_at").claimed_at + timedelta(days=pool.claim_days)
        moment = date_format(timezone.localtime(again), "Y-m-d H:i")
        return gettext("The limit is reached; you can claim again from %(moment)s.") % {"moment": moment}
    if allowed.owned is not None and allowed.owned >= pool.capacity:
        return gettext("You own %(owned)s already, as many as this pool allows. Release one first.") % {
            "owned": allowed.owned
        }
    return ""


def _recent_claims(actor: Actor, pool: Any) -> QuerySet[Any]:
    since = clock.now() - timedelta(days=pool.claim_days)
    recent: QuerySet[Any] = pool.claims.filter(user=actor.user_id, claimed_at__gt=since)
    return recent


def claims_left(actor: Actor, pool: Any) -> int | None:
    """How many the actor may still claim within the limit of the pool; None without one."""
    if not pool.claim_limit:
        return None
    return max(int(pool.claim_limit) - _recent_claims(actor, pool).count(), 0)


def _owned(actor: Actor, pool: Any, kind: str) -> int | None:
    if not pool.capacity:
        return None
    if kind == "customers":
        return int(crm.customers(actor).filter(owner=actor.user_id).count())
    return int(crm.deals(actor).filter(owner=actor.user_id, run__closed_at__isnull=True).count())


def _views_left(actor: Actor, pool: Any) -> int | None:
    if not pool.daily_views or looks_after(actor, pool):
        return None
    today = timezone.localdate(clock.now())
    return max(int(pool.daily_views) - int(pool.views.filter(user=actor.user_id, day=today).count()), 0)


def looks_after(actor: Actor, pool: Any) -> bool:
    """Whether the actor manages pools, or administers this one."""
    return actor.may(permissions.POOLS_MANAGE) or pool.admins.filter(pk=actor.user_id).exists()


def cooling(actor: Actor, pool: Any, records: Iterable[Any]) -> dict[int, Any]:
    """Until when the actor has to wait before they may claim back what they released, by record."""
    rest = timedelta(days=pool.cooldown_days)
    mine = [row for row in records if row.last_owner_id == actor.user_id and row.released_at]
    return {row.pk: row.released_at + rest for row in mine if row.released_at + rest > clock.now()}


def why_not_claimed(actor: Actor, allowed: Allowance, record: Any) -> str:
    """Why the actor can't claim this record now, and until when; empty when they can."""
    until = cooling(actor, allowed.pool, [record]).get(record.pk)
    if until is None:
        return blocked(actor, allowed)
    moment = date_format(timezone.localtime(until), "Y-m-d H:i")
    return gettext("You released this; you may claim it again from %(moment)s.") % {"moment": moment}


def _kind(params: QueryDict, counts: dict[str, int]) -> str:
    """What was asked for; else what there is."""
    asked = params.get("kind", "")
    if asked in KINDS:
        return asked
    return "deals" if counts["deals"] and not counts["customers"] else "customers"


def _page(actor: Actor, lying: Lying, kind: str, params: QueryDict) -> Any:
    text = params.get("q", "")
    if kind == "customers":
        found = crm.search_customers(actor, lying.customers, text).select_related("last_owner", "region")
        return paged(found, params, crm.customer_fields(actor))
    return paged(
        crm.search_deals(actor, lying.deals, text).select_related("last_owner"), params, crm.deal_fields(actor)
    )
