"""One process at a time, where two runs could build or fetch the same thing."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

if sys.platform != "win32":
    import fcntl


@contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Hold the lock file `path`; whoever comes second waits. Windows has no such lock and goes on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        if sys.platform != "win32":
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
