"""Layouts: which fields stand on pages and cards, in which order and groups, for everybody and by role."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from dealrail.accounts import policy
from dealrail.accounts import queries as people
from dealrail.accounts.errors import NotFound
from dealrail.accounts.permissions import PEOPLE_MANAGE
from dealrail.core.errors import Refusal
from dealrail.core.problems import ChangedMeanwhile
from dealrail.core.reading import reading
from dealrail.crm import queries as crm
from dealrail.crm.actions.layouts import remove_layout, save_layout
from dealrail.crm.rules import CARD, MOST_ON_A_CARD, PLACES, FieldGroup
from dealrail.process.permissions import PROCESS_PUBLISH
from dealrail.web.opened import seen
from dealrail.web.people.naming import role_name
from dealrail.web.settings.arranging import Arrangement, begun, done, focus_after, said, typed
from dealrail.web.signed_in import actor_of

SALT = "dealrail.layout"
KEPT = 3600  # seconds in which a layout that was taken back can be put back
NONE: Mapping[str, str] = {"groups": "", "with_rest": ""}


@dataclass(frozen=True)
class PlaceRow:
    """A place with the roles that see it otherwise than everybody."""

    key: str
    label: Any
    is_laid_out: bool
    deviating: list[tuple[str, str]]
    others: list[tuple[str, str]]


def layouts(request: HttpRequest) -> HttpResponse:
    """Every place that can be laid out, for whom it was."""
    policy.require(actor_of(request), PROCESS_PUBLISH)
    roles = [(role.key, role_name(role.key, role.name)) for role in people.all_roles()]
    return render(request, "settings/layouts.html", {"laid_out": [_place(key, roles) for key in PLACES]})


def _place(key: str, roles: list[tuple[str, str]]) -> PlaceRow:
    own = {row.role.key if row.role else "" for row in crm.layouts() if row.place == key}
    return PlaceRow(
        key,
        crm.PLACE_NAMES[key],
        "" in own,
        [(role, name) for role, name in roles if role in own],
        [(role, name) for role, name in roles if role not in own],
    )


def layout(request: HttpRequest, place: str) -> HttpResponse:
    """Arrange the fields of a place, for everybody or for the role that the address names."""
    policy.require(actor_of(request), PROCESS_PUBLISH)
    role = _role_asked(request, place)
    if request.method != "POST":
        return _form(request, place, role, _held(place, role))
    if step := request.POST.get("do", ""):
        with reading():
            return _moved(request, place, role, step)
    arrangement = typed(request.POST, crm.layout_fields(place))
    try:
        save_layout(
            actor=actor_of(request),
            place=place,
            role=role,
            groups=arrangement.groups,
            with_rest=_with_rest(request, place),
            seen=seen(request.POST, NONE) or None,
        )
    except Refusal as refusal:
        return _form(request, place, role, arrangement, refusal)
    messages.success(request, gettext("Saved."))
    return redirect("layouts")


def _moved(request: HttpRequest, place: str, role: str, step: str) -> HttpResponse:
    """The form after one of its buttons, which saves nothing."""
    offered = crm.layout_fields(place)
    changed = begun(done(typed(request.POST, offered), step).groups, offered)
    return _form(request, place, role, changed, step=step)


@require_POST
def layout_remove(request: HttpRequest, place: str) -> HttpResponse:
    """Back to the standard; the message brings a button that puts back what was there."""
    role = _role_asked(request, place)
    try:
        was = remove_layout(actor=actor_of(request), place=place, role=role, seen=seen(request.POST, NONE) or None)
    except ChangedMeanwhile as refusal:
        return _form(request, place, role, _held(place, role), refusal)
    kept = {"place": place, "role": role, "groups": was.groups, "with_rest": was.with_rest}
    words = {"place": crm.PLACE_NAMES[place]}
    text = gettext("%(place)s: back to what everybody sees.") if role else gettext("%(place)s: back to the standard.")
    messages.success(request, text % words, extra_tags=f"layout:{signing.dumps(kept, salt=SALT)}")
    return redirect("layouts")


@require_POST
def layout_restore(request: HttpRequest) -> HttpResponse:
    """Put back a layout that was taken back a moment ago, unless somebody made another one since."""
    try:
        was = signing.loads(request.POST.get("layout", ""), salt=SALT, max_age=KEPT)
    except signing.BadSignature as error:
        raise NotFound() from error
    groups = [FieldGroup(row["heading"], tuple(row["fields"])) for row in was.pop("groups")]
    offered = crm.layout_fields(was["place"])
    save_layout(actor=actor_of(request), **was, groups=begun(groups, offered).groups, seen=NONE, like=groups)
    messages.success(request, gettext("Saved."))
    return redirect("layouts")


def _role_asked(request: HttpRequest, place: str) -> str:
    """The role that the address names, or none; refuses with NotFound for a place or role that isn't there."""
    role = request.GET.get("role", "")
    if place not in PLACES or (role and role not in {row.key for row in people.all_roles()}):
        raise NotFound()
    return role


def _held(place: str, role: str) -> Arrangement:
    """What holds now, to begin with: of a role without a layout of its own that for everybody."""
    own = crm.layout_of(place, role) or crm.layout_of(place)
    return begun(crm.groups_of(own) if own else crm.standard_groups(place), crm.layout_fields(place))


def _with_rest(request: HttpRequest, place: str) -> bool:
    return place != CARD and request.POST.get("with_rest") != "False"


def _form(
    request: HttpRequest,
    place: str,
    role: str,
    arrangement: Arrangement,
    refusal: Refusal | None = None,
    *,
    step: str = "",
) -> HttpResponse:
    own, labels = crm.layout_of(place, role), crm.layout_fields(place)
    now = crm.layout_told(own) if own else dict(NONE)
    is_stale = isinstance(refusal, ChangedMeanwhile)
    posted = "row" in request.POST
    field = step.partition(":")[2]
    holding = own or crm.layout_of(place)
    context = {
        "place": place,
        "place_name": crm.PLACE_NAMES[place],
        "role": people.role_or_none(role) if role else None,
        "address": f"{reverse('layout', args=[place])}{'?role=' if role else ''}{role}",
        "arrangement": arrangement,
        "groups": list(enumerate(arrangement.groups)),
        "labels": labels,
        "brought_by": crm.processes_with(place),
        "with_rest": _with_rest(request, place) if posted else place != CARD and (not holding or holding.with_rest),
        "is_card": place == CARD,
        "most": MOST_ON_A_CARD,
        "is_own": own is not None,
        "was": {**now, **(seen(request.POST, NONE) if posted and not is_stale else {})},
        "is_typed": posted,
        "said": said(arrangement, str(labels[field]), field) if field in labels else "",
        "focus": focus_after(arrangement, step),
        "may_see_as": actor_of(request).may(PEOPLE_MANAGE),
        "refusal": refusal,
    }
    return render(request, "settings/layout.html", context, status=refusal.status if refusal else 200)
