"""Periods that people ask for again and again, as links."""

from datetime import date
from typing import Any

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dealrail.web.lists.filters import address

MONTHS = 12


def periods(params: QueryDict) -> list[dict[str, Any]]:
    """All time, this month, this and the last quarter, this and the last year; `to` is the day after."""
    today = timezone.localdate()
    quarter = date(today.year, (today.month - 1) // 3 * 3 + 1, 1)
    year = date(today.year, 1, 1)
    spans = [
        (_("All time"), None, None),
        (_("This month"), today.replace(day=1), _months_later(today.replace(day=1), 1)),
        (_("This quarter"), quarter, _months_later(quarter, 3)),
        (_("Last quarter"), _months_later(quarter, -3), quarter),
        (_("This year"), year, _months_later(year, MONTHS)),
        (_("Last year"), _months_later(year, -MONTHS), year),
    ]
    return [_link(params, label, start, end) for label, start, end in spans]


def _link(params: QueryDict, label: Any, start: date | None, end: date | None) -> dict[str, Any]:
    span = {"from": start.isoformat() if start else "", "to": end.isoformat() if end else ""}
    chosen = all(params.get(name, "") == value for name, value in span.items())
    return {"label": label, "href": "?" + address(params, **span), "chosen": chosen}


def _months_later(first: date, months: int) -> date:
    """The first of a month so many months later."""
    index = first.year * MONTHS + first.month - 1 + months
    return date(index // MONTHS, index % MONTHS + 1, 1)
