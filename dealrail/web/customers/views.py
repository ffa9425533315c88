"""The customer page, and what can be done with a customer."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from dealrail.accounts import policy as accounts
from dealrail.accounts.errors import NotFound, UnknownPerson
from dealrail.core.errors import Refusal
from dealrail.crm import permissions, policy
from dealrail.crm import queries as crm
from dealrail.crm.actions import customers as actions
from dealrail.crm.actions import pools, recycling
from dealrail.crm.actions.pools import open_customer
from dealrail.crm.errors import PoolViewsUsedUp
from dealrail.web.added import added_hidden
from dealrail.web.catalog import still_offering
from dealrail.web.customers.inputs import customer_inputs, customer_values
from dealrail.web.customers.page import customer_page
from dealrail.web.customers.rows import customer_row
from dealrail.web.inputs import changed, filled, typed, whole
from dealrail.web.opened import again, seen, touched
from dealrail.web.recycle.messages import say_deleted
from dealrail.web.signed_in import actor_of


def customer(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Everything about one customer; of one that was merged, the one that took its place."""
    actor, asked = actor_of(request), request.GET
    try:
        context = customer_page(actor, customer_id, before=asked.get("before", ""), show=asked.get("show", ""))
    except NotFound:
        if (kept := crm.kept_instead(customer_id)) is None:
            raise
        return redirect("customer", kept)
    return render(request, "customers/page.html", context)


def customer_new(request: HttpRequest) -> HttpResponse:
    """Add a customer; a duplicate is named, and saved anyway only when asked again."""
    actor = actor_of(request)
    accounts.require(actor, permissions.CUSTOMERS_CREATE)
    if request.method != "POST":
        return _form(request, {"name": request.GET.get("name", "")})
    values = typed(request.POST, customer_inputs(actor))
    try:
        made = actions.create_customer(actor=actor, fields=values, allow_duplicate=_insists(request))
    except Refusal as refusal:
        return _form(request, values, refusal=refusal)
    messages.success(request, gettext("Customer saved."))
    return redirect("customer", made.pk)


def customer_change(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Change a customer's facts."""
    actor = actor_of(request)
    row = customer_row(actor, open_customer(actor=actor, customer_id=customer_id))
    policy.require_can_change_customer(actor, row.customer)
    inputs = customer_inputs(actor)
    now = customer_values(actor, row.customer, row.phone, inputs)
    if request.method != "POST":
        return _form(request, now, row=row, was=now)
    values = typed(request.POST, inputs)
    hidden = {**row.hidden, **added_hidden(actor, row.customer, inputs, now)}
    fields = touched(request.POST, changed(values, hidden))
    before = seen(request.POST, set(fields) - set(hidden))
    insists = _insists(request)
    try:
        actions.change_customer(
            actor=actor, customer_id=customer_id, fields=fields, allow_duplicate=insists, seen=before
        )
    except Refusal as refusal:
        shown, was = again(request.POST, values, now, refusal)
        return _form(request, shown, refusal=refusal, row=row, was=was)
    messages.success(request, gettext("Customer saved."))
    return redirect("customer", customer_id)


@require_POST
def customer_claim(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Take a customer out of its pool."""
    try:
        pools.claim_customer(actor=actor_of(request), customer_id=customer_id)
    except NotFound:
        raise
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, gettext("The customer is yours now."))
    return redirect("customer", customer_id)


@require_POST
def customer_release(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Put a customer into a pool, with a reason."""
    actor, pool = actor_of(request), request.POST.get("pool", "")
    reason, pool_id = request.POST.get("reason", ""), whole(pool)
    said = gettext("The customer is in the public pool now.")
    return _acted(
        request,
        customer_id,
        lambda: pools.release_customer(actor=actor, customer_id=customer_id, reason=reason, pool_id=pool_id),
        said,
    )


@require_POST
def customer_transfer(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Hand a customer to somebody else."""
    actor = actor_of(request)
    owner, note = request.POST.get("owner", ""), request.POST.get("note", "")
    said = gettext("The customer has a new owner.")

    def transfer() -> Any:
        if (owner_id := whole(owner)) is None:
            raise UnknownPerson(person=owner[:40])
        return actions.transfer_customer(actor=actor, customer_id=customer_id, owner_id=owner_id, note=note)

    return _acted(request, customer_id, transfer, said)


@require_POST
def customer_delete(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Put a customer into the recycle bin, with a way back at once; open deals stand in the way."""
    actor = actor_of(request)
    try:
        deleted = recycling.delete_customer(actor=actor, customer_id=customer_id)
    except Refusal as refusal:
        return _refused(request, customer_id, refusal)
    say_deleted(request, "customer", customer_id, deleted.name)
    return redirect("customers")


def _acted(request: HttpRequest, customer_id: int, act: Callable[[], Any], said: str) -> HttpResponse:
    """Act, and show the customer again: with a word of success, or with the refusal and what was typed."""
    try:
        act()
    except Refusal as refusal:
        return _refused(request, customer_id, refusal)
    messages.success(request, said)
    visible = crm.customers(actor_of(request)).filter(pk=customer_id).exists()
    return redirect("customer", customer_id) if visible else redirect("customers")


def _refused(request: HttpRequest, customer_id: int, refusal: Refusal) -> HttpResponse:
    """The customer again with what was typed and why not; the refusal alone where the customer can't be opened."""
    try:
        context = customer_page(actor_of(request), customer_id, refusal=refusal)
    except PoolViewsUsedUp:
        raise refusal from None
    return render(request, "customers/page.html", {**context, "typed": request.POST}, status=refusal.status)


def _insists(request: HttpRequest) -> bool:
    return request.POST.get("allow_duplicate") == "1"


def _form(
    request: HttpRequest,
    values: dict[str, Any],
    *,
    refusal: Refusal | None = None,
    row: Any = None,
    was: dict[str, Any] | None = None,
) -> HttpResponse:
    inputs = [still_offering(empty, row.customer) if row else empty for empty in customer_inputs(actor_of(request))]
    context = {"inputs": filled(inputs, values, refusal, was), "refusal": refusal, "row": row}
    return render(request, "customers/form.html", context, status=refusal.status if refusal else 200)
