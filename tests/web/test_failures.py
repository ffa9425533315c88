"""What fails in the database is told in a sentence with its own status, also where the database is away."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import DataError, IntegrityError, InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path

from config.urls import handler500 as handler500
from dealrail.accounts.models import User
from dealrail.api import problems
from dealrail.core import failures
from dealrail.core.failures import meaning
from tests.web.conftest import LogIn

FAILURES: dict[str, tuple[Exception, int, str]] = {
    "locked": (OperationalError("database is locked"), 503, "busy or can't be reached"),
    "away": (InterfaceError("connection already closed"), 503, "busy or can't be reached"),
    "twice": (IntegrityError("UNIQUE constraint failed"), 409, "did the same at the same moment"),
    "long": (DataError("value too long for type character varying(80)"), 422, "too long, too large"),
}


def fail(request: HttpRequest, how: str) -> HttpResponse:
    """Fails like this."""
    raise FAILURES[how][0]


urlpatterns = [path("fail/<str:how>/", fail), path("", include("dealrail.web.urls"))]


@pytest.mark.django_db
@pytest.mark.urls(__name__)
@pytest.mark.parametrize("how", FAILURES)
def test_a_failure_is_a_page_with_a_sentence(log_in: LogIn, rep: User, how: str) -> None:
    _error, status, sentence = FAILURES[how]
    client = log_in(rep)
    for answer in (client.get(f"/fail/{how}/"), client.post(f"/fail/{how}/")):
        assert answer.status_code == status
        assert sentence in answer.content.decode().replace("&#x27;", "'")
        assert "<h1" in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.urls(__name__)
@pytest.mark.parametrize("how", FAILURES)
def test_a_part_of_a_page_gets_the_sentence_alone(log_in: LogIn, rep: User, how: str) -> None:
    answer = log_in(rep).get(f"/fail/{how}/", headers={"HX-Request": "true"})
    assert answer.status_code == FAILURES[how][1]
    assert 'id="messages"' in answer.content.decode()
    assert "<html" not in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.urls(__name__)
def test_who_waits_for_the_database_is_told_where_to_try_again(log_in: LogIn, rep: User) -> None:
    answer = log_in(rep).get("/fail/locked/?page=2")
    assert answer.headers["Retry-After"] == "5"
    assert 'href="/fail/locked/?page=2"' in answer.content.decode()
    assert "Nothing was saved" in log_in(rep).post("/fail/locked/").content.decode()


def test_a_fault_of_ours_means_nothing() -> None:
    assert meaning(ValueError("x")) is None


@contextmanager
def _held(table: str) -> Iterator[None]:
    """Somebody else writes to this table for longer than we wait."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout = 20")
        other = sqlite3.connect(connection.settings_dict["NAME"])
        other.execute("BEGIN IMMEDIATE")
        yield
        other.close()
    else:
        copy = connection.copy()
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '20ms'")
        with copy.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
            yield
            cursor.execute("ROLLBACK")
        copy.close()
    connection.close()


@pytest.mark.django_db(transaction=True)
def test_a_locked_database_is_busy_and_no_fault_of_ours(log_in: LogIn, rep: User) -> None:
    client = log_in(rep)
    with _held("accounts_user"):
        # on PostgreSQL the lock holds up readers as well: already asking who is there fails, outside of every view
        client.raise_request_exception = False
        answer = client.post("/language/", {"language": "zh-hans"})
    assert answer.status_code == 503
    assert Client().get("/login/").status_code == 200


def test_the_api_means_the_same() -> None:
    assert {kind: problems.MEANINGS[kind] for kind in failures.MEANINGS} == failures.MEANINGS
