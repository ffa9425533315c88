"""People and departments for who manages them; one's own tokens and password for everybody."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from dealrail.accounts import policy
from dealrail.accounts import queries as people
from dealrail.accounts.actions import units, users
from dealrail.accounts.permissions import PEOPLE_MANAGE
from dealrail.core.errors import Refusal
from dealrail.web.inputs import filled, typed
from dealrail.web.people.inputs import person_inputs, person_values, unit_inputs
from dealrail.web.signed_in import actor_of


def people_list(request: HttpRequest) -> HttpResponse:
    """Everybody, and the department tree."""
    actor = actor_of(request)
    policy.require(actor, PEOPLE_MANAGE)
    context = {"people": people.everybody(), "units": people.all_units(), "inputs": unit_inputs()}
    return render(request, "people/list.html", context)


def person_new(request: HttpRequest) -> HttpResponse:
    """Add a person with department, roles and a first password."""
    actor = actor_of(request)
    policy.require(actor, PEOPLE_MANAGE)
    if request.method != "POST":
        return _form(request, None, {}, [])
    values, roles = typed(request.POST, person_inputs(new=True)), request.POST.getlist("roles")
    try:
        made = users.create_user(
            actor=actor, roles=roles, **{**values, "password": values.get("password") or None}, **_unit(request)
        )
    except Refusal as refusal:
        return _form(request, None, values, roles, refusal)
    messages.success(request, gettext("%(name)s can log in now.") % {"name": made.name})
    return redirect("people")


def person_change(request: HttpRequest, user_id: int) -> HttpResponse:
    """Change a person's name, department and roles."""
    actor = actor_of(request)
    policy.require(actor, PEOPLE_MANAGE)
    found = people.user(user_id)
    if request.method != "POST":
        return _form(request, found, person_values(found), [role.key for role in found.roles.all()])
    values, roles = typed(request.POST, person_inputs(new=False)), request.POST.getlist("roles")
    password = values.pop("password", "")
    try:
        users.change_user(actor=actor, user_id=user_id, roles=roles, **values, **_unit(request))
        if password:
            users.set_password(actor=actor, user_id=user_id, password=password)
    except Refusal as refusal:
        return _form(request, found, values, roles, refusal)
    messages.success(request, gettext("Saved."))
    return redirect("people")


@require_POST
def person_active(request: HttpRequest, user_id: int) -> HttpResponse:
    """Let a person log in, or stop them."""
    active = request.POST.get("active") == "1"
    changed = users.change_user(actor=actor_of(request), user_id=user_id, is_active=active)
    said = gettext("%(name)s can log in again.") if active else gettext("%(name)s can't log in any more.")
    messages.success(request, said % {"name": changed.name})
    return redirect("people")


@require_POST
def unit_new(request: HttpRequest) -> HttpResponse:
    """Add a department."""
    parent = request.POST.get("parent", "")
    parent_id = int(parent) if parent.isdecimal() else None
    try:
        made = units.create_unit(actor=actor_of(request), name=request.POST.get("name", ""), parent_id=parent_id)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, gettext("Added: %(name)s") % {"name": made.name})
    return redirect("people")


def _unit(request: HttpRequest) -> dict[str, Any]:
    """The chosen department, if one is."""
    unit = request.POST.get("unit", "")
    return {"unit_id": int(unit)} if unit.isdecimal() else {}


def _form(
    request: HttpRequest, person: Any, values: dict[str, Any], roles: list[str], refusal: Refusal | None = None
) -> HttpResponse:
    context = {
        "person": person,
        "inputs": filled(person_inputs(new=person is None), values, refusal),
        "units": people.all_units(),
        "unit": request.POST.get("unit") or str((person and person.unit_id) or ""),
        "roles": people.all_roles(),
        "chosen": roles,
        "refusal": refusal,
    }
    return render(request, "people/form.html", context, status=refusal.status if refusal else 200)
