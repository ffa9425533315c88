"""What the page of a pool shows: what lies in it, who had it before, and how many one may still claim."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict

from dealrail.accounts.actor import Actor
from dealrail.core import clock
from dealrail.core.errors import Refusal
from dealrail.crm import permissions
from dealrail.crm import queries as crm
from dealrail.web.customers.rows import customer_rows
from dealrail.web.lists.filters import address, paged

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
    """Everything about one pool; refuse with NotFound."""
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
        "left": claims_left(actor, pool),
        "refusal": refusal,
        "may_claim": actor.may(permissions.POOLS_CLAIM),
        "may_manage": actor.may(permissions.POOLS_MANAGE),
    }


def claims_left(actor: Actor, pool: Any) -> int | None:
    """How many the actor may still claim within the limit of the pool; None without one."""
    if not pool.claim_limit:
        return None
    since = clock.now() - timedelta(days=pool.claim_days)
    claimed = pool.claims.filter(user=actor.user_id, claimed_at__gt=since).count()
    return max(int(pool.claim_limit) - int(claimed), 0)


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
        return paged(found, params, crm.customer_fields())
    return paged(crm.search_deals(lying.deals, text).select_related("last_owner"), params, crm.deal_fields())
