"""Filling a form in for a deal or a customer, and reading what was filled in."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotFound
from dealrail.core.errors import Refusal
from dealrail.crm import queries as crm
from dealrail.crm.actions.pools import open_subject
from dealrail.forms import policy, queries
from dealrail.forms.actions.filling import fill_form
from dealrail.forms.engine import answer_name, answers_so_far, standing
from dealrail.forms.errors import FormNotOffered
from dealrail.web.added import field_fact, field_input
from dealrail.web.inputs import Input, filled, typed, whole
from dealrail.web.once import new_key, once
from dealrail.web.signed_in import actor_of

FIND: dict[str, Callable[[Actor, int], Any]] = {"deal": crm.deal, "customer": crm.customer}


@dataclass(frozen=True)
class FormsOf:
    """What was filled in for a record, and the forms that the reader may fill in there."""

    about: str
    record: Any
    rows: Sequence[Any]
    offered: Sequence[Any]
    links: Sequence[Any]


def forms_of(actor: Actor, about: str, record: Any) -> FormsOf:
    """The forms of a deal or a customer, the latest first, and the links by which others fill them in."""
    rows = (queries.records_of_deal if about == "deal" else queries.records_of_customer)(record.pk)
    may_fill = policy.may_fill(actor, record)
    offered = list(queries.offered(about)) if may_fill else []
    links = list(queries.links_about(**{f"{about}_id": record.pk})) if offered else []
    return FormsOf(about, record, list(rows[:SHOWN]), offered, links)


SHOWN = 30


def inputs_of(actor: Actor, questions: Sequence[Mapping[str, Any]]) -> list[Input]:
    """The inputs for the questions that this reader is asked."""
    asked = queries.questions_filled(actor, questions)
    return [replace(field_input(queries.as_field(row)), name=answer_name(row["key"])) for row in asked]


def form_fill(request: HttpRequest, about: str, subject_id: int, key: str) -> HttpResponse:
    """Fill a form in. `look` shows it again by the answers given so far, without keeping any."""
    actor, form = actor_of(request), queries.form(key)
    if about not in FIND:
        raise NotFound()
    which: dict[str, Any] = {f"{about}_id": subject_id}
    open_subject(actor=actor, **which)
    subject = FIND[about](actor, subject_id)
    policy.require_can_fill(actor, subject)
    if not form.published or not form.is_active or form.about != about:
        raise FormNotOffered(form=form.name)
    inputs = inputs_of(actor, queries.version(form).questions)
    if request.method != "POST":
        return _page(request, form, subject, {row.name: row.value for row in inputs})
    values = typed(request.POST, inputs)
    if "look" in request.POST:
        return _page(request, form, subject, values)
    answers = {name.partition(".")[2]: value for name, value in values.items()}
    seen = whole(request.POST.get("version"))

    def save() -> str:
        fill_form(actor=actor, key=key, answers=answers, seen_version=seen, **which)
        return reverse(about, args=[subject_id])

    try:
        address = once(request, actor, save)
    except Refusal as refusal:
        return _page(request, form, subject, values, refusal)
    messages.success(request, gettext("“%(name)s” is filled in.") % {"name": form.name})
    return redirect(f"{address}#forms")


def _page(
    request: HttpRequest, form: Any, subject: Any, values: Mapping[str, Any], refusal: Refusal | None = None
) -> HttpResponse:
    context = {
        "form": form,
        "version": form.published,
        "subject": subject,
        "inputs": shown_inputs(actor_of(request), form, queries.version(form).questions, values, refusal),
        "refusal": refusal,
        "key": new_key(),
    }
    return render(request, "forms/fill.html", context, status=refusal.status if refusal else 200)


def shown_inputs(
    actor: Actor, form: Any, questions: Any, values: Mapping[str, Any], refusal: Refusal | None = None
) -> list[Input]:
    """The inputs that the rules show by what was answered so far; with a star where they require an answer."""
    found = standing(form, questions, answers_so_far(questions, values, actor), actor)
    rows = {answer_name(row["key"]): row["key"] for row in questions}
    shown = [
        replace(row, required=rows[row.name] in found.required)
        for row in inputs_of(actor, questions)
        if rows[row.name] not in found.hidden
    ]
    return filled(shown, values, refusal)


@require_safe
def form_record(request: HttpRequest, record_id: int) -> HttpResponse:
    """What was answered, with the questions of its day."""
    actor = actor_of(request)
    found = queries.record(actor, record_id)
    open_subject(actor=actor, deal_id=found.deal_id, customer_id=found.customer_id)
    answers = [(field.name, field_fact(field, words)) for field, words in queries.answers(actor, found)]
    return render(request, "forms/record.html", {"record": found, "answers": answers})
