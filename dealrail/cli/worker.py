"""`worker`: turns the clocks of the log until it is told to stop, and leaves a heartbeat for `doctor`."""

import logging
import os
import signal
import socket
import sys
import threading
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db import DatabaseError, close_old_connections, connection, connections
from django.utils import timezone

from dealrail.cli import start
from dealrail.cli.arguments import Options
from dealrail.events import clocks

IDLE = 0.5
# On SQLite whoever waits to write looks again every tenth of a second: between two steps of a long import it must find
# the database free, or nobody could log in until the import is done.
BREATH = 0.15
AFTER_FAILURE = 5.0
BEAT = timedelta(seconds=10)
SILENT = timedelta(seconds=60)
KEY = "dealrail.worker"
log = logging.getLogger("dealrail.worker")


@dataclass(frozen=True)
class Heartbeat:
    """When a worker was last at work, and where."""

    at: datetime
    host: str
    pid: int

    @property
    def is_recent(self) -> bool:
        """Whether the worker can be taken to be alive."""
        return timezone.now() - self.at < SILENT


def run(options: Options) -> None:
    """Work until SIGTERM or SIGINT (or the end of input, where asked); what is begun is finished first."""
    start.require_database()
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    if options.until_input_closes:
        threading.Thread(target=_stop_at_end_of_input, args=(stopping,), daemon=True).start()
    work(stopping)


def _stop_at_end_of_input(stopping: threading.Event) -> None:
    while os.read(sys.stdin.fileno(), 1024):
        pass
    stopping.set()


def work(stopping: threading.Event) -> None:
    """Turn until told to stop; a failure is logged and tried again after a pause."""
    next_beat = 0.0
    while not stopping.is_set():
        try:
            if time.monotonic() >= next_beat:
                _beat()
                next_beat = time.monotonic() + BEAT.total_seconds()
            close_old_connections()
            pause = _breath() if clocks.turn() else IDLE
        except DatabaseError as error:
            log.warning("the database can't be used just now: %s", error)
            connections.close_all()
            pause = AFTER_FAILURE
        except Exception:
            log.exception("a step of the worker failed")
            pause = AFTER_FAILURE
        stopping.wait(pause)
    if (beat := last_heartbeat()) and (beat.host, beat.pid) == (socket.gethostname(), os.getpid()):
        cache.delete(KEY)


def _beat() -> None:
    cache.set(KEY, [timezone.now().isoformat(), socket.gethostname(), os.getpid()], timeout=3600)


def _breath() -> float:
    return BREATH if connection.vendor == "sqlite" else 0.0


def last_heartbeat() -> Heartbeat | None:
    """The last sign of life of any worker on this database."""
    found = cache.get(KEY)
    if found is None:
        return None
    at, host, pid = found
    return Heartbeat(datetime.fromisoformat(at), host, pid)
