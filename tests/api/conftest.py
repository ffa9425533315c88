"""Clients of the API for the people of the cast."""

import pytest

from dealrail.accounts.models import User
from tests.api.client import Api


@pytest.fixture
def as_rep(rep: User) -> Api:
    """Asks as the rep."""
    return Api(rep)


@pytest.fixture
def as_colleague(colleague: User) -> Api:
    """Asks as the rep's colleague."""
    return Api(colleague)


@pytest.fixture
def as_stranger(stranger: User) -> Api:
    """Asks as somebody of another department."""
    return Api(stranger)


@pytest.fixture
def as_manager(manager: User) -> Api:
    """Asks as the rep's manager."""
    return Api(manager)


@pytest.fixture
def as_admin(admin: User) -> Api:
    """Asks as the administrator."""
    return Api(admin)


@pytest.fixture
def anonymous(db: None) -> Api:
    """Asks without a token."""
    return Api()
