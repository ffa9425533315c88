"""A template of the group: what lines may change, who follows it, and where each of these deviates."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from dealrail.core.errors import Refusal
from dealrail.process import policy
from dealrail.process import queries as processes
from dealrail.process.actions import drafts
from dealrail.process.actions.templates import set_template
from dealrail.process.errors import PARTS
from dealrail.process.permissions import LINES_MANAGE
from dealrail.process.queries import drafts as kept_drafts
from dealrail.process.queries.templates import Compared, deviations_in, deviations_of, followers, template_or_none
from dealrail.process.rules import Problem
from dealrail.web.processes.changes import groups
from dealrail.web.processes.designer.places import place_of
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


@require_POST
def process_take_over(request: HttpRequest, key: str) -> HttpResponse:
    """Bring what the group changed into the draft, beginning one if there is none; what both changed is named."""
    actor = actor_of(request)
    policy.require_design(actor, key)
    try:
        draft = kept_drafts.drafts(actor).filter(key=key).first() or drafts.start_draft(actor=actor, key=key)
        taken, conflicts = drafts.take_over_template(actor=actor, key=key, seen=draft.revision)
    except Refusal as refusal:
        return _page(request, key, refusal)
    messages.success(request, gettext("What the group changed stands in the draft now."))
    for row in conflicts:
        place = place_of(Problem(row.where, "both_changed"), key, taken.content)
        messages.warning(request, f"{place.where or row.where}: {place.says}")
    return redirect("draft", key)


def _page(request: HttpRequest, key: str, refusal: Refusal | None = None) -> HttpResponse:
    current = processes.current_version(key)
    found, beside = template_or_none(key), deviations_of(key)
    allowed = beside.allowed if beside else found.allowed if found else ()
    rows = list(followers(current.definition_id))
    theirs = deviations_in([row.key for row in rows])
    context = {
        "current": current,
        "template": found,
        "parts": [(part.value, label, part in allowed) for part, label in PARTS.items()],
        "followers": [(row, _told(theirs.get(row.key))) for row in rows],
        "beside": _beside(beside) if beside else None,
        "may_take_over": policy.may_design(actor_of(request), key),
        "may_set": actor_of(request).may(LINES_MANAGE) and beside is None,
        "refusal": refusal,
    }
    return render(request, "processes/template.html", context, status=refusal.status if refusal else 200)


def _told(beside: Compared | None) -> list[tuple[Any, bool]]:
    """The parts in which a process deviates, and whether the template allows that."""
    return [(PARTS[part], part in beside.allowed) for part in beside.parts] if beside else []


def _beside(beside: Compared) -> dict[str, Any]:
    latest = processes.current_version(beside.version.definition.key)
    newer = latest.number > beside.version.number
    return {
        "template": beside.version,
        "parts": _told(beside),
        "groups": groups(beside.template, beside.own) if beside.found else [],
        "newer": latest if newer else None,
        "news": groups(beside.template, processes.spec_of(latest.pk)) if newer else [],
    }
