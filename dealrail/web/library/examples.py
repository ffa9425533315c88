"""Making a follow-up an example of an action, and taking an example back."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from dealrail.accounts import policy
from dealrail.activities import queries as activities
from dealrail.activities.actions.examples import promote_example, take_back_example
from dealrail.activities.permissions import EXAMPLES_PROMOTE
from dealrail.core.errors import Refusal
from dealrail.process import engine
from dealrail.web.inputs import Input, filled
from dealrail.web.signed_in import actor_of

NAMES = ("action", "text", "reason")
FIELDS = {"reason_missing": "reason", "not_found": "action"}


def example_new(request: HttpRequest, activity_id: int) -> HttpResponse:
    """Choose the action that a follow-up is an example of, take out the names, say why it is good."""
    actor = actor_of(request)
    policy.require(actor, EXAMPLES_PROMOTE)
    activity = activities.activity(actor, activity_id)
    if request.method != "POST":
        return _form(request, activity, {"text": activity.text})
    values = {name: request.POST.get(name, "") for name in NAMES}
    try:
        example = promote_example(actor=actor, activity_id=activity_id, **values)
    except Refusal as refusal:
        refusal.params.setdefault("field", FIELDS.get(refusal.code, "action"))
        return _form(request, activity, values, refusal)
    messages.success(
        request, gettext("The follow-up is an example of “%(name)s” now.") % {"name": example.template.name}
    )
    return redirect("library_action", example.template.key)


@require_POST
def example_take_back(request: HttpRequest, example_id: int) -> HttpResponse:
    """Show an example no longer."""
    example = take_back_example(actor=actor_of(request), example_id=example_id)
    messages.success(request, gettext("The example is taken back."))
    return redirect("library_action", example.template.key)


def _inputs(activity: Any) -> list[Input]:
    offered = [(row.key, row.name) for row in activities.action_templates(is_active=True)]
    here = _keys_at(activity)
    ours, others = [row for row in offered if row[0] in here], [row for row in offered if row[0] not in here]
    groups = ((_("This process"), tuple(ours)), (_("Other actions"), tuple(others)))
    action = Input("action", _("Example of"), "select", groups=groups, required=True)
    reason = Input("reason", _("Why it is good"), required=True)
    return [action, Input("text", _("Text"), "textarea", required=True), reason]


def _keys_at(activity: Any) -> set[str]:
    """The actions of the process that the follow-up's deal runs on."""
    if activity.deal is None:
        return set()
    spec, _stage = engine.spec_and_stage(activity.deal.run)
    return {action.key for action in spec.actions}


def _form(request: HttpRequest, activity: Any, values: dict[str, Any], refusal: Refusal | None = None) -> HttpResponse:
    context = {"activity": activity, "inputs": filled(_inputs(activity), values, refusal), "refusal": refusal}
    return render(request, "library/example_form.html", context, status=refusal.status if refusal else 200)
