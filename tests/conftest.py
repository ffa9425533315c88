"""What every test can ask for."""

import pytest
from django.db import connection

from tests.environment import HOME


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """SQLite's test database is a file, as in life: in memory, threads would share one connection."""
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(HOME / "test.sqlite3")


# The people, departments and processes that tests play with.
pytest_plugins = ["tests.cast"]
