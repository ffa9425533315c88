"""What the search finds within the reader's sight: customers, contacts, deals and pages."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from dealrail.accounts import queries as people
from dealrail.accounts.errors import NotFound
from dealrail.core.search import is_enough
from dealrail.core.texts import LONGEST_ASKED, tidy
from dealrail.crm import queries as crm
from dealrail.web.customers.rows import contact_row, customer_rows
from dealrail.web.people.choosing import people_found
from dealrail.web.search.pages import pages
from dealrail.web.signed_in import actor_of

SHOWN = 20
SHOWN_IN_PALETTE = 5
SHOWN_TO_CHOOSE = 8


def search(request: HttpRequest) -> HttpResponse:
    """The nearest of each kind, and the way to all of them."""
    text = tidy(request.GET.get("q", ""))
    return render(request, "search/page.html", _found(request, text, SHOWN))


def palette(request: HttpRequest) -> HttpResponse:
    """The same while it is typed, from two characters on; pages from the first letter on."""
    text = tidy(request.GET.get("q", ""))
    enough = is_enough(text)
    found = _found(request, text if enough else "", SHOWN_IN_PALETTE)
    context = {**found, "pages": pages(request, text), "searched": text, "enough": enough}
    return render(request, "search/found.html", context)


def customers(request: HttpRequest) -> JsonResponse:
    """The customers that are typed like this, to choose one by its name."""
    actor, text = actor_of(request), tidy(request.GET.get("q", ""))
    rows = crm.search_customers(actor, crm.customers(actor), text) if is_enough(text) else crm.customers(actor).none()
    found = rows.order_by("-pk")[:SHOWN_TO_CHOOSE]
    named = [{"name": row.name, "about": row.owner.name if row.owner else str(row.pool or "")} for row in found]
    return JsonResponse({"customers": named})


def linked(request: HttpRequest, target: str) -> JsonResponse:
    """The customers, contacts, deals or people that are typed like this, by name and number; refuse with NotFound."""
    if target == "person":
        return _persons(tidy(request.GET.get("q", ""))[:LONGEST_ASKED])
    if target not in LINKED:
        raise NotFound()
    actor, text = actor_of(request), tidy(request.GET.get("q", ""))
    rows, search, about = LINKED[target]
    known = rows(actor)
    found = search(actor, known, text) if is_enough(text) else known.none()
    named = [{"name": f"{row.name} #{row.pk}", "about": about(row)} for row in found.order_by("-pk")[:SHOWN_TO_CHOOSE]]
    return JsonResponse({"customers": named})


def _persons(text: str) -> JsonResponse:
    """The active people who are typed like this; who logs in chooses colleagues, and may find each of them."""
    found = people_found(people.active_people(), text, most=SHOWN)
    named = [{"name": f"{row.name} #{row.pk}", "about": str(row.unit or row.login)} for row in found]
    return JsonResponse({"customers": named})


# of each kind that a link can lead to: the records one may see, how they are searched, what tells two of a name apart
LINKED: Mapping[str, tuple[Any, Any, Any]] = {
    "customer": (crm.customers, crm.search_customers, lambda row: row.owner.name if row.owner else str(row.pool or "")),
    "contact": (crm.contacts, crm.search_contacts, lambda row: row.customer.name),
    "deal": (crm.deals, crm.search_deals, lambda row: row.customer.name if row.customer else ""),
}


def _found(request: HttpRequest, text: str, most: int) -> dict[str, Any]:
    actor = actor_of(request)
    found = crm.found(actor, text, most=most)
    return {
        "searched": text,
        "deals": found.deals,
        "customers": customer_rows(actor, found.customers),
        "contacts": [contact_row(actor, row) for row in found.contacts],
        "pages": pages(request, text),
        "more": found.more,
    }
