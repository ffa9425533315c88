"""What tests of screens ask for: a browserless client that is logged in, in English."""

from collections.abc import Callable

import pytest
from django.test import Client

from dealrail.accounts.models import User

LogIn = Callable[[User], Client]


@pytest.fixture
def log_in() -> LogIn:
    """A client logged in as this person; screens answer in English."""

    def logged_in(user: User) -> Client:
        fresh = Client(headers={"Accept-Language": "en"})
        fresh.force_login(user)
        return fresh

    return logged_in


@pytest.fixture
def editor(log_in: LogIn, admin: User) -> Client:
    """A client that has begun to change the trial process."""
    client = log_in(admin)
    assert client.post("/processes/trial/draft/start/", {"version": 1}).status_code == 302
    return client
