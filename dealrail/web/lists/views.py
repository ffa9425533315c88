"""The deal list: filters, sorting, bulk steps, export."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.core.errors import Refusal
from dealrail.crm import permissions
from dealrail.crm import queries as crm
from dealrail.crm.queries import LABELS
from dealrail.process import queries as processes
from dealrail.web.exports.sheets import records_answer
from dealrail.web.lists.bulk import for_each
from dealrail.web.lists.deals import (
    COLUMNS,
    behind_figure,
    current_process,
    deal_columns,
    deal_pickers,
    listed_deals,
)
from dealrail.web.lists.filters import address, chips, heads, paged
from dealrail.web.signed_in import actor_of

BULK_FIELDS = ("product", "region", "source", "amount", "expected_close", "customer")


def deals(request: HttpRequest) -> HttpResponse:
    """The deals one may see, narrowed by the address."""
    return _list(request, actor_of(request))


@require_POST
def deals_bulk(request: HttpRequest) -> HttpResponse:
    """Take one step for every ticked deal, and say for each what became of it."""
    actor = actor_of(request)
    try:
        answers = for_each(actor, request.POST.getlist("deal"), request.POST.get("step", ""), request.POST)
    except Refusal as refusal:
        return _list(request, actor, refusal=refusal)
    counts = {kind: sum(answer.kind == kind for answer in answers) for kind in ("done", "waiting", "refused")}
    back = "?" + request.GET.urlencode()
    return render(request, "lists/bulk_result.html", {"answers": answers, "counts": counts, "back": back})


def deals_export(request: HttpRequest) -> HttpResponseBase:
    """The same deals as a sheet."""
    actor = actor_of(request)
    rows = listed_deals(actor, request.GET).order_by("pk")
    return records_answer(request, actor, "deals", rows)


def bulk_value(request: HttpRequest) -> HttpResponse:
    """The input for the field that a bulk change sets."""
    return render(request, "lists/bulk_value.html", {"value_input": value_input(request.GET)})


def value_input(params: QueryDict) -> dict[str, Any]:
    """How the value of a field is typed: chosen from what there is, a date, or plain text."""
    field = params.get("field") or BULK_FIELDS[0]
    known = {"product": crm.products, "region": crm.regions, "source": crm.sources}
    names = list(known[field]().values_list("name", flat=True)) if field in known else []
    return {"choices": names, "type": "date" if field == "expected_close" else "text"}


def _list(request: HttpRequest, actor: Actor, refusal: Refusal | None = None) -> HttpResponse:
    params = request.GET
    rows = listed_deals(actor, params)
    pickers = deal_pickers(params)
    page = paged(rows, params, deal_columns())
    context = {
        "page": page,
        "total": crm.total_of(rows),
        "heads": heads(params, COLUMNS),
        "pickers": pickers,
        "chips": chips(params, pickers, {"q": _("Search"), "filter": _("Filter"), "customer": LABELS["customer"]}),
        "figure": behind_figure(params),
        "next": address(params, cursor=page.next) if page.next else "",
        "refusal": refusal,
        "may_export": actor.may(permissions.EXPORTS_RUN),
        "may_create": actor.may(permissions.DEALS_CREATE),
        **_bulk_choices(actor, params),
    }
    return render(request, "lists/deals.html", context, status=refusal.status if refusal else 200)


def _bulk_choices(actor: Actor, params: QueryDict) -> dict[str, Any]:
    """What the bulk bar offers; only what the actor may do at all."""
    spec = current_process(params)
    fields = {name: LABELS[name] for name in BULK_FIELDS} | (spec.field_names() if spec else {})
    specs = [spec] if spec else [processes.spec_of(row.pk) for row in processes.current_versions()]
    reasons = {key: name for one in specs for key, name in one.loss_reasons.items()}
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
