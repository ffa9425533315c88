"""The stages of a draft: added, put in order, changed one at a time, taken out."""

import json
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from dealrail.accounts.errors import NotFound
from dealrail.core.errors import Refusal
from dealrail.core.problems import ChangedMeanwhile
from dealrail.core.texts import tidy
from dealrail.process.rules import StageKind, editing
from dealrail.web.inputs import whole
from dealrail.web.processes.designer.conditions import condition_lines, kinds_offered
from dealrail.web.processes.designer.desk import (
    STEPS,
    Desk,
    desk_of,
    keep,
    keep_or_say,
    own_changes,
    show,
    tell_of_others,
)
from dealrail.web.processes.designer.listed import stage_lines
from dealrail.web.processes.designer.ordering import is_ordering
from dealrail.web.processes.designer.parts import details_inputs
from dealrail.web.processes.designer.stage_form import LABELS, as_written, shown, stage_form, typed


def draft(request: HttpRequest, key: str) -> HttpResponse:
    """The stages of a draft, and what is wrong with it."""
    desk = desk_of(request, key)
    if not desk.is_readable:
        return redirect("draft_text", key)
    return show(
        request,
        "processes/draft/stages.html",
        desk,
        {"tab": "stages", "lines": stage_lines(desk), **details_inputs(desk)},
    )


def draft_stage(request: HttpRequest, key: str, stage: str) -> HttpResponse:
    """One stage beside the list of them: shown, and changed."""
    desk = desk_of(request, key)
    if not desk.is_readable:
        return redirect("draft_text", key)
    if not desk.spec.has_stage(stage):
        raise NotFound()
    now = shown(desk.spec.stage(stage))
    if request.method != "POST":
        return _stage_page(request, desk, stage, now, now)
    values = typed(request.POST)
    if is_ordering(request.POST):
        return _stage_page(request, desk, stage, {**now, **values}, None)
    try:
        wanted = own_changes(request, values, now, LABELS)
        fields = as_written(wanted, desk.spec, desk.spec.stage(stage), now)
        keep(desk, lambda content: editing.change_row(content, "stages", stage, fields))
    except Refusal as refusal:
        kept = now if isinstance(refusal, ChangedMeanwhile) else None
        return _stage_page(request, desk, stage, {**now, **values}, kept, refusal)
    tell_of_others(request, desk)
    messages.success(request, gettext("“%(name)s” is saved in the draft.") % {"name": values["name"]})
    return redirect("draft_stage", key, stage)


def _stage_page(
    request: HttpRequest,
    desk: Desk,
    stage: str,
    values: Mapping[str, Any],
    was: Mapping[str, Any] | None,
    refusal: Refusal | None = None,
) -> HttpResponse:
    """`was`: what the form is compared with when it comes back; the same as before where none is given."""
    spec = desk.spec.stage(stage)
    context = {
        "tab": "stages",
        "lines": stage_lines(desk, stage),
        "stage": spec,
        "form": stage_form(desk.spec, spec, values, refusal),
        "was": request.POST.get("was", "{}") if was is None else json.dumps(was),
        "conditions": condition_lines(desk, spec),
        "kinds": kinds_offered(),
    }
    return show(request, "processes/draft/stages.html", desk, context, refusal)


@require_POST
def stage_add(request: HttpRequest, key: str) -> HttpResponse:
    """Add a stage at the end, by its name; the first one of all is for leads."""
    desk = desk_of(request, key)
    name = tidy(request.POST.get("name", ""))
    stage = editing.new_key(name, {"end", *(row.key for row in desk.spec.stages)})
    kind = None if desk.spec.stages else str(StageKind.LEAD)
    try:
        keep(desk, lambda content: editing.add_row(content, "stages", {"key": stage, "name": name, "kind": kind}))
    except Refusal as refusal:
        context = {"tab": "stages", "lines": stage_lines(desk), "new_name": name, **details_inputs(desk)}
        return show(request, "processes/draft/stages.html", desk, context, refusal)
    way = f"open:{reverse('draft_stage', args=[key, stage])}"
    messages.success(request, gettext("“%(name)s” is added.") % {"name": name}, extra_tags=way)
    return redirect(f"{reverse('draft', args=[key])}#new-stage")


@require_POST
def stage_move(request: HttpRequest, key: str, stage: str) -> HttpResponse:
    """Put a stage one place up or down, or at a place (from 0)."""
    desk = desk_of(request, key)
    keys = [row.key for row in desk.spec.stages]
    if stage not in keys:
        raise NotFound()
    step = request.POST.get("step", "")
    place = keys.index(stage) + STEPS.get(step, 0)
    given = whole(request.POST.get("place"))
    keep_or_say(request, desk, lambda content: editing.move_stage(content, stage, place if given is None else given))
    shown_one = request.POST.get("stage", "")
    address = reverse("draft_stage", args=[key, shown_one]) if shown_one in keys else reverse("draft", args=[key])
    return redirect(f"{address}#{step or 'up'}-{stage}")


@require_POST
def stage_remove(request: HttpRequest, key: str, stage: str) -> HttpResponse:
    """Take a stage out; what led to it leads on to where it led."""
    desk = desk_of(request, key)
    name = desk.spec.stage(stage).name if desk.spec.has_stage(stage) else stage
    if keep_or_say(request, desk, lambda content: editing.remove_stage(content, stage)):
        messages.success(request, gettext("“%(name)s” is taken out; undo brings it back.") % {"name": name})
    return redirect("draft", key)
