"""Where tests run: on the database that DEALRAIL_TEST_DB names, in a home of their own, without a network.

A plugin (see pyproject.toml), because Django reads its settings before any conftest is loaded.
"""

import ipaddress
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from bench.postgres import Postgres
from tools import assets

HOME = Path(tempfile.mkdtemp(prefix="dealrail-tests-"))
STARTED: list[Postgres] = []


def _set_environment() -> None:
    """Only what the tests set reaches the settings, nothing that happens to be set on this machine."""
    for name in list(os.environ):
        if name.startswith("DEALRAIL_") and not name.startswith("DEALRAIL_TEST_"):
            del os.environ[name]
    # The processes that tests start needn't compile what another one compiled.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    os.environ["DEALRAIL_HOME"] = str(HOME)
    os.environ["DEALRAIL_SECRET_KEY"] = "for tests only"
    os.environ["DATABASE_URL"] = _database_url()


def _database_url() -> str:
    match os.environ.get("DEALRAIL_TEST_DB", "sqlite"):
        case "sqlite":
            return f"sqlite:///{HOME / 'dealrail.sqlite3'}"
        case "postgres":
            return os.environ.get("DEALRAIL_TEST_POSTGRES") or _start_postgres()
        case other:
            raise pytest.UsageError(f"DEALRAIL_TEST_DB={other}: write sqlite or postgres.")


def _start_postgres() -> str:
    """Start a server; the workers that xdist starts from here use it too."""
    STARTED.append(Postgres())
    os.environ["DEALRAIL_TEST_POSTGRES"] = STARTED[0].url
    return STARTED[0].url


def _refuse_network(event: str, arguments: tuple[Any, ...]) -> None:
    """No test opens a connection beyond this machine."""
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        host = arguments[1][0]
        if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
            raise PermissionError(f"a test tried to reach {host}")


# The screens and sentences under test are those that stand here, also when pytest is called without run.py.
assets.build()
_set_environment()
sys.addaudithook(_refuse_network)
# How long an example takes says more about the machine than about the code.
SLOW = [hypothesis.HealthCheck.too_slow]
hypothesis.settings.register_profile("dealrail", deadline=None, suppress_health_check=SLOW)
hypothesis.settings.load_profile("dealrail")


def pytest_unconfigure() -> None:
    """Leave nothing behind."""
    for server in STARTED:
        server.stop()
    shutil.rmtree(HOME, ignore_errors=True)
