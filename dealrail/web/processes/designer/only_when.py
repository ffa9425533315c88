"""For which deals a condition holds: the filter builder of the lists, with the fields of the process."""

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict

from dealrail.crm import queries as crm
from dealrail.process.rules import ProcessSpec
from dealrail.web.lists import known
from dealrail.web.lists.building import Builder, faults
from dealrail.web.lists.known import Known


class Limits(Known):
    """The fields of a process that a condition may be limited by."""

    def __init__(self, spec: ProcessSpec) -> None:
        super().__init__(crm.condition_fields(spec))


def opened(spec: ProcessSpec, when: Mapping[str, Any]) -> Builder:
    """The builder as it shows a filter; one that names what isn't there any more is for the text."""
    return known.opened(Limits(spec), when)


def typed(spec: ProcessSpec, posted: QueryDict, was: Mapping[str, Any]) -> Builder:
    """The builder as it was sent, with what is wrong said at each row; as it was where it can't be shown."""
    return known.typed(Limits(spec), posted, was)


def wrong(spec: ProcessSpec, builder: Builder) -> list[dict[str, str]]:
    """What is wrong with it, row by row."""
    return faults(builder, Limits(spec))


def written(spec: ProcessSpec, builder: Builder, was: Mapping[str, Any]) -> Mapping[str, Any]:
    """The filter that the builder says; as it was written before where it says the same, or can't show it."""
    return known.written(Limits(spec), builder, was)
