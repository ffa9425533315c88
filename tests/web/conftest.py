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
