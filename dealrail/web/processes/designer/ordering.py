"""Rows of a form whose order counts, put right before the form is saved; here by its buttons, without scripts."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import QueryDict

from dealrail.web.processes.designer.desk import STEPS


def is_ordering(posted: Mapping[str, Any]) -> bool:
    """Whether a row was only moved: the form is shown again and nothing kept."""
    return "order" in posted


def in_order(posted: QueryDict, name: str) -> list[str]:
    """What was sent under a name, in its order; the one whose button (`order=NAME:VALUE:up`) was pressed is moved."""
    values = posted.getlist(name)
    which, _colon, rest = posted.get("order", "").partition(":")
    value, _colon, step = rest.rpartition(":")
    if which != name or value not in values or step not in STEPS:
        return values
    return _moved(values, value, STEPS[step])


def _moved(values: Sequence[str], value: str, step: int) -> list[str]:
    place = max(0, values.index(value) + step)
    others = [one for one in values if one != value]
    return [*others[:place], value, *others[place:]]
