"""Refusals as pages."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from dealrail.core.errors import Refusal


def refusal_page(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """The sentence of a refusal on a page of its own, or as a part when HTMX asked."""
    part = request.headers.get("HX-Request") == "true"
    template = "components/refusal.html" if part else "refused.html"
    return render(request, template, {"refusal": refusal}, status=refusal.status)
