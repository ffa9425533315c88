"""Who asks: the person a bearer token belongs to."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone, translation
from ninja.security import HttpBearer

from dealrail.accounts import queries as people
from dealrail.accounts import rules
from dealrail.accounts.actions.seeing import look_as
from dealrail.accounts.actions.tokens import note_token_use
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import OnlyLooking
from dealrail.accounts.permissions import TOKENS_MANAGE
from dealrail.api.errors import BadSeeAs
from dealrail.api.reading import is_id, person_id, storable

CHANNEL = "api"
SEE_AS = "See-As"
SAFE = {"GET", "HEAD"}
# what stays the person's own, whoever looks
OWN = "/api/v1/tokens"


class ApiRequest(HttpRequest):
    """A request that has passed the door."""

    auth: Actor
    token: Any


class BearerToken(HttpBearer):
    """Takes `Authorization: Bearer …`; looks a token up once for each request."""

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:
        """The person as an actor; None when the token is unknown, expired or revoked.

        So too when its owner is inactive, or may not use tokens any more.
        """
        if not hasattr(request, "signed_in"):
            vars(request)["signed_in"] = _signed_in(request, token)
        found: Actor | None = vars(request)["signed_in"]
        return found


def _signed_in(request: HttpRequest, token: str) -> Actor | None:
    found = people.user_of_token(token)
    if found is None:
        return None
    user, row = found
    _speak(request, user)
    actor = people.actor_for(user, channel=CHANNEL)
    if not actor.may(TOKENS_MANAGE):
        return None
    vars(request)["token"] = row
    if not rules.is_use_noted(row.last_used_at, timezone.now()):
        note_token_use(actor=actor, token_id=row.pk)
    return _seeing(request, actor) if SEE_AS in request.headers else actor


def _seeing(request: HttpRequest, actor: Actor) -> Actor:
    """Whom the request wants to see as, on record; refuses what would change something, or is somebody's own."""
    if request.method not in SAFE or request.path_info.startswith(OWN):
        raise OnlyLooking()
    kind, _colon, whom = storable(request.headers[SEE_AS]).partition(":")
    if kind == "person" and whom:
        person = person_id(int(whom) if is_id(whom) else whom)
        return look_as(actor=actor, path=request.path, user_id=person)
    if kind == "role" and whom:
        return look_as(actor=actor, path=request.path, role_key=whom)
    raise BadSeeAs()


def _speak(request: HttpRequest, user: Any) -> None:
    """Answer in the person's own language unless the client asks for one."""
    if user.language and "Accept-Language" not in request.headers:
        translation.activate(user.language)


bearer_token = BearerToken()
