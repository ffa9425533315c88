"""Putting a file into a field of a deal, customer or contact, taking it out, and fetching it."""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotFound
from dealrail.core import uploads
from dealrail.core.errors import Refusal
from dealrail.crm import policy
from dealrail.crm import queries as crm
from dealrail.crm.actions.customers import change_contact, change_customer
from dealrail.crm.actions.deals import change_deal
from dealrail.crm.actions.pools import open_contact, open_customer, open_deal
from dealrail.crm.rules import Access
from dealrail.web.added import may_change_record
from dealrail.web.inputs import Input
from dealrail.web.signed_in import actor_of

Change = Callable[[Actor, int, Mapping[str, Any]], Any]


def field_file(request: HttpRequest, field_id: int, record_id: int) -> HttpResponse:
    """Ask for the file of a field of one record, and put it there, or take it out."""
    actor, field = actor_of(request), crm.custom_field(field_id)
    if field.type != "file" or not field.is_active or policy.access_to(actor, field) is not Access.EDIT:
        raise NotFound()
    record = _RECORDS[field.kind](actor, record_id)
    if not may_change_record(actor, record):
        raise NotFound()
    if request.method != "POST":
        return _form(request, field, record)
    name = crm.field_name(field)
    sent: Any = request.FILES.get("file")
    if sent is None and not request.POST.get("remove"):
        return _form(request, field, record, error=gettext("Choose a file first."), status=422)
    try:
        _CHANGES[field.kind](actor, record_id, {name: sent or ""})
    except Refusal as refusal:
        return _form(request, field, record, error=str(refusal), status=refusal.status)
    messages.success(request, gettext("Saved."))
    return redirect(_page(field, record))


def _form(request: HttpRequest, field: Any, record: Any, *, error: str = "", status: int = 200) -> HttpResponse:
    actor = actor_of(request)
    inputs = [Input("file", field.name, kind="file", help=field.help, error=error)]
    held = record.custom.get(field.key)
    if held:
        inputs.append(Input("remove", _("Take the file out"), kind="checkbox"))
    context = {
        "field": field,
        "record": record,
        "page": _page(field, record),
        "held": held,
        "words": crm.custom_words(actor, record, field),
        "inputs": inputs,
    }
    return render(request, "field_files/form.html", context, status=status)


def _page(field: Any, record: Any) -> str:
    if field.kind == "contact":
        return reverse("customer", args=[record.customer_id])
    return reverse(field.kind, args=[record.pk])


_RECORDS: Mapping[str, Callable[[Actor, int], Any]] = {
    "customer": lambda actor, pk: open_customer(actor=actor, customer_id=pk),
    "contact": lambda actor, pk: open_contact(actor=actor, contact_id=pk),
    "deal": lambda actor, pk: open_deal(actor=actor, deal_id=pk),
}
_CHANGES: Mapping[str, Change] = {
    "customer": lambda actor, pk, fields: change_customer(actor=actor, customer_id=pk, fields=fields),
    "contact": lambda actor, pk, fields: change_contact(actor=actor, contact_id=pk, fields=fields),
    "deal": lambda actor, pk, fields: change_deal(actor=actor, deal_id=pk, fields=fields),
}


def field_file_content(request: HttpRequest, file_id: int) -> FileResponse:
    """The file itself; always a download, whatever is in it."""
    found = crm.field_file(actor_of(request), file_id)
    return FileResponse(
        uploads.kept_at(found.file).open("rb"), as_attachment=True, filename=found.name, content_type=found.media_type
    )
