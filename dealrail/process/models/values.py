"""What columns may hold."""

from typing import Any


def choices(enum: Any) -> list[tuple[str, str]]:
    """The members of an enum, as choices of a column that needs no words."""
    return [(member.value, member.value) for member in enum]
