"""Links by which somebody without a login fills a form in: made, shut, and the page they lead to."""

import hashlib
from typing import Any

from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from dealrail.accounts import policy
from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotFound
from dealrail.core.errors import Refusal
from dealrail.core.texts import listed
from dealrail.crm import queries as crm
from dealrail.forms import queries, rules
from dealrail.forms.actions.links import LABELS, fill_by_link, make_form_link, make_lead_link, shut_form_link
from dealrail.forms.errors import LinkDead
from dealrail.process import queries as processes
from dealrail.process.permissions import PROCESS_PUBLISH
from dealrail.web.account.views import back
from dealrail.web.forms.filling import FIND, files_sent, inputs_of, shown_inputs, words_sent
from dealrail.web.inputs import Input, filled, options, typed, whole
from dealrail.web.once import LONGEST_KEY, new_key
from dealrail.web.signed_in import actor_of
from dealrail.web.slowing import asks_too_often

# From one address in a minute: each answer asks which questions follow.
MOST_LOOKED, MOST_SENT = 120, 6
# How long the very same page isn't taken twice, in seconds.
SAME_PAGE = 600


# Making and shutting


@require_POST
def record_link_new(request: HttpRequest, about: str, subject_id: int, key: str) -> HttpResponse:
    """Make the link by which a form is filled in for a deal or a customer; its page shows it."""
    if about not in FIND:
        raise NotFound()
    make_form_link(actor=actor_of(request), key=key, **{f"{about}_id": subject_id})
    messages.success(request, gettext("The link is made. Send it to whom you want to fill the form in."))
    if left_out := _left_out(request, queries.form(key)):
        messages.info(request, gettext("The link doesn't ask for: %(questions)s.") % {"questions": listed(left_out)})
    return redirect(f"{reverse(about, args=[subject_id])}#forms")


@require_POST
def form_link_shut(request: HttpRequest, link_id: int) -> HttpResponse:
    """Let a link stop working."""
    shut_form_link(actor=actor_of(request), link_id=link_id)
    messages.success(request, gettext("The link doesn't work any more."))
    return redirect(back(request))


@never_cache
def lead_link_new(request: HttpRequest, key: str) -> HttpResponse:
    """Make a link by which whoever fills the form in becomes a lead."""
    actor, form = actor_of(request), queries.form(key)
    policy.require(actor, PROCESS_PUBLISH)
    inputs = _lead_inputs(form)
    if request.method != "POST":
        return _new(request, form, filled(inputs, {}))
    values = typed(request.POST, inputs)
    owner = values.get("owner", "").strip()
    try:
        make_lead_link(
            actor=actor,
            key=key,
            name=values.get("name", ""),
            process=values.get("process", ""),
            owner_id=people.person(owner).pk if owner else None,
            pool_id=whole(values.get("pool")),
            source=values.get("source", ""),
        )
    except Refusal as refusal:
        return _new(request, form, filled(inputs, values, refusal), refusal)
    messages.success(request, gettext("The link is made."))
    return redirect(f"{reverse('form', args=[key])}#links")


def _left_out(request: HttpRequest, form: Any) -> list[str]:
    """The questions that nobody is asked by a link, as far as the reader sees them."""
    asked = queries.version(form).questions if form.published else []
    return [row["name"] for row in queries.questions_left_out(actor_of(request), asked)]


def _lead_inputs(form: Any) -> list[Input]:
    inputs = [Input("name", LABELS["name"], required=True, help=_("As where it stands: website, brochure, fair."))]
    if form.about == "deal":
        found = [(version.definition.key, version.definition.name) for version in processes.current_versions()]
        inputs.append(Input("process", _("Process"), "select", options=tuple(found), required=True))
    pools = options(((pool.pk, pool.name) for pool in crm.release_pools()), none=_("The default pool"))
    sources = options((row.name, row.name) for row in crm.on_the_list("source"))
    return [
        *inputs,
        Input("owner", _("Owner"), help=_("Name or login of who gets them. Left empty, they lie in a pool.")),
        Input("pool", _("Pool"), "select", options=pools),
        Input("source", LABELS["source"], "select", options=sources),
    ]


def _new(request: HttpRequest, form: Any, inputs: list[Input], refusal: Refusal | None = None) -> HttpResponse:
    context = {"form": form, "inputs": inputs, "refusal": refusal, "left_out": listed(_left_out(request, form))}
    return render(request, "forms/link.html", context, status=refusal.status if refusal else 200)


# Filling in without a login


@login_not_required
@never_cache
def public_form(request: HttpRequest, token: str) -> HttpResponse:
    """Fill a form in by its link. `look` shows it again by the answers given so far, without keeping any."""
    is_sent = request.method == "POST" and "look" not in request.POST
    if asks_too_often(request, "form", MOST_LOOKED) or (is_sent and asks_too_often(request, "form_sent", MOST_SENT)):
        slowed: HttpResponse = ratelimit.respond_429(request)
        return slowed
    try:
        link = queries.link_of(token)
    except LinkDead as refusal:
        return render(request, "forms/public.html", {"refusal": refusal}, status=refusal.status)
    actor = Actor.system(rules.CHANNEL)
    asked = [*_visitor_inputs(link), *inputs_of(actor, queries.version(link.form).questions, by_link=True)]
    values = words_sent(request, asked) if request.method == "POST" else {row.name: row.value for row in asked}
    if not is_sent:
        return _public(request, link, values)
    try:
        _take(request, token, values, files_sent(request, asked), actor)
    except Refusal as refusal:
        return _public(request, link, values, refusal)
    return redirect("public_form_thanks")


@login_not_required
@require_safe
def public_form_thanks(request: HttpRequest) -> HttpResponse:
    """Say that what was filled in has arrived."""
    return render(request, "forms/thanks.html")


def _take(request: HttpRequest, token: str, values: dict[str, Any], files: dict[str, list[Any]], actor: Actor) -> None:
    """Keep what was filled in, once, however often the very same page is sent; what a robot filled in goes nowhere.

    That it was sent is noted in the same transaction, as the cache is a table: a second press waits for the first, and
    is refused like it.
    """
    page = f"{token} {request.POST.get('key', '')[:LONGEST_KEY]}"
    kept = f"form_page:{hashlib.sha256(page.encode()).hexdigest()}"
    with transaction.atomic():
        if request.POST.get("leave_empty") or not cache.add(kept, 1, timeout=SAME_PAGE):
            return
        fill_by_link(
            actor=actor,
            token=token,
            answers={name.partition(".")[2]: text for name, text in values.items() if name.startswith(rules.PREFIX)},
            visitor={name: values.get(name, "") for name in rules.VISITOR},
            seen_version=whole(request.POST.get("version")),
            files=files,
        )


def _visitor_inputs(link: Any) -> list[Input]:
    """What somebody who becomes a lead is asked about themselves."""
    if link.deal_id or link.customer_id:
        return []
    return [
        Input("who", LABELS["who"], required=True),
        Input("phone", LABELS["phone"], "tel", required=True),
        Input("company", LABELS["company"]),
    ]


def _public(request: HttpRequest, link: Any, values: dict[str, Any], refusal: Refusal | None = None) -> HttpResponse:
    questions = queries.version(link.form).questions
    context = {
        "form": link.form,
        "version": link.form.published,
        "visitor": filled(_visitor_inputs(link), values, refusal),
        "inputs": shown_inputs(Actor.system(rules.CHANNEL), link.form, questions, values, refusal, by_link=True),
        "refusal": refusal,
        "key": new_key(),
    }
    return render(request, "forms/public.html", context, status=refusal.status if refusal else 200)
