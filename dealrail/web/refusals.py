"""Refusals as pages, and failures of the database that mean one."""

import logging
import sys
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.defaults import server_error

from dealrail.core.errors import Refusal
from dealrail.core.failures import meaning

log = logging.getLogger("dealrail.web")
AGAIN_AFTER = 5  # seconds


def refusal_page(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """The sentence of a refusal on a page of its own, or as a part when HTMX asked."""
    part = _is_part(request)
    template = "components/refusal.html" if part else "refused.html"
    return render(request, template, {"refusal": refusal}, status=refusal.status)


def failure_page(request: HttpRequest, error: BaseException) -> HttpResponse | None:
    """The page for a failure of the database that means a refusal; None for a fault of ours."""
    refusal = meaning(error)
    if refusal is None:
        return None
    log.warning("%s %s: %s", request.method, request.path, refusal.code, exc_info=error)
    return _busy_page(request, refusal) if _is_busy(refusal) else refusal_page(request, refusal)


def failed(request: HttpRequest) -> HttpResponse:
    """What failed outside of every view, where the database may be away as well."""
    error = sys.exc_info()[1]
    page = failure_page(request, error) if error else None
    return page or server_error(request)


def _busy_page(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Rendered without the request: the shell around other pages asks the database who is there."""
    template = "components/refusal.html" if _is_part(request) else "busy.html"
    again = request.get_full_path() if request.method == "GET" else ""
    text = render_to_string(template, {"refusal": refusal, "again": again})
    return HttpResponse(text, status=refusal.status, headers={"Retry-After": str(AGAIN_AFTER)})


def _is_busy(refusal: Refusal) -> bool:
    return refusal.status == HTTPStatus.SERVICE_UNAVAILABLE


def _is_part(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"
