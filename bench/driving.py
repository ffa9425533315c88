"""Clients in processes of their own, each with one connection: what they ask for, and how long each answer took."""

import http.client
import math
import multiprocessing
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection

_FORK = multiprocessing.get_context("fork")  # what a client has to do needn't be sent to it
Ask = tuple[str, str, bytes, dict[str, str]]  # method, address, body, headers
# Who hears nothing for so many seconds gives up.
LONGEST = 60.0


@dataclass(frozen=True)
class Figures:
    """What came of one measure: how many answers, in how many seconds, and each answer's own seconds.

    What failed is counted apart: an error that comes fast makes nothing faster.
    """

    seconds: float
    taken: tuple[float, ...]
    failed: int = 0
    problem: str = ""

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.taken) / self.seconds if self.seconds else 0.0

    def each(self, parts: int) -> "Figures":
        """The same when each answer was so many things, done one after the other."""
        taken = tuple(second / parts for second in self.taken for _ in range(parts))
        return Figures(self.seconds, taken, self.failed, self.problem)

    def percentile(self, share: float) -> float:
        """The seconds within which this share of the answers came (nearest rank)."""
        ordered = sorted(self.taken)
        return ordered[max(math.ceil(share * len(ordered)) - 1, 0)] if ordered else math.nan


def writes(asks: Iterable[Ask]) -> bool:
    """Whether one of these changes something, so that none can be asked twice."""
    return any(method != "GET" for method, *_rest in asks)


def drive(port: int, asks: Sequence[Sequence[Ask]], seconds: float) -> Figures:
    """Let one client a list ask its list over and over (once, when it writes) for some seconds."""
    return together([_Client(port, list(mine)) for mine in asks], seconds)


@dataclass(frozen=True)
class _Client:
    port: int
    asks: list[Ask]

    def __call__(self, until: float) -> Figures:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LONGEST)
        taken, failed, problem, began = [], 0, "", time.monotonic()
        for ask in self._forever():
            start = time.perf_counter()
            if time.monotonic() >= until:
                break
            if said := _fault(connection, ask):
                failed, problem = failed + 1, said
            else:
                taken.append(time.perf_counter() - start)
        return Figures(time.monotonic() - began, tuple(taken), failed, problem)

    def _forever(self) -> Iterator[Ask]:
        yield from self.asks
        while not writes(self.asks):
            yield from self.asks


def _fault(connection: http.client.HTTPConnection, ask: Ask) -> str:
    """Ask, and tell what was wrong with the answer, if anything; the next ask has a new connection where it must."""
    method, address, body, headers = ask
    try:
        connection.request(method, address, body or None, headers)
        answer = connection.getresponse()
        said = answer.read()
    except (OSError, http.client.HTTPException) as error:
        connection.close()
        return f"{method} {address}: {error!r}"
    return f"{method} {address}: {answer.status} {said[:300]!r}" if answer.status >= 300 else ""


def together(jobs: Sequence[Callable[[float], Figures]], seconds: float) -> Figures:
    """Run each job in a process of its own until the same moment, and put their figures together."""
    until = time.monotonic() + seconds
    pipes = [_begin(job, until) for job in jobs]
    found = [pipe.recv() for pipe in pipes]
    taken = tuple(second for figures in found for second in figures.taken)
    problem = next((figures.problem for figures in found if figures.problem), "")
    return Figures(max(figures.seconds for figures in found), taken, sum(figures.failed for figures in found), problem)


def _begin(job: Callable[[float], Figures], until: float) -> Connection:
    mine, theirs = _FORK.Pipe(duplex=False)
    _FORK.Process(target=lambda: theirs.send(job(until)), daemon=True).start()
    theirs.close()
    return mine
