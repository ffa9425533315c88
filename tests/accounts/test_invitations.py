"""Inviting people by a link, and joining by it."""

import time
from datetime import timedelta
from unittest import mock

import pytest
from django.core import signing

from dealrail.accounts import queries
from dealrail.accounts.actions.invitations import (
    accept_invitation,
    invite_user,
    renew_invitation,
    revoke_invitation,
)
from dealrail.accounts.actions.users import change_user, set_password
from dealrail.accounts.errors import AlreadyJoined, InvitationInvalid, LoginTaken, NameMissing, NotAllowed, WeakPassword
from dealrail.accounts.models import User
from tests.cast import actor_of, event_kinds, last_event_id, refuses

STRONG = "correct horse battery"


def test_somebody_invited_joins_once_with_their_own_password(admin: User) -> None:
    before = last_event_id()
    invited, token = invite_user(actor=actor_of(admin), name="李雷", roles=["sales"])
    assert (invited.login, queries.invited(token)) == ("lilei", invited)
    joined = accept_invitation(actor=actor_of(invited), token=token, password=STRONG)
    assert joined.check_password(STRONG)
    assert event_kinds(before) == ["user.created", "user.invited", "user.joined"]
    with refuses(InvitationInvalid):
        accept_invitation(actor=actor_of(invited), token=token, password=STRONG)


def test_two_of_one_name_get_two_logins(admin: User) -> None:
    logins = [invite_user(actor=actor_of(admin), name="李雷")[0].login for _ in range(2)]
    assert logins == ["lilei", "lilei2"]


def test_refuses_to_invite_without_name_permission_or_free_login(admin: User, manager: User) -> None:
    with refuses(NameMissing):
        invite_user(actor=actor_of(admin), name=" ")
    with refuses(NotAllowed):
        invite_user(actor=actor_of(manager), name="李雷")
    with refuses(LoginTaken):
        invite_user(actor=actor_of(admin), name="李雷", login="rep")


def test_a_new_link_or_a_revocation_ends_the_old_one(admin: User) -> None:
    actor = actor_of(admin)
    invited, first = invite_user(actor=actor, name="李雷")
    second = renew_invitation(actor=actor, user_id=invited.pk)
    assert queries.invited(first) is None
    assert queries.invited(second) == invited
    revoke_invitation(actor=actor, user_id=invited.pk)
    assert queries.invited(second) is None


def test_who_has_joined_or_was_stopped_is_not_invited_again(admin: User) -> None:
    actor = actor_of(admin)
    joined, _token = invite_user(actor=actor, name="李雷")
    set_password(actor=actor, user_id=joined.pk, password=STRONG)
    stopped, token = invite_user(actor=actor, name="韩梅梅")
    change_user(actor=actor, user_id=stopped.pk, is_active=False)
    assert queries.invited(token) is None
    for user in (joined, stopped):
        with refuses(AlreadyJoined):
            renew_invitation(actor=actor, user_id=user.pk)
        with refuses(AlreadyJoined):
            revoke_invitation(actor=actor, user_id=user.pk)


def test_a_link_is_for_one_person_and_needs_a_good_password(admin: User, rep: User) -> None:
    invited, token = invite_user(actor=actor_of(admin), name="李雷")
    with refuses(InvitationInvalid):
        accept_invitation(actor=actor_of(rep), token=token, password=STRONG)
    with refuses(WeakPassword):
        accept_invitation(actor=actor_of(invited), token=token, password="kurz")


NONSENSE = {
    "nothing": "",
    "short": "x",
    "parts": "a:b:c",
    "other": signing.dumps([1], salt="other"),
    "bare": signing.dumps("x"),
}


@pytest.mark.parametrize("kind", NONSENSE)
def test_nonsense_invites_nobody(kind: str, admin: User) -> None:
    assert queries.invited(NONSENSE[kind]) is None


def test_a_link_runs_out_after_seven_days(admin: User) -> None:
    invited, token = invite_user(actor=actor_of(admin), name="李雷")
    later = time.time() + timedelta(days=7, seconds=5).total_seconds()
    with mock.patch("time.time", return_value=later):
        assert queries.invited(token) is None
    assert queries.invited(token) == invited
