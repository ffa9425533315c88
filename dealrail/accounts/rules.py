"""Pure rules about logins and tokens, and what stands for “not given”."""

import hashlib
import re
import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum

from dealrail.core.pinyin import spoken

_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,59}")
_ROLE_KEY = re.compile(r"[a-z][a-z0-9_-]{0,39}")
TOKEN_PREFIX = "dr_"
INVITATION_DAYS = 7
USE_NOTED_EVERY = timedelta(hours=12)


THEMES = ("light", "dark", "auto")
"""How screens can look; auto is what the device prefers."""


TARGETS = ("first_contacts_a_day", "follow_ups_a_day", "follow_ups_a_week")
"""What the holders of a role are to do so often; a person with several roles has the highest of each."""

MOST_A_TARGET = 999


class Unset(Enum):
    """What an argument is that wasn't given, where None already means none."""

    UNSET = "unset"


UNSET = Unset.UNSET


def is_login(text: str) -> bool:
    """Whether this can be a login: 2 to 60 ASCII letters, digits, dots, dashes, underscores."""
    return bool(_LOGIN.fullmatch(text))


def is_role_key(text: str) -> bool:
    """Whether this can be the key of a role: up to 40 small letters, digits, dashes, underscores."""
    return bool(_ROLE_KEY.fullmatch(text))


def new_token() -> str:
    """A fresh bearer token with 256 random bits."""
    return TOKEN_PREFIX + secrets.token_urlsafe(32)


def token_digest(token: str) -> str:
    """What is kept of a token; it is random, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def is_use_noted(last_used_at: datetime | None, now: datetime) -> bool:
    """Whether a token's use today stands on record already."""
    return last_used_at is not None and last_used_at > now - USE_NOTED_EVERY


def was_stopped(changes: Mapping[str, Sequence[str | None]]) -> bool:
    """Whether a person may not log in any more by these changes, as the log has them: in text."""
    return "is_active" in changes and changes["is_active"][1] == str(False)


def login_of(name: str) -> str:
    """A login made from a name: Latin words joined by dots, Chinese as pinyin; "user" when nothing is left."""
    words = re.findall(r"[a-z0-9]+", " ".join(spoken(name)).lower())
    joined = "".join(words) if not re.search(r"[A-Za-z]", name) else ".".join(words)
    return joined[:50] if len(joined) > 1 else "user"


def free_login(name: str, taken: Collection[str]) -> str:
    """The login made from a name, with a number behind it when others have it already."""
    login = login_of(name)
    numbered = (f"{login}{number}" for number in range(2, len(taken) + 3))
    return next(candidate for candidate in (login, *numbered) if candidate not in taken)
