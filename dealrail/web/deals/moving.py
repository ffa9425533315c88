"""Answers to a move: the gate's form while something is left, then the board's changed parts or the next page."""

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from dealrail.accounts.actor import Actor
from dealrail.core.texts import listed
from dealrail.crm import queries as crm
from dealrail.crm.actions.deals import AwaitingApproval, Moved
from dealrail.crm.actions.pools import open_deal
from dealrail.process import engine
from dealrail.process import queries as processes
from dealrail.process.errors import GateBlocked
from dealrail.process.rules import END
from dealrail.web.account.views import back
from dealrail.web.board.cards import cards
from dealrail.web.board.columns import heads, on_board
from dealrail.web.deals.fulfilling import Outcome
from dealrail.web.deals.gates import gate_form
from dealrail.web.deals.reading import is_part
from dealrail.web.inputs import texts

FROM_BOARD = "board"


def show_gate(request: HttpRequest, actor: Actor, deal_id: int, to: str | None, outcome: Outcome) -> HttpResponse:
    """The gate's form with what was typed and what was refused, as a dialog or as a page."""
    if _was_dragged(request, outcome) and not isinstance(outcome.refusal, GateBlocked):
        return _refused_drag(request, actor, deal_id, outcome)
    form = gate_form(
        actor,
        open_deal(actor=actor, deal_id=deal_id),
        to,
        typed=texts(request.POST),
        done=outcome.done,
        refused=outcome.refused,
        refusal=outcome.refusal,
        saved=len(outcome.done - {""}),
    )
    status = outcome.refusal.status if outcome.refusal else 200
    came = request.POST.get("from") or request.GET.get("from", "")
    context = {"form": form, "from": came, "deal": form.deal, "refusal": outcome.refusal}
    context["at"] = request.GET.get("at", "")
    context["stale"] = bool(outcome.done) and came != FROM_BOARD
    if came == FROM_BOARD and is_part(request) and outcome.refusal:
        context |= changed_parts(request, actor, form.deal, set())
    template = "deals/gate_dialog.html" if is_part(request) else "deals/gate.html"
    return render(request, template, context, status=status)


def _was_dragged(request: HttpRequest, outcome: Outcome) -> bool:
    """A card was dropped, and no form was filled in."""
    return is_part(request) and bool(
        outcome.refusal and request.POST.get("from") == FROM_BOARD and "dialog" not in request.POST
    )


def _refused_drag(request: HttpRequest, actor: Actor, deal_id: int, outcome: Outcome) -> HttpResponse:
    """Only a word, and the card as it is now: no form would help, and the deal may stand elsewhere by now."""
    deal = crm.deal(actor, deal_id)
    context = {"deal": deal, "refusal": outcome.refusal, **changed_parts(request, actor, deal, set())}
    return render(request, "board/refused.html", context, status=outcome.refusal.status if outcome.refusal else 200)


def after_move(request: HttpRequest, actor: Actor, deal: Any, outcome: Outcome) -> HttpResponse:
    """Say what happened, and show the board's changed parts or the page to go to."""
    messages.success(request, moved_words(outcome.moved))
    if not is_part(request):
        answer: HttpResponse = go_on(request, actor, deal.pk)
        return answer
    if request.POST.get("from") != FROM_BOARD:
        return HttpResponse(headers={"HX-Redirect": go_on(request, actor, deal.pk).url})
    _spec, left = engine.spec_and_stage(deal.run)
    return _board_answer(request, actor, deal.pk, left.key, outcome)


def _board_answer(request: HttpRequest, actor: Actor, deal_id: int, left: str, outcome: Outcome) -> HttpResponse:
    deal = crm.deal(actor, deal_id)
    _spec, stage = engine.spec_and_stage(deal.run)
    answer = render(request, "board/moved.html", changed_parts(request, actor, deal, {left, stage.key}))
    to = END if deal.run.finished_at else stage.key
    waits = isinstance(outcome.moved, AwaitingApproval)
    answer.headers["HX-Trigger"] = json.dumps({"deal-moved": {"deal": deal_id, "to": to}})
    answer.status_code = 202 if waits else 200
    return answer


def changed_parts(request: HttpRequest, actor: Actor, deal: Any, stages: set[str]) -> dict[str, Any]:
    """The card as it is now, and the heads of these columns, narrowed as the board in the browser is."""
    spec = processes.spec_of(processes.current_version(deal.run.version.definition.key).pk)
    params = QueryDict(request.headers.get("HX-Current-URL", "").partition("?")[2])
    under_way = deal.run.state in {"open", "won"} and deal.run.finished_at is None
    shown = [head for head in heads(on_board(actor, spec, params), spec) if head.key in stages] if stages else []
    return {"card": cards(actor, [deal])[0] if under_way else None, "heads": shown}


def moved_words(result: Any) -> str:
    """What a move came to, in a sentence."""
    if isinstance(result, AwaitingApproval):
        who = listed(person.name for request in result.requests for person in request.waits_for)
        return _("All is done; now %(who)s is asked for approval.") % {"who": who}
    if not isinstance(result, Moved):
        return _("Saved.")
    if result.to == END:
        return _("The process is finished.")
    name = processes.stage_name(processes.spec_of(result.deal.run.version_id), result.to)
    return _("“%(deal)s” is now in “%(stage)s”.") % {"deal": result.deal.name, "stage": name}


def go_on(request: HttpRequest, actor: Actor, deal_id: int) -> Any:
    """Back to where the form was sent from, else to the deal; to the first page when it is no longer visible."""
    if not crm.deals(actor).filter(pk=deal_id).exists():
        return redirect("home")
    came = request.POST.get("next") or request.GET.get("next")
    return redirect(back(request)) if came else redirect("deal", deal_id)
