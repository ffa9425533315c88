"""Bodies of requests that are too large are refused unread."""

from collections.abc import Iterable
from typing import Any

import pytest

from dealrail.cli.bodies import LARGEST, STRANGERS_LARGEST, Bodies

KNOWN = [{"HTTP_COOKIE": "a=b; sessionid=abc"}, {"HTTP_AUTHORIZATION": "Bearer abc"}]


def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Take any request."""
    start_response("200 OK", [])
    return [b"taken"]


def status_of(length: object, **environ: str) -> str:
    """The status of the answer."""
    said: list[str] = []
    body = Bodies(answer)({"CONTENT_LENGTH": str(length), **environ}, lambda status, headers: said.append(status))
    assert b"".join(body)
    return said[0][:3]


@pytest.mark.parametrize("length", ["", "0", "-5", "no number", STRANGERS_LARGEST])
def test_what_a_stranger_has_to_say_is_taken(length: object) -> None:
    assert status_of(length) == "200"


def test_a_stranger_sends_no_files() -> None:
    assert status_of(STRANGERS_LARGEST + 1) == "413"


@pytest.mark.parametrize("known", KNOWN)
def test_who_has_logged_in_does_up_to_a_limit(known: dict[str, str]) -> None:
    assert status_of(STRANGERS_LARGEST + 1, **known) == "200"
    assert status_of(LARGEST + 1, **known) == "413"
