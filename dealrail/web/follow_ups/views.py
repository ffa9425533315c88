"""Writing a follow-up: on a page, in a dialog, or from a script that may send it later."""

import json

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from dealrail.accounts.actor import Actor
from dealrail.activities import queries as activities
from dealrail.activities.actions.activities import record_activity
from dealrail.activities.actions.attachments import attach_file
from dealrail.activities.errors import NothingToFollow
from dealrail.core.errors import Refusal
from dealrail.crm.actions.pools import note_pool_view
from dealrail.web.account.views import back
from dealrail.web.deals.reading import field_of, is_part
from dealrail.web.follow_ups import reading
from dealrail.web.follow_ups.about import About, any_deal, customer_about, deal_about
from dealrail.web.follow_ups.form import follow_up_form
from dealrail.web.inputs import whole
from dealrail.web.once import SAVED, once
from dealrail.web.signed_in import actor_of
from dealrail.web.today.rows import deals_to_follow

JSON = "application/json"
MOST_DEALS = 200


def deal_follow_up(request: HttpRequest, deal_id: int) -> HttpResponse:
    """Write a follow-up on a deal."""
    return _write(request, deal_about(actor_of(request), deal_id))


def customer_follow_up(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Write a follow-up on a customer, without a deal."""
    return _write(request, customer_about(actor_of(request), customer_id))


def follow_up_any(request: HttpRequest) -> HttpResponse:
    """Write a follow-up on a deal chosen in the form; a phone keeps this page for times without network."""
    actor = actor_of(request)
    if (deal_id := whole(request.POST.get("deal", ""))) is not None:
        return _write(request, deal_about(actor, deal_id))
    about = any_deal(deals_to_follow(actor, most=MOST_DEALS))
    return _refused(request, about, NothingToFollow()) if request.method == "POST" else _form(request, about)


@never_cache
@login_not_required
def pass_for_sending(request: HttpRequest) -> JsonResponse:
    """Who is logged in, and a fresh token to send with; nobody's answer is 401."""
    if not request.user.is_authenticated:
        return JsonResponse({"user": None}, status=401)
    return JsonResponse({"user": request.user.pk, "token": get_token(request)})


def _write(request: HttpRequest, about: About) -> HttpResponse:
    actor = actor_of(request)
    if request.method != "POST":
        return _form(request, about, text=_chosen_text(actor, request.GET.get("text", "")))
    try:
        saved = once(request, actor, lambda: _save(request, actor, about))
    except Refusal as refusal:
        return _refused(request, about, refusal)
    if not request.headers.get("X-Sent-Later"):
        messages.success(request, _("Follow-up saved."))
    if _wants_json(request):
        return JsonResponse({**json.loads(saved), "address": _onward(request, about)}, status=SAVED)
    if is_part(request):
        return HttpResponse(headers={"HX-Redirect": _onward(request, about)})
    return redirect(_onward(request, about))


@transaction.atomic
def _save(request: HttpRequest, actor: Actor, about: About) -> str:
    """The follow-up with its files, or neither."""
    made = record_activity(actor=actor, **about.subject, **reading.follow_up(request.POST))
    for file in reading.files(request):
        attach_file(actor=actor, file=file, activity_id=made.pk, **about.subject)
    return json.dumps({"activity": made.pk})


def _refused(request: HttpRequest, about: About, refusal: Refusal) -> HttpResponse:
    if not _wants_json(request):
        return _form(request, about, refusal=refusal)
    said = {"said": str(refusal), "field": field_of(refusal), "code": refusal.code}
    return JsonResponse(said, status=refusal.status)


def _form(request: HttpRequest, about: About, *, text: str = "", refusal: Refusal | None = None) -> HttpResponse:
    actor = actor_of(request)
    if about.record is not None:
        note_pool_view(actor=actor, record=about.record)
    typed = request.POST if refusal else None
    context = {
        "about": about,
        "follow_up": follow_up_form(actor, about, typed, text=text, refusal=refusal),
        "next": request.POST.get("next") or request.GET.get("next", ""),
    }
    template = "follow_ups/dialog.html" if is_part(request) else "follow_ups/page.html"
    return render(request, template, context, status=refusal.status if refusal else 200)


def _chosen_text(actor: Actor, text_id: str) -> str:
    known = whole(text_id)
    found = activities.text_templates(actor).filter(pk=known).first() if known else None
    return found.text if found else ""


def _onward(request: HttpRequest, about: About) -> str:
    return back(request) if request.POST.get("next") else about.page


def _wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept") == JSON
