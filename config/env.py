"""Typed readers for settings from the environment; nonsense stops the start and names itself."""

import os
from collections.abc import Collection
from pathlib import Path


class BadSetting(Exception):
    """A setting in the environment cannot be used; the message names it and says what to write."""


def text(name: str, default: str | None = None) -> str:
    """Read NAME, or the file that NAME_FILE points at (for secrets); refuse when both are missing."""
    if path := os.environ.get(f"{name}_FILE"):
        try:
            return Path(path).read_text("utf-8").strip()
        except OSError as error:
            raise BadSetting(f"{name}_FILE: {path} cannot be read ({error.strerror}).") from error
    value = os.environ.get(name) or default
    if value is None:
        raise BadSetting(f"{name} is not set. Set {name}, or {name}_FILE to the path of a file that holds it.")
    return value


def flag(name: str, default: bool) -> bool:
    """Read a yes or no: 1/true/yes/on or 0/false/no/off."""
    value = os.environ.get(name, "").strip().lower()
    if not value:
        return default
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise BadSetting(f"{name}={value} is neither yes nor no. Write 1 or 0.")


def number(name: str, default: int, *, low: int, high: int) -> int:
    """Read a whole number from low to high."""
    value = os.environ.get(name, "").strip() or str(default)
    if not value.isdecimal() or not low <= int(value) <= high:
        raise BadSetting(f"{name}={value} is not a whole number from {low} to {high}.")
    return int(value)


def one_of(name: str, default: str, known: Collection[str], *, shown: str = "") -> str:
    """Read one of these words; `shown` describes them where they are too many to name."""
    value = text(name, default)
    if value not in known:
        raise BadSetting(f"{name}={value} is not known. Write {shown or 'one of: ' + ', '.join(sorted(known))}.")
    return value


def words(name: str, default: str) -> list[str]:
    """Read a list separated by commas."""
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]
