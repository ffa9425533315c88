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
    """Hand everything to the chosen successor and deactivate, once it was said what goes to whom and confirmed.

    What was refused is named, row by row.
    """
    actor = actor_of(request)
    policy.require(actor, PEOPLE_MANAGE)
    successor = whole(request.POST.get("successor", ""))
    try:
        if successor and request.POST.get("confirmed") != "1":
            return person_page(request, people.user(user_id), confirming=people.person(successor))
        left = deactivate_user(actor=actor, user_id=user_id, successor_id=successor)
    except Refusal as refusal:
        return person_page(request, people.user(user_id), active_refusal=refusal)
    if left.refused:
        return person_page(request, people.user(user_id), left=left)
    said = gettext("%(name)s can't log in any more.") % {"name": left.person.name}
    count = len(left.rows)
    if count:
        to = people.user(successor or 0).name
        given = ngettext("%(n)s thing went to %(who)s.", "%(n)s things went to %(who)s.", count)
        said = f"{said} {given % {'n': count, 'who': to}}"
    messages.success(request, said)
    return redirect("person", user_id)
