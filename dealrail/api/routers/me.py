"""Who asks."""

from typing import Literal

from ninja import Router

from dealrail.accounts import queries as people
from dealrail.accounts.actions import users
from dealrail.accounts.actor import Actor
from dealrail.api.auth import ApiRequest
from dealrail.api.reading import Body
from dealrail.api.shapes.parts import Person, person

router = Router(tags=["people"])


class Me(Person):
    """The person a token belongs to, with what their roles allow them."""

    permissions: list[str]
    language: str
    theme: str


class OwnChanges(Body):
    """What to change about oneself; what is left out stays. An empty language means the company's."""

    name: str | None = None
    language: Literal["", "zh-hans", "en"] | None = None
    theme: Literal["light", "dark", "auto"] | None = None


def _me(actor: Actor) -> Me:
    found = people.user(actor.user_id)
    allowed = sorted(name for name in actor.grants if actor.may(name))
    return Me(**person(found).model_dump(), permissions=allowed, language=found.language, theme=found.theme)


@router.get("/me", response=Me)
def read_me(request: ApiRequest) -> Me:
    """The person the token belongs to."""
    return _me(request.auth)


@router.patch("/me", response=Me)
def change_me(request: ApiRequest, given: OwnChanges) -> Me:
    """Change one's own name, language and looks."""
    users.change_own_profile(actor=request.auth, **given.model_dump(exclude_none=True))
    return _me(request.auth)
