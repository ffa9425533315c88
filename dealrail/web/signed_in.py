"""Who acts in a request, and for which company."""

from typing import Any

from django.http import HttpRequest

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotFound
from dealrail.accounts.queries import actor_for, company

KEPT = "dealrail_actor"
SEEING = "dealrail_seeing"
COMPANY = "dealrail_company"


def actor_of(request: HttpRequest) -> Actor:
    """The person logged in, as an actor; asked for once in a request. Refuses with NotFound for nobody."""
    kept = vars(request)
    if KEPT not in kept:
        if not request.user.is_authenticated:
            raise NotFound()
        kept[KEPT] = actor_for(request.user, channel="web")
    actor: Actor = kept[KEPT]
    return actor


def act_as(request: HttpRequest, shown: Actor, seeing: Any) -> None:
    """Let this request be answered as somebody else sees it; `seeing` is what the pages say about that."""
    vars(request).update({KEPT: shown, SEEING: seeing})


def company_of(request: HttpRequest) -> Any:
    """The company of this installation; asked for once in a request."""
    kept = vars(request)
    if COMPANY not in kept:
        kept[COMPANY] = company()
    return kept[COMPANY]
