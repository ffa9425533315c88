"""How an action of the SOP was carried out, in words, each figure a link to the deals behind it."""

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dealrail.accounts.actor import Actor
from dealrail.core import clock
from dealrail.insights import queries as insights
from dealrail.insights.rules import ActionFigure, ActionUsage
from dealrail.process import queries as processes
from dealrail.web.insights.cohorts import BadFigure, day_of
from dealrail.web.lists.filters import address

DAYS = (30, 90, 365)
FIGURES: dict[ActionFigure, Any] = {
    ActionFigure.DUE: gettext_lazy("Was due"),
    ActionFigure.DONE: gettext_lazy("Done"),
    ActionFigure.WAIVED: gettext_lazy("Waived"),
    ActionFigure.SKIPPED: gettext_lazy("Skipped"),
    ActionFigure.TIMED: gettext_lazy("Done, with a time limit"),
    ActionFigure.ON_TIME: gettext_lazy("On time"),
}


def usage_words(actor: Actor, params: QueryDict, action: str) -> dict[str, Any]:
    """What a page shows of an action: the period, other periods, and a row of figures for each process."""
    start, end = period(params)
    usages = insights.action_usages(actor, action, start, end)
    names = {row.key: row.name for row in processes.definitions()}
    rows = [_row(names[key], key, action, usage, start, end) for key, usage in usages.items()]
    return {"start": start, "last": end - timedelta(days=1), "periods": _periods(params), "rows": rows}


def period(params: QueryDict) -> tuple[date, date]:
    """The days that the address asks for, [from, to); the last 90 when it names none. Refuses with BadPeriod."""
    return insights.latest_days(day_of(params.get("from", "")), day_of(params.get("to", "")))


def deals_of_action(actor: Actor, params: QueryDict) -> QuerySet[Any]:
    """The deals behind the figure of an action that the address names. Refuses with BadFigure or BadPeriod."""
    action, process = params.get("action", ""), params.get("process", "")
    return insights.action_deals(actor, action, process, _figure(params), *period(params))


def action_figure_words(params: QueryDict) -> str:
    """Which figure of an action the list of deals shows."""
    start, end = period(params)
    spec = processes.spec_of(processes.current_version(params.get("process", "")).pk)
    key = params.get("action", "")
    action = spec.action(key)
    name = action.name if action else key[:40]
    return " · ".join([spec.name, name, str(FIGURES[_figure(params)]), f"{start} – {end - timedelta(days=1)}"])


def _figure(params: QueryDict) -> ActionFigure:
    try:
        return ActionFigure(params.get("figure", ""))
    except ValueError as error:
        raise BadFigure(value=params.get("figure", "")[:40]) from error


def _row(name: str, process: str, action: str, usage: ActionUsage, start: date, end: date) -> dict[str, Any]:
    about = {"action": action, "process": process, "from": start, "to": end}
    links = {
        figure.value: {
            "label": label,
            "count": usage.count(figure),
            "href": f"{reverse('deals')}?{urlencode({**about, 'figure': figure.value})}",
        }
        for figure, label in FIGURES.items()
    }
    return {"name": name, "usage": usage, "links": links}


def _periods(params: QueryDict) -> list[dict[str, Any]]:
    today = timezone.localdate(clock.now())
    start, end = period(params)
    spans = [(days, today - timedelta(days=days - 1), today + timedelta(days=1)) for days in DAYS]
    return [
        {
            "label": _("Last %(days)s days") % {"days": days},
            "href": "?" + address(params, **{"from": first.isoformat(), "to": after.isoformat()}),
            "chosen": (first, after) == (start, end),
        }
        for days, first, after in spans
    ]
