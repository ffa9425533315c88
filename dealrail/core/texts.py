"""Typed text as both databases can store it, and words put in a row."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

# No name is longer, and SQLite refuses to compare without case what is much longer.
LONGEST_ASKED = 400


def is_storable(text: str) -> bool:
    """Whether the text holds no NUL and no half of a surrogate pair, which PostgreSQL or UTF-8 can't store."""
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def tidy(text: str) -> str:
    """The text without blanks around it and without what can't be stored."""
    kept = text if is_storable(text) else text.replace("\x00", "").encode("utf-8", "ignore").decode()
    return kept.strip()


def listed(words: Iterable[object]) -> str:
    """The words in a row, with the comma of the reader's language between them."""
    return _(", ").join(map(str, words))
