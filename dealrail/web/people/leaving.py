"""Stopping a person once all they own has a successor."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST

from dealrail.accounts import policy
from dealrail.accounts import queries as people
from dealrail.accounts.permissions import PEOPLE_MANAGE
from dealrail.activities.actions.leaving import deactivate_user
from dealrail.core.errors import Refusal
from dealrail.web.inputs import whole
from dealrail.web.people.views import person_page
from dealrail.web.signed_in import actor_of


@require_POST
def person_leave(request: HttpRequest, user_id: int) -> HttpResponse:
    """Hand everything to the chosen successor and deactivate; what was refused is named, row by row."""
    actor = actor_of(request)
    policy.require(actor, PEOPLE_MANAGE)
    successor = whole(request.POST.get("successor", ""))
    try:
        left = deactivate_user(actor=actor, user_id=user_id, successor_id=successor)
    except Refusal as refusal:
        return person_page(request, people.user(user_id), active_refusal=refusal)
    if left.refused:
        return person_page(request, people.user(user_id), left=left)
    said = gettext("%(name)s can't log in any more.") % {"name": left.person.name}
    count = len(left.rows)
    given = ngettext("%(n)s thing was handed over.", "%(n)s things were handed over.", count) % {"n": count}
    messages.success(request, f"{said} {given}" if count else said)
    return redirect("person", user_id)
