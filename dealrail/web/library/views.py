"""The action library: finding, reading, adding, changing and retiring its actions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from dealrail.accounts import policy
from dealrail.activities import queries as activities
from dealrail.activities.actions.library import change_action_template, create_action_template
from dealrail.activities.permissions import ACTIONS_CHANGE
from dealrail.activities.queries import ActionUse
from dealrail.core.errors import Refusal
from dealrail.core.texts import listed
from dealrail.forms import queries as forms
from dealrail.insights.permissions import INSIGHTS_READ
from dealrail.process import queries as processes
from dealrail.web.forms.choosing import form_input
from dealrail.web.inputs import Input, filled, typed, whole
from dealrail.web.insights.actions import usage_words
from dealrail.web.lists.filters import Picker, address, chips, picker
from dealrail.web.opened import again, seen, touched
from dealrail.web.signed_in import actor_of

SHOWN = 50
NAMES = ("name", "evidence", "form", "expected_minutes", "how_to", "script")
STATES: dict[str, Any] = {"offered": _("Offered"), "retired": _("Retired")}


@dataclass(frozen=True)
class UseWords:
    """A process that uses an action, and the parts in which its text differs from the library's, in words."""

    use: ActionUse
    differences: str


@require_safe
def library(request: HttpRequest) -> HttpResponse:
    """The actions of the library by name, narrowed by the address."""
    params, uses = request.GET, activities.action_uses()
    page = max(whole(params.get("page")) or 1, 1)
    found = list(_asked(params, uses)[(page - 1) * SHOWN : page * SHOWN + 1])
    pickers = _pickers(params)
    context = {
        "rows": [(row, _words(row, uses.get(row.key, []))) for row in found[:SHOWN]],
        "pickers": pickers,
        "chips": chips(params, pickers, {"q": _("Search")}),
        "params": params,
        "next": address(params, page=str(page + 1)) if len(found) > SHOWN else "",
        "may_change": actor_of(request).may(ACTIONS_CHANGE),
        "is_narrowed": any(params.get(name) for name in ("q", "state", "evidence", "process")),
    }
    return render(request, "library/list.html", context)


def _asked(params: QueryDict, uses: Mapping[str, list[ActionUse]]) -> Any:
    state = params.get("state", "")
    rows = activities.action_templates(
        params.get("q", ""),
        is_active={"offered": True, "retired": False}.get(state),
        evidence=params.get("evidence", ""),
    )
    process = params.get("process")
    if process:
        rows = rows.filter(key__in=[key for key, found in uses.items() if any(u.process.key == process for u in found)])
    return rows


def _pickers(params: QueryDict) -> list[Picker]:
    return [
        picker(params, "process", _("Process"), [(row.key, row.name) for row in processes.definitions()]),
        picker(params, "evidence", _("Evidence"), activities.evidence_kinds().items()),
        picker(params, "state", _("State"), STATES.items()),
    ]


def _words(template: Any, uses: list[ActionUse]) -> list[UseWords]:
    labels = activities.action_labels()
    return [UseWords(use, listed(labels[part] for part in use.differs_from(template))) for use in uses]


@require_safe
def action(request: HttpRequest, key: str) -> HttpResponse:
    """One action of the library: its texts, where it is used, and how it was carried out."""
    actor, template = actor_of(request), activities.action_template(key)
    context = {
        "usage": usage_words(actor, request.GET, key) if actor.may(INSIGHTS_READ) else None,
        "template": template,
        "examples": activities.examples_of([key])[key],
        "form": forms.forms().filter(key=template.form).first() if template.form else None,
        "uses": _words(template, activities.action_uses().get(key, [])),
        "may_change": actor.may(ACTIONS_CHANGE),
    }
    return render(request, "library/action.html", context)


def action_new(request: HttpRequest) -> HttpResponse:
    """Add an action."""
    actor = actor_of(request)
    policy.require(actor, ACTIONS_CHANGE)
    if request.method != "POST":
        return _form(request, None, {})
    fields = {"evidence": "none", **typed(request.POST, _inputs())}
    try:
        made = create_action_template(actor=actor, fields=fields, key=request.POST.get("key", "").strip())
    except Refusal as refusal:
        return _form(request, None, {**fields, "key": request.POST.get("key", "")}, refusal)
    messages.success(request, gettext("“%(name)s” is in the library.") % {"name": made.name})
    return redirect("library_action", made.key)


def action_change(request: HttpRequest, key: str) -> HttpResponse:
    """Change the texts of an action."""
    actor = actor_of(request)
    policy.require(actor, ACTIONS_CHANGE)
    template = activities.action_template(key)
    now = {name: getattr(template, name) for name in NAMES}
    if request.method != "POST":
        return _form(request, template, now)
    values = typed(request.POST, _inputs())
    fields = touched(request.POST, values)
    try:
        change_action_template(actor=actor, key=key, fields=fields, seen=seen(request.POST, fields))
    except Refusal as refusal:
        shown, was = again(request.POST, values, now, refusal)
        return _form(request, template, shown, refusal, was)
    messages.success(request, gettext("Saved."))
    return redirect("library_action", key)


@require_POST
def action_offer(request: HttpRequest, key: str) -> HttpResponse:
    """Retire an action, or take it up again."""
    is_active = request.POST.get("is_active") == "1"
    template = change_action_template(actor=actor_of(request), key=key, fields={"is_active": is_active})
    said = gettext("“%(name)s” is offered again.") if is_active else gettext("“%(name)s” is retired.")
    messages.success(request, said % {"name": template.name})
    return redirect("library_action", key)


def _inputs() -> list[Input]:
    labels = activities.action_labels()
    kinds = tuple(activities.evidence_kinds().items())
    return [
        Input("name", labels["name"], required=True),
        Input("evidence", labels["evidence"], "select", options=kinds, help=_("What shows that it was done.")),
        form_input(),
        Input("expected_minutes", labels["expected_minutes"], "number"),
        Input(
            "how_to",
            labels["how_to"],
            "prose",
            help=_("A line that begins with - is a point of a list; [words](address) is a link."),
        ),
        Input("script", labels["script"], "prose", help=_("Words that proved good.")),
    ]


def _form(
    request: HttpRequest,
    template: Any,
    values: dict[str, Any],
    refusal: Refusal | None = None,
    was: dict[str, Any] | None = None,
) -> HttpResponse:
    held = (values if was is None else was) if template else None
    rows = _inputs()
    if template is None:
        help_ = _("Small letters, digits, - and _; made from the name if left empty. It can't be changed later.")
        rows.insert(1, Input("key", activities.action_labels()["key"], help=help_))
    context = {"template": template, "inputs": filled(rows, values, refusal, held), "refusal": refusal}
    return render(request, "library/form.html", context, status=refusal.status if refusal else 200)
