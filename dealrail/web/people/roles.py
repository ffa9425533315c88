"""Roles for who manages people: what each allows, how far, and who holds it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from dealrail.accounts import policy, rules
from dealrail.accounts import queries as people
from dealrail.accounts.actions.retiring import restore_role, retire_role
from dealrail.accounts.actions.roles import RoleRow, save_role, save_roles, set_role_targets
from dealrail.accounts.actor import Actor
from dealrail.accounts.permissions import PEOPLE_MANAGE, Scope
from dealrail.core.errors import Refusal
from dealrail.core.problems import ChangedMeanwhile
from dealrail.forms.actions.roles import create_role_like
from dealrail.web.inputs import filled, whole
from dealrail.web.opened import joined, seen, ticked
from dealrail.web.people.allowing import areas
from dealrail.web.people.inputs import role_inputs, target_inputs
from dealrail.web.people.naming import role_name
from dealrail.web.people.tree import branches
from dealrail.web.signed_in import actor_of

SCOPES: dict[str, Any] = {
    Scope.OWN: _("Only what belongs to oneself."),
    Scope.UNIT: _("Also what belongs to people of one's own department."),
    Scope.SUBTREE: _("Also what belongs to people of the departments below."),
    Scope.UNITS: _("One's own, and what belongs to people of the departments chosen here."),
    Scope.ALL: _("Everything, also what belongs to nobody."),
}


def role_list(request: HttpRequest) -> HttpResponse:
    """Every role with its scope and who holds it, and a table of what all of them allow."""
    actor = actor_of(request)
    if request.method != "POST":
        return _table(request, actor)
    try:
        changed = save_roles(actor=actor, rows=_rows_typed(request.POST))
    except Refusal as refusal:
        return _table(request, actor, refusal)
    messages.success(request, ngettext("%(n)s role changed.", "%(n)s roles changed.", changed) % {"n": changed})
    return redirect("roles")


def _rows_typed(posted: QueryDict) -> list[RoleRow]:
    return [
        RoleRow(key, frozenset(posted.getlist(f"may-{key}")), posted.get(f"scope-{key}", ""), _held(posted, key))
        for key in dict.fromkeys(posted.getlist("role"))
    ]


def _held(posted: QueryDict, key: str) -> dict[str, Any] | None:
    """What a role held when the table was opened; None when the table doesn't say."""
    permissions = ticked(posted, f"may-{key}")
    return None if permissions is None else {"permissions": permissions, "scope": posted.get(f"was.scope-{key}", "")}


def _table(request: HttpRequest, actor: Actor, refusal: Refusal | None = None) -> HttpResponse:
    """The roles, and the table of what they allow; after a refusal with what was ticked."""
    everything = list(people.roles_with_holders(actor))
    rows = [row for row in everything if row.is_active]
    typed_rows = {row.key: row for row in _rows_typed(request.POST)} if refusal else {}
    shown = [typed_rows.get(row.key, row) for row in rows]
    stale = refusal.params.get("role") if refusal else None
    context = {
        "roles": rows,
        "retired": [row for row in everything if not row.is_active],
        "opened": [_opened(row, typed_rows.get(row.key), stale) for row in rows],
        "chosen_scopes": [
            (row.key, role_name(row.key, row.name), str(ours.scope)) for row, ours in zip(rows, shown, strict=True)
        ],
        "scopes": people.scopes().items(),
        "areas": areas([row.permissions for row in shown], [row.key for row in rows]),
        "width": len(rows) + 1,
        "refusal": refusal,
    }
    return render(request, "people/roles.html", context, status=refusal.status if refusal else 200)


def _opened(role: Any, typed_row: RoleRow | None, stale: str | None) -> tuple[str, str, str]:
    """A role by key with its permissions and its scope as the table says it found them."""
    held = typed_row.seen if typed_row else None
    permissions = held["permissions"] if held else role.permissions
    scope = held["scope"] if held and role.key != stale else role.scope
    return role.key, joined(permissions), str(scope)


def role_new(request: HttpRequest) -> HttpResponse:
    """Add a role, beginning with what another one allows, and what it may with fields, if one is named."""
    actor = actor_of(request)
    policy.require(actor, PEOPLE_MANAGE)
    model = people.role_or_none(request.GET.get("from", ""))
    if request.method != "POST":
        return _form(request, None, {**_values(model), "name": "", "key": ""}, model=model)
    values = _typed(request, new=True)
    key = values["key"].strip() or rules.login_of(values["name"]).replace(".", "-")
    try:
        made = create_role_like(actor=actor, model=model.key if model else "", **{**values, "key": key[:40]})
    except Refusal as refusal:
        return _form(request, None, values, refusal, model=model)
    messages.success(request, gettext("Added: %(name)s") % {"name": made.name})
    return redirect("roles")


