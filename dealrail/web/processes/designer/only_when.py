"""For which deals a condition holds: the filter builder of the lists, with the fields of the process."""

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict

from dealrail.core.filters import check
from dealrail.crm import queries as crm
from dealrail.process.rules import ProcessSpec
from dealrail.web.lists.building import (
    Builder,
    Offered,
    checked,
    faults,
    from_filter,
    from_form,
    plain_parts,
    to_filter,
)
from dealrail.web.lists.choices import choices
from dealrail.web.lists.filters import Option


class Limits(Offered):
    """The fields of a process that a condition may be limited by."""

    def __init__(self, spec: ProcessSpec) -> None:
        self.known = crm.condition_fields(spec)
        self.fields = {field.name: field for field in self.known}

    def label(self, name: str) -> Any:
        """A field in words."""
        return self.fields[name].label

    def options(self, name: str) -> tuple[Option, ...]:
        """What a field can be set to; nothing when it is typed."""
        return tuple(choices((self.fields[name].choices or {}).items()))

    def _choices(self) -> list[tuple[str, Any]]:
        return [(name, str(field.label)) for name, field in self.fields.items()]


def opened(spec: ProcessSpec, when: Mapping[str, Any]) -> Builder:
    """The builder as it shows a filter; one that names what isn't there any more is for the text."""
    limits = Limits(spec)
    _join, leaves = plain_parts(when)
    if leaves and any(leaf["field"] not in limits.fields for leaf in leaves):
        return Builder([], "all", [], is_complex=True)
    return from_filter(limits, when)


def typed(spec: ProcessSpec, posted: QueryDict, was: Mapping[str, Any]) -> Builder:
    """The builder as it was sent, with what is wrong said at each row; as it was where it can't be shown."""
    limits, shown = Limits(spec), opened(spec, was)
    if shown.is_complex:
        return shown
    builder = from_form(limits, posted, without=posted.get("drop", ""))
    return (
        builder
        if "look" in posted or "drop" in posted
        else checked(builder, limits, lambda leaf: check(leaf, limits.known))
    )


def wrong(spec: ProcessSpec, builder: Builder) -> list[dict[str, str]]:
    """What is wrong with it, row by row."""
    return faults(builder, Limits(spec))


def written(spec: ProcessSpec, builder: Builder, was: Mapping[str, Any]) -> Mapping[str, Any]:
    """The filter that the builder says; as it was written before where it says the same, or can't show it."""
    shown = opened(spec, was)
    if shown.is_complex or (shown.rows, shown.join) == (builder.rows, builder.join):
        return was
    wanted = to_filter(builder, Limits(spec).fields)
    leaves = wanted.get(builder.join, [])
    single: Mapping[str, Any] = leaves[0] if len(leaves) == 1 else wanted
    return single
