"""The funnel and the execution rate, every figure a link to the deals behind it."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dealrail.accounts import policy
from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.crm import queries as crm
from dealrail.insights import queries as insights
from dealrail.insights.permissions import INSIGHTS_READ
from dealrail.insights.rules import Execution, Figure, Funnel, FunnelRow
from dealrail.web.exports.sheets import sheet_answer
from dealrail.web.insights.cohorts import FIGURES, cohort_of, deals_behind
from dealrail.web.insights.periods import periods
from dealrail.web.lists.choices import line_pickers, named, processes_of_line
from dealrail.web.lists.filters import Picker, picker
from dealrail.web.people.choosing import named_people
from dealrail.web.signed_in import actor_of

ROW_FIGURES = (Figure.REACHED, Figure.HERE, Figure.MOVED_ON, Figure.LOST, Figure.PARKED)
TOTAL_FIGURES = (Figure.ALL, Figure.OPEN, Figure.WON, Figure.LOST, Figure.PARKED)
HEADERS = (
    _("Stage"),
    *(FIGURES[figure] for figure in ROW_FIGURES),
    _("From the stage before"),
    _("From the start"),
    _("Median working days"),
    _("Stays measured"),
)


def funnel(request: HttpRequest) -> HttpResponse:
    """How many of a cohort reached each stage, and what became of them there."""
    actor = actor_of(request)
    policy.require(actor, INSIGHTS_READ)
    params = _with_process(request.GET)
    context = {"pickers": _pickers(params), "params": params, "periods": periods(params)}
    if params["process"]:
        context |= _figures(actor, params)
    return render(request, "insights/funnel.html", context)


def funnel_export(request: HttpRequest) -> HttpResponseBase:
    """The funnel's table as a sheet."""
    actor = actor_of(request)
    counted = insights.funnel(actor, cohort_of(request.GET, me=actor.user_id))
    kind = request.GET.get("as", "xlsx")
    return sheet_answer(actor, f"funnel-{request.GET.get('process', '')}", HEADERS, _cells(counted), kind=kind)


def _figures(actor: Actor, params: QueryDict) -> dict[str, Any]:
    cohort = cohort_of(params, me=actor.user_id)
    counted, execution = insights.funnel_and_execution(actor, cohort)
    return {
        "totals": counted.totals,
        "total_links": _total_links(params, counted),
        "rows": [_linked(params, row, counted) for row in counted.rows],
        "execution": execution,
        "execution_links": _execution_links(params, execution),
    }


def _execution_links(params: QueryDict, execution: Execution) -> list[dict[str, Any]]:
    counts = {
        Figure.DUE: execution.due,
        Figure.MET: execution.met,
        Figure.WAIVED: execution.waived,
        Figure.LATE: execution.late,
        Figure.OWING: execution.debts - execution.debts_settled,
    }
    settled = gettext("%(count)s of %(all)s settled") % {"count": execution.debts_settled, "all": execution.debts}
    notes = {Figure.OWING: settled if execution.debts else ""}
    return [
        {"label": FIGURES[figure], "count": count, "href": deals_behind(params, figure), "note": notes.get(figure, "")}
        for figure, count in counts.items()
    ]


def _linked(params: QueryDict, row: FunnelRow, counted: Funnel) -> dict[str, Any]:
    widest = max(counted.totals.deals, 1)
    links = [
        {"label": FIGURES[figure], "count": getattr(row, figure.value), "href": deals_behind(params, figure, row.key)}
        for figure in ROW_FIGURES
    ]
    return {"row": row, "entered": links[0], "others": links[1:], "width": round(100 * row.reached / widest, 1)}


def _total_links(params: QueryDict, counted: Funnel) -> list[dict[str, Any]]:
    counts = {Figure.ALL: counted.totals.deals}
    return [
        {
            "label": FIGURES[figure],
            "count": counts.get(figure, getattr(counted.totals, figure.value, 0)),
            "amount": getattr(counted.totals, f"{figure.value}_amount", None),
            "href": deals_behind(params, figure),
        }
        for figure in TOTAL_FIGURES
    ]


def _cells(counted: Funnel) -> Iterator[list[Any]]:
    for row in counted.rows:
        figures = [getattr(row, figure.value) for figure in ROW_FIGURES]
        yield [row.name, *figures, row.from_before, row.from_start, row.median_days, row.stays_measured]


def _with_process(params: QueryDict) -> QueryDict:
    """The address with a process: the one it names, else the first one there is."""
    chosen = params.copy()
    offered = [row.key for row in processes_of_line(params)]
    named = params.get("process", "")
    is_elsewhere = bool(params.get("line")) and named not in offered
    chosen["process"] = next(iter(offered), "") if is_elsewhere or not named else named
    return chosen


def _pickers(params: QueryDict) -> list[Picker]:
    return [
        *line_pickers(params),
        picker(params, "process", _("Process"), [(row.key, row.name) for row in processes_of_line(params)]),
        picker(params, "owner", _("Owner"), [("me", _("Mine")), *named_people(people.active_people())]),
        picker(params, "unit", _("Department"), named(people.all_units())),
        picker(params, "product", _("Product"), named(crm.products())),
        picker(params, "region", _("Region"), named(crm.regions())),
    ]
