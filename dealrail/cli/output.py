"""What the command line says: sentences, JSON, tables, progress."""

import json
import sys
from collections.abc import Sequence
from typing import Any
from unicodedata import east_asian_width


def say(text: object = "") -> None:
    """Print a line of the answer."""
    print(text)


def complain(text: object) -> None:
    """Print a line about what went wrong, on standard error."""
    print(text, file=sys.stderr)


def say_json(value: Any) -> None:
    """Print the answer for a program."""
    print(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows in aligned columns below their headings."""
    lines = [[str(cell) for cell in row] for row in [headings, *rows]]
    widths = [max(_width(line[column]) for line in lines) for column in range(len(headings))]
    for line in lines:
        cells = [cell + " " * (width - _width(cell)) for cell, width in zip(line, widths, strict=True)]
        say("  ".join(cells).rstrip())


def _width(text: str) -> int:
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


class Progress:
    """How far a long command is, on one line of a terminal; silent where nobody watches."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._last = ""
        self._watched = sys.stderr.isatty()

    def __call__(self, done: int, total: int) -> None:
        share = f"{100 * done // total} %" if total else str(done)
        if self._watched and share != self._last:
            self._last = share
            print(f"\r{self._label} {share}", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        """Clear the line."""
        if self._last:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
