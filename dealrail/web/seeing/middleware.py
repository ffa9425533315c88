"""While somebody sees as another one, pages are that one's, and nothing is written whichever way it is tried."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import OnlyLooking
from dealrail.accounts.queries import seen_as
from dealrail.core.db import refusing_writes
from dealrail.core.errors import Refusal
from dealrail.web.refusals import refusal_page
from dealrail.web.signed_in import SEEING, act_as, actor_of

Next = Callable[[HttpRequest], HttpResponse]
SAFE = {"GET", "HEAD", "OPTIONS"}
ENDS = {"/see-as/end/", "/logout/"}
OWN = re.compile(r"/(me|login|people/see-as)/")


@dataclass(frozen=True)
class Seeing:
    """As whom somebody sees, as their session keeps it."""

    user_id: int | None
    role_key: str
    name: str


class SeeingAs:
    """Makes the person seen as the actor of a request, and refuses whatever would change something.

    Rights are asked anew each time: who may no longer see as them is led back to themselves. The statements of the
    database are watched besides the methods of requests, since some pages note that they were opened.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        seeing = seeing_of(request)
        if seeing is None:
            return self.get_response(request)
        try:
            shown = seen_as(actor_of(request), user_id=seeing.user_id, role_key=seeing.role_key)
        except Refusal as refusal:
            del request.session[SEEING]
            messages.warning(request, str(refusal))
            return self.get_response(request)
        return self._as(request, seeing, shown)

    def _as(self, request: HttpRequest, seeing: Seeing, shown: Actor) -> HttpResponse:
        act_as(request, shown, seeing)
        if request.path_info in ENDS:
            return self.get_response(request)
        with refusing_writes(OnlyLooking):
            response = self.get_response(request)
        response.headers["Cache-Control"] = "private, no-store"
        return response

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> HttpResponse | None:
        """Refuse to change anything, and to open what is the person's own account."""
        if actor_of_looker(request) is None or request.path_info in ENDS:
            return None
        if request.method in SAFE and not OWN.match(request.path_info):
            return None
        return refusal_page(request, OnlyLooking())


def seeing_of(request: HttpRequest) -> Seeing | None:
    """As whom the session says that somebody sees."""
    kept = request.session.get(SEEING) if request.user.is_authenticated else None
    return Seeing(**kept) if kept else None


def actor_of_looker(request: HttpRequest) -> Actor | None:
    """Who really looks, in a request that sees as somebody else."""
    return actor_of(request).looker if request.user.is_authenticated else None
