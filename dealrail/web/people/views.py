"""People for who manages them: finding, adding, changing, stopping them."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from dealrail.accounts import policy
from dealrail.accounts import queries as people
from dealrail.accounts.actions import users
from dealrail.accounts.actions.second_factor import reset_second_factor
from dealrail.accounts.permissions import PEOPLE_MANAGE
from dealrail.core.errors import Refusal
from dealrail.web.inputs import filled, typed, whole
from dealrail.web.lists.filters import address, chips, heads
from dealrail.web.opened import again, joined, seen, ticked, touched
from dealrail.web.people.choosing import in_order
from dealrail.web.people.inputs import password_inputs, person_inputs, person_values
from dealrail.web.people.rows import COLUMNS, belongings, people_page, people_pickers
from dealrail.web.signed_in import actor_of

KEPT_LINK = "invitation_link"


def people_list(request: HttpRequest) -> HttpResponse:
    """The people of the company, narrowed by the address."""
    policy.require(actor_of(request), PEOPLE_MANAGE)
    pickers, page = people_pickers(request.GET), people_page(request.GET)
    context = {
        "people": page.rows,
        "heads": heads(request.GET, COLUMNS),
        "pickers": pickers,
        "chips": chips(request.GET, pickers, {"q": _("Search")}),
        "next": address(request.GET) + f"&cursor={page.next}" if page.next else "",
    }
    return render(request, "people/list.html", context)


@sensitive_post_parameters("password")
def person_new(request: HttpRequest) -> HttpResponse:
    """Add a person with department, roles and, if one is given, a first password."""
    actor = actor_of(request)
    policy.require(actor, PEOPLE_MANAGE)
    if request.method != "POST":
        return _new(request, {"unit": request.GET.get("unit", "")}, [])
    values, roles = typed(request.POST, person_inputs(new=True)), request.POST.getlist("roles")
    fields = {**values, "password": values.get("password") or None, **_unit(values)}
    try:
        made = users.create_user(actor=actor, roles=roles, **_named(fields))
    except Refusal as refusal:
        return _new(request, values, roles, refusal)
    said = (
        gettext("%(name)s can log in now.") if fields["password"] else gettext("%(name)s is added, without password.")
    )
    messages.success(request, said % {"name": made.name})
    return redirect("person", made.pk)


def person_change(request: HttpRequest, user_id: int) -> HttpResponse:
    """Change a person's name, department, roles, and the ways to reach them."""
    actor = actor_of(request)
    policy.require(actor, PEOPLE_MANAGE)
    found = people.user(user_id)
    if request.method != "POST":
        kept = request.session.pop(KEPT_LINK, None)
        return person_page(request, found, link=kept[1] if kept and kept[0] == user_id else "")
    values, roles = typed(request.POST, person_inputs(new=False)), request.POST.getlist("roles")
    fields, held = touched(request.POST, values), ticked(request.POST, "roles")
    before = {**seen(request.POST, fields), **({} if held is None else {"roles": held})}
    try:
        users.change_user(actor=actor, user_id=user_id, roles=roles, **_named({**fields, **_unit(fields)}), seen=before)
    except Refusal as refusal:
        return person_page(request, found, values, roles, refusal)
    messages.success(request, gettext("Saved."))
    return redirect("person", user_id)


@sensitive_post_parameters("password")
@require_POST
def person_password(request: HttpRequest, user_id: int) -> HttpResponse:
    """Set a person's password; wherever they are logged in, they have to log in again."""
    actor = actor_of(request)
    try:
        users.set_password(actor=actor, user_id=user_id, password=request.POST.get("password", ""))
    except Refusal as refusal:
        policy.require(actor, PEOPLE_MANAGE)
        return person_page(request, people.user(user_id), password_refusal=refusal)
    messages.success(request, gettext("The password is set."))
    return redirect("person", user_id)


@require_POST
def person_activate(request: HttpRequest, user_id: int) -> HttpResponse:
    """Let somebody log in again who was stopped."""
    changed = users.change_user(actor=actor_of(request), user_id=user_id, is_active=True)
    messages.success(request, gettext("%(name)s can log in again.") % {"name": changed.name})
    return redirect("person", user_id)


@require_POST
def person_second_factor(request: HttpRequest, user_id: int) -> HttpResponse:
    """Take the second factor from somebody who has lost theirs."""
    reset_second_factor(actor=actor_of(request), user_id=user_id)
    messages.success(request, gettext("The second factor is reset."))
    return redirect("person", user_id)


def _unit(values: dict[str, Any]) -> dict[str, Any]:
    """The chosen department; none takes the person out of theirs."""
    return {"unit_id": whole(values["unit"])} if "unit" in values else {}


def _named(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name != "unit"}


def _new(
    request: HttpRequest, values: dict[str, Any], roles: list[str], refusal: Refusal | None = None
) -> HttpResponse:
    context = {
        "inputs": filled(person_inputs(new=True), values, refusal),
        "roles": people.all_roles(),
        "chosen": roles,
        "refusal": refusal,
    }
    return render(request, "people/new.html", context, status=refusal.status if refusal else 200)


def person_page(
    request: HttpRequest,
    person: Any,
    values: dict[str, Any] | None = None,
    roles: list[str] | None = None,
    refusal: Refusal | None = None,
    *,
    password_refusal: Refusal | None = None,
    active_refusal: Refusal | None = None,
    left: Any = None,
    link: str = "",
    confirming: Any = None,
) -> HttpResponse:
    """Everything about one person; `left`: what was handed over; `link`: their invitation, shown this once.

    `confirming` is the successor to whom everything would go.
    """
    refused = refusal or password_refusal or active_refusal
    now = person_values(person)
    shown, was = again(request.POST, values, now, refusal) if refusal and values is not None else (now, now)
    held = [role.key for role in person.roles.all()]
    opened = ticked(request.POST, "roles") if roles is not None else None
    context = {
        "person": person,
        "inputs": filled(person_inputs(new=False), shown, refusal, was),
        "was_roles": joined(held if opened is None else opened),
        "password_inputs": filled(password_inputs(), {}, password_refusal),
        "roles": people.all_roles(),
        "chosen": held if roles is None else roles,
        "leads": person.leads.order_by("path"),
        "has_password": person.has_usable_password(),
        "has_second_factor": people.has_second_factor(person.pk),
        "belongings": belongings(person) if person.is_active else [],
        "successors": in_order(people.active_people().exclude(pk=person.pk)),
        "is_invited": person.is_active and not person.has_usable_password(),
        "refusal": refusal,
        "password_refusal": password_refusal,
        "active_refusal": active_refusal,
        "left": left,
        "link": link,
        "confirming": confirming,
    }
    return render(request, "people/person.html", context, status=refused.status if refused else 200)
