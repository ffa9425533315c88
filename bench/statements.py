"""What the database is asked for one request, counted in this process: the same on any machine."""

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench.driving import Ask


def asked_for(ask: Ask) -> list[str]:
    """The statements of one request, when all that is cached for ever is cached. Raises when the request fails."""
    method, address, body, headers = ask
    client = Client(headers=headers)
    if method == "GET":
        client.get(address)
    with CaptureQueriesContext(connection) as captured:
        answer = client.generic(method, address, body, content_type=headers.get("Content-Type", "text/html"))
    if answer.status_code >= 300:
        raise RuntimeError(f"{method} {address}: {answer.status_code} {answer.content[:300]!r}")
    return [query["sql"] for query in captured.captured_queries if not _is_frame(query["sql"])]


def _is_frame(sql: str) -> bool:
    """What begins and ends a transaction does no work of its own."""
    return sql.startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE SAVEPOINT"))
