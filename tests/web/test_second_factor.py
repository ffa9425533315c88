"""My account on screen: the second factor at login, being made to have one, devices, looks that follow the person."""

import re
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import generate_totp_secret
from django.test import Client
from django.utils import translation

from dealrail.accounts.actions.second_factor import turn_on_second_factor
from dealrail.accounts.actions.users import set_password
from dealrail.accounts.models import User
from dealrail.accounts.queries import has_second_factor
from dealrail.web.account.devices import device_words
from tests.accounts.test_second_factor import PASSWORD, code_of
from tests.cast import actor_of
from tests.web.conftest import LogIn

pytestmark = pytest.mark.django_db


@pytest.fixture
def known(rep: User, admin: User) -> User:
    """The rep, with a password."""
    set_password(actor=actor_of(admin), user_id=rep.pk, password=PASSWORD)
    return User.objects.get(pk=rep.pk)


def browser() -> Client:
    return Client(headers={"Accept-Language": "en"})


def typed(client: Client, code: str) -> Any:
    return client.post("/login/second-factor/", {"code": code})


def set_up(client: Client) -> tuple[str, list[str]]:
    """Set a second factor up on screen; the secret and the recovery codes."""
    page = client.get("/me/second-factor/").content.decode()
    found = re.search(r'class="totp-secret">([^<]+)<', page)
    assert found
    secret = found[1].replace(" ", "")
    shown = client.post("/me/second-factor/", {"code": code_of(secret)}).content.decode()
    return secret, re.findall(r"<li><code>(\d{8})</code>", shown)


def test_sets_up_logs_in_with_a_code_and_uses_a_recovery_code_once(known: User) -> None:
    client = browser()
    client.post("/login/", {"login": "rep", "password": PASSWORD})
    secret, codes = set_up(client)
    assert len(codes) == 10
    assert codes[0] not in client.get("/me/second-factor/").content.decode()
    for code in (code_of(secret), codes[0]):
        fresh = browser()
        answer = fresh.post("/login/", {"login": "rep", "password": PASSWORD, "next": "/board/"})
        assert answer.headers["Location"].startswith("/login/second-factor/")
        assert fresh.get("/board/").status_code == 302
        assert typed(fresh, code).headers["Location"] == "/board/"
        assert fresh.get("/board/").status_code == 200
    again = browser()
    again.post("/login/", {"login": "rep", "password": PASSWORD})
    assert "not right" in typed(again, codes[0]).content.decode()


def test_guessing_codes_is_stopped(known: User) -> None:
    secret = generate_totp_secret()
    turn_on_second_factor(actor=actor_of(known), secret=secret, code=code_of(secret))
    client = browser()
    client.post("/login/", {"login": "rep", "password": PASSWORD})
    for _ in range(5):
        typed(client, "000000")
    answer = typed(client, code_of(secret))
    assert answer.status_code in {200, 429}
    assert client.get("/").status_code == 302


def test_the_second_step_alone_leads_back_to_the_first(company: object) -> None:
    assert browser().get("/login/second-factor/").headers["Location"] == "/login/"


def test_a_wrong_code_keeps_the_secret_offered(log_in: LogIn, rep: User) -> None:
    client = log_in(rep)
    first = client.get("/me/second-factor/").content.decode()
    refused = client.post("/me/second-factor/", {"code": "nonsense"})
    assert refused.status_code == 422
    secret = re.compile(r'class="totp-secret">([^<]+)<')
    assert secret.findall(first) == secret.findall(refused.content.decode())


def test_turns_off_and_renews_with_the_password(known: User) -> None:
    client = browser()
    client.post("/login/", {"login": "rep", "password": PASSWORD})
    set_up(client)
    assert client.post("/me/second-factor/codes/", {"password": "wrong"}).status_code == 422
    assert (
        len(
            re.findall(
                r"<code>\d{8}<", client.post("/me/second-factor/codes/", {"password": PASSWORD}).content.decode()
            )
        )
        == 10
    )
    assert client.post("/me/second-factor/off/", {"password": "wrong"}).status_code == 422
    assert client.post("/me/second-factor/off/", {"password": PASSWORD}).headers["Location"] == "/me/"
    assert not has_second_factor(known.pk)


def test_an_administrator_resets_it_on_the_page_of_the_person(log_in: LogIn, known: User, admin: User) -> None:
    secret = generate_totp_secret()
    turn_on_second_factor(actor=actor_of(known), secret=secret, code=code_of(secret))
    client, address = log_in(admin), f"/people/{known.pk}/second-factor/"
    assert address in client.get(f"/people/{known.pk}/").content.decode()
    assert log_in(known).post(address).status_code == 403
    assert client.post(address).headers["Location"] == f"/people/{known.pk}/"
    assert address not in client.get(f"/people/{known.pk}/").content.decode()


