"""The customer list, the customer page, and what can be done with a customer."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from dealrail.accounts import policy as accounts
from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import UnknownPerson
from dealrail.core.errors import Refusal
from dealrail.crm import permissions, policy
from dealrail.crm import queries as crm
from dealrail.crm.actions import customers as actions
from dealrail.crm.actions import pools, recycling
from dealrail.web.customers.inputs import GRADES, customer_inputs, customer_values
from dealrail.web.customers.page import customer_page
from dealrail.web.customers.rows import customer_row, customer_rows
from dealrail.web.exports.sheets import records_answer
from dealrail.web.inputs import changed, filled, typed, whole
from dealrail.web.lists.deals import named
from dealrail.web.lists.filters import NONE, Column, Picker, address, chips, heads, narrowed, paged, picker
from dealrail.web.recycle.messages import say_deleted
from dealrail.web.signed_in import actor_of

NAMES = ("owner", "region", "source", "grade", "pool")
COLUMNS = (
    Column(_("Customer"), "name"),
    Column(_("Grade"), "grade"),
    Column(_("Phone")),
    Column(_("Industry"), "industry"),
    Column(_("Region"), "region"),
    Column(_("Owner"), "owner"),
    Column(_("Created"), "created_at"),
)


def customers(request: HttpRequest) -> HttpResponse:
    """The customers one may see, narrowed by the address."""
    actor, params = actor_of(request), request.GET
    pickers = _pickers(actor, params)
    page = paged(_listed(actor, params), params, crm.customer_fields())
    context = {
        "rows": customer_rows(actor, page.rows),
        "heads": heads(params, COLUMNS),
        "pickers": pickers,
        "chips": chips(params, pickers, {"q": _("Search"), "filter": _("Filter")}),
        "next": address(params) + f"&cursor={page.next}" if page.next else "",
        "may_create": actor.may(permissions.CUSTOMERS_CREATE),
        "may_export": actor.may(permissions.EXPORTS_RUN),
    }
    return render(request, "customers/list.html", context)


def customers_export(request: HttpRequest) -> HttpResponseBase:
    """The same customers as a sheet."""
    actor = actor_of(request)
    rows = _listed(actor, request.GET).order_by("pk")
    return records_answer(request, actor, "customers", rows)


def customer(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Everything about one customer."""
    actor = actor_of(request)
    before = request.GET.get("before", "")
    return render(request, "customers/page.html", customer_page(actor, customer_id, before=before))


def customer_new(request: HttpRequest) -> HttpResponse:
    """Add a customer; a duplicate is named, and saved anyway only when asked again."""
    actor = actor_of(request)
    accounts.require(actor, permissions.CUSTOMERS_CREATE)
    if request.method != "POST":
        return _form(request, {"name": request.GET.get("name", "")})
    values = typed(request.POST, customer_inputs())
    try:
        made = actions.create_customer(actor=actor, fields=values, allow_duplicate=_insists(request))
    except Refusal as refusal:
        return _form(request, values, refusal=refusal)
    messages.success(request, gettext("Customer saved."))
    return redirect("customer", made.pk)


def customer_change(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Change a customer's facts."""
    actor = actor_of(request)
    row = customer_row(actor, crm.customer(actor, customer_id))
    policy.require_can_change_customer(actor, row.customer)
    if request.method != "POST":
        return _form(request, customer_values(row.customer, row.phone), row=row)
    values = typed(request.POST, customer_inputs())
    fields = changed(values, row.hidden)
    try:
        actions.change_customer(actor=actor, customer_id=customer_id, fields=fields, allow_duplicate=_insists(request))
    except Refusal as refusal:
        return _form(request, values, refusal=refusal, row=row)
    messages.success(request, gettext("Customer saved."))
    return redirect("customer", customer_id)


@require_POST
def customer_claim(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Take a customer out of its pool."""
    actor = actor_of(request)
    said = gettext("The customer is yours now.")
    return _acted(request, customer_id, lambda: pools.claim_customer(actor=actor, customer_id=customer_id), said)


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
        context = customer_page(actor, customer_id, refusal=refusal)
        return render(request, "customers/page.html", context, status=refusal.status)
    say_deleted(request, "customer", customer_id, deleted.name)
    return redirect("customers")


def _acted(request: HttpRequest, customer_id: int, act: Callable[[], Any], said: str) -> HttpResponse:
    """Act, and show the customer again: with a word of success, or with the refusal and what was typed."""
    actor = actor_of(request)
    try:
        act()
    except Refusal as refusal:
        context = customer_page(actor, customer_id, refusal=refusal)
        return render(request, "customers/page.html", {**context, "typed": request.POST}, status=refusal.status)
    messages.success(request, said)
    visible = crm.customers(actor).filter(pk=customer_id).exists()
    return redirect("customer", customer_id) if visible else redirect("customers")


def _insists(request: HttpRequest) -> bool:
    return request.POST.get("allow_duplicate") == "1"


def _form(
    request: HttpRequest, values: dict[str, Any], *, refusal: Refusal | None = None, row: Any = None
) -> HttpResponse:
    inputs = filled(customer_inputs(), values, refusal)
    context = {"inputs": inputs, "refusal": refusal, "row": row}
    return render(request, "customers/form.html", context, status=refusal.status if refusal else 200)


def _listed(actor: Actor, params: QueryDict) -> QuerySet[Any]:
    rows = narrowed(crm.customers(actor), params, names=NAMES, fields=crm.customer_fields(), actor=actor)
    return crm.search_customers(actor, rows, params.get("q", ""))


def _pickers(actor: Actor, params: QueryDict) -> list[Picker]:
    return [
        picker(params, "owner", _("Owner"), [("me", _("Mine")), (NONE, _("Nobody")), *named(people.active_people())]),
        picker(params, "unit", _("Department"), named(people.all_units())),
        picker(params, "grade", _("Grade"), GRADES),
        picker(params, "region", _("Region"), named(crm.regions())),
        picker(params, "source", _("Source"), named(crm.sources())),
        picker(params, "pool", _("Public pool"), [(NONE, _("In no pool")), *named(crm.pools(actor))]),
    ]
