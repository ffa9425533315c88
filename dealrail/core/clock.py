"""What time it is in the business: now, unless a moment is replayed (demo data, tests)."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from django.utils import timezone

_moment: ContextVar[datetime | None] = ContextVar("moment", default=None)
_written: ContextVar[datetime | None] = ContextVar("written", default=None)


def now() -> datetime:
    """The moment at which what is being done happens; aware."""
    return _moment.get() or timezone.now()


def written() -> datetime:
    """The moment at which the log writes down what happened: now, except while a company is made up."""
    return _written.get() or timezone.now()


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Let everything inside happen at this (aware) moment; the log still records when it was written."""
    with _set(_moment, moment):
        yield


@contextmanager
def pretending(moment: datetime) -> Iterator[None]:
    """Let everything inside happen at this moment and be written down at once: for demo data only."""
    with _set(_moment, moment), _set(_written, moment):
        yield


@contextmanager
def _set(variable: ContextVar[datetime | None], moment: datetime) -> Iterator[None]:
    token = variable.set(moment)
    try:
        yield
    finally:
        variable.reset(token)
