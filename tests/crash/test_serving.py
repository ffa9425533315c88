"""Whatever `serve` has started ends with it, however it ends, and soon."""

import subprocess

import pytest

from tests.crash.running import Installation, wait_until

pytestmark = pytest.mark.django_db(transaction=True)
SOON = 20.0


def _start(installation: Installation) -> "subprocess.Popen[bytes]":
    """Start the server and return it as soon as a web process of it has begun to start."""
    server = installation.start("serve", "--port", str(installation.port), "--workers", "2")
    wait_until(lambda: bool(installation.pids("web")), "a web process has begun to start")
    return server


def _wait_for_the_end(installation: Installation, server: "subprocess.Popen[bytes]") -> None:
    server.wait(SOON)
    wait_until(lambda: not installation.pids("all"), "all processes have ended", seconds=SOON)


def test_web_processes_that_still_start_end_with_a_server_that_is_killed(installation: Installation) -> None:
    server = _start(installation)
    server.kill()
    _wait_for_the_end(installation, server)


def test_a_server_that_is_told_to_stop_while_it_starts_stops_soon(installation: Installation) -> None:
    server = _start(installation)
    server.terminate()
    _wait_for_the_end(installation, server)
