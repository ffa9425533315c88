"""The roles every company starts with, as they ship."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

_FILE = Path(__file__).resolve().parent / "roles.yaml"


@cache
def builtin_roles() -> tuple[dict[str, Any], ...]:
    """Each with its key, name, scope, permissions (["*"]: all there are) and, if any, targets."""
    return tuple(yaml.safe_load(_FILE.read_text("utf-8")))


@cache
def builtin_names() -> dict[str, str]:
    """The names they ship with, by key."""
    return {row["key"]: row["name"] for row in builtin_roles()}
