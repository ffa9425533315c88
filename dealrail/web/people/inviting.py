"""Inviting people by a link, and joining by it."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from dealrail.accounts import policy
from dealrail.accounts import queries as people
from dealrail.accounts.actions import invitations
from dealrail.accounts.errors import InvitationInvalid
from dealrail.accounts.permissions import PEOPLE_MANAGE
from dealrail.core.errors import Refusal
from dealrail.web.account.adapter import log_in
from dealrail.web.inputs import filled, typed, whole
from dealrail.web.people.inputs import invited_inputs, joining_inputs
from dealrail.web.people.views import KEPT_LINK
from dealrail.web.signed_in import actor_of


class NotPlaced(Refusal):
    code = "not_placed"
    sentence = _(
        "Without a role somebody may do nothing here; without a department, no leader sees their work. "
        "Choose both, or invite anyway."
    )


class PasswordsDiffer(Refusal):
    code = "passwords_typed_differ"
    sentence = _("The two passwords differ.")


@never_cache
def person_invite(request: HttpRequest) -> HttpResponse:
    """Add a person and show the link to send them, once; who would have no role or department is asked about first."""
    actor = actor_of(request)
    policy.require(actor, PEOPLE_MANAGE)
    if request.method != "POST":
        return _form(request, {"unit": request.GET.get("unit", "")}, [])
    values, roles = typed(request.POST, invited_inputs()), request.POST.getlist("roles")
    try:
        unit = whole(values.pop("unit", ""))
        if request.POST.get("anyway") != "1" and not (roles and (unit or not people.all_units().exists())):
            raise NotPlaced(field="unit" if roles else "roles")
        made, token = invitations.invite_user(actor=actor, unit_id=unit, roles=roles, **{"name": "", **values})
    except Refusal as refusal:
        return _form(request, request.POST.dict(), roles, refusal)
    return _shown_once(request, made.pk, token)


def _shown_once(request: HttpRequest, user_id: int, token: str) -> HttpResponse:
    """To the page of the person, which shows the link this once: going back and forth sends nothing again."""
    request.session[KEPT_LINK] = [user_id, link_of(request, token)]
    return redirect("person", user_id)


def link_of(request: HttpRequest, token: str) -> str:
    """The whole address of an invitation."""
    return request.build_absolute_uri(reverse("invited", args=[token]))


@never_cache
@require_POST
def person_invite_again(request: HttpRequest, user_id: int) -> HttpResponse:
    """Make a new link for somebody who hasn't joined; the one before stops working."""
    token = invitations.renew_invitation(actor=actor_of(request), user_id=user_id)
    return _shown_once(request, user_id, token)


@require_POST
def person_invite_revoke(request: HttpRequest, user_id: int) -> HttpResponse:
    """Let the links given out to somebody stop working."""
    invitations.revoke_invitation(actor=actor_of(request), user_id=user_id)
    messages.success(request, gettext("The links given out don't work any more."))
    return redirect("person", user_id)


@login_not_required
@never_cache
@sensitive_post_parameters("password", "again")
def invited(request: HttpRequest, token: str) -> HttpResponse:
    """Choose a password by the link one was given, and be logged in."""
    joining = people.invited(token)
    if joining is None:
        return render(request, "people/invited.html", {"refusal": InvitationInvalid()}, status=422)
    if request.method != "POST":
        return _joining(request, joining)
    password = request.POST.get("password", "")
    try:
        if password != request.POST.get("again", ""):
            raise PasswordsDiffer(field="again")
        actor = people.actor_for(joining, channel="web")
        joined = invitations.accept_invitation(actor=actor, token=token, password=password)
    except Refusal as refusal:
        return _joining(request, joining, refusal)
    return log_in(request, joined, onward="home")


def _joining(request: HttpRequest, joining: Any, refusal: Refusal | None = None) -> HttpResponse:
    context = {"joining": joining, "inputs": filled(joining_inputs(), {}, refusal), "refusal": refusal}
    return render(request, "people/invited.html", context, status=refusal.status if refusal else 200)


def _form(
    request: HttpRequest, values: dict[str, Any], roles: list[str], refusal: Refusal | None = None
) -> HttpResponse:
    context = {
        "inputs": filled(invited_inputs(), values, refusal),
        "roles": people.all_roles(),
        "chosen": roles,
        "refusal": refusal,
    }
    return render(request, "people/invite.html", context, status=refusal.status if refusal else 200)
