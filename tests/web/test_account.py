"""Login and what belongs to it: nothing of allauth's that goes round our actions, and one's own language."""

import pytest
from django.test import Client

from dealrail.accounts.actions.users import set_password
from dealrail.accounts.models import User
from tests.cast import actor_of, event_kinds, last_event_id
from tests.web.conftest import LogIn

pytestmark = pytest.mark.django_db

PASSWORD = "correct-horse-battery"
CLOSED = [
    "password/change/",
    "password/set/",
    "password/reset/",
    "password/reset/done/",
    "password/reset/key/1-set-password/",
    "email/",
    "confirm-email/",
    "confirm-email/abc/",
    "reauthenticate/",
    "login/code/confirm/",
]


@pytest.fixture
def known(rep: User, admin: User) -> User:
    """The rep, with a password."""
    set_password(actor=actor_of(admin), user_id=rep.pk, password=PASSWORD)
    return User.objects.get(pk=rep.pk)


@pytest.mark.parametrize("address", CLOSED)
def test_there_is_no_way_round_our_own_password_form(log_in: LogIn, known: User, address: str) -> None:
    client, before, seen = log_in(known), known.password, last_event_id()
    typed = {"oldpassword": PASSWORD, "password1": "another-long-one", "password2": "another-long-one"}
    assert client.get(f"/{address}").status_code == 404
    assert client.post(f"/{address}", {**typed, "email": "x@example.com", "action_add": ""}).status_code == 404
    known.refresh_from_db()
    assert known.password == before
    assert event_kinds(seen) == []


@pytest.mark.parametrize("address", CLOSED)
def test_who_is_not_in_is_led_to_nothing_else(company: object, client: Client, address: str) -> None:
    assert client.get(f"/{address}").status_code == 404
    assert client.post(f"/{address}", {"email": "x@example.com"}).status_code == 404


def test_nobody_signs_up(company: object) -> None:
    client = Client(headers={"Accept-Language": "en"})
    typed = {"username": "eve", "password1": PASSWORD, "password2": PASSWORD}
    for answer in (client.get("/signup/"), client.post("/signup/", typed)):
        assert "opened and closed by your administrator" in answer.content.decode()
    assert not User.objects.filter(login="eve").exists()


def test_who_was_shut_out_is_told_so(known: User) -> None:
    User.objects.filter(pk=known.pk).update(is_active=False)
    client = Client(headers={"Accept-Language": "en"})
    answer = client.post("/login/", {"login": "rep", "password": PASSWORD}, follow=True)
    assert "administrator" in answer.content.decode()
    assert "_auth_user_id" not in client.session


def test_logging_out_ends_the_session(log_in: LogIn, rep: User) -> None:
    client = log_in(rep)
    client.post("/logout/")
    assert client.get("/board/").status_code == 302


def test_ones_language_is_ones_own(log_in: LogIn, rep: User, colleague: User) -> None:
    log_in(rep).post("/language/", {"language": "zh-hans"})
    rep.refresh_from_db()
    colleague.refresh_from_db()
    assert (rep.language, colleague.language) == ("zh-hans", "")


@pytest.mark.parametrize("wanted", ["", "de", "zh", "../en", "\x00"])
def test_a_language_we_do_not_speak_changes_nothing(log_in: LogIn, rep: User, wanted: str) -> None:
    User.objects.filter(pk=rep.pk).update(language="en")
    answer = log_in(rep).post("/language/", {"language": wanted})
    rep.refresh_from_db()
    assert (answer.status_code, rep.language) == (302, "en")


def test_a_language_is_chosen_by_a_form_not_by_a_link(log_in: LogIn, rep: User) -> None:
    before = rep.language
    assert log_in(rep).get("/language/?language=zh-hans").status_code == 302
    rep.refresh_from_db()
    assert rep.language == before


def test_logging_in_needs_no_word(known: User) -> None:
    client = Client(headers={"Accept-Language": "en"})
    page = client.post("/login/", {"login": known.login, "password": PASSWORD}, follow=True).content.decode()
    assert "/logout/" in page
    assert "signed in as" not in page
