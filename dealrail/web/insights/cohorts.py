"""Reading a cohort and a figure of a funnel from the address, and writing them into one."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from dealrail.core.errors import Refusal
from dealrail.insights.rules import Cohort, Figure

NARROWING = ("process", "from", "to", "owner", "product", "region", "unit")
FIGURES: dict[Figure, Any] = {
    Figure.ALL: _("Entered the process"),
    Figure.REACHED: _("Entered"),
    Figure.HERE: _("Here now"),
    Figure.MOVED_ON: _("Moved on"),
    Figure.LOST: _("Lost"),
    Figure.PARKED: _("Parked"),
    Figure.OPEN: _("Open"),
    Figure.WON: _("Won"),
    Figure.DUE: _("Conditions due"),
    Figure.MET: _("Met in time"),
    Figure.WAIVED: _("Waived"),
    Figure.LATE: _("Late"),
    Figure.OWING: _("Outstanding steps of imported history"),
}


class BadPeriod(Refusal):
    code = "bad_period"
    sentence = _("“%(value)s” is not a date. Write it like 2026-03-01.")


class BadFigure(Refusal):
    code = "bad_figure"
    status = 404
    sentence = _("The funnel has no figure “%(value)s”.")


def cohort_of(params: QueryDict, *, me: int) -> Cohort:
    """The cohort that the address asks for, `owner=me` being the one who asks; refuse with BadPeriod."""
    return Cohort(
        process=params.get("process", ""),
        start=day_of(params.get("from", "")),
        end=day_of(params.get("to", "")),
        owner_id=me if params.get("owner") == "me" else _number(params.get("owner", "")),
        product_id=_number(params.get("product", "")),
        region_id=_number(params.get("region", "")),
        unit_id=_number(params.get("unit", "")),
    )


def figure_of(params: QueryDict) -> Figure:
    """The figure that the address asks for; refuse with BadFigure."""
    try:
        return Figure(params.get("figure", ""))
    except ValueError as error:
        raise BadFigure(value=params.get("figure", "")[:40]) from error


def deals_behind(params: QueryDict, figure: Figure, stage: str = "") -> str:
    """The address of the deals that one figure counts."""
    narrowing = {name: params.get(name, "") for name in NARROWING}
    wanted = {**narrowing, "stage": stage, "figure": figure.value}
    return f"{reverse('deals')}?{urlencode({name: value for name, value in wanted.items() if value})}"


def day_of(text: str) -> date | None:
    """The day that an address names, if any; refuse with BadPeriod."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise BadPeriod(value=text[:40]) from error


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 19 else None
