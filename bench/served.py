"""The program as in production: its web processes and its worker, in processes of their own."""

import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

WEB_PROCESSES = 2
LONGEST_START = 60.0
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Served:
    """A running server; `started_in` is how many seconds passed until its first page came."""

    port: int
    pid: int
    started_in: float

    def cpu_seconds(self) -> float:
        """What all its processes have used of the processors so far."""
        return sum(_cpu(pid) for pid in _family(self.pid))

    def memory(self) -> list[int]:
        """How many bytes of memory each of its processes takes, shared ones divided among those who share them."""
        return [_memory(pid) for pid in _family(self.pid)]


@contextmanager
def served(port: int) -> Iterator[Served]:
    """Start `dealrail serve` and, on PostgreSQL, `dealrail worker`; end both."""
    began = time.monotonic()
    web = _start("serve", "--port", str(port), "--workers", str(WEB_PROCESSES))
    worker = _start("worker") if os.environ["DATABASE_URL"].startswith("postgres") else None
    try:
        _wait_for(port, web)
        yield Served(port, web.pid, time.monotonic() - began)
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


def _family(pid: int) -> list[int]:
    """A process and all that it started."""
    found = [pid]
    for one in found:
        for path in Path(f"/proc/{one}/task").glob("*/children"):
            found += [int(child) for child in path.read_text().split()]
    return found


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def _memory(pid: int) -> int:
    [share] = re.findall(r"^Pss: +(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    return int(share) * 1024
