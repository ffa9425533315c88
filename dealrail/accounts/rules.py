"""Pure rules about logins and tokens."""

import hashlib
import re
import secrets

_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,59}")
TOKEN_PREFIX = "dr_"


def is_login(text: str) -> bool:
    """Whether this can be a login: 2 to 60 ASCII letters, digits, dots, dashes, underscores."""
    return bool(_LOGIN.fullmatch(text))


def new_token() -> str:
    """A fresh bearer token with 256 random bits."""
    return TOKEN_PREFIX + secrets.token_urlsafe(32)


def token_digest(token: str) -> str:
    """What is kept of a token; it is random, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()
