"""What the database is asked for one request, counted in this process: the same on any machine."""

from collections.abc import Callable
from typing import Any, NamedTuple

from django.db import connection
from django.test import Client

from bench.driving import Ask


class Asked(NamedTuple):
    """One statement, with the parameters it was first run with."""

    sql: str
    parameters: Any


def asked_for(ask: Ask) -> list[Asked]:
    """The statements of one request, when all that is cached for ever is cached. Raises when the request fails."""
    method, address, body, headers = ask
    client = Client(headers=headers, SERVER_NAME="localhost")
    if method == "GET":
        client.get(address)
    found: list[Asked] = []

    def keep(execute: Callable[..., Any], sql: str, parameters: Any, many: bool, context: Any) -> Any:
        if not sql.startswith(("BEGIN", "SAVEPOINT", "RELEASE SAVEPOINT")):
            found.append(Asked(sql, parameters[0] if many else parameters))
        return execute(sql, parameters, many, context)

    with connection.execute_wrapper(keep):
        answer = client.generic(method, address, body, content_type=headers.get("Content-Type", "text/html"))
    if answer.status_code >= 300:
        raise RuntimeError(f"{method} {address}: {answer.status_code} {answer.content[:300]!r}")
    return found