def role_change(request: HttpRequest, key: str) -> HttpResponse:
    """Change what a role allows and how far; who holds it may that from then on."""
    actor = actor_of(request)
    found = people.role(actor, key)
    if request.method != "POST":
        return _form(request, found, _values(found))
    values = _typed(request, new=False)
    try:
        save_role(actor=actor, key=key, **values, seen=_seen(request.POST))
    except Refusal as refusal:
        return _form(request, found, values, refusal)
    messages.success(request, gettext("Saved."))
    return redirect("roles")


@require_POST
def role_targets(request: HttpRequest, key: str) -> HttpResponse:
    """Say how much the holders of a role are to do."""
    actor = actor_of(request)
    found = people.role(actor, key)
    typed = {name: request.POST.get(name, "").strip() or "0" for name in rules.TARGETS}
    numbers = {name: whole(text) for name, text in typed.items()}
    try:
        # what is no number is refused like one that is too big
        set_role_targets(actor=actor, key=key, targets={name: -1 if n is None else n for name, n in numbers.items()})
    except Refusal as refusal:
        return _form(request, found, _values(found), targets=typed, targets_refusal=refusal)
    messages.success(request, gettext("Saved."))
    return redirect("role", key)


@require_POST
def role_retire(request: HttpRequest, key: str) -> HttpResponse:
    """Take a role out of use; who holds it holds the chosen one instead."""
    actor = actor_of(request)
    found = people.role(actor, key)
    try:
        retire_role(actor=actor, key=key, heir=request.POST.get("heir", ""))
    except Refusal as refusal:
        return _form(request, found, _values(found), retire_refusal=refusal)
    said = gettext("“%(name)s” is out of use.") % {"name": role_name(found.key, found.name)}
    messages.success(request, said)
    return redirect("roles")


@require_POST
def role_restore(request: HttpRequest, key: str) -> HttpResponse:
    """Put a role back in use as it was."""
    back = restore_role(actor=actor_of(request), key=key)
    messages.success(request, gettext("“%(name)s” is in use again.") % {"name": role_name(back.key, back.name)})
    return redirect("role", key)


def _seen(posted: QueryDict) -> dict[str, Any]:
    """What the role held when its form was opened."""
    held = {name: ticked(posted, name) for name in ("permissions", "units")}
    units = [int(unit) for unit in held["units"] or () if unit.isdecimal()]
    lists = {**held, "units": units if held["units"] is not None else None}
    return {**seen(posted, ("name", "scope")), **{name: keys for name, keys in lists.items() if keys is not None}}


def _values(role: Any) -> dict[str, Any]:
    if role is None:
        return {"permissions": [], "scope": Scope.OWN, "units": []}
    units = [unit.pk for unit in role.units.all()]
    return {"name": role.name, "permissions": role.permissions, "scope": role.scope, "units": units}


def _typed(request: HttpRequest, *, new: bool) -> dict[str, Any]:
    posted = request.POST
    numbers = map(whole, posted.getlist("units"))
    return {
        **{row.name: posted.get(row.name, "") for row in role_inputs(new=new)},
        "permissions": posted.getlist("permissions"),
        "scope": posted.get("scope", ""),
        "units": [number for number in numbers if number is not None],
    }


def _form(
    request: HttpRequest,
    role: Any,
    values: dict[str, Any],
    refusal: Refusal | None = None,
    *,
    model: Any = None,
    targets: dict[str, Any] | None = None,
    targets_refusal: Refusal | None = None,
    retire_refusal: Refusal | None = None,
) -> HttpResponse:
    names = people.scopes()
    set_before = people.targets_of_role(role) if role else {}
    refused = refusal or targets_refusal or retire_refusal
    now = _values(role)
    was = {**now, **(_seen(request.POST) if refusal and not isinstance(refusal, ChangedMeanwhile) else {})}
    context = {
        "role": role,
        "model": model,
        "inputs": filled(role_inputs(new=role is None), values, refusal, {"name": was["name"]} if role else None),
        "was": {"scope": was["scope"], **{name: joined(was[name]) for name in ("permissions", "units")}},
        "values": values,
        "scopes": [(scope, names[scope], words) for scope, words in SCOPES.items()],
        "areas": areas([values["permissions"]]),
        "branches": branches(),
        "holders": people.people_of_role(role.key) if role else [],
        "heirs": people.all_roles().exclude(pk=role.pk) if role else [],
        "is_held": role is not None and people.holders_of(role.key).exists(),
        "refusal": refusal,
        "targets": filled(target_inputs(), targets or set_before, targets_refusal),
        "targets_refusal": targets_refusal,
        "retire_refusal": retire_refusal,
    }
    return render(request, "people/role.html", context, status=refused.status if refused else 200)
