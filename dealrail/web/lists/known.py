"""The filter builder over fields that are known as such, apart from any list."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import QueryDict

from dealrail.core.filters import Field, check
from dealrail.web.lists.building import Builder, Offered, checked, from_filter, from_form, plain_parts, to_filter
from dealrail.web.lists.choices import choices
from dealrail.web.lists.filters import Option


class Known(Offered):
    """Fields with their own labels and choices."""

    def __init__(self, known: Sequence[Field]) -> None:
        self.known = list(known)
        self.fields = {field.name: field for field in self.known}

    def label(self, name: str) -> Any:
        """A field in words."""
        return self.fields[name].label

    def options(self, name: str) -> tuple[Option, ...]:
        """What a field can be set to; nothing when it is typed."""
        return tuple(choices((self.fields[name].choices or {}).items()))

    def _choices(self) -> list[tuple[str, Any]]:
        return [(name, str(field.label)) for name, field in self.fields.items()]


def opened(known: Known, wanted: Mapping[str, Any]) -> Builder:
    """The builder as it shows a filter; one that names what isn't there any more is for the text."""
    _join, leaves = plain_parts(wanted)
    if leaves and any(leaf["field"] not in known.fields for leaf in leaves):
        return Builder([], "all", [], is_complex=True)
    return from_filter(known, wanted)


def typed(known: Known, posted: QueryDict, was: Mapping[str, Any]) -> Builder:
    """The builder as it was sent, with what is wrong said at each row; as it was where it can't be shown."""
    shown = opened(known, was)
    if shown.is_complex:
        return shown
    builder = from_form(known, posted, without=posted.get("drop", ""))
    if "look" in posted or "drop" in posted:
        return builder
    return checked(builder, known, lambda leaf: check(leaf, known.known))


def written(known: Known, builder: Builder, was: Mapping[str, Any]) -> Mapping[str, Any]:
    """The filter that the builder says; as it was written before where it says the same, or can't show it."""
    shown = opened(known, was)
    if shown.is_complex or (shown.rows, shown.join) == (builder.rows, builder.join):
        return was
    wanted = to_filter(builder, known.fields)
    leaves = wanted.get(builder.join, [])
    single: Mapping[str, Any] = leaves[0] if len(leaves) == 1 else wanted
    return single
