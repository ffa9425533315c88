"""The devices somebody is logged in on: ending one, or all but this."""

from allauth.usersessions.models import UserSession
from django.db import transaction
from django.utils import timezone

from dealrail.accounts import queries
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotFound
from dealrail.accounts.facts import LoginFailed, SessionsEnded, UserLoggedIn
from dealrail.events.engine import record


@transaction.atomic
def end_session(*, actor: Actor, session_id: int) -> None:
    """Log oneself out on one device. Raises NotFound."""
    session = queries.own_sessions(actor).filter(pk=session_id).first()
    if session is None:
        raise NotFound()
    _end([session], actor)


@transaction.atomic
def end_other_sessions(*, actor: Actor, kept_key: str) -> int:
    """Log oneself out everywhere but in the session of this key, and tell on how many devices."""
    others = list(queries.own_sessions(actor).exclude(session_key=kept_key))
    if others:
        _end(others, actor)
    return len(others)


@transaction.atomic
def note_login(*, actor: Actor) -> None:
    """Put on record that the actor has just logged in. Raises NotFound for nobody."""
    who = queries.user(actor.user_id)
    record(UserLoggedIn(user_id=who.pk, login=who.login, name=who.name), actor=actor)


@transaction.atomic
def note_failed_login(*, actor: Actor, login: str) -> None:
    """Put on record that a password didn't fit; of a login that nobody has, not even what was typed is kept."""
    who = queries.user_by_login(login)
    fact = LoginFailed(user_id=who.pk if who else 0, login=who.login if who else "", name=who.name if who else "")
    record(fact, actor=actor)


@transaction.atomic
def note_session(*, actor: Actor, key: str) -> None:
    """Note that one's session of this key is in use."""
    queries.own_sessions(actor).filter(session_key=key).update(last_seen_at=timezone.now())


@transaction.atomic
def follow_session(*, actor: Actor, old_key: str, new_key: str) -> None:
    """Go on under its new key with a session whose key was changed, as with a new password."""
    UserSession.objects.filter(user=actor.user_id, session_key=old_key).update(session_key=new_key)


def _end(sessions: list[UserSession], actor: Actor) -> None:
    for session in sessions:
        session.end()
    record(SessionsEnded(user_id=actor.user_id, count=len(sessions)), actor=actor)
