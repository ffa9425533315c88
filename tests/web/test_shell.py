"""The shell around every page: login, places by permission, language, looks, the strict policy."""

import pytest
from django.test import Client

from dealrail.accounts.actions.users import set_password
from dealrail.accounts.models import User
from dealrail.web import navigation
from tests.cast import actor_of, new_deal
from tests.web.conftest import LogIn

pytestmark = pytest.mark.django_db

PASSWORD = "correct-horse-battery"


@pytest.fixture
def known(rep: User, admin: User) -> User:
    set_password(actor=actor_of(admin), user_id=rep.pk, password=PASSWORD)
    return rep


def test_leads_to_the_login_and_back(client: Client, known: User) -> None:
    assert client.get("/board/").headers["Location"] == "/login/?next=/board/"
    answer = client.post("/login/", {"login": "rep", "password": PASSWORD, "next": "/board/"})
    assert answer.headers["Location"] == "/board/"


def test_a_wrong_password_keeps_the_login(client: Client, known: User) -> None:
    answer = client.post("/login/", {"login": "rep", "password": "wrong-guess"})
    assert answer.status_code == 200
    assert 'value="rep"' in answer.content.decode()
    assert "wrong-guess" not in answer.content.decode()


def test_too_many_tries_are_refused_in_a_sentence(known: User) -> None:
    client = Client(headers={"Accept-Language": "en"})
    for _ in range(5):
        client.post("/login/", {"login": "rep", "password": "wrong"})
    text = client.post("/login/", {"login": "rep", "password": PASSWORD}).content.decode()
    assert "Too many" in text


def test_places_follow_permissions(log_in: LogIn, rep: User, admin: User, legal: User) -> None:
    assert 'href="/people/"' not in log_in(rep).get("/").content.decode()
    assert 'href="/people/"' in log_in(admin).get("/", follow=True).content.decode()
    assert 'href="/insights/funnel/"' not in log_in(legal).get("/").content.decode()


def test_language_is_the_persons_own(log_in: LogIn, rep: User) -> None:
    client = log_in(rep)
    answer = client.post("/language/", {"language": "zh-hans", "next": "/board/"})
    assert answer.headers["Location"] == "/board/"
    assert 'lang="zh-CN"' in client.get("/").content.decode()


@pytest.mark.usefixtures("company")
def test_language_of_the_login_page_is_remembered(client: Client) -> None:
    client.post("/language/", {"language": "en", "next": "/login/"})
    assert 'lang="en"' in client.get("/login/").content.decode()


def test_does_not_lead_away_from_us(log_in: LogIn, rep: User) -> None:
    assert log_in(rep).post("/theme/", {"theme": "dark", "next": "https://evil.example/"}).headers["Location"] == "/"


def test_dark_is_remembered(log_in: LogIn, rep: User) -> None:
    client = log_in(rep)
    client.post("/theme/", {"theme": "dark"})
    assert 'data-bs-theme="dark"' in client.get("/").content.decode()


@pytest.mark.parametrize("address", ["/", "/board/?process=trial", "/deals/new/", "/login/"])
def test_no_page_carries_inline_scripts_or_styles(log_in: LogIn, rep: User, address: str) -> None:
    new_deal(rep)
    answer = log_in(rep).get(address, follow=True)
    text = answer.content.decode()
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert " style=" not in text
    assert "<style" not in text
    assert "onclick" not in text


@pytest.mark.parametrize("address", ["/language/", "/theme/", "/logout/", "/deals/new/", "/deals/1/advance/"])
def test_a_form_from_elsewhere_is_refused(rep: User, address: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(rep)
    assert client.post(address, {}).status_code == 403


def test_what_is_not_there_says_so(log_in: LogIn, rep: User) -> None:
    answer = log_in(rep).get("/deals/999999/")
    assert answer.status_code == 404
    assert "not yours to see" in answer.content.decode()


def test_every_key_after_g_leads_to_a_place_of_the_navigation() -> None:
    assert set(navigation.GO_KEYS) <= {place.name for place in navigation.PLACES}
