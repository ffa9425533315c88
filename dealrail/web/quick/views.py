"""Creating something from wherever one is, in a dialog or on a page; then one is where one was."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from dealrail.accounts.errors import NotFound
from dealrail.core.errors import Refusal
from dealrail.web.account.views import back
from dealrail.web.deals.nowhere import nowhere_to_start
from dealrail.web.deals.reading import field_of, is_part
from dealrail.web.inputs import filled, texts
from dealrail.web.quick.kinds import KINDS, require, values_of
from dealrail.web.signed_in import actor_of


def quick(request: HttpRequest, what: str) -> HttpResponse:
    """Ask for what a new thing needs, or create it; refuse with NotFound what can't be created here."""
    actor = actor_of(request)
    if (kind := KINDS.get(what)) is None:
        raise NotFound()
    require(actor, kind)
    if request.method != "POST":
        return _form(request, what)
    try:
        made = kind.act(actor, values_of(request, kind.inputs(request, actor)))
    except Refusal as refusal:
        return _form(request, what, refusal)
    messages.success(request, kind.said, extra_tags=f"open:{kind.page(made)}")
    answer = redirect(back(request))
    return HttpResponse(headers={"HX-Redirect": answer.url}) if is_part(request) else answer


def _form(request: HttpRequest, what: str, refusal: Refusal | None = None) -> HttpResponse:
    inputs = KINDS[what].inputs(request, actor_of(request))
    if refusal:
        refusal.params["field"] = field_of(refusal)
        inputs = filled(inputs, texts(request.POST), refusal)
    context = {
        "kind": KINDS[what],
        "what": what,
        "inputs": inputs,
        "refusal": refusal,
        "nowhere": nowhere_to_start(actor_of(request)) if what == "deal" else None,
        "next": request.POST.get("next") or request.GET.get("next", ""),
    }
    template = "quick/dialog.html" if is_part(request) else "quick/page.html"
    return render(request, template, context, status=refusal.status if refusal else 200)
