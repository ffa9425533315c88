"""Keeping a list as a view; changing and deleting it, with an undo."""

from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from dealrail.accounts import policy as accounts
from dealrail.accounts import queries as people
from dealrail.accounts.errors import NotFound
from dealrail.core.errors import Refusal
from dealrail.crm import policy
from dealrail.crm import queries as crm
from dealrail.crm.actions import saved_views as actions
from dealrail.crm.permissions import VIEWS_SHARE
from dealrail.web.inputs import whole
from dealrail.web.people.naming import role_name
from dealrail.web.people.tree import branches
from dealrail.web.saved_views.menu import href_of, query_of
from dealrail.web.signed_in import actor_of

SALT = "dealrail.view"
KEPT = 3600  # seconds in which a deleted view can be brought back


def view_new(request: HttpRequest, list_: str) -> HttpResponse:
    """Keep a list as it is now: its query stands in the address of this form."""
    if list_ not in actions.LISTS:
        raise NotFound()
    query = query_of(request.GET)
    if request.method != "POST":
        return _form(request, {"list": list_, "query": query})
    try:
        view = actions.create_view(actor=actor_of(request), list_=list_, query=query, **_typed(request.POST))
    except Refusal as refusal:
        return _form(request, {"list": list_, "query": query}, refusal)
    messages.success(request, gettext("The view “%(name)s” is saved.") % {"name": view.name})
    return redirect(href_of(view))


@require_POST
def view_save(request: HttpRequest, view_id: int) -> HttpResponse:
    """Keep what the list shows now in its view."""
    view = actions.change_view(actor=actor_of(request), view_id=view_id, query=query_of(request.GET))
    messages.success(request, gettext("The view “%(name)s” is saved.") % {"name": view.name})
    return redirect(href_of(view))


def view_change(request: HttpRequest, view_id: int) -> HttpResponse:
    """Rename, share or pin a view."""
    actor = actor_of(request)
    view = crm.saved_view(actor, view_id)
    about = {"list": view.list, "view": view}
    if request.method != "POST":
        return _form(request, about)
    try:
        view = actions.change_view(actor=actor, view_id=view_id, **_typed(request.POST))
    except Refusal as refusal:
        return _form(request, about, refusal)
    messages.success(request, gettext("The view “%(name)s” is saved.") % {"name": view.name})
    return redirect(href_of(view))


@require_POST
def view_delete(request: HttpRequest, view_id: int) -> HttpResponse:
    """Delete a view; the message brings a button that makes it again."""
    was = actions.delete_view(actor=actor_of(request), view_id=view_id)
    said = gettext("The view “%(name)s” is deleted.") % {"name": was["name"]}
    messages.success(request, said, extra_tags=f"view:{signing.dumps(was, salt=SALT)}")
    return redirect(was["list_"])


@require_POST
def view_restore(request: HttpRequest) -> HttpResponse:
    """Make a view again that was deleted a moment ago."""
    try:
        was = signing.loads(request.POST.get("view", ""), salt=SALT, max_age=KEPT)
    except signing.BadSignature as error:
        raise NotFound() from error
    view = actions.restore_view(actor=actor_of(request), **was)
    return redirect(href_of(view))


def _typed(posted: QueryDict) -> dict[str, Any]:
    shared = posted.get("shared", "")
    audience, _part, whom = shared.partition(":")
    return {
        "name": posted.get("name", ""),
        "is_pinned": posted.get("is_pinned") == "1",
        "is_shared": bool(shared),
        **({"audience": audience, "unit_id": whole(whom), "role_key": whom} if shared else {}),
    }


def _shared(view: Any) -> str:
    """With whom a view is shared, as the choice of the form says it."""
    if not view.is_shared:
        return ""
    if view.audience == "unit":
        return f"unit:{view.unit_id}"
    return f"role:{view.role.key}" if view.audience == "role" and view.role else view.audience


def _sharing() -> list[tuple[Any, list[tuple[str, str]]]]:
    """With whom views can be shared, in groups: everybody, departments, roles."""
    units = [(f"unit:{row.unit.pk}", "\u2003" * row.depth + row.unit.name) for row in branches()]
    roles = [(f"role:{row.key}", role_name(row.key, row.name)) for row in people.all_roles()]
    return [
        ("", [("", gettext("only me")), ("everybody", gettext("everybody"))]),
        (gettext("A department and those below"), units),
        (gettext("Who holds a role"), roles),
    ]


def view_standard(request: HttpRequest, view_id: int) -> HttpResponse:
    """Choose the roles for which the list opens with this view."""
    actor = actor_of(request)
    accounts.require(actor, VIEWS_SHARE)
    view = crm.saved_view(actor, view_id)
    refusal, chosen = None, crm.standard_roles(view)
    if request.method == "POST":
        chosen = request.POST.getlist("roles")
        try:
            actions.set_standard_view(actor=actor, view_id=view_id, roles=chosen)
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, gettext("Saved."))
            return redirect(href_of(view))
    context = {"view": view, "chosen": chosen, "roles": people.all_roles(), "refusal": refusal, "back": href_of(view)}
    return render(request, "saved_views/standard.html", context, status=refusal.status if refusal else 200)


def _form(request: HttpRequest, about: dict[str, Any], refusal: Refusal | None = None) -> HttpResponse:
    is_part = request.headers.get("HX-Request") == "true"
    view = about.get("view")
    is_shared = view is not None and view.is_shared  # whoever may no longer share can still keep it to themselves
    given = _typed(request.POST) if request.method == "POST" else {}
    kept = {"name": view.name, "is_pinned": view.is_pinned} if view else {"is_pinned": True}
    shared = request.POST.get("shared", "") if given else _shared(view) if view else ""
    context = {
        **about,
        "values": kept | given,
        "shared": shared,
        "sharing": _sharing() if is_shared or policy.may_share_views(actor_of(request)) else [],
        "refusal": refusal,
    }
    template = "saved_views/dialog.html" if is_part else "saved_views/page.html"
    return render(request, template, context, status=refusal.status if refusal else 200)
