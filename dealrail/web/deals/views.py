"""The deal page, new deals, and the steps one can take with a deal."""

import json
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from dealrail.accounts import policy
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotFound
from dealrail.activities import queries as activities
from dealrail.core.errors import Refusal
from dealrail.crm import permissions
from dealrail.crm import policy as crm_policy
from dealrail.crm import queries as crm
from dealrail.crm.actions.deals import create_deal, transfer_deal
from dealrail.crm.actions.pools import note_pool_view, open_deal
from dealrail.crm.errors import ChangedSince, PoolViewsUsedUp
from dealrail.process import engine
from dealrail.process import queries as processes
from dealrail.process.errors import NoSuchApproval
from dealrail.process.queries.lines import startable
from dealrail.web.account.views import back
from dealrail.web.added import added_inputs
from dealrail.web.board.columns import process_to_start
from dealrail.web.deals import asking, moving
from dealrail.web.deals.calls import Call
from dealrail.web.deals.deciding import GONE
from dealrail.web.deals.facts import Fact, change_fact, fact, fact_inputs, may_change
from dealrail.web.deals.fulfilling import Outcome, Sent, fulfil
from dealrail.web.deals.inputs import all_fields, field_inputs, with_new_customer, with_new_customer_input
from dealrail.web.deals.nowhere import nowhere_to_start
from dealrail.web.deals.page import approvals, deal_page, next_gate, timeline
from dealrail.web.deals.reading import is_part
from dealrail.web.deals.sharing import waivers_asked
from dealrail.web.deals.steps import STEPS, kept
from dealrail.web.inputs import Input, filled, texts, typed, whole
from dealrail.web.signed_in import actor_of


def deal(request: HttpRequest, deal_id: int) -> HttpResponse:
    """Everything about one deal."""
    actor = actor_of(request)
    shown = {name: request.GET.get(name, "") for name in ("before", "show")}
    return render(request, "deals/page.html", deal_page(actor, deal_id, **shown))


def deal_timeline(request: HttpRequest, deal_id: int) -> HttpResponse:
    """The timeline of a deal alone, narrowed or further back."""
    actor = actor_of(request)
    found = open_deal(actor=actor, deal_id=deal_id)
    spec, _stage = engine.spec_and_stage(found.run)
    shown = {"before": request.GET.get("before", ""), "show": request.GET.get("show", "")}
    context = {"deal": found, **timeline(actor, found, spec, **shown)}
    template = "deals/timeline_rows.html" if shown["before"] else "deals/timeline.html"
    return render(request, template, context)


def deal_checklist(request: HttpRequest, deal_id: int) -> HttpResponse:
    """The gate of the next move and what waits for an answer, after a fact was changed beside them."""
    actor = actor_of(request)
    found = open_deal(actor=actor, deal_id=deal_id)
    spec, _stage = engine.spec_and_stage(found.run)
    waiting = {"approvals": approvals(actor, found, spec), "waivers_asked": waivers_asked(actor, found, spec)}
    context = {"deal": found, "form": next_gate(actor, found), "next_owner": crm.waiting_hand_over(found.pk), **waiting}
    return render(request, "deals/checklist_anew.html", context)


def deal_fact(request: HttpRequest, deal_id: int, key: str) -> HttpResponse:
    """One fact of a deal: shown, asked for, or saved where it stands."""
    actor = actor_of(request)
    found = open_deal(actor=actor, deal_id=deal_id)
    spec, _stage = engine.spec_and_stage(found.run)
    shown = fact(actor, found, spec, key)
    if "shown" in request.GET and is_part(request):
        return _fact_shown(request, found, shown)
    crm_policy.require_can_change(actor, found)
    inputs = fact_inputs(actor, found, key)
    if request.method != "POST":
        return _fact_form(request, found, shown, inputs)
    try:
        change_fact(actor, found, key, texts(request.POST), whole(request.POST.get("seen")))
    except Refusal as refusal:
        return _fact_form(request, found, shown, filled(inputs, texts(request.POST), refusal), refusal)
    if not is_part(request):
        messages.success(request, _("Saved."))
        return redirect("deal", deal_id)
    found = crm.deal(actor, deal_id)
    answer = _fact_shown(request, found, fact(actor, found, spec, key))
    answer.headers["HX-Trigger"] = json.dumps({"fact-saved": {"version": found.run.revision}})
    return answer


