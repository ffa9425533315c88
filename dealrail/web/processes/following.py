"""A template of the group: what lines may change, who follows it, and where each of these deviates."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from dealrail.core.errors import Refusal
from dealrail.process import queries as processes
from dealrail.process.actions.templates import set_template
from dealrail.process.errors import PARTS
from dealrail.process.permissions import LINES_MANAGE
from dealrail.process.queries.templates import Compared, deviations_of, followers, template_or_none
from dealrail.web.processes.changes import groups
from dealrail.web.signed_in import actor_of


def process_template(request: HttpRequest, key: str) -> HttpResponse:
    """Where a process deviates from its template; or, of one that is or may be a template, what lines may change."""
    if request.method != "POST":
        return _page(request, key)
    is_template = request.POST.get("is_template") == "1"
    try:
        set_template(actor=actor_of(request), key=key, allowed=request.POST.getlist("allowed") if is_template else None)
    except Refusal as refusal:
        return _page(request, key, refusal)
    messages.success(request, gettext("Saved."))
    return redirect("process_template", key)


def _page(request: HttpRequest, key: str, refusal: Refusal | None = None) -> HttpResponse:
    current = processes.current_version(key)
    found, beside = template_or_none(key), deviations_of(key)
    allowed = beside.allowed if beside else found.allowed if found else ()
    context = {
        "current": current,
        "template": found,
        "parts": [(part.value, label, part in allowed) for part, label in PARTS.items()],
        "followers": [(row, _told(deviations_of(row.key))) for row in followers(current.definition_id)],
        "beside": _beside(beside) if beside else None,
        "may_set": actor_of(request).may(LINES_MANAGE) and beside is None,
        "refusal": refusal,
    }
    return render(request, "processes/template.html", context, status=refusal.status if refusal else 200)


def _told(beside: Compared | None) -> list[tuple[Any, bool]]:
    """The parts in which a process deviates, and whether the template allows that."""
    return [(PARTS[part], part in beside.allowed) for part in beside.parts] if beside else []


def _beside(beside: Compared) -> dict[str, Any]:
    latest = processes.current_version(beside.use.version.definition.key)
    newer = latest.number > beside.use.version.number
    return {
        "template": beside.use.version,
        "parts": _told(beside),
        "groups": groups(beside.template, beside.own) if beside.found else [],
        "newer": latest if newer else None,
        "news": groups(beside.template, processes.spec_of(latest.pk)) if newer else [],
    }
