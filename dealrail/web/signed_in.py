"""Who acts in a request."""

from django.http import HttpRequest

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotFound
from dealrail.accounts.queries import actor_for

KEPT = "dealrail_actor"


def actor_of(request: HttpRequest) -> Actor:
    """The person logged in, as an actor; asked for once in a request. Refuses with NotFound for nobody."""
    kept = vars(request)
    if KEPT not in kept:
        if not request.user.is_authenticated:
            raise NotFound()
        kept[KEPT] = actor_for(request.user, channel="web")
    actor: Actor = kept[KEPT]
    return actor
