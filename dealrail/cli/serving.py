"""`serve`: web processes, and on SQLite a worker beside them; all of them end together."""

import gc
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial
from importlib import import_module
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection, connections
from django.utils.translation import gettext as _
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from dealrail.accounts import queries as people
from dealrail.cli import setting_up, start
from dealrail.cli.arguments import Options
from dealrail.cli.bodies import Bodies
from dealrail.cli.errors import PortTaken
from dealrail.cli.output import say

GRACE = 30
CHECK_EVERY = 1.0
# Of each web process: while one waits for a slow sender or for the database, others go on.
THREADS = 8
RESTART_AFTER = 2.0


def run(options: Options) -> None:
    """Serve until SIGTERM or Ctrl-C; in an untouched home the tables are made first."""
    if start.is_untouched():
        setting_up.migrate(options)
    start.require_database()
    port = free_port(options.host, options.port)
    say(_("Dealrail answers at %(address)s; Ctrl-C ends it.") % {"address": address(options.host, port)})
    if people.is_empty():
        link = f"{address(options.host, port)}setup/?code={people.first_run_code()}"
        say(_("Nobody can log in yet. Make the first account at %(link)s") % {"link": link})
    serve(options.host, port, options.workers or web_processes())


def address(host: str, port: int) -> str:
    """What to type into a browser on this machine."""
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{port}/"


def web_processes() -> int:
    """One for each processor, at most four."""
    return min(os.cpu_count() or 1, 4)


def free_port(host: str, port: int) -> int:
    """The port, or a free one for 0. Refuses with PortTaken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortTaken(host=host, port=port, problem=error.strerror or str(error)) from error
        return int(probe.getsockname()[1])


def serve(host: str, port: int, workers: int) -> None:
    """Start web processes and wait for the end; whoever dies before is started again."""
    sys.stdout.flush()
    background = Background() if connection.vendor == "sqlite" else None
    application()
    # Forked processes share what is loaded by now: it is neither looked through nor moved when they collect garbage.
    gc.collect()
    gc.freeze()
    # A connection they must not share.
    connections.close_all()
    server = Server(
        "config.wsgi:application",
        address=_ip(host),
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=THREADS,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=GRACE,
    )
    if background:
        background.start()
    try:
        server.serve(target_loader=partial(load_application, os.getpid()), wrap_loader=False)
    finally:
        if background:
            background.stop()


def _ip(host: str) -> str:
    return {"localhost": "127.0.0.1"}.get(host, host)


@cache
def application() -> Bodies:
    """The application with its screens and its API, which Django itself loads at the first request only."""
    loaded = Bodies(get_wsgi_application())
    import_module(settings.ROOT_URLCONF)
    return loaded


def load_application(parent: int) -> Callable[..., Any]:
    """The application, in a web process that ends when `parent`, which started it, is gone, even by kill -9."""
    # Until the web server listens to it, the handler it was forked with would swallow this, and it would live on.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    return application()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(CHECK_EVERY)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE)
    os._exit(1)


class Background:
    """A worker in a process of its own, started again when it dies; it ends when we do, even by kill -9."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._keep, daemon=True)

    def start(self) -> None:
        """Start the worker and keep it alive."""
        self._thread.start()

    def stop(self) -> None:
        """Let the worker finish its current piece, and wait for it."""
        self._stopping.set()
        self._thread.join()

    def _keep(self) -> None:
        while not self._stopping.is_set():
            self._run_once()
            self._stopping.wait(RESTART_AFTER)

    def _run_once(self) -> None:
        # The worker reads from a pipe that only we can write to: it closes when we are gone.
        line = [sys.executable, "-m", "dealrail", "worker", "--until-input-closes"]
        child = subprocess.Popen(line, stdin=subprocess.PIPE, start_new_session=True)
        while child.poll() is None and not self._stopping.wait(CHECK_EVERY):
            pass
        child.terminate()
        with suppress(subprocess.TimeoutExpired):
            child.wait(GRACE)
        child.kill()
        child.communicate()
