"""Giving out and revoking API tokens."""

from collections.abc import Iterator
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from dealrail.accounts import policy, queries, rules
from dealrail.accounts.actor import Actor
from dealrail.accounts.ending import stop_tokens
from dealrail.accounts.errors import BadExpiry, NotFound
from dealrail.accounts.facts import TokenCreated
from dealrail.accounts.models import ApiToken
from dealrail.accounts.permissions import PEOPLE_MANAGE, TOKENS_MANAGE
from dealrail.core.texts import tidy
from dealrail.events.engine import record

LONGEST_DAYS = 3650


@transaction.atomic
def create_token(*, actor: Actor, user_id: int, name: str, days: int = 90, made_with: ApiToken | None = None) -> str:
    """Make a token for oneself, or for anybody if one manages people, and return it: it is never shown again.

    `made_with` is the token that asks, if one does: the new one ends no later, and is revoked with it.
    Raises NotAllowed, NotFound or BadExpiry.
    """
    policy.require(actor, TOKENS_MANAGE if actor.user_id == user_id else PEOPLE_MANAGE)
    if not 1 <= days <= LONGEST_DAYS:
        raise BadExpiry(days=days)
    user = queries.user(user_id)
    token, ends = rules.new_token(), timezone.now() + timedelta(days=days)
    row = ApiToken.objects.create(
        user=user,
        name=tidy(name)[:80] or "API",
        digest=rules.token_digest(token),
        hint=token[:8],
        made_with=made_with,
        expires_at=min(ends, made_with.expires_at) if made_with else ends,
    )
    fact = TokenCreated(user_id=user_id, token_id=row.pk, name=row.name, expires_at=row.expires_at.isoformat())
    record(fact, actor=actor)
    return token


@transaction.atomic
def revoke_token(*, actor: Actor, token_id: int) -> None:
    """Stop a token and those made with it at once: one's own, or anybody's for who manages people.

    Raises NotFound, also for somebody else's token.
    """
    token = ApiToken.objects.filter(pk=token_id, revoked_at__isnull=True).first()
    if token is None or not (token.user_id == actor.user_id or actor.may(PEOPLE_MANAGE)):
        raise NotFound()
    stop_tokens([token, *_made_with(token)], actor)


@transaction.atomic
def revoke_own_tokens(*, actor: Actor) -> int:
    """Stop all one's tokens at once, and tell how many there were."""
    tokens = list(queries.live_tokens(actor.user_id))
    stop_tokens(tokens, actor)
    return len(tokens)


def _made_with(token: ApiToken) -> Iterator[ApiToken]:
    for made in ApiToken.objects.filter(made_with=token, revoked_at__isnull=True):
        yield made
        yield from _made_with(made)


@transaction.atomic
def note_token_use(*, actor: Actor, token_id: int) -> None:
    """Remember that a token was used today; at most one write a day, so that reading stays reading."""
    now = timezone.now()
    stale = ApiToken.objects.filter(pk=token_id).exclude(last_used_at__gt=now - rules.USE_NOTED_EVERY)
    stale.update(last_used_at=now)
