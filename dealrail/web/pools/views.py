"""Public pools: what lies in them, claiming, and their limits."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from dealrail.accounts import policy
from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotFound
from dealrail.core.errors import Refusal
from dealrail.crm import permissions
from dealrail.crm import queries as crm
from dealrail.crm.actions import pools as actions
from dealrail.web.customers.rows import customer_rows
from dealrail.web.inputs import filled, whole
from dealrail.web.lists.filters import address, paged
from dealrail.web.pools.inputs import LIMITS, limits_typed, pool_inputs, pool_values
from dealrail.web.signed_in import actor_of

KINDS = ("customers", "deals")


def pools(request: HttpRequest) -> HttpResponse:
    """The pools one may claim from, with what lies in each."""
    actor = actor_of(request)
    context = {"pools": crm.pool_counts(actor), "may_manage": actor.may(permissions.POOLS_MANAGE)}
    return render(request, "pools/list.html", context)


def pool(request: HttpRequest, pool_id: int) -> HttpResponse:
    """What lies in one pool."""
    return _pool_page(request, actor_of(request), pool_id, request.GET)


@require_POST
def pool_claim(request: HttpRequest, pool_id: int) -> HttpResponse:
    """Take a customer or a deal out of the pool for oneself."""
    actor, kind, record = actor_of(request), request.POST.get("kind", ""), request.POST.get("record", "")
    record_id = whole(record)
    if kind not in KINDS or record_id is None:
        raise NotFound()
    try:
        if kind == "customers":
            actions.claim_customer(actor=actor, customer_id=record_id)
        else:
            actions.claim_deal(actor=actor, deal_id=record_id)
    except Refusal as refusal:
        return _pool_page(request, actor, pool_id, request.POST, refusal)
    messages.success(request, gettext("Claimed. It is yours now."))
    return redirect("customer" if kind == "customers" else "deal", record_id)


def pool_new(request: HttpRequest) -> HttpResponse:
    """Create a pool."""
    return _settings(request, None)


def pool_settings(request: HttpRequest, pool_id: int) -> HttpResponse:
    """A pool's name, members and limits."""
    return _settings(request, pool_id)


def _pool_page(
    request: HttpRequest, actor: Actor, pool_id: int, params: QueryDict, refusal: Refusal | None = None
) -> HttpResponse:
    found = crm.pool(actor, pool_id)
    kind = params.get("kind") if params.get("kind") in KINDS else "customers"
    fields: Any
    rows: Any
    if kind == "customers":
        fields, rows = crm.customer_fields(), crm.customers(actor).filter(pool=pool_id)
    else:
        fields, rows = crm.deal_fields(), crm.deals(actor).filter(pool=pool_id)
    page: Any = paged(rows, params, fields)
    context = {
        "pool": found,
        "kind": kind,
        "rows": customer_rows(actor, page.rows) if kind == "customers" else page.rows,
        "next": address(params) + f"&cursor={page.next}" if page.next else "",
        "refusal": refusal,
        "may_claim": actor.may(permissions.POOLS_CLAIM),
        "may_manage": actor.may(permissions.POOLS_MANAGE),
    }
    return render(request, "pools/pool.html", context, status=refusal.status if refusal else 200)


def _settings(request: HttpRequest, pool_id: int | None) -> HttpResponse:
    actor = actor_of(request)
    policy.require(actor, permissions.POOLS_MANAGE)
    found = crm.pool(actor, pool_id) if pool_id else None
    if request.method != "POST":
        return _form(request, found, pool_values(found))
    typed = {name: request.POST.get(name, "") for name in ("name", *LIMITS)}
    chosen: dict[str, Any] = {name: _numbers(request.POST.getlist(name)) for name in ("units", "admins")}
    try:
        limits: dict[str, Any] = limits_typed(typed)
        saved = actions.save_pool(actor=actor, pool_id=pool_id, name=typed["name"], **chosen, **limits)
    except Refusal as refusal:
        return _form(request, found, {**typed, **chosen}, refusal)
    messages.success(request, gettext("Pool saved."))
    return redirect("pool", saved.pk)


def _numbers(texts: list[str]) -> list[int]:
    return [number for text in texts if (number := whole(text)) is not None]


def _form(request: HttpRequest, found: Any, values: dict[str, Any], refusal: Refusal | None = None) -> HttpResponse:
    context = {
        "pool": found,
        "inputs": filled(pool_inputs(), values, refusal),
        "units": people.all_units(),
        "people": people.active_people(),
        "chosen": values,
        "refusal": refusal,
    }
    return render(request, "pools/form.html", context, status=refusal.status if refusal else 200)
