"""A second factor: set up with a code of the app, recovery codes, turning off, resetting; sessions and profile."""

import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, generate_totp_secret, hotp_value
from allauth.usersessions.models import UserSession
from django.test import Client

from dealrail.accounts.actions.second_factor import (
    renew_recovery_codes,
    reset_second_factor,
    turn_off_second_factor,
    turn_on_second_factor,
)
from dealrail.accounts.actions.sessions import end_other_sessions, end_session
from dealrail.accounts.actions.users import change_own_profile, set_password, set_theme
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import (
    NameMissing,
    NotAllowed,
    NotFound,
    SecondFactorOff,
    SecondFactorOn,
    WrongCode,
    WrongPassword,
)
from dealrail.accounts.models import User
from dealrail.accounts.queries import has_second_factor, own_sessions
from tests.cast import actor_of, event_kinds, last_event_id, refuses

pytestmark = pytest.mark.django_db

PASSWORD = "correct-horse-battery"
CHANGED = "user.second_factor_changed"


def code_of(secret: str) -> str:
    """What an authenticator app shows now."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


@pytest.fixture
def known(rep: User, admin: User) -> User:
    """The rep, with a password."""
    set_password(actor=actor_of(admin), user_id=rep.pk, password=PASSWORD)
    return User.objects.get(pk=rep.pk)


@pytest.fixture
def protected(known: User) -> User:
    """The rep, with a second factor."""
    secret = generate_totp_secret()
    turn_on_second_factor(actor=actor_of(known), secret=secret, code=code_of(secret))
    return known


def test_turns_on_with_a_code_of_the_app_and_gives_recovery_codes(known: User) -> None:
    secret, before = generate_totp_secret(), last_event_id()
    codes = turn_on_second_factor(actor=actor_of(known), secret=secret, code=code_of(secret))
    assert len(set(codes)) == 10
    assert has_second_factor(known.pk)
    assert event_kinds(before) == [CHANGED]


def test_a_code_may_be_typed_with_the_blank_that_apps_show(known: User) -> None:
    secret = generate_totp_secret()
    code = code_of(secret)
    turn_on_second_factor(actor=actor_of(known), secret=secret, code=f" {code[:3]} {code[3:]}")
    assert has_second_factor(known.pk)


def test_secrets_are_not_kept_in_the_clear(known: User) -> None:
    secret = generate_totp_secret()
    turn_on_second_factor(actor=actor_of(known), secret=secret, code=code_of(secret))
    assert secret not in str(Authenticator.objects.get(user=known, type="totp").data)


@pytest.mark.parametrize("code", ["", "000000", "abc", "1234567"])
def test_a_wrong_code_turns_nothing_on(known: User, code: str) -> None:
    secret = generate_totp_secret()
    wrong = "111111" if code_of(secret) == code else code
    with refuses(WrongCode):
        turn_on_second_factor(actor=actor_of(known), secret=secret, code=wrong)


def test_is_turned_on_once(protected: User) -> None:
    secret = generate_totp_secret()
    with refuses(SecondFactorOn):
        turn_on_second_factor(actor=actor_of(protected), secret=secret, code=code_of(secret))


def test_nobody_has_no_second_factor(company: object) -> None:
    with refuses(NotFound):
        turn_on_second_factor(actor=Actor.system(), secret=generate_totp_secret(), code="1")


def test_is_turned_off_with_the_password_only(protected: User) -> None:
    with refuses(WrongPassword):
        turn_off_second_factor(actor=actor_of(protected), password="wrong-guess")
    turn_off_second_factor(actor=actor_of(protected), password=PASSWORD)
    assert not has_second_factor(protected.pk)
    with refuses(SecondFactorOff):
        turn_off_second_factor(actor=actor_of(protected), password=PASSWORD)


def test_new_recovery_codes_replace_the_old(protected: User) -> None:
    first = renew_recovery_codes(actor=actor_of(protected), password=PASSWORD)
    second = renew_recovery_codes(actor=actor_of(protected), password=PASSWORD)
    assert set(first).isdisjoint(second)
    with refuses(WrongPassword):
        renew_recovery_codes(actor=actor_of(protected), password="wrong-guess")


def test_recovery_codes_need_a_second_factor(known: User) -> None:
    with refuses(SecondFactorOff):
        renew_recovery_codes(actor=actor_of(known), password=PASSWORD)


def test_who_manages_people_resets_it_on_record(protected: User, admin: User, colleague: User) -> None:
    with refuses(NotAllowed):
        reset_second_factor(actor=actor_of(colleague), user_id=protected.pk)
    before = last_event_id()
    reset_second_factor(actor=actor_of(admin), user_id=protected.pk)
    assert not has_second_factor(protected.pk)
    assert event_kinds(before) == [CHANGED]
    with refuses(SecondFactorOff):
        reset_second_factor(actor=actor_of(admin), user_id=protected.pk)


def logged_in(name: str = "rep") -> Client:
    """Somebody's browser, logged in by their password."""
    client = Client(headers={"Accept-Language": "en", "User-Agent": "Mozilla/5.0 (Windows NT 10.0) Firefox/140"})
    client.post("/login/", {"login": name, "password": PASSWORD})
    return client


def test_ends_one_device_or_all_others(known: User) -> None:
    phone, laptop, desk = logged_in(), logged_in(), logged_in()
    actor = actor_of(known)
    assert len(own_sessions(actor)) == 3
    before = last_event_id()
    end_session(actor=actor, session_id=UserSession.objects.get(session_key=phone.session.session_key).pk)
    assert phone.get("/").status_code == 302
    assert end_other_sessions(actor=actor, kept_key=str(desk.session.session_key)) == 1
    assert (laptop.get("/").status_code, desk.get("/").status_code) == (302, 200)
    assert event_kinds(before) == ["user.sessions_ended", "user.sessions_ended"]
    assert end_other_sessions(actor=actor, kept_key=str(desk.session.session_key)) == 0


def test_ends_nobody_elses_device(known: User, colleague: User) -> None:
    logged_in()
    session = UserSession.objects.get(user=known)
    with refuses(NotFound):
        end_session(actor=actor_of(colleague), session_id=session.pk)


def test_one_changes_ones_own_profile(known: User) -> None:
    before = last_event_id()
    changed = change_own_profile(actor=actor_of(known), name="小销售", language="en", theme="dark")
    assert (changed.name, changed.language, changed.theme) == ("小销售", "en", "dark")
    change_own_profile(actor=actor_of(known), name="小销售", language="", theme="auto")
    assert event_kinds(before) == ["user.changed"]


def test_a_profile_needs_a_name(known: User) -> None:
    with refuses(NameMissing):
        change_own_profile(actor=actor_of(known), name=" ", language="en", theme="dark")


def test_looks_we_do_not_have_change_nothing(known: User) -> None:
    set_theme(actor=actor_of(known), theme="pink")
    assert User.objects.get(pk=known.pk).theme == ""
