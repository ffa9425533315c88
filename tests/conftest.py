"""What every test can ask for."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import connection
from django.utils import translation

from tests.environment import HOME


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """SQLite's test database is a file, as in life: in memory, threads would share one connection."""
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(HOME / "test.sqlite3")


@pytest.fixture(autouse=True)
def company_language() -> Iterator[None]:
    """Each test begins in the company's language, whatever the one before it spoke."""
    with translation.override(settings.LANGUAGE_CODE):
        yield


# The people, departments and processes that tests play with.
pytest_plugins = ["tests.cast"]
