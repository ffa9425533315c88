"""What a comment says: whom it mentions; pure."""

import re
from collections.abc import Iterable, Mapping

LONGEST_HANDLE = 40
MOST_MENTIONS = 20
# an @ behind a letter or digit is part of a mail address
_AT = re.compile(r"(?<![A-Za-z0-9._%+-])@(\S{1,40})")


def handles(text: str) -> list[str]:
    """What could be a login or a name behind each @, the longest first; Chinese text has no blank behind a name."""
    found = []
    for match in list(_AT.finditer(text))[:MOST_MENTIONS]:
        words = match.group(1)
        found += [words[:length] for length in range(len(words), 0, -1)]
    return list(dict.fromkeys(found))


def mentioned(text: str, known: Mapping[str, Iterable[int]]) -> list[set[int]]:
    """For each @ the people meant, of those known by login or name in small letters; the longest handle wins."""
    found: list[set[int]] = []
    for match in list(_AT.finditer(text))[:MOST_MENTIONS]:
        words = match.group(1).lower()
        for length in range(len(words), 0, -1):
            if words[:length] in known and not _goes_on(words, length):
                found.append(set(known[words[:length]]))
                break
    return found


def _goes_on(words: str, length: int) -> bool:
    """Whether a handle would end in the middle of a word of Latin letters or digits."""
    return length < len(words) and _is_latin(words[length - 1]) and _is_latin(words[length])


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalnum()