def _fact_shown(request: HttpRequest, found: Any, shown: Fact) -> HttpResponse:
    actor = actor_of(request)
    sees = crm.customers(actor).filter(pk=found.customer_id).exists() if shown.key == "customer" else False
    context = {"deal": found, "fact": shown, "may_change": may_change(actor, found), "sees_customer": sees}
    return render(request, "deals/fact.html", context)


def _fact_form(
    request: HttpRequest, found: Any, shown: Fact, inputs: list[Input], refusal: Refusal | None = None
) -> HttpResponse:
    context = {"deal": found, "fact": shown, "inputs": inputs, "refusal": refusal}
    context["is_being_approved"] = shown.key in crm.being_approved(found)
    template = "deals/fact_form.html" if is_part(request) else "deals/fact_page.html"
    return render(request, template, context, status=refusal.status if refusal else 200)


def deal_new(request: HttpRequest) -> HttpResponse:
    """Start a deal in the first stage of a process."""
    actor = actor_of(request)
    policy.require(actor, permissions.DEALS_CREATE)
    inputs = _new_inputs(request)
    if request.method != "POST":
        return _new_form(request, filled(inputs, _given(request)))
    try:
        made = _create(actor, {key: value for key, value in typed(request.POST, inputs).items() if value})
    except Refusal as refusal:
        return _new_form(request, filled(inputs, texts(request.POST), refusal), refusal)
    messages.success(request, _("The deal is created."))
    return redirect("deal", made.pk)


@transaction.atomic
def _create(actor: Actor, values: dict[str, Any]) -> Any:
    """The deal, together with its customer if that is a new one."""
    process, is_new = values.pop("process", ""), bool(values.pop("new_customer", ""))
    return create_deal(actor=actor, process=process, fields=with_new_customer(actor, values, is_new=is_new))


def _given(request: HttpRequest) -> dict[str, str]:
    """What the link to the form brought along; a customer comes by id and is shown by name."""
    given = request.GET.dict()
    customer_id = whole(given.get("customer"))
    if customer_id is not None:
        given["customer"] = crm.customer(actor_of(request), customer_id).name
    return given


def _new_inputs(request: HttpRequest) -> list[Input]:
    actor = actor_of(request)
    spec = process_to_start(actor, request.POST or request.GET)
    offered = [(row.key, row.name) for row in startable(actor)]
    kind = Input("process", _("Process"), kind="select", options=tuple(offered), value=spec.key if spec else "")
    fixed = field_inputs(all_fields(spec)[: -len(spec.fields) or None], spec, actor) if spec else []
    name, others = fixed[:1], fixed[1:]
    return [*name, kind, *with_new_customer_input(others, actor), *added_inputs(actor, "deal")]


def _new_form(request: HttpRequest, inputs: list[Input], refusal: Refusal | None = None) -> HttpResponse:
    context = {"inputs": inputs, "refusal": refusal, "nowhere": nowhere_to_start(actor_of(request))}
    return render(request, "deals/new.html", context, status=refusal.status if refusal else 200)


def deal_evidence(request: HttpRequest, deal_id: int, key: str) -> FileResponse:
    """The file that was kept when an action was done; always a download, whatever is in it."""
    actor = actor_of(request)
    open_deal(actor=actor, deal_id=deal_id)
    found = activities.evidence_file(actor, deal_id, key)
    return FileResponse(found.path.open("rb"), as_attachment=True, filename=found.name)


def deal_gate(request: HttpRequest, deal_id: int) -> HttpResponse:
    """The gate of a move as a form."""
    return moving.show_gate(request, actor_of(request), deal_id, request.GET.get("to") or None, Outcome())


def deal_moves(request: HttpRequest, deal_id: int) -> HttpResponse:
    """Where a deal may go from its stage, to choose with the keyboard or a thumb."""
    found = open_deal(actor=actor_of(request), deal_id=deal_id)
    spec, stage = engine.spec_and_stage(found.run)
    ways = [(key, processes.stage_name(spec, key), True) for key in stage.next]
    ways += [(key, processes.stage_name(spec, key), False) for key in reversed(stage.back)]
    template = "deals/moves_dialog.html" if is_part(request) else "deals/moves.html"
    return render(request, template, {"deal": found, "stage": stage, "ways": ways, "from": request.GET.get("from", "")})


