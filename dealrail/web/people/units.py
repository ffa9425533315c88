"""Departments for who manages people: the tree, adding, renaming, moving, naming a leader."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from dealrail.accounts import policy
from dealrail.accounts import queries as people
from dealrail.accounts.actions import units
from dealrail.accounts.permissions import PEOPLE_MANAGE
from dealrail.core.errors import Refusal
from dealrail.web.inputs import filled, typed, whole
from dealrail.web.opened import again, seen, touched
from dealrail.web.people.inputs import unit_inputs, unit_values
from dealrail.web.people.tree import branches
from dealrail.web.signed_in import actor_of


def unit_tree(request: HttpRequest) -> HttpResponse:
    """The department tree with leaders and how many people there are."""
    policy.require(actor_of(request), PEOPLE_MANAGE)
    return render(request, "people/units.html", {"branches": branches()})


def unit_new(request: HttpRequest) -> HttpResponse:
    """Add a department, below the one that the address names."""
    actor = actor_of(request)
    policy.require(actor, PEOPLE_MANAGE)
    if request.method != "POST":
        return _form(request, None, {"parent": request.GET.get("parent", "")})
    values = typed(request.POST, unit_inputs())
    try:
        made = units.create_unit(actor=actor, **{"name": "", **_fields(values)})
    except Refusal as refusal:
        return _form(request, None, values, refusal)
    messages.success(request, gettext("Added: %(name)s") % {"name": made.name})
    return redirect("units")


def unit_change(request: HttpRequest, unit_id: int) -> HttpResponse:
    """Rename a department, move it with all below it, or name its leader."""
    actor = actor_of(request)
    policy.require(actor, PEOPLE_MANAGE)
    found = people.unit_by_id(unit_id)
    now = unit_values(found)
    if request.method != "POST":
        return _form(request, found, now, was=now)
    values = typed(request.POST, unit_inputs(found))
    fields = touched(request.POST, values)
    try:
        units.change_unit(actor=actor, unit_id=unit_id, **_fields(fields), seen=seen(request.POST, fields))
    except Refusal as refusal:
        shown, was = again(request.POST, values, now, refusal)
        return _form(request, found, shown, refusal, was)
    messages.success(request, gettext("Saved."))
    return redirect("units")


@require_POST
def unit_move(request: HttpRequest, unit_id: int) -> HttpResponse:
    """Move a department below another one, or to the top, as somebody dragged it."""
    actor, parent = actor_of(request), whole(request.POST.get("parent", ""))
    policy.require(actor, PEOPLE_MANAGE)
    before = people.unit_by_id(unit_id).parent_id
    try:
        moved = units.change_unit(actor=actor, unit_id=unit_id, parent_id=parent)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("units")
    if moved.parent_id != before:
        place = moved.parent.name if moved.parent else ""
        below = gettext("“%(name)s” is below “%(place)s” now; who may see what by department follows.")
        said = below if place else gettext("“%(name)s” is at the top now; who may see what by department follows.")
        messages.success(
            request, said % {"name": moved.name, "place": place}, extra_tags=f"unit:{unit_id}:{before or ''}"
        )
    return redirect("units")


@require_POST
def unit_move_back(request: HttpRequest) -> HttpResponse:
    """Take a move back: the message about it says which department stood where."""
    actor = actor_of(request)
    policy.require(actor, PEOPLE_MANAGE)
    unit, _colon, parent = request.POST.get("move", "").partition(":")
    try:
        moved = units.change_unit(actor=actor, unit_id=whole(unit) or 0, parent_id=whole(parent))
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, gettext("“%(name)s” stands where it stood.") % {"name": moved.name})
    return redirect("units")


def _fields(values: dict[str, Any]) -> dict[str, Any]:
    """What was typed, as the action takes it; what wasn't sent stays."""
    chosen = {f"{name}_id": whole(values[name]) for name in ("parent", "leader") if name in values}
    return {**({"name": values["name"]} if "name" in values else {}), **chosen}


def _form(
    request: HttpRequest,
    unit: Any,
    values: dict[str, Any],
    refusal: Refusal | None = None,
    was: dict[str, Any] | None = None,
) -> HttpResponse:
    context = {
        "unit": unit,
        "inputs": filled(unit_inputs(unit), values, refusal, was),
        "members": people.active_people().filter(unit=unit) if unit else [],
        "refusal": refusal,
    }
    return render(request, "people/unit.html", context, status=refusal.status if refusal else 200)
