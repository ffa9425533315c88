"""The `dealrail` command: reads the line, sets Django up, runs one command, and never shows a traceback."""

import os
import sys
from collections.abc import Sequence
from importlib import import_module

from dealrail.cli import failures, start
from dealrail.cli.arguments import build


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command of this line (the process's own, unless given) and return its exit status."""
    line = sys.argv[1:] if arguments is None else arguments
    return failures.guarded(lambda: _run(line), as_json="--json" in line)


def _run(arguments: Sequence[str]) -> int:
    options = build().parse_args(arguments)
    os.umask(0o077)  # sheets, evidence, backups and the database are for nobody else on this machine
    start.set_up()
    # The commands' modules import models, so they can't be imported before Django is set up.
    module, function = options.run.split(":")
    status: int | None = getattr(import_module(f"dealrail.cli.{module}"), function)(options)
    return status or 0
