"""Public pools: what lies in them, claiming, and their limits."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST

from dealrail.accounts import policy
from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotFound
from dealrail.core.errors import Refusal
from dealrail.crm import permissions
from dealrail.crm import queries as crm
from dealrail.crm.actions import pools as actions
from dealrail.crm.actions.customers import transfer_customer
from dealrail.crm.actions.deals import transfer_deal
from dealrail.crm.errors import NewOwnerMissing, NothingChosen
from dealrail.web.inputs import filled, whole
from dealrail.web.opened import again, joined, seen, ticked
from dealrail.web.people.choosing import in_order
from dealrail.web.pools.inputs import LIMITS, limits_typed, pool_inputs, pool_values
from dealrail.web.pools.page import KINDS, pool_page
from dealrail.web.signed_in import actor_of

MOST_ASSIGNED = 200


def pools(request: HttpRequest) -> HttpResponse:
    """The pools one may claim from, with what lies in each."""
    actor = actor_of(request)
    context = {"pools": crm.pool_counts(actor), "may_manage": actor.may(permissions.POOLS_MANAGE)}
    return render(request, "pools/list.html", context)


def pool(request: HttpRequest, pool_id: int) -> HttpResponse:
    """What lies in one pool."""
    return _page(request, actor_of(request), pool_id)


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
    except NotFound:
        raise
    except Refusal as refusal:
        crm.pool(actor, pool_id)
        messages.error(request, str(refusal))
        return _back(pool_id, kind)
    messages.success(request, gettext("Claimed. It is yours now."))
    return redirect("customer" if kind == "customers" else "deal", record_id)


@require_POST
def pool_assign(request: HttpRequest, pool_id: int) -> HttpResponse:
    """Give the ticked records of the pool to somebody, as who looks after it; what is refused is said."""
    actor, kind = actor_of(request), request.POST.get("kind", "")
    crm.pool(actor, pool_id)
    owner_id, ticked = whole(request.POST.get("owner")), _numbers(request.POST.getlist("record"))[:MOST_ASSIGNED]
    if kind not in KINDS:
        raise NotFound()
    if not ticked:
        return _page(request, actor, pool_id, NothingChosen())
    if owner_id is None:
        return _page(request, actor, pool_id, NewOwnerMissing(field="owner"))
    given = 0
    for record_id in ticked:
        try:
            _assign(actor, kind, record_id, owner_id)
            given += 1
        except Refusal as refusal:
            messages.error(request, str(refusal))
    if given:
        messages.success(request, ngettext("%(n)s record assigned.", "%(n)s records assigned.", given) % {"n": given})
    return _back(pool_id, kind)


def _back(pool_id: int, kind: str) -> HttpResponse:
    return redirect(f"{reverse('pool', args=[pool_id])}?{urlencode({'kind': kind})}")


def _assign(actor: Actor, kind: str, record_id: int, owner_id: int) -> None:
    if kind == "customers":
        transfer_customer(actor=actor, customer_id=record_id, owner_id=owner_id)
    else:
        transfer_deal(actor=actor, deal_id=record_id, owner_id=owner_id)


def pool_new(request: HttpRequest) -> HttpResponse:
    """Create a pool."""
    return _settings(request, None)


def pool_settings(request: HttpRequest, pool_id: int) -> HttpResponse:
    """A pool's name, members and limits."""
    return _settings(request, pool_id)


def _page(request: HttpRequest, actor: Actor, pool_id: int, refusal: Refusal | None = None) -> HttpResponse:
    params = request.GET if refusal is None else request.POST
    context = pool_page(actor, pool_id, params, refusal)
    return render(request, "pools/pool.html", context, status=refusal.status if refusal else 200)


def _settings(request: HttpRequest, pool_id: int | None) -> HttpResponse:
    actor = actor_of(request)
    policy.require(actor, permissions.POOLS_MANAGE)
    found = crm.pool(actor, pool_id) if pool_id else None
    now = pool_values(found)
    if request.method != "POST":
        return _form(request, found, now, was=now)
    typed = {name: request.POST.get(name, "") for name in ("name", *LIMITS)}
    chosen: dict[str, Any] = {name: _numbers(request.POST.getlist(name)) for name in ("units", "admins")}
    try:
        limits: dict[str, Any] = limits_typed(typed)
        before = _seen(request) if pool_id else None
        saved = actions.save_pool(actor=actor, pool_id=pool_id, name=typed["name"], **chosen, **limits, seen=before)
    except Refusal as refusal:
        shown, was = again(request.POST, typed, now, refusal)
        was |= {name: held for name in chosen if (held := ticked(request.POST, name)) is not None}
        return _form(request, found, {**shown, **chosen}, refusal, was={**now, **was})
    messages.success(request, gettext("Pool saved."))
    return redirect("pool", saved.pk)


def _seen(request: HttpRequest) -> dict[str, Any]:
    """What the form held when it was opened."""
    lists = {name: ticked(request.POST, name) for name in ("units", "admins")}
    chosen = {name: _numbers(held) for name, held in lists.items() if held is not None}
    return {**seen(request.POST, ("name", *LIMITS)), **chosen}


def _numbers(texts: list[str]) -> list[int]:
    return [number for text in texts if (number := whole(text)) is not None]


def _form(
    request: HttpRequest,
    found: Any,
    values: dict[str, Any],
    refusal: Refusal | None = None,
    *,
    was: dict[str, Any],
) -> HttpResponse:
    context = {
        "pool": found,
        "inputs": filled(pool_inputs(), values, refusal, was if found else None),
        "was": {name: joined(was.get(name, [])) for name in ("units", "admins")} if found else {},
        "units": people.all_units(),
        "people": in_order(people.active_people()),
        "chosen": values,
        "refusal": refusal,
    }
    return render(request, "pools/form.html", context, status=refusal.status if refusal else 200)
