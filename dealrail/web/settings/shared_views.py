"""Views that somebody shares, for who administers the company: opened, taken back, handed to another owner."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import F
from django.db.models.expressions import OrderBy
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from dealrail.accounts import queries as people
from dealrail.accounts.errors import NotFound
from dealrail.core.errors import Refusal
from dealrail.core.problems import problems_of
from dealrail.crm import queries as crm
from dealrail.crm.actions.saved_views import LISTS, change_view, hand_over_view
from dealrail.web.inputs import whole
from dealrail.web.lists.filters import picker
from dealrail.web.lists.kinds import kind_of
from dealrail.web.lists.paging import page_of
from dealrail.web.people.choosing import named_people
from dealrail.web.people.naming import role_name
from dealrail.web.saved_views.menu import href_of
from dealrail.web.signed_in import actor_of

LEFT = (("left", _("by people who left")), ("here", _("by people who are here")))


def shared_views(request: HttpRequest) -> HttpResponse:
    """Every shared view, with whose it is and who sees it."""
    actor, params = actor_of(request), request.GET
    rows = crm.shared_views(actor)
    if (wanted := params.get("list", "")) in LISTS:
        rows = rows.filter(list=wanted)
    if params.get("by") in {"left", "here"}:
        rows = rows.filter(owner__is_active=params["by"] == "here")
    page = page_of(rows, sort=[OrderBy(F("name"))], cursor=params.get("cursor", ""))
    standards = crm.standards_of(row.pk for row in page.rows)
    names = {role.key: role_name(role.key, role.name) for role in people.all_roles()}
    lists = [(key, kind_of(key).title) for key in LISTS]
    pickers = [picker(params, "list", _("List"), lists), picker(params, "by", _("Shared"), LEFT)]
    context = {
        "rows": [_row(row, [names.get(key, key) for key in standards.get(row.pk, [])]) for row in page.rows],
        "pickers": pickers,
        "is_narrowed": any(one.value for one in pickers),
        "page": page,
    }
    return render(request, "settings/shared_views.html", context)


@dataclass(frozen=True)
class SharedRow:
    """A shared view as the list shows it: where it opens, who sees it, whose standard it is."""

    view: Any
    list_name: Any
    href: str
    seen_by: str
    standard_of: list[str]


def _row(view: Any, standard_of: list[str]) -> SharedRow:
    return SharedRow(view, kind_of(view.list).title, href_of(view), _seen_by(view), standard_of)


def _seen_by(view: Any) -> str:
    """With whom a view is shared, in words; nobody where the department or role is gone."""
    if view.audience == "unit":
        return str(view.unit.name) if view.unit else gettext("nobody any more")
    if view.audience == "role":
        return role_name(view.role.key, view.role.name) if view.role else gettext("nobody any more")
    return str(crm.audiences()[view.audience])


@require_POST
def shared_view_retract(request: HttpRequest, view_id: int) -> HttpResponse:
    """Take a view back from those it is shared with; its owner keeps it."""
    actor = actor_of(request)
    view = _shared(request, view_id)
    change_view(actor=actor, view_id=view.pk, is_shared=False)
    words = {"name": view.name, "owner": view.owner.name}
    messages.success(request, gettext("“%(name)s” is no longer shared; %(owner)s still has it.") % words)
    return redirect("shared_views")


def shared_view_hand_over(request: HttpRequest, view_id: int) -> HttpResponse:
    """Choose whose a shared view is to be, as when its author left."""
    actor, view = actor_of(request), _shared(request, view_id)
    if request.method != "POST":
        return _form(request, view)
    try:
        now = hand_over_view(actor=actor, view_id=view.pk, owner_id=whole(request.POST.get("owner")) or 0)
    except Refusal as refusal:
        return _form(request, view, refusal)
    words = {"name": now.name, "owner": now.owner.name}
    messages.success(request, gettext("“%(name)s” belongs to %(owner)s now.") % words)
    return redirect("shared_views")


def _shared(request: HttpRequest, view_id: int) -> Any:
    """One of them; refuses with NotFound."""
    found = crm.shared_views(actor_of(request)).filter(pk=view_id).first()
    if found is None:
        raise NotFound()
    return found


def _form(request: HttpRequest, view: Any, refusal: Refusal | None = None) -> HttpResponse:
    context = {
        "view": view,
        "list_name": kind_of(view.list).title,
        "persons": named_people(crm.view_owners().exclude(pk=view.owner_id), whole=True),
        "chosen": whole(request.POST.get("owner")),
        "error": next((row["problem"] for row in problems_of(refusal)), "") or str(refusal or ""),
    }
    return render(request, "settings/shared_view.html", context, status=refusal.status if refusal else 200)
