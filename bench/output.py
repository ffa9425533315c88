"""What `dealrail-bench` tells while it works: lines that stay on standard error, and one that changes."""

import sys
import time

# Where nobody watches a line change, as in a file, where the work stands is told no more often than this, in seconds.
PAUSE = 30.0
_told = {"last": float("-inf")}


def say(line: str) -> None:
    """A line that stays."""
    print(f"\r\033[K{line}" if sys.stderr.isatty() else line, file=sys.stderr, flush=True)


def status(line: str) -> None:
    """Where the work stands: one line that changes for somebody who watches, else a line now and then."""
    if sys.stderr.isatty():
        print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)
    elif time.monotonic() >= _told["last"] + PAUSE:
        _told["last"] = time.monotonic()
        say(line)
