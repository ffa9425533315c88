"""Pure rules: whom a comment mentions, check-ins, the dates of next steps, and actions taken over from the library."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import PurePath
from typing import Any

from dealrail.accounts.rules import login_of
from dealrail.core.workdays import WorkingTime
from dealrail.process.rules import ActionSpec

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


LONGEST_PLACE = 200
FARTHEST_METRES = 1_000_000
NEXT_STEP_HOUR = 10
LONGEST_TITLE = 200
PICKS = ("tomorrow", "in_three_days", "next_monday")


@dataclass(frozen=True, kw_only=True)
class CheckIn:
    """Being at the customer's: when, where in words, and where in degrees, accurate to so many metres."""

    at: datetime | None = None
    place: str = ""
    latitude: Decimal | None = None
    longitude: Decimal | None = None
    accuracy: int | None = None

    @property
    def is_on_earth(self) -> bool:
        """Whether the degrees are both there or both missing, and name a point of the earth."""
        if self.latitude is None or self.longitude is None:
            return self.latitude is None and self.longitude is None
        return _lies(self.latitude, 90) and _lies(self.longitude, 180)

    @property
    def is_said_well(self) -> bool:
        """Whether the place in words and the accuracy fit."""
        return len(self.place) <= LONGEST_PLACE and 0 <= (self.accuracy or 0) <= FARTHEST_METRES


def _lies(degrees: Decimal, most: int) -> bool:
    return degrees.is_finite() and -most <= degrees <= most


def rounded_degrees(value: Decimal | None) -> Decimal | None:
    """Degrees as they are kept: six places, a hand's breadth."""
    return None if value is None else value.quantize(Decimal("0.000001"))


def picked_day(pick: str, today: date, working: WorkingTime) -> date | None:
    """The day that a quick pick means, or the working day after it; None for no pick."""
    days = {"tomorrow": 1, "in_three_days": 3, "next_monday": 7 - today.weekday()}.get(pick)
    if days is None:
        return None
    day = today + timedelta(days=days)
    return day if working.is_working_day(day) else working.day_after(day, 1)


LONGEST_ACTION_NAME = 80
MOST_MINUTES = 10_000
ACTION_PARTS = ("name", "how_to", "script", "evidence", "form", "expected_minutes")


def free_key(name: str, taken: Collection[str]) -> str:
    """A key for an action made from its name, Chinese as pinyin, with a number behind it when others have it."""
    start = login_of(name).replace(".", "_")[:36]
    start = start if start[0].isalpha() else f"a_{start}"
    numbered = (f"{start}_{number}" for number in range(2, len(taken) + 3))
    return next(key for key in (start, *numbered) if key not in taken)


def differences(one: ActionSpec, other: ActionSpec) -> tuple[str, ...]:
    """In which parts two texts of an action differ; blanks around a text don't count."""
    return tuple(part for part in ACTION_PARTS if _told(one, part) != _told(other, part))


def _told(action: ActionSpec, part: str) -> Any:
    value = getattr(action, part)
    return value.replace("\r\n", "\n").strip() if isinstance(value, str) else value


def taken_into(content: Mapping[str, Any], action: ActionSpec) -> dict[str, Any]:
    """The content of a definition with this action of the library in it, nothing else changed.

    It takes the place of the one with the same key, else it stands last; what it doesn't say is left out.
    """
    unsaid = {"how_to": "", "script": "", "evidence": "none", "expected_minutes": None, "form": ""}
    row = {name: value for name, value in asdict(action).items() if (name, value) not in unsaid.items()}
    actions = list(content.get("actions", []))
    if any(other["key"] == action.key for other in actions):
        return {**content, "actions": [row if other["key"] == action.key else other for other in actions]}
    return {**content, "actions": [*actions, row]}


# What files are, by the ending of their names; each that may be uploaded is of one kind.
FILE_KINDS: dict[str, frozenset[str]] = {
    "pdf": frozenset({".pdf"}),
    "image": frozenset({".png", ".jpg", ".jpeg", ".webp", ".heic"}),
    "document": frozenset({".doc", ".docx", ".txt"}),
    "sheet": frozenset({".xls", ".xlsx", ".csv"}),
    "slides": frozenset({".ppt", ".pptx"}),
    "archive": frozenset({".zip"}),
}


def file_kind(name: str) -> str:
    """Of which kind a file of this name is; empty for none."""
    suffix = PurePath(name).suffix.lower()
    return next((kind for kind, suffixes in FILE_KINDS.items() if suffix in suffixes), "")


# a mobile number however it is divided, and an address of mail
_NUMBER = re.compile(r"(?<!\d)1[3-9]\d(?:[ -]?\d){8}(?!\d)")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")


def told_of(text: str, names: Iterable[str]) -> list[str]:
    """Who a text tells of: those of these names that stand in it, mobile numbers and addresses of mail."""
    named = [name for name in dict.fromkeys(names) if len(name) > 1 and name in text]
    return [*named, *_NUMBER.findall(text), *_MAIL.findall(text)]
