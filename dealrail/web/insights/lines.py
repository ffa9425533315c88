"""What becomes of deals line by line, every figure a link to the deals behind it."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from dealrail.insights import queries as insights
from dealrail.insights.queries import LineFigures
from dealrail.web.insights.cohorts import day_of
from dealrail.web.insights.periods import periods
from dealrail.web.lists.choices import COMMON, STATES
from dealrail.web.lists.filters import NONE
from dealrail.web.signed_in import actor_of


@require_safe
def line_report(request: HttpRequest) -> HttpResponse:
    """Each business line with its deals that began in a period, by what became of them."""
    params = request.GET
    found = insights.figures_by_line(actor_of(request), day_of(params.get("from", "")), day_of(params.get("to", "")))
    context = {
        "rows": [_linked(params, row) for row in found],
        "periods": periods(params),
        "params": params,
        "states": STATES.values(),
        "has_lines": len(found) > 1,
    }
    return render(request, "insights/lines.html", context)


def _linked(params: QueryDict, row: LineFigures) -> dict[str, Any]:
    states = [(getattr(row, state), _deals_of(params, row, state)) for state in STATES]
    name = row.name or COMMON[1]
    return {"row": row, "name": name, "deals": (row.deals, _deals_of(params, row, "")), "states": states}


def _deals_of(params: QueryDict, row: LineFigures, state: str) -> str:
    """The address of the deals that a figure counts."""
    spans = [("gte", params.get("from", "")), ("lt", params.get("to", ""))]
    began = ",".join(f'{{"field":"started_at","op":"{op}","value":"{day}"}}' for op, day in spans if day)
    asked = {
        "line": NONE if row.line_id is None else str(row.line_id),
        "state": state,
        "filter": f'{{"all":[{began}]}}' if began else "",
    }
    return f"{reverse('deals')}?{urlencode({name: value for name, value in asked.items() if value})}"