def deal_advance(request: HttpRequest, deal_id: int) -> HttpResponse:
    """Do what the gate's form was filled with, and move the deal on; what is refused is shown with what was typed."""
    actor, to = actor_of(request), request.POST.get("to") or request.GET.get("to") or None
    if request.method != "POST":
        return deal_gate(request, deal_id)
    found = crm.deal(actor, deal_id)
    try:
        outcome = fulfil(Sent(actor, found, to, request))
    except Refusal as refusal:
        outcome = Outcome(refusal=refusal)
    if outcome.refusal:
        return moving.show_gate(request, actor, deal_id, to, outcome)
    return moving.after_move(request, actor, found, outcome)


def deal_step(request: HttpRequest, deal_id: int, step: str, key: str | int = "") -> HttpResponse:
    """Ask for what a step needs, or take it."""
    try:
        call = Call(actor_of(request), crm.deal(actor_of(request), deal_id), request, str(key))
    except NotFound:
        # an approver sees the deal only while they are asked: whoever came from a list of questions is told there
        if not (STEPS[step].asked and (request.POST.get("next") or request.GET.get("next"))):
            raise
        messages.warning(request, str(NoSuchApproval()))
        return _leave(request, redirect(back(request)))
    try:
        if request.method != "POST":
            return _step_form(call, step, STEPS[step].inputs(call))
        STEPS[step].act(call)
    except GONE as gone:
        messages.warning(request, str(gone))
        return _leave_step(call)
    except Refusal as refusal:
        return _step_form(call, step, kept(STEPS[step].inputs(call), call, refusal), refusal)
    messages.success(request, STEPS[step].said, extra_tags=STEPS[step].undo(call))
    return _leave_step(call)


@require_POST
def deal_transfer_back(request: HttpRequest) -> HttpResponse:
    """Give a deal back to whose it was: the message about the transfer says which, from whom and to whom."""
    actor, way = actor_of(request), [whole(part) for part in request.POST.get("way", "").split(":")]
    if len(way) != 3 or None in way:
        raise NotFound()
    deal_id, before, now = (part or 0 for part in way)
    found = crm.deal(actor, deal_id)
    if found.owner_id != now:
        raise ChangedSince()
    note, seen = gettext("Undone"), found.run.revision
    transfer_deal(actor=actor, deal_id=deal_id, owner_id=before, note=note, seen_version=seen, is_undo=True)
    messages.success(request, gettext("“%(deal)s” is back with its owner.") % {"deal": found.name})
    answer: HttpResponse = moving.go_on(request, actor, deal_id)
    return answer


def _leave_step(call: Call) -> HttpResponse:
    return _leave(call.request, moving.go_on(call.request, call.actor, call.deal.pk))


def _leave(request: HttpRequest, answer: Any) -> HttpResponse:
    return HttpResponse(headers={"HX-Redirect": answer.url}) if is_part(request) else answer


def _step_form(call: Call, step: str, inputs: list[Input], refusal: Refusal | None = None) -> HttpResponse:
    try:
        note_pool_view(actor=call.actor, record=call.deal)
    except PoolViewsUsedUp as used_up:
        raise refusal or used_up from None
    action = asking.action_of(call) if step == "action" else None
    context = {
        "deal": call.deal,
        "step": STEPS[step],
        "warning": STEPS[step].warns(call),
        "asked": asked(call) if (asked := STEPS[step].asked) else None,
        "title": action.name if action else STEPS[step].title,
        "action": action,
        "proof": asking.proof(call, action) if action else "",
        "step_name": step,
        "inputs": inputs,
        "refusal": refusal,
        "is_at_field": any(row.error for row in inputs),
        "has_file": any(row.kind == "file" for row in inputs),
        "next": call.request.POST.get("next") or call.request.GET.get("next", ""),
    }
    template = "deals/step_dialog.html" if is_part(call.request) else "deals/step.html"
    return render(call.request, template, context, status=refusal.status if refusal else 200)
