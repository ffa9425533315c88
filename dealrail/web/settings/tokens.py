"""Everybody's API tokens: whose, when last used, and stopping one."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from dealrail.accounts import policy
from dealrail.accounts import queries as people
from dealrail.accounts.actions.tokens import revoke_token
from dealrail.accounts.permissions import PEOPLE_MANAGE
from dealrail.web.signed_in import actor_of

SHOWN = 200


def tokens(request: HttpRequest) -> HttpResponse:
    """The tokens of all people, those that still work on top."""
    rows = list(people.everybodys_tokens(actor_of(request))[: SHOWN + 1])
    return render(request, "settings/tokens.html", {"tokens": rows[:SHOWN], "more": len(rows) > SHOWN})


@require_POST
def token_stop(request: HttpRequest, token_id: int) -> HttpResponse:
    """Stop anybody's token at once."""
    actor = actor_of(request)
    policy.require(actor, PEOPLE_MANAGE)
    revoke_token(actor=actor, token_id=token_id)
    messages.success(request, gettext("The token is revoked."))
    return redirect("tokens")
