"""The first page of the settings, and that of the company."""

from typing import Any

from django.conf import settings as configured
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dealrail.accounts import policy
from dealrail.accounts import queries as accounts
from dealrail.accounts.actions.company import change_company
from dealrail.accounts.permissions import COMPANY_MANAGE
from dealrail.core.errors import Refusal
from dealrail.web.inputs import Input, filled, options, typed
from dealrail.web.opened import again, seen, touched
from dealrail.web.settings.places import settings_for
from dealrail.web.signed_in import actor_of


def settings_home(request: HttpRequest) -> HttpResponse:
    """Everything this person may set, in groups, narrowed by a word."""
    words = request.GET.get("q", "")
    context = {"groups": settings_for(actor_of(request), words), "q": words}
    return render(request, "settings/home.html", context)


def company_inputs() -> list[Input]:
    """Empty inputs for the company."""
    languages = options(configured.LANGUAGES, none=_("As the server is set"))
    about = _("For who has chosen none; everybody can choose their own.")
    return [
        Input("name", _("Name of the company"), required=True, help=_("Shown above the navigation and at the login.")),
        Input("language", _("Language"), kind="select", options=languages, help=about),
    ]


def company(request: HttpRequest) -> HttpResponse:
    """The company's name and language."""
    actor = actor_of(request)
    policy.require(actor, COMPANY_MANAGE)
    found = accounts.company()
    now = {"name": found.name, "language": found.language}
    if request.method != "POST":
        return _company(request, now, was=now)
    values = typed(request.POST, company_inputs())
    fields = touched(request.POST, values)
    try:
        change_company(actor=actor, **fields, seen=seen(request.POST, fields))
    except Refusal as refusal:
        shown, was = again(request.POST, values, now, refusal)
        return _company(request, shown, refusal, was)
    messages.success(request, gettext("Saved."))
    return redirect("company")


def _company(
    request: HttpRequest,
    values: dict[str, Any],
    refusal: Refusal | None = None,
    was: dict[str, Any] | None = None,
) -> HttpResponse:
    context = {"inputs": filled(company_inputs(), values, refusal, was), "refusal": refusal}
    return render(request, "settings/company.html", context, status=refusal.status if refusal else 200)
