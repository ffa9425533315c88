"""Whatever `serve` has started ends with it, however it ends, and soon."""

import subprocess

import pytest

from tests.crash.running import PROC, Installation, wait_until

pytestmark = pytest.mark.django_db(transaction=True)
SOON = 20.0


def _start(installation: Installation) -> "subprocess.Popen[bytes]":
    """Start the server and return it as soon as its web processes have begun to start."""
    server = installation.start("serve", "--port", str(installation.port), "--workers", "2")
    wait_until(lambda: len(_starting(installation)) == 2, "both web processes have begun to start")
    return server


def _starting(installation: Installation) -> list[int]:
    """The web processes that watch over the server already; the first thing they do, in a thread."""
    return [pid for pid in installation.pids("web") if len(list((PROC / str(pid) / "task").iterdir())) > 1]


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
