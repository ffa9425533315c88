"""How the log is hashed and how long a failed reaction waits; pure."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

FIRST_RETRY = timedelta(seconds=5)
LONGEST_RETRY = timedelta(hours=1)
MAX_ATTEMPTS = 12
# How long it stays known that a reaction was done.
RECEIPTS_KEPT_FOR = timedelta(days=90)
GENESIS = "0" * 64


def instant(moment: datetime) -> str:
    """One spelling of a moment for the hash, whatever time zone the database hands back."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def chain_hash(previous: str, content: Mapping[str, Any]) -> str:
    """SHA-256 over the hash of the row before and the canonical JSON of this row, in hexadecimal."""
    return linked(previous, canonical(content))


def canonical(content: Any) -> str:
    """The one spelling as JSON that is hashed."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def linked(previous: str, text: str) -> str:
    """The hash of a row in this spelling after the row with the hash `previous`."""
    return hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()


def retry_delay(attempts: int) -> timedelta:
    """Exponential back-off after `attempts` failures: 5 s, 10 s, 20 s … at most an hour."""
    delay: timedelta = FIRST_RETRY * 2 ** max(attempts - 1, 0)
    return min(delay, LONGEST_RETRY)
