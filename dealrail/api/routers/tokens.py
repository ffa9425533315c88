"""One's own tokens."""

from typing import Annotated

from ninja import Query, Router
from pydantic import Field

from dealrail.accounts import queries as people
from dealrail.accounts.actions import tokens
from dealrail.api.auth import ApiRequest
from dealrail.api.once import shown_once
from dealrail.api.paging import Page, Paged, paged
from dealrail.api.reading import Body, Id
from dealrail.api.shapes.people import NewTokenOut, TokenOut, new_token_out, tokens_out

router = Router(tags=["tokens"])


class NewToken(Body):
    """What it is for, and how many days it lives."""

    name: str = ""
    days: Annotated[int, Field(ge=1, le=tokens.LONGEST_DAYS)] = 90


@router.get("/tokens", response=Page[TokenOut])
def list_tokens(request: ApiRequest, asked: Query[Paged]) -> Page[TokenOut]:
    """One's own tokens, the newest first; those that were revoked or have run out among them."""
    return paged(people.own_tokens(request.auth), asked, show=tokens_out)


@router.post("/tokens", response={201: NewTokenOut})
@shown_once("token")
def create_token(request: ApiRequest, given: NewToken) -> NewTokenOut:
    """Make a token for oneself, that ends no later than the one that asks and is revoked with it.

    It is shown in this answer and never again.
    """
    actor, made_with = request.auth, request.token
    token = tokens.create_token(
        actor=actor, user_id=actor.user_id, name=given.name, days=given.days, made_with=made_with
    )
    return new_token_out(people.token_row(token), token)


@router.delete("/tokens/{token_id}", response={204: None})
def revoke_token(request: ApiRequest, token_id: Id) -> None:
    """Stop a token and those made with it at once: one's own, or anybody's for who manages people."""
    tokens.revoke_token(actor=request.auth, token_id=token_id)
