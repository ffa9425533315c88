"""Ending what lets somebody in: tokens and sessions; called by actions, inside their transaction."""

from collections.abc import Iterable

from allauth.usersessions.models import UserSession
from django.utils import timezone

from dealrail.accounts import queries
from dealrail.accounts.actor import Actor
from dealrail.accounts.facts import TokenRevoked
from dealrail.accounts.models import ApiToken, User
from dealrail.events.engine import record


def stop_tokens(tokens: Iterable[ApiToken], actor: Actor) -> None:
    """Revoke these, each on record."""
    for token in tokens:
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])
        record(TokenRevoked(user_id=token.user_id, token_id=token.pk, name=token.name), actor=actor)


def shut_out(user: User, actor: Actor) -> None:
    """End somebody's sessions and tokens, so that none comes back to life when they are let in again."""
    stop_tokens(queries.live_tokens(user.pk), actor)
    for session in UserSession.objects.filter(user=user.pk):
        session.end()
