"""The forms there are, and one of them: what it asks, what its rules say, its versions, what was filled in."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from dealrail.accounts import policy
from dealrail.core.errors import Refusal
from dealrail.crm.permissions import EXPORTS_RUN
from dealrail.forms import queries
from dealrail.forms.actions.making import LABELS, change_form, create_form, publish_form
from dealrail.forms.tallies import MOST_TALLIED, Tally, tallies
from dealrail.process.permissions import PROCESS_PUBLISH
from dealrail.web.added import field_fact
from dealrail.web.exports.sheets import records_answer
from dealrail.web.forms.rules import Answered, rule_words
from dealrail.web.inputs import Input, filled, typed, whole
from dealrail.web.lists.paging import page_of
from dealrail.web.signed_in import actor_of

VERSIONS = 30
ABOUT = {"deal": _("a deal"), "customer": _("a customer")}


@require_safe
def forms(request: HttpRequest) -> HttpResponse:
    """Every form by name; who doesn't make forms sees those in use."""
    may_make = actor_of(request).may(PROCESS_PUBLISH)
    rows = [row for row in queries.forms() if may_make or (row.is_active and row.published)]
    return render(request, "forms/list.html", {"rows": rows, "may_make": may_make})


@require_safe
def form(request: HttpRequest, key: str) -> HttpResponse:
    """One form: who makes it sees what is being worked on, everybody what was filled in within their sight."""
    actor = actor_of(request)
    found, may_make = queries.form_known(actor, key), actor.may(PROCESS_PUBLISH)
    asked = queries.version(found).questions if found.published else []
    rows = found.questions if may_make else queries.questions_shown(actor, asked)
    context = {
        "form": found,
        "may_make": may_make,
        "questions": [_row(row, rows[:place]) for place, row in enumerate(rows)],
        "is_changed": found.questions != asked,
        "tallies": [(tally, _figures(tally)) for tally in tallies(actor, found)],
        "most": MOST_TALLIED,
        "links": list(queries.lead_links(found).filter(is_open=True)) if may_make else [],
        "may_export": actor.may(EXPORTS_RUN),
        "versions": list(queries.versions(found)[:VERSIONS]) if may_make else [],
        "page": page_of(queries.records(actor).filter(form=found), sort=[], cursor=request.GET.get("cursor", "")),
    }
    return render(request, "forms/form.html", context)


@require_safe
def form_export(request: HttpRequest, key: str) -> HttpResponseBase:
    """What was filled in within one's sight, as a sheet."""
    actor = actor_of(request)
    return records_answer(request, actor, "form_records", queries.records(actor).filter(form=queries.form(key)))


def _figures(tally: Tally) -> list[tuple[Any, str]]:
    """What the numbers come to, as pages show numbers."""
    return [(label, field_fact(tally.field, f"{number:f}")) for label, number in tally.figures]


def _row(question: Any, before: Any) -> dict[str, Any]:
    offered = Answered(before)
    return {
        "question": question,
        "type": dict(queries.question_types())[question["type"]],
        "rules": [(LABELS[name], rule_words(offered, question[name])) for name in RULES if question[name]],
    }


RULES = ("shown_when", "required_when")


def form_new(request: HttpRequest) -> HttpResponse:
    """Make a form."""
    actor = actor_of(request)
    policy.require(actor, PROCESS_PUBLISH)
    if request.method != "POST":
        return _form(request, None, {"about": "deal"})
    values = typed(request.POST, _inputs())
    try:
        made = create_form(actor=actor, fields=values)
    except Refusal as refusal:
        return _form(request, None, values, refusal)
    return redirect("form", made.key)


def form_change(request: HttpRequest, key: str) -> HttpResponse:
    """Change what a form is called and for, or take it out of use."""
    actor, found = actor_of(request), queries.form(key)
    policy.require(actor, PROCESS_PUBLISH)
    if request.method != "POST":
        values = {"name": found.name, "description": found.description, "is_active": str(found.is_active)}
        return _form(request, found, values)
    values = typed(request.POST, _inputs(found))
    fields = {**values, "is_active": values.get("is_active") == "True"}
    try:
        change_form(actor=actor, key=key, fields=fields, seen_revision=whole(request.POST.get("seen")))
    except Refusal as refusal:
        return _form(request, found, values, refusal)
    messages.success(request, gettext("Saved."))
    return redirect("form", key)


@require_POST
def form_publish(request: HttpRequest, key: str) -> HttpResponse:
    """Ask the questions as they stand from now on."""
    published = publish_form(actor=actor_of(request), key=key, seen_revision=whole(request.POST.get("seen")))
    messages.success(request, gettext("Version %(number)s is in force.") % {"number": published.number})
    return redirect("form", key)


def _inputs(found: Any = None) -> list[Input]:
    inputs = [Input("name", _("Name"), required=True)]
    if found is None:
        about = tuple(ABOUT.items())
        inputs.append(Input("about", LABELS["about"], "select", options=about, help=_("It can't be changed later.")))
    inputs.append(Input("description", LABELS["description"], "textarea", help=_("Shown above the questions.")))
    if found is not None:
        words = (("True", _("yes")), ("False", _("no")))
        about_use = _("Out of use it is no longer offered; what was filled in stays.")
        inputs.append(Input("is_active", _("In use"), "select", options=words, help=about_use))
    return inputs


def _form(request: HttpRequest, found: Any, values: dict[str, Any], refusal: Refusal | None = None) -> HttpResponse:
    context = {"form": found, "inputs": filled(_inputs(found), values, refusal), "refusal": refusal}
    return render(request, "forms/edit.html", context, status=refusal.status if refusal else 200)
