"""Who asks."""

from ninja import Router

from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.api.auth import ApiRequest
from dealrail.api.shapes.parts import Person, person

router = Router(tags=["people"])


class Me(Person):
    """The person a token belongs to, with what their roles allow them."""

    permissions: list[str]


def _me(actor: Actor) -> Me:
    shown = person(people.user(actor.user_id))
    return Me(**shown.model_dump(), permissions=sorted(name for name in actor.grants if actor.may(name)))


@router.get("/me", response=Me)
def read_me(request: ApiRequest) -> Me:
    """The person the token belongs to."""
    return _me(request.auth)
