"""What is asked more than once while one page is read, asked once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar

Given = ParamSpec("Given")
Found = TypeVar("Found")
_kept: ContextVar[dict[Any, Any] | None] = ContextVar("kept while a page is read", default=None)


@contextmanager
def reading() -> Iterator[None]:
    """Until this ends, what is marked `once` is asked once for each of its arguments; nothing of it is changed here."""
    before = _kept.set({})
    try:
        yield
    finally:
        _kept.reset(before)


def once(ask: Callable[Given, Found]) -> Callable[Given, Found]:
    """Keep what is found while a page is read; elsewhere, as in actions and jobs, it is asked each time."""

    @wraps(ask)
    def kept_or_asked(*args: Given.args, **kwargs: Given.kwargs) -> Found:
        kept = _kept.get()
        if kept is None:
            return ask(*args, **kwargs)
        key = (ask, args, *sorted(kwargs.items()))
        if key not in kept:
            kept[key] = ask(*args, **kwargs)
        found: Found = kept[key]
        return found

    return kept_or_asked
