"""What `dealrail-bench` tells while it works: lines that stay on standard error, and one that changes."""

import sys


def say(line: str) -> None:
    """A line that stays."""
    print(f"\r\033[K{line}" if sys.stderr.isatty() else line, file=sys.stderr, flush=True)


def status(line: str) -> None:
    """Where the work stands; only for somebody who watches."""
    if sys.stderr.isatty():
        print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)
