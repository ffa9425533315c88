"""Real processes of Dealrail on the database of the tests: started, killed with -9, and started again."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event as Signal
from threading import Thread
from typing import IO
from urllib.parse import urlsplit

from django.db import connection

from tests.architecture.source import ROOT

PATIENCE = 120.0
START_AGAIN_AFTER = 0.2
PROC = Path("/proc")


def wait_until(condition: Callable[[], bool], what: str, *, seconds: float = PATIENCE, every: float = 0.02) -> None:
    """Look again and again until the condition holds; fail with `what` did not happen when the time is up."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"{seconds:.0f} s have passed, and still not: {what}")
        time.sleep(every)


def database_url() -> str:
    """The URL of the database that this test has."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_listening(port: int) -> bool:
    """Whether somebody takes connections on this port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@dataclass(frozen=True)
class Finished:
    """A command that has ended: its exit status and all that it said."""

    status: int
    said: str


class Kept:
    """A command that is started again whenever it ends, as a service manager does, until it is told to stop."""

    def __init__(self, start: Callable[[], "subprocess.Popen[bytes]"]) -> None:
        self._start = start
        self._stopping = Signal()
        self._process = start()
        self.starts = 1
        self._thread = Thread(target=self._keep, daemon=True)
        self._thread.start()

    @property
    def pid(self) -> int:
        """The process that runs now, or ran last."""
        return self._process.pid

    def _keep(self) -> None:
        while True:
            self._process.wait()
            if self._stopping.wait(START_AGAIN_AFTER):
                return
            self._process = self._start()
            self.starts += 1

    def stop(self) -> None:
        """Ask it to end, as an administrator does, and wait until it did."""
        self._stopping.set()
        wait_until(self._has_ended, "the process has ended after SIGTERM", every=0.2)

    def _has_ended(self) -> bool:
        if self._process.poll() is None:
            self._process.terminate()
        return not self._thread.is_alive()


class Installation:
    """A fresh home on the database of the test, or on another, and the processes that run in it."""

    def __init__(self, home: Path, url: str = "") -> None:
        self.home = home
        self.port = free_port()
        self.log = home / "said.log"
        self._kept: list[Kept] = []
        self._started: dict[int, subprocess.Popen[bytes]] = {}
        self._environment = {
            **os.environ,
            "DEALRAIL_HOME": str(home),
            "DATABASE_URL": url or database_url(),
            "LC_ALL": "C.UTF-8",
        }

    def run(self, *words: str | Path) -> Finished:
        """Run one command to its end."""
        process = self._spawn(words, subprocess.PIPE)
        said, _ = process.communicate(timeout=PATIENCE)
        return Finished(process.returncode, said.decode())

    def start(self, *words: str | Path) -> "subprocess.Popen[bytes]":
        """Start one command; what it says goes to the log."""
        with self.log.open("ab") as log:
            process = self._spawn(words, log)
        self._started[process.pid] = process
        return process

    def _spawn(self, words: tuple[str | Path, ...], output: IO[bytes] | int) -> "subprocess.Popen[bytes]":
        line = [sys.executable, "-m", "dealrail", *words]
        return subprocess.Popen(
            line, cwd=ROOT, env=self._environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )

    def keep(self, *words: str) -> Kept:
        """Start a command, and start it again whenever it ends."""
        self._kept.append(Kept(lambda: self.start(*words)))
        return self._kept[-1]

    def serve(self) -> None:
        """Bring up web processes and workers as in production, and wait until they answer."""
        self.keep("serve", "--port", str(self.port), "--workers", "2")
        if connection.vendor == "postgresql":  # on SQLite a worker runs inside
            self.work()
            self.work()
        wait_until(lambda: is_listening(self.port), "the server listens")

    def work(self) -> None:
        """Keep a worker."""
        self.keep("worker")

    def stop(self) -> None:
        """End what was kept in good order, and wait until nothing runs any more."""
        self._stop_keeping()
        wait_until(lambda: not self.pids("all"), "all processes have ended")

    def _stop_keeping(self) -> None:
        for kept in self._kept:
            kept.stop()
        self._kept.clear()

    def clear_away(self) -> None:
        """End whatever still runs, however the test went."""
        try:
            self._stop_keeping()
        finally:
            for pid, _line in self.processes():
                kill(pid)
            for process in self._started.values():
                process.wait(PATIENCE)

    def processes(self) -> Iterator[tuple[int, list[str]]]:
        """The processes of this home: id and command line."""
        mark = f"DEALRAIL_HOME={self.home}".encode()
        for folder in PROC.iterdir():
            if not folder.name.isdecimal():
                continue
            try:
                is_ours = mark in (folder / "environ").read_bytes().split(b"\0")
                line = (folder / "cmdline").read_text().split("\0") if is_ours else []
            except OSError:  # it has just ended, or is somebody else's
                continue
            if is_ours:
                yield int(folder.name), line

    def pids(self, role: str) -> list[int]:
        """Of the processes of this home: `worker`, `server` (which we started), `web` (which that did), or `all`."""
        return [pid for pid, line in self.processes() if role in {self._role(pid, line), "all"}]

    def _role(self, pid: int, line: list[str]) -> str:
        if "serve" not in line:
            return "worker"
        return "server" if pid in self._started else "web"

    def kill(self, role: str, choose: random.Random) -> None:
        """Kill -9 one process of this role, or all there are."""
        wait_until(lambda: bool(self.pids(role)), f"a process to kill is there: {role}")
        found = self.pids(role)
        for pid in found if role == "all" else [choose.choice(found)]:
            kill(pid)


def kill(pid: int) -> None:
    """Kill -9, unless it is gone already."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
