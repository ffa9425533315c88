"""What stands before the API: no session, no login page, no page for what goes wrong."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.test import Client

from tests.cast import Company

SECURITY = ("Content-Security-Policy", "X-Frame-Options", "X-Content-Type-Options", "Referrer-Policy")


@pytest.mark.django_db
def test_nothing_stands_at_the_roots_of_the_api(client: Client) -> None:
    for address in ("/api/v1/", "/api/v1/nothing/here"):
        answer = client.get(address)
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


@pytest.mark.django_db
def test_answers_carry_what_keeps_browsers_safe(client: Client) -> None:
    answer = client.get("/api/v1/deals")
    assert answer.status_code == 401
    assert [name for name in SECURITY if not answer.get(name)] == []
    assert answer["Cache-Control"] == "no-store"
    assert not answer.cookies


@pytest.mark.django_db
def test_a_session_opens_no_door_and_is_not_looked_for(company: Company, client: Client) -> None:
    client.force_login(company.people["rep"])
    asked: list[str] = []

    def keep(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        asked.append(sql)
        return execute(sql, *rest)

    assert settings.SESSION_COOKIE_NAME in client.cookies
    with connection.execute_wrapper(keep):
        assert client.post("/api/v1/deals/1/advance", {}, content_type="application/json").status_code == 401
    assert asked == []


@pytest.mark.django_db
def test_a_database_that_is_away_is_a_problem_document_even_at_the_door(client: Client) -> None:
    def away(*_given: Any) -> Any:
        raise OperationalError("database is locked")

    with connection.execute_wrapper(away):
        answer = client.get("/api/v1/deals", headers={"Authorization": "Bearer dr_x"})
    assert (answer.status_code, answer["Content-Type"]) == (503, "application/problem+json")
