"""The comparisons of the filter language in words, and days that are named relative to today."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from dealrail.core.filters import OPERATORS, FieldType
from dealrail.core.texts import listed

ORDERED = {FieldType.NUMBER, FieldType.MONEY}
DATED = {FieldType.DATE, FieldType.DATETIME}
CHOSEN = {FieldType.CHOICE, FieldType.REF, FieldType.PERSON, FieldType.BOOL}
WITHOUT_VALUE = {"is_empty", "is_not_empty"}
SEVERAL = {"in", "not_in"}

_COMMON: Mapping[str, Any] = {
    "eq": pgettext_lazy("filter", "is"),
    "ne": pgettext_lazy("filter", "is not"),
    "in": pgettext_lazy("filter", "is one of"),
    "not_in": pgettext_lazy("filter", "is none of"),
    "contains": pgettext_lazy("filter", "contains"),
    "starts_with": pgettext_lazy("filter", "starts with"),
    "is_empty": pgettext_lazy("filter", "is empty"),
    "is_not_empty": pgettext_lazy("filter", "is filled"),
    "between": pgettext_lazy("filter", "is between"),
}
_NUMBERS: Mapping[str, Any] = {
    "lt": pgettext_lazy("filter", "is less than"),
    "lte": pgettext_lazy("filter", "is at most"),
    "gt": pgettext_lazy("filter", "is more than"),
    "gte": pgettext_lazy("filter", "is at least"),
}
_DAYS: Mapping[str, Any] = {
    "lt": pgettext_lazy("filter", "is before"),
    "lte": pgettext_lazy("filter", "is up to"),
    "gt": pgettext_lazy("filter", "is after"),
    "gte": pgettext_lazy("filter", "is from"),
}
_FIRST = {
    FieldType.TEXT: ("contains", "eq", "ne", "starts_with", "is_empty", "is_not_empty"),
    FieldType.BOOL: ("eq",),
}
_LEFT_OUT = {"in", "not_in"}

PERIODS: Mapping[str, Any] = {
    "today": _("today"),
    "yesterday": _("yesterday"),
    "tomorrow": _("tomorrow"),
    "this_week": _("this week"),
    "last_week": _("last week"),
    "next_week": _("next week"),
    "this_month": _("this month"),
    "last_month": _("last month"),
    "next_month": _("next month"),
    "this_quarter": _("this quarter"),
    "last_quarter": _("last quarter"),
    "this_year": _("this year"),
    "last_year": _("last year"),
    "-7d": _("7 days ago"),
    "-30d": _("30 days ago"),
    "-90d": _("90 days ago"),
    "+7d": _("in 7 days"),
    "+30d": _("in 30 days"),
}


def operators(kind: FieldType) -> dict[str, Any]:
    """The comparisons offered for a type, in words; several values only where they can be ticked."""
    words = {**_COMMON, **(_DAYS if kind in DATED else _NUMBERS)}
    offered = _FIRST.get(kind, OPERATORS[kind])
    return {op: words[op] for op in offered if kind in CHOSEN or op not in _LEFT_OUT}


def operator_words(kind: FieldType, op: str) -> Any:
    """One comparison in words."""
    return {**_COMMON, **(_DAYS if kind in DATED else _NUMBERS)}.get(op, op)


def in_words(label: Any, kind: FieldType, op: str, values: Sequence[str]) -> str:
    """One condition of a filter as a person would say it."""
    words = [str(PERIODS.get(one, one)) for one in values]
    if len(words) == 2 and op == "between":
        said = gettext("%(from)s to %(to)s") % {"from": words[0], "to": words[1]}
    else:
        said = listed(words)
    return f"{label} {operator_words(kind, op)} {said}".strip()
