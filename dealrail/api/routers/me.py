"""Who asks, and the names that pickers show: people, departments, regions, sources, pools."""

from typing import Any

from ninja import Query, Router

from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.api.auth import ApiRequest
from dealrail.api.paging import Page, Paged, paged
from dealrail.api.shapes.parts import Person, Ref, person, persons, refs
from dealrail.crm import queries as crm

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


@router.get("/people", response=Page[Person])
def list_people(request: ApiRequest, asked: Query[Paged]) -> Page[Person]:
    """Everybody who may log in, as names to choose from."""
    return paged(people.active_people(), asked, show=persons)


@router.get("/units", response=Page[Ref])
def list_units(request: ApiRequest, asked: Query[Paged]) -> Page[Ref]:
    """The departments."""
    return _names(people.all_units(), asked)


@router.get("/regions", response=Page[Ref])
def list_regions(request: ApiRequest, asked: Query[Paged]) -> Page[Ref]:
    """The sales regions."""
    return _names(crm.regions(), asked)


@router.get("/sources", response=Page[Ref])
def list_sources(request: ApiRequest, asked: Query[Paged]) -> Page[Ref]:
    """Where customers and deals come from."""
    return _names(crm.sources(), asked)


@router.get("/pools", response=Page[Ref])
def list_pools(request: ApiRequest, asked: Query[Paged]) -> Page[Ref]:
    """The public pools one may claim from or look after."""
    return _names(crm.pools(request.auth), asked)


def _names(rows: Any, asked: Paged) -> Page[Ref]:
    return paged(rows, asked, show=refs)
