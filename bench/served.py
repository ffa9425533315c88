"""The program as in production: its web processes and its worker, in processes of their own."""

import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

WEB_PROCESSES = 2
LONGEST_START = 60.0
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Served:
    """A running server; `started_in` is how many seconds passed until its first page came."""

    port: int
    pids: tuple[int, ...]
    started_in: float
    database: int = 0

    def cpu_seconds(self) -> float:
        """What all its processes, web and worker, have used of the processors so far."""
        return sum(_cpu(pid) for pid in self._processes())

    def database_seconds(self) -> float:
        """What the database's own processes have used so far; 0 where they are not on this machine."""
        return sum(_cpu(pid) for pid in _family(self.database)) if self.database else 0.0

    def memory(self) -> list[int]:
        """How many bytes of memory each of its processes takes, shared ones divided among those who share them."""
        return [_size("smaps_rollup", "Pss", pid) for pid in self._processes()]

    def peaks(self) -> list[int]:
        """The most bytes of memory that each of its processes has ever taken, what it shares with others included."""
        return [_size("status", "VmHWM", pid) for pid in self._processes()]

    def _processes(self) -> list[int]:
        return [one for pid in self.pids for one in _family(pid)]


@contextmanager
def served(port: int) -> Iterator[Served]:
    """Start `dealrail serve` and, on PostgreSQL, `dealrail worker`; end both."""
    began = time.monotonic()
    web = _start("serve", "--port", str(port), "--workers", str(WEB_PROCESSES))
    worker = _start("worker") if os.environ["DATABASE_URL"].startswith("postgres") else None
    try:
        _wait_for(port, web)
        pids = tuple(process.pid for process in (web, worker) if process)
        yield Served(port, pids, time.monotonic() - began, _postmaster())
    finally:
        for process in filter(None, (web, worker)):
            process.terminate()
            process.wait()


def _start(*arguments: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-m", "dealrail", *arguments], stdout=subprocess.DEVNULL)


def _wait_for(port: int, web: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + LONGEST_START
    while time.monotonic() < until and web.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/login/", timeout=5):
                return
        except OSError:  # not there yet, or busy with starting
            time.sleep(0.05)
    raise RuntimeError(f"no page from port {port} within {LONGEST_START:.0f} s")


def _postmaster() -> int:
    """The process that all others of the database come from; 0 on SQLite and for one on another machine."""
    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        stat = Path(f"/proc/{cursor.fetchone()[0]}/stat")
    connection.close()
    if not stat.exists() or "(postgres)" not in stat.read_text():
        return 0
    return int(stat.read_text().rsplit(")", 1)[1].split()[1])


def _family(pid: int) -> list[int]:
    """A process and all that it started."""
    found = [pid]
    for one in found:
        for path in Path(f"/proc/{one}/task").glob("*/children"):
            with suppress(OSError):  # a process that has just ended
                found += [int(child) for child in path.read_text().split()]
    return found


def _cpu(pid: int) -> float:
    """Seconds a process has used, and those of its children that have ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:  # it has just ended; its parent tells of it from now on
        return 0.0
    return sum(int(field) for field in fields[11:15]) / _TICK


def _size(file: str, name: str, pid: int) -> int:
    [size] = re.findall(rf"^{name}:\s+(\d+) kB", Path(f"/proc/{pid}/{file}").read_text(), re.MULTILINE)
    return int(size) * 1024