@pytest.mark.parametrize(
    ("demanded", "who", "led"),
    [
        ("nobody", "admin", False),
        ("administrators", "admin", True),
        ("administrators", "rep", False),
        ("everybody", "rep", True),
    ],
)
def test_who_has_to_have_a_second_factor_gets_to_nothing_else(
    log_in: LogIn, rep: User, admin: User, settings: Any, demanded: str, who: str, led: bool
) -> None:
    settings.MFA_DEMANDED_OF = demanded
    client = log_in({"admin": admin, "rep": rep}[who])
    answer = client.get("/board/")
    assert (answer.status_code == 302 and answer.headers["Location"] == "/me/second-factor/") == led
    if led:
        set_up(client)
        assert client.get("/board/").status_code == 200


def test_who_turns_a_demanded_second_factor_off_has_to_set_it_up_again_everywhere(known: User, settings: Any) -> None:
    settings.MFA_DEMANDED_OF = "everybody"
    here, there = browser(), browser()
    here.post("/login/", {"login": "rep", "password": PASSWORD})
    there.post("/login/", {"login": "rep", "password": PASSWORD})
    set_up(here)
    assert (here.get("/board/").status_code, there.get("/board/").status_code) == (200, 200)
    here.post("/me/second-factor/off/", {"password": PASSWORD})
    for client in (here, there):
        assert client.get("/board/").headers["Location"] == "/me/second-factor/"


def test_lists_ones_devices_and_logs_them_out(known: User) -> None:
    here, there = browser(), browser()
    for client in (here, there):
        client.post("/login/", {"login": "rep", "password": PASSWORD})
    page = here.get("/me/").content.decode()
    assert "This device" in page
    (address,) = re.findall(r'action="(/me/sessions/\d+/end/)"', page)
    here.post(address)
    assert there.get("/").status_code == 302
    there.post("/login/", {"login": "rep", "password": PASSWORD})
    here.post("/me/sessions/end-others/")
    assert (here.get("/").status_code, there.get("/").status_code) == (200, 302)


def test_a_new_password_logs_out_elsewhere_and_keeps_this_device(known: User) -> None:
    here, there = browser(), browser()
    for client in (here, there):
        client.post("/login/", {"login": "rep", "password": PASSWORD})
    new = "another-long-secret"
    here.post("/me/password/", {"old": PASSWORD, "new": new, "again": new})
    assert there.get("/").status_code == 302
    assert here.get("/me/").content.decode().count("This device") == 1


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge · Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) Version/18.0 Safari/604.1", "Safari · iPhone"),
        ("curl/8", "Unknown device"),
    ],
)
def test_devices_are_named_in_words(agent: str, words: str) -> None:
    with translation.override("en"):
        assert device_words(agent) == words


def test_looks_follow_the_person_and_not_the_browser(log_in: LogIn, rep: User) -> None:
    log_in(rep).post("/me/profile/", {"name": "小销", "language": "en", "theme": "dark"})
    elsewhere = log_in(rep)
    assert 'data-bs-theme="dark"' in elsewhere.get("/").content.decode()
    elsewhere.post("/me/profile/", {"name": "小销", "language": "en", "theme": "auto"})
    elsewhere.cookies["theme"] = "dark"
    assert "data-bs-theme" not in elsewhere.get("/").content.decode()


def test_a_profile_without_a_name_is_refused_and_keeps_the_rest(log_in: LogIn, rep: User) -> None:
    answer = log_in(rep).post("/me/profile/", {"name": "", "language": "en", "theme": "dark"})
    assert answer.status_code == 422
    rep.refresh_from_db()
    assert (rep.name, rep.theme) == ("小销", "")


def test_a_part_asked_for_after_the_session_ended_leads_the_page_to_the_login_and_back(company: object) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/board/?process=trial"}
    answer = browser().get("/deals/1/gate/", headers=headers)
    assert answer.status_code == 204
    assert answer.headers["HX-Redirect"] == "/login/?next=%2Fboard%2F%3Fprocess%3Dtrial"
    elsewhere = browser().get("/deals/1/gate/", headers={**headers, "HX-Current-URL": "https://evil.example/x"})
    assert elsewhere.headers["HX-Redirect"] == "/login/?next=%2F"
