"""Addresses of the API: operations ask for a token themselves, and what goes wrong is a problem document."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from dealrail.accounts.errors import NotFound
from dealrail.api.problems import ANSWERED, no_such_method
from dealrail.api.root import api

View = Callable[..., HttpResponse]
app_name = "ninja"


def at_the_edge(view: View) -> View:
    """The view, without login (a token is asked for instead) and without a web page for what goes wrong before it."""

    @login_not_required
    @csrf_exempt
    @wraps(view)
    def answer(request: HttpRequest, **values: Any) -> HttpResponse:
        try:
            response = view(request, **values)
        except ANSWERED as error:
            response = api.on_exception(request, error)
        if isinstance(response, HttpResponseNotAllowed):
            response = no_such_method(request, response)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return answer


def nothing_here(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Whatever no operation answers to."""
    raise NotFound()


def _patterns() -> list[Any]:
    patterns: list[Any] = api.urls[0]
    for pattern in patterns:
        pattern.callback = at_the_edge(pattern.callback)
    return [*patterns, path("", at_the_edge(nothing_here)), path("<path:rest>", at_the_edge(nothing_here))]


urlpatterns = _patterns()
