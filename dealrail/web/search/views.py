"""What the search box in the top bar finds: deals and customers within the reader's sight."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from dealrail.core.texts import tidy
from dealrail.crm import queries as crm
from dealrail.web.customers.rows import customer_rows
from dealrail.web.signed_in import actor_of

SHOWN = 20


def search(request: HttpRequest) -> HttpResponse:
    """The first deals and customers that hold the text, and the way to all of them."""
    actor, text = actor_of(request), tidy(request.GET.get("q", ""))
    deals = crm.search_deals(crm.deals(actor), text).order_by("run__closed_at", "-pk")
    customers = crm.search_customers(actor, crm.customers(actor), text).order_by("-pk")
    context = {
        "searched": text,
        "deals": list(deals[:SHOWN]) if text else [],
        "customers": customer_rows(actor, customers[:SHOWN]) if text else [],
        "shown": SHOWN,
    }
    return render(request, "search/page.html", context)
