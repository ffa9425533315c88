"""Holes filled by several processes at a time: that takes longer than the database takes to write what comes of it."""

import gc
import os
import pickle
import signal
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from functools import cache
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from tempfile import NamedTemporaryFile

from bench.bulk import Rows
from bench.copying import Copier, Telling
from bench.patterns import Pattern, Table
from dealrail.cli import start

CHUNK = 500
# Fewer copies than this are made sooner than other processes have started.
WORTH_OTHERS = 20 * CHUNK
Copy = tuple[int, Telling]  # which of the patterns, and what fills its holes


def processes_for(copies: int) -> int:
    """How many processes so many copies are worth: one for each processor, or none but this one."""
    return os.cpu_count() or 1 if copies >= WORTH_OTHERS else 1


def filled(
    copier: Copier, patterns: Sequence[Pattern], copies: Iterable[Copy], processes: int
) -> Iterator[tuple[int, Rows]]:
    """The rows of the copies in their order, some hundred copies at a time, each time with how many these are."""
    source = iter(copies)
    chunks = iter(lambda: list(islice(source, CHUNK)), [])
    if processes == 1:
        yield from (_rows(copier, patterns, chunk) for chunk in chunks)
        return
    # Not forked: a child would hold this one's connection to the database. Set up first, as patterns name tables.
    with (
        NamedTemporaryFile(prefix="dealrail-bench-") as kept,
        ProcessPoolExecutor(processes, get_context("spawn"), initializer=start.set_up) as pool,
    ):
        pickle.dump((copier, patterns), kept)
        kept.flush()
        ahead: deque[Future[tuple[int, Rows]]] = deque()
        for chunk in chunks:
            ahead.append(pool.submit(_rows_of_kept, kept.name, chunk))
            if len(ahead) > 2 * processes:  # bounded, as the database may be slower
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()


def _rows_of_kept(kept: str, chunk: Sequence[Copy]) -> tuple[int, Rows]:
    return _rows(*_read(kept), chunk)


@cache
def _read(kept: str) -> tuple[Copier, Sequence[Pattern]]:
    """In another process, once; an interruption is for the one that began it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()  # what is made here leaves nothing to collect
    found: tuple[Copier, Sequence[Pattern]] = pickle.loads(Path(kept).read_bytes())
    return found


def _rows(copier: Copier, patterns: Sequence[Pattern], chunk: Sequence[Copy]) -> tuple[int, Rows]:
    rows: dict[Table, list[str]] = defaultdict(list)
    for place, telling in chunk:
        for table, lines in copier.copy(patterns[place], telling):
            rows[table] += lines
    return len(chunk), rows
