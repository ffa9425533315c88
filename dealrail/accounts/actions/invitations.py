"""Inviting people by a link under which they choose their password."""

from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction

from dealrail.accounts import checks, policy, queries, rules
from dealrail.accounts.actions.users import create_user
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import AlreadyJoined, InvitationInvalid
from dealrail.accounts.facts import InvitationRevoked, UserInvited, UserJoined
from dealrail.accounts.models import User
from dealrail.accounts.permissions import PEOPLE_MANAGE
from dealrail.core import clock
from dealrail.events.engine import record


@transaction.atomic
def invite_user(
    *,
    actor: Actor,
    name: str,
    login: str = "",
    unit_id: int | None = None,
    roles: Iterable[str] = (),
    email: str = "",
    phone: str = "",
) -> tuple[User, str]:
    """Add a person and answer with the token of their link, which is never shown again; it lives for 7 days.

    Without a login one is made from the name. Raises what `create_user` raises.
    """
    policy.require(actor, PEOPLE_MANAGE)
    wanted = checks.checked_name(name)
    taken = queries.logins_starting_with(rules.login_of(wanted))
    invited = create_user(
        actor=actor,
        login=login.strip() or rules.free_login(wanted, taken),
        name=wanted,
        unit_id=unit_id,
        roles=roles,
        email=email,
        phone=phone,
    )
    return invited, _invite(invited, actor)


@transaction.atomic
def renew_invitation(*, actor: Actor, user_id: int) -> str:
    """Answer with a new link for somebody who hasn't joined yet; links given out before stop working.

    Raises NotAllowed, NotFound or AlreadyJoined.
    """
    invited = _not_joined(actor, user_id)
    return _invite(invited, actor)


@transaction.atomic
def revoke_invitation(*, actor: Actor, user_id: int) -> User:
    """Let every link given to this person stop working. Raises NotAllowed, NotFound or AlreadyJoined."""
    invited = _not_joined(actor, user_id)
    _forget_links(invited)
    record(InvitationRevoked(user_id=invited.pk, login=invited.login, name=invited.name), actor=actor)
    return invited


@transaction.atomic
def accept_invitation(*, actor: Actor, token: str, password: str) -> User:
    """Choose one's password by the link one was given, which works once.

    Raises InvitationInvalid, also for somebody else's link, or WeakPassword.
    """
    invited = queries.invited(token)
    if invited is None or invited.pk != actor.user_id:
        raise InvitationInvalid()
    locked = User.objects.select_for_update().get(pk=invited.pk)
    if locked.password != invited.password:
        raise InvitationInvalid()
    checks.put_password(locked, password)
    locked.save(update_fields=["password"])
    record(UserJoined(user_id=locked.pk, login=locked.login, name=locked.name), actor=actor)
    return locked


def _not_joined(actor: Actor, user_id: int) -> User:
    policy.require(actor, PEOPLE_MANAGE)
    queries.user(user_id)
    invited = User.objects.select_for_update().get(pk=user_id)
    if invited.has_usable_password() or not invited.is_active:
        raise AlreadyJoined(name=invited.name)
    return invited


def _invite(invited: User, actor: Actor) -> str:
    _forget_links(invited)
    until = clock.now() + timedelta(days=rules.INVITATION_DAYS)
    fact = UserInvited(user_id=invited.pk, login=invited.login, name=invited.name, expires_at=until.isoformat())
    record(fact, actor=actor)
    return queries.invitation_token(invited)


def _forget_links(invited: User) -> None:
    """Links are signed over the password kept, here a random one that opens nothing."""
    invited.set_unusable_password()
    invited.save(update_fields=["password"])
