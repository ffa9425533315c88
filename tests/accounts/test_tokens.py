"""API tokens: shown once, kept as a hash, expiring, revocable."""

from datetime import timedelta

import pytest
from django.utils import timezone

from dealrail.accounts import queries
from dealrail.accounts.actions.roles import save_role
from dealrail.accounts.actions.tokens import create_token, note_token_use, revoke_token
from dealrail.accounts.actions.users import change_user
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import BadExpiry, NotAllowed, NotFound
from dealrail.accounts.models import ApiToken, User
from dealrail.events.models import Event
from tests.cast import actor_of, event_kinds, last_event_id, refuses


@pytest.fixture
def token(rep: User) -> str:
    """A token of the rep, as it was shown once."""
    return create_token(actor=actor_of(rep), user_id=rep.pk, name="脚本")


def owner_of(token: str) -> User | None:
    found = queries.user_of_token(token)
    return found[0] if found else None


def test_a_token_names_its_person(token: str, rep: User) -> None:
    assert owner_of(token) == rep
    assert token.startswith("dr_")
    assert len(token) > 40


def test_only_the_hash_is_kept(token: str) -> None:
    row = ApiToken.objects.get()
    kept = [str(value) for value in ApiToken.objects.values().get().values()]
    assert not any(token in value for value in kept)
    assert token.startswith(row.hint)
    assert token not in str(Event.objects.latest("pk").payload)


@pytest.mark.parametrize("wrong", ["", "dr_", "dr_nonsense", "\x00"])
def test_another_token_names_nobody(wrong: str, token: str) -> None:
    assert owner_of(wrong) is None
    assert owner_of(token[:-1]) is None


def test_an_expired_token_names_nobody(token: str) -> None:
    assert queries.user_of_token(token, now=timezone.now() + timedelta(days=89))
    assert queries.user_of_token(token, now=timezone.now() + timedelta(days=91)) is None


def test_a_revoked_token_names_nobody(token: str, rep: User) -> None:
    revoke_token(actor=actor_of(rep), token_id=ApiToken.objects.get().pk)
    assert owner_of(token) is None
    assert Event.objects.latest("pk").kind == "token.revoked"


def test_the_token_of_an_inactive_person_names_nobody(token: str, admin: User, rep: User) -> None:
    change_user(actor=actor_of(admin), user_id=rep.pk, is_active=False)
    assert owner_of(token) is None


def test_refuses_to_revoke_twice(token: str, rep: User) -> None:
    token_id = ApiToken.objects.get().pk
    revoke_token(actor=actor_of(rep), token_id=token_id)
    with refuses(NotFound):
        revoke_token(actor=actor_of(rep), token_id=token_id)


def test_refuses_to_revoke_the_token_of_another(token: str, colleague: User) -> None:
    with refuses(NotFound):
        revoke_token(actor=actor_of(colleague), token_id=ApiToken.objects.get().pk)


def test_who_manages_people_revokes_and_makes_tokens_for_them(token: str, admin: User, rep: User) -> None:
    revoke_token(actor=actor_of(admin), token_id=ApiToken.objects.get().pk)
    assert owner_of(create_token(actor=actor_of(admin), user_id=rep.pk, name="新")) == rep


def test_refuses_to_make_a_token_for_another(rep: User, colleague: User) -> None:
    with refuses(NotAllowed):
        create_token(actor=actor_of(rep), user_id=colleague.pk, name="偷")


def test_refuses_a_token_to_who_may_not_use_one(admin: User, rep: User) -> None:
    save_role(actor=actor_of(admin), key="quiet", name="无令牌", permissions=["deals.read"], scope="own")
    change_user(actor=actor_of(admin), user_id=rep.pk, roles=["quiet"])
    with refuses(NotAllowed):
        create_token(actor=actor_of(rep), user_id=rep.pk, name="脚本")


@pytest.mark.parametrize("days", [0, -1, 3651])
def test_refuses_a_life_of_no_days_or_too_many(days: int, rep: User) -> None:
    with refuses(BadExpiry):
        create_token(actor=actor_of(rep), user_id=rep.pk, name="脚本", days=days)


def test_refuses_a_token_for_nobody(admin: User) -> None:
    with refuses(NotFound):
        create_token(actor=Actor.system("cli"), user_id=0, name="脚本")


def test_use_is_noted_once_a_day_and_not_in_the_log(token: str, rep: User) -> None:
    row, before = ApiToken.objects.get(), last_event_id()
    note_token_use(actor=actor_of(rep), token_id=row.pk)
    first = ApiToken.objects.get().last_used_at
    note_token_use(actor=actor_of(rep), token_id=row.pk)
    assert first is not None
    assert ApiToken.objects.get().last_used_at == first
    assert event_kinds(before) == []
