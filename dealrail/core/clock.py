"""What time it is in the business: now, unless a moment is replayed (demo data, tests)."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from django.utils import timezone

_moment: ContextVar[datetime | None] = ContextVar("moment", default=None)


def now() -> datetime:
    """The moment at which what is being done happens; aware."""
    return _moment.get() or timezone.now()


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Let everything inside happen at this (aware) moment; the log still records when it was written."""
    token = _moment.set(moment)
    try:
        yield
    finally:
        _moment.reset(token)
