"""Steps for the ticked rows of a list."""

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_POST

from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.core.errors import Refusal
from dealrail.crm import permissions
from dealrail.crm import queries as crm
from dealrail.crm.queries import LABELS
from dealrail.web.lists import choices
from dealrail.web.lists.bulk import for_each
from dealrail.web.lists.views import list_answer, look_of
from dealrail.web.signed_in import actor_of

BULK_FIELDS = ("product", "region", "source", "amount", "expected_close", "customer")


@require_POST
def deals_bulk(request: HttpRequest) -> HttpResponse:
    """Take one step for every ticked deal, and say for each what became of it."""
    actor = actor_of(request)
    try:
        answers = for_each(actor, request.POST.getlist("record"), request.POST.get("step", ""), request.POST)
    except Refusal as refusal:
        return list_answer(request, look_of(request, "deals"), refusal)
    counts = {kind: sum(answer.kind == kind for answer in answers) for kind in ("done", "waiting", "refused")}
    back = "?" + request.GET.urlencode()
    return render(request, "lists/bulk_result.html", {"answers": answers, "counts": counts, "back": back})


def bulk_value(request: HttpRequest) -> HttpResponse:
    """The input for the field that a bulk change sets."""
    return render(request, "lists/bulk_value.html", {"value_input": value_input(request.GET)})


def value_input(params: QueryDict) -> dict[str, Any]:
    """How the value of a field is typed: chosen from what there is, a date, or plain text."""
    field = params.get("field") or BULK_FIELDS[0]
    known = {"product": crm.products, "region": crm.regions, "source": crm.sources}
    names = list(known[field]().values_list("name", flat=True)) if field in known else []
    return {"choices": names, "type": "date" if field == "expected_close" else "text"}


def bulk_choices(actor: Actor, params: QueryDict) -> dict[str, Any]:
    """What the bulk bar offers; only what the actor may do at all."""
    spec = choices.current_process(params)
    fields = {name: LABELS[name] for name in BULK_FIELDS} | (spec.field_names() if spec else {})
    reasons = {key: name for one in choices.specs(params) for key, name in one.loss_reasons.items()}
    steps = {
        "may_move": actor.may(permissions.DEALS_MOVE),
        "may_transfer": actor.may(permissions.DEALS_TRANSFER),
        "may_change": actor.may(permissions.DEALS_CHANGE),
    }
    return {
        **steps,
        "may_bulk": any(steps.values()),
        "people": people.active_people(),
        "reasons": reasons,
        "fields": fields,
        "value_input": value_input(params),
    }
