"""A form about something that others may change while it stands open: only what its reader changed is sent on."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import QueryDict

from dealrail.core.errors import Refusal
from dealrail.core.problems import ChangedMeanwhile, plain

PREFIX = "was."


def touched(posted: QueryDict, typed: Mapping[str, Any]) -> dict[str, Any]:
    """What somebody changed since the form was opened; a form that doesn't carry what it held sends everything."""
    return {
        name: value
        for name, value in typed.items()
        if PREFIX + name not in posted or plain(posted[PREFIX + name]) != plain(value)
    }


def seen(posted: QueryDict, names: Iterable[str]) -> dict[str, str]:
    """What these fields held when the form was opened."""
    return {name: str(posted[PREFIX + name]) for name in names if PREFIX + name in posted}


def ticked(posted: QueryDict, name: str) -> list[str] | None:
    """What was ticked under this name when the form was opened; None when it doesn't say."""
    text = posted.get(PREFIX + name)
    return None if text is None else [key for key in text.split(",") if key]


def joined(keys: Iterable[Any]) -> str:
    """What is ticked, as a form carries it along for `ticked`."""
    return ",".join(map(str, keys))


def again(
    posted: QueryDict, typed: Mapping[str, Any], now: Mapping[str, Any], refusal: Refusal
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a refused form shows, and what it says it held: typed stays typed, all else is as it is now."""
    ours = touched(posted, typed)
    was = {} if isinstance(refusal, ChangedMeanwhile) else seen(posted, ours)
    return {**now, **ours}, {**{name: now[name] for name in typed if name in now}, **was}
