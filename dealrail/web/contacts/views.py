"""Adding, changing and deleting the contacts of a customer."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from dealrail.core.errors import Refusal
from dealrail.core.texts import tidy
from dealrail.crm import policy
from dealrail.crm import queries as crm
from dealrail.crm.actions import customers as actions
from dealrail.crm.actions import recycling
from dealrail.crm.actions.pools import open_contact, open_customer
from dealrail.web.catalog import still_offering
from dealrail.web.contacts.inputs import contact_inputs, contact_values
from dealrail.web.customers.rows import contact_row
from dealrail.web.inputs import changed, filled, typed, whole
from dealrail.web.opened import again, seen, touched
from dealrail.web.recycle.messages import say_deleted
from dealrail.web.signed_in import actor_of


def contact_new(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Add a person at a customer."""
    actor = actor_of(request)
    customer = open_customer(actor=actor, customer_id=customer_id)
    policy.require_can_add_contact(actor, customer)
    if request.method != "POST":
        return _form(request, customer, {"role": request.GET.get("role", "")})
    values = typed(request.POST, contact_inputs(actor))
    try:
        actions.create_contact(actor=actor, customer_id=customer_id, fields=values, allow_duplicate=_insists(request))
    except Refusal as refusal:
        return _form(request, customer, values, refusal)
    messages.success(request, gettext("Contact saved."))
    return redirect("customer", customer_id)


def contact_change(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Change a contact."""
    actor = actor_of(request)
    contact = open_contact(actor=actor, contact_id=contact_id)
    policy.require_can_change_customer(actor, contact.customer)
    row = contact_row(actor, contact)
    inputs = contact_inputs(actor, contact)
    now = contact_values(actor, row, inputs)
    if request.method != "POST":
        return _form(request, contact.customer, now, was=now, contact=contact)
    values = typed(request.POST, inputs)
    fields = touched(request.POST, changed(values, row.hidden))
    before = seen(request.POST, set(fields) - set(row.hidden))
    try:
        actions.change_contact(
            actor=actor, contact_id=contact_id, fields=fields, seen=before, allow_duplicate=_insists(request)
        )
    except Refusal as refusal:
        shown, was = again(request.POST, values, now, refusal)
        return _form(request, contact.customer, shown, refusal, was, contact=contact)
    messages.success(request, gettext("Contact saved."))
    return redirect("customer", contact.customer_id)


def duplicates(request: HttpRequest) -> HttpResponse:
    """Contacts like the one that is being typed, as a part of the form."""
    given = request.GET
    found = crm.same_contacts(
        actor_of(request),
        name=tidy(given.get("name", "")),
        phone=tidy(given.get("phone", "")),
        customer_id=whole(given.get("at")),
        but=whole(given.get("but")),
    )
    return render(request, "contacts/duplicates.html", {"found": found})


def _insists(request: HttpRequest) -> bool:
    return request.POST.get("allow_duplicate") == "1"


@require_POST
def contact_delete(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Put a contact into the recycle bin, with a way back at once."""
    reason = request.POST.get("reason", "")
    contact = recycling.delete_contact(actor=actor_of(request), contact_id=contact_id, reason=reason)
    say_deleted(request, "contact", contact_id, contact.name)
    return redirect("customer", contact.customer_id)


def _form(
    request: HttpRequest,
    customer: Any,
    values: dict[str, Any],
    refusal: Refusal | None = None,
    was: dict[str, Any] | None = None,
    *,
    contact: Any = None,
) -> HttpResponse:
    empty = contact_inputs(actor_of(request), contact)
    offering = [still_offering(row, contact) for row in empty] if contact else empty
    inputs = filled(offering, values, refusal, was)
    context = {"customer": customer, "inputs": inputs, "refusal": refusal, "but": contact.pk if contact else 0}
    return render(request, "contacts/form.html", context, status=refusal.status if refusal else 200)
