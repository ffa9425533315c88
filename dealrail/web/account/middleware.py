"""What logins need beyond one request: noting when a device was last used, and insisting on a second factor."""

import time
from collections.abc import Callable
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from dealrail.accounts import queries as people
from dealrail.accounts.actions.sessions import note_session
from dealrail.accounts.actor import Actor
from dealrail.accounts.permissions import PEOPLE_MANAGE
from dealrail.web.account.adapter import SEEN_AT
from dealrail.web.signed_in import actor_of

Next = Callable[[HttpRequest], HttpResponse]
NOTED_EVERY = 15 * 60  # seconds
WITHOUT_SECOND_FACTOR = {
    "second_factor", "second_factor_codes", "account_logout", "language", "theme", "notification_count",
}  # fmt: skip


class SessionNotes:
    """Notes when a device was last used, a few times an hour at most."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        seen_at = request.session.get(SEEN_AT)
        if seen_at is not None and time.time() - seen_at > NOTED_EVERY and request.user.is_authenticated:
            request.session[SEEN_AT] = int(time.time())
            note_session(actor=actor_of(request), key=request.session.session_key or "")
        return self.get_response(request)


class SecondFactorDemanded:
    """Who has to have a second factor and has none gets to set one up, and to nothing else."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> HttpResponse | None:
        """Lead to the set-up where that is still to be done."""
        name = request.resolver_match.url_name if request.resolver_match else ""
        if settings.MFA_DEMANDED_OF == "nobody" or name in WITHOUT_SECOND_FACTOR:
            return None
        if not request.user.is_authenticated or not _is_demanded(request):
            return None
        # asked anew each time: it may be turned off in another session, or reset by an administrator
        return None if people.has_second_factor(request.user.pk) else redirect("second_factor")


def _is_demanded(request: HttpRequest) -> bool:
    return settings.MFA_DEMANDED_OF == "everybody" or _really(request).may(PEOPLE_MANAGE)


def _really(request: HttpRequest) -> Actor:
    """Who is logged in, also while they see as somebody else."""
    actor = actor_of(request)
    return actor.looker or actor


class LoginForParts:
    """A part of a page asked for after the session has ended leads the whole page to the login, and back to itself.

    Without this the login form would be swapped into the place of the part.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        login = reverse(settings.LOGIN_URL)
        if request.headers.get("HX-Request") != "true" or not response.headers.get("Location", "").startswith(login):
            return response
        if response.status_code != 302 or request.user.is_authenticated:
            return response
        return HttpResponse(status=204, headers={"HX-Redirect": f"{login}?{urlencode({'next': _page(request)})}"})


def _page(request: HttpRequest) -> str:
    """The page that the part belongs to."""
    address = request.headers.get("HX-Current-URL", "")
    ours = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return address.split(request.get_host(), 1)[-1] if ours and address else "/"
