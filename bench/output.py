"""What `dealrail-bench` tells while it works: lines that stay on standard error, and one that changes."""

import sys
import time

# Where nobody watches a line change, as in a file, where the work stands is told no more often than this, in seconds.
PAUSE = 30.0


class _Status:
    """The line that tells where the work stands."""

    last_told = float("-inf")

    def __call__(self, line: str) -> None:
        """One line that changes for somebody who watches, else a line now and then."""
        if sys.stderr.isatty():
            print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)
        elif time.monotonic() >= self.last_told + PAUSE:
            self.last_told = time.monotonic()
            say(line)


def say(line: str) -> None:
    """A line that stays."""
    print(f"\r\033[K{line}" if sys.stderr.isatty() else line, file=sys.stderr, flush=True)


status = _Status()
