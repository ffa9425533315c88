"""Bodies of requests that are too large are refused unread."""

from collections.abc import Iterable
from typing import Any

import pytest

from dealrail.cli.bodies import BY_LINK_LARGEST, LARGEST, STRANGERS_LARGEST, Bodies
from dealrail.forms.models import FormLink
from dealrail.forms.queries import link_token
from dealrail.forms.rules import LINK_ALL_MEGABYTES

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


def test_who_holds_a_link_to_a_form_sends_the_files_it_asks_for() -> None:
    address = f"/f/{link_token(FormLink(pk=7))}/"
    assert status_of(LINK_ALL_MEGABYTES * 1024 * 1024, PATH_INFO=address) == "200"
    assert status_of(BY_LINK_LARGEST + 1, PATH_INFO=address) == "413"
    for other in ("/f/7:guess/", "/f/7/", f"{address}more/", "/f//", "/forms/", ""):
        assert status_of(STRANGERS_LARGEST + 1, PATH_INFO=other) == "413"
