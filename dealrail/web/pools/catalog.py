"""Products, regions and sources: what deals and customers are sorted by."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dealrail.accounts import policy
from dealrail.core.errors import Refusal
from dealrail.crm import permissions
from dealrail.crm import queries as crm
from dealrail.crm.actions import catalog as actions
from dealrail.crm.rules import PRODUCT_FIELDS
from dealrail.web.inputs import Input, filled, typed, whole
from dealrail.web.opened import again, seen, touched
from dealrail.web.signed_in import actor_of


def product_inputs() -> list[Input]:
    """Empty inputs for a product."""
    return [
        Input("name", _("Name"), required=True),
        Input("code", _("Code"), help=_("The name, if left empty.")),
        Input("series", _("Series")),
        Input("unit", _("Unit"), help=_("Piece, year, seat …")),
        Input("price", _("Price")),
    ]


def catalog(request: HttpRequest) -> HttpResponse:
    """Products, regions and sources; regions and sources are added, renamed and taken off the list here."""
    actor = actor_of(request)
    if request.method == "POST":
        return _change(request) if request.POST.get("row") else _add(request)
    context = {
        "products": crm.products(),
        "regions": crm.regions(),
        "sources": crm.sources(),
        "may_change": actor.may(permissions.PRODUCTS_CHANGE),
        "may_add": actor.may(permissions.PRODUCTS_CHANGE) or actor.may(permissions.IMPORTS_RUN),
    }
    return render(request, "pools/catalog.html", context)


def _add(request: HttpRequest) -> HttpResponse:
    actor, name = actor_of(request), request.POST.get("name", "")
    ensure = actions.ensure_region if request.POST.get("kind") == "region" else actions.ensure_source
    try:
        row, is_new = ensure(actor=actor, name=name)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        said = gettext("Added: %(name)s") if is_new else gettext("“%(name)s” is in the list already.")
        messages.success(request, said % {"name": row.name})
    return redirect("catalog")


def _change(request: HttpRequest) -> HttpResponse:
    actor, posted = actor_of(request), request.POST
    row_id, name = whole(posted.get("row")) or 0, posted.get("name")
    active = posted["active"] == "1" if "active" in posted else None
    try:
        if posted.get("kind") == "region":
            actions.change_region(actor=actor, region_id=row_id, name=name, is_active=active)
        else:
            actions.change_source(actor=actor, source_id=row_id, name=name, is_active=active)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, gettext("Saved."))
    return redirect("catalog")


def product_new(request: HttpRequest) -> HttpResponse:
    """Add a product."""
    return _product(request, None)


def product_change(request: HttpRequest, product_id: int) -> HttpResponse:
    """Change a product, or take it off the list."""
    return _product(request, product_id)


def _product(request: HttpRequest, product_id: int | None) -> HttpResponse:
    actor = actor_of(request)
    policy.require(actor, permissions.PRODUCTS_CHANGE)
    product = crm.product(product_id) if product_id else None
    now = {name: getattr(product, name) for name in PRODUCT_FIELDS} if product else {}
    if request.method != "POST":
        return _form(request, product, now)
    values = {**typed(request.POST, product_inputs()), "is_active": request.POST.get("is_active", "") == "1"}
    fields = touched(request.POST, values)
    try:
        if product_id:
            actions.change_product(actor=actor, product_id=product_id, fields=fields, seen=seen(request.POST, fields))
        else:
            actions.create_product(actor=actor, fields=values)
    except Refusal as refusal:
        shown, was = again(request.POST, values, now, refusal)
        return _form(request, product, shown, refusal, was)
    messages.success(request, gettext("Product saved."))
    return redirect("catalog")


def _form(
    request: HttpRequest,
    product: Any,
    values: dict[str, Any],
    refusal: Refusal | None = None,
    was: dict[str, Any] | None = None,
) -> HttpResponse:
    was = values if was is None else was
    context = {
        "product": product,
        "inputs": filled(product_inputs(), values, refusal, was if product else None),
        "was_active": was.get("is_active", True),
        "is_active": values.get("is_active", True),
        "refusal": refusal,
    }
    return render(request, "pools/product.html", context, status=refusal.status if refusal else 200)
