"""Deals that need care, as a filter of the deal list: what the figures of the first page open."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from dealrail.core import clock
from dealrail.crm import queries as crm

NEEDS: dict[str, Any] = {
    "plan": _("No next step"),
    "care": _("Standing still"),
    "move": _("Over the time limit"),
}

MEANS: dict[str, Any] = {
    "plan": _("Open deals for which nothing is planned."),
    "care": _(
        "Open deals over the time limit of their stage, or without a follow-up for longer than the stage allows."
    ),
    "move": _("Open deals that have been in their stage for more working days than its time limit."),
}


def needing(rows: QuerySet[Any], what: str) -> QuerySet[Any]:
    """Those of these deals that need this; all of them for anything but a key of NEEDS."""
    now = clock.now()
    if what == "plan":
        return rows.filter(crm.without_next_step())
    if what == "care":
        return rows.filter(crm.standing_still(now))
    return rows.filter(crm.over_limit(now)) if what == "move" else rows
