"""Choosing as whom to see, beginning and ending it."""

from dataclasses import asdict

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from dealrail.accounts import policy
from dealrail.accounts import queries as people
from dealrail.accounts.actions.seeing import begin_seeing, end_seeing
from dealrail.accounts.permissions import PEOPLE_MANAGE
from dealrail.core.errors import Refusal
from dealrail.web.inputs import whole
from dealrail.web.people.naming import role_name
from dealrail.web.seeing.middleware import Seeing, seeing_of
from dealrail.web.signed_in import SEEING, actor_of


def see_as(request: HttpRequest) -> HttpResponse:
    """Choose a person or a role, and look at every page as they see it."""
    actor = actor_of(request)
    policy.require(actor, PEOPLE_MANAGE)
    if request.method != "POST":
        return _form(request)
    user_id, role_key = whole(request.POST.get("person")), request.POST.get("role", "")
    try:
        name = begin_seeing(actor=actor, user_id=user_id, role_key=role_key)
    except Refusal as refusal:
        return _form(request, refusal)
    shown = name if user_id is not None else role_name(role_key, name)
    request.session[SEEING] = asdict(Seeing(user_id, "" if user_id is not None else role_key, shown))
    return redirect("home")


@require_POST
def see_as_end(request: HttpRequest) -> HttpResponse:
    """See as oneself again."""
    if (seeing := seeing_of(request)) is not None:
        actor = actor_of(request)
        looker = actor.looker or actor
        end_seeing(actor=looker, user_id=seeing.user_id, role_key=seeing.role_key, name=seeing.name)
        del request.session[SEEING]
        messages.success(request, gettext("You see as yourself again."))
    return redirect("home")


def _form(request: HttpRequest, refusal: Refusal | None = None) -> HttpResponse:
    context = {
        "roles": people.all_roles(),
        "persons": people.active_people().exclude(pk=actor_of(request).user_id),
        "role": request.POST.get("role", request.GET.get("role", "")),
        "person": request.POST.get("person", request.GET.get("person", "")),
        "refusal": refusal,
    }
    return render(request, "people/see_as.html", context, status=refusal.status if refusal else 200)
