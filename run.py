#!/usr/bin/env python3
"""Starts Dealrail from a checkout, with nothing installed but Python.

    python3 run.py demo       fills a home with a believable company and serves it
    python3 run.py test       runs every test, on SQLite and on PostgreSQL
    python3 run.py X ...      is `dealrail X ...`

The first start fetches what the lock file names, in about half a minute; later ones need no network.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tools import freshness, locks

ROOT = Path(__file__).resolve().parent
TOOLS = ROOT / ".tools"
VENV = ROOT / ".venv"
STAMP = VENV / "dealrail-stamp.json"
BIN = "Scripts" if os.name == "nt" else "bin"
OLDEST_UV = (0, 8)
# Each database gets a process of its own that runs every test; one report, one closing line.
BOTH_DATABASES = [
    "--dist=each",
    "--tx=popen//id=sqlite//env:DEALRAIL_TEST_DB=sqlite",
    "--tx=popen//id=postgres//env:DEALRAIL_TEST_DB=postgres",
]


class CannotStart(Exception):
    """A step of the set-up failed; the message says which, and what it said or what to do."""


def prepare(*, with_dev: bool) -> None:
    """Bring the environment and the built files up to date; quick when they are."""
    with locks.only_one(TOOLS / "run.lock"):
        installed = _read_stamp()
        wanted = _wanted(with_dev or bool(installed.get("dev")))
        if installed != wanted:
            _install(wanted)
        if not freshness.is_current():
            _call("Building the front end and the messages", _program("python"), "-m", "tools.assets")


def _wanted(dev: bool) -> dict[str, object]:
    """What an up-to-date environment was made from; a moved checkout needs a new one."""
    locked = hashlib.sha256((ROOT / "uv.lock").read_bytes() + (ROOT / "pyproject.toml").read_bytes())
    return {"dev": dev, "locked": locked.hexdigest(), "place": str(ROOT), "python": sys.version}


def _read_stamp() -> dict[str, object]:
    try:
        stamp = json.loads(STAMP.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) and _program("python").exists() else {}


def _install(wanted: dict[str, object]) -> None:
    """Install what the lock file names; nothing that stands there already is removed."""
    print("Setting up Dealrail; this takes a moment the first time …", file=sys.stderr)
    # Scripts carry the path of the checkout they were made in.
    if _read_stamp().get("place", str(ROOT)) != str(ROOT):
        shutil.rmtree(VENV)
    parts = ["--extra", "pdf", *([] if wanted["dev"] else ["--no-dev"])]
    # Compiled at once: where Python may not write what it compiles, every start would compile everything anew.
    _call("Installing", _uv(), "sync", "--frozen", "--inexact", "--compile-bytecode", "--quiet", *parts)
    STAMP.write_text(json.dumps(wanted), "utf-8")


def _program(name: str, folder: Path = VENV) -> Path:
    return folder / BIN / (f"{name}.exe" if os.name == "nt" else name)


def _uv() -> Path:
    """The installed uv if it is new enough, else one of our own in .tools."""
    found = shutil.which("uv")
    if found and _version(found) >= OLDEST_UV:
        return Path(found)
    own = _program("uv", TOOLS)
    if not own.exists():
        _call("Making .tools (this needs Python's venv module, or uv)", sys.executable, "-m", "venv", TOOLS)
        _call("Fetching uv", _program("python", TOOLS), "-m", "pip", "install", "--quiet", "uv")
    return own


def _version(uv: str) -> tuple[int, ...]:
    said = subprocess.run([uv, "--version"], capture_output=True, text=True, check=False).stdout
    match = re.search(r"(\d+)\.(\d+)", said)
    return tuple(map(int, match.groups())) if match else (0, 0)


def _environment() -> dict[str, str]:
    """The machine's environment, with what uv and npm need to do the same everywhere."""
    unset = {"VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH"}
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    fits = (3, 11) <= sys.version_info[:2] < (3, 14)
    return {
        **environment,
        "UV_PROJECT_ENVIRONMENT": str(VENV),
        "UV_PYTHON": sys.executable if fits else "3.13",
        "UV_PYTHON_DOWNLOADS": "never" if fits else "automatic",
        # The authorities the machine trusts, also behind a company's proxy.
        "UV_SYSTEM_CERTS": "1",
        "NODE_USE_SYSTEM_CA": "1",
    }


def _call(step: str, *command: Path | str) -> None:
    """Run one step of the set-up in the checkout. Raises CannotStart with what it said."""
    line = [str(part) for part in command]
    done = subprocess.run(line, cwd=ROOT, env=_environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotStart(f"{done.stdout}{done.stderr}\n{step} failed; what it said stands above.".lstrip())


def command(arguments: list[str]) -> list[str]:
    """What to run for these arguments."""
    if arguments[:1] == ["test"]:
        return [str(_program("python")), "-m", "pytest", *BOTH_DATABASES, *arguments[1:]]
    return [str(_program("dealrail")), *arguments]


def start(arguments: list[str]) -> int:
    """Become the command, so that Ctrl-C and the exit status are its own."""
    line = command(arguments)
    if arguments[:1] == ["test"]:
        os.chdir(ROOT)
    if os.name != "nt":
        os.execv(line[0], line)
    return subprocess.run(line, check=False).returncode


def main(arguments: list[str]) -> int:
    """Prepare, then run."""
    try:
        prepare(with_dev=arguments[:1] == ["test"])
        return start(arguments)
    except CannotStart as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
