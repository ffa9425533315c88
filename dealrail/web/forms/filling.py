"""Filling a form in for a deal or a customer, and reading what was filled in."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotFound
from dealrail.activities import policy as activities_policy
from dealrail.activities import queries as activities
from dealrail.activities.actions.sop import Answers, complete_action
from dealrail.activities.errors import ActionAlreadyDone, CustomerNeeded
from dealrail.core.errors import Refusal
from dealrail.core.uploads import MEGABYTE, kept_at
from dealrail.crm import queries as crm
from dealrail.crm.actions.pools import open_deal, open_subject
from dealrail.forms import policy, queries
from dealrail.forms.actions.filling import fill_form, withdraw_record
from dealrail.forms.engine import Questions, answer_name, answers_so_far, file_limits, standing, with_results
from dealrail.forms.errors import WithdrawnWithoutReason
from dealrail.forms.rules import FILES, FORMULA, LINK_MOST_FILES, MOST_FILES, PREFIX
from dealrail.process import engine
from dealrail.web.added import Linking, default_text, field_fact, field_input
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


def inputs_of(actor: Actor, questions: Sequence[Mapping[str, Any]], *, by_link: bool = False) -> list[Input]:
    """The inputs for the questions that this reader is asked, and the formulas whose results they are shown."""
    asked, laid_out = Questions(actor, "form", questions), queries.questions_laid_out(actor, questions)
    return [_file_input(row, by_link) if row["type"] in FILES else _input(asked, row) for row in laid_out]


def _input(asked: Questions, question: Mapping[str, Any]) -> Input:
    field = queries.as_field(question)
    return replace(field_input(field), name=answer_name(question["key"]), value=default_text(asked, field))


def _file_input(question: Mapping[str, Any], by_link: bool) -> Input:
    _kinds, largest = file_limits(question["type"], by_link=by_link)
    most = LINK_MOST_FILES if by_link else MOST_FILES
    limits = gettext("Up to %(most)s, each of at most %(megabytes)s MB.") % {
        "most": most,
        "megabytes": largest // MEGABYTE,
    }
    help_ = f"{question['help']} {limits}".strip()
    return Input(answer_name(question["key"]), question["name"], question["type"], help=help_)


def words_sent(request: HttpRequest, inputs: Sequence[Input]) -> dict[str, Any]:
    """What was answered in words; a question for files without any comes as an empty text, which is none."""
    return typed(request.POST, [row for row in inputs if row.kind not in FILES])


def files_sent(request: HttpRequest, inputs: Sequence[Input]) -> dict[str, list[Any]]:
    """The files that were chosen for each question, by its key."""
    return {
        row.name.removeprefix(PREFIX): request.FILES.getlist(row.name) for row in inputs if row.name in request.FILES
    }


@dataclass(frozen=True)
class Asked:
    """A form on its page: `back` is the page of the deal or customer that it is filled in for.

    `action` is what it is the evidence of, if anything, and `proof` a record of it from this stage.
    """

    form: Any
    subject: Any
    back: str
    action: Any = None
    proof: Any = None


def form_fill(request: HttpRequest, about: str, subject_id: int, key: str) -> HttpResponse:
    """Fill a form in. `look` shows it again by the answers given so far, without keeping any."""
    actor, form = actor_of(request), queries.form(key)
    if about not in FIND:
        raise NotFound()
    which: dict[str, Any] = {f"{about}_id": subject_id}
    open_subject(actor=actor, **which)
    subject = FIND[about](actor, subject_id)
    policy.require_can_fill(actor, subject)
    policy.require_offered(form, about)
    asked = Asked(form, subject, reverse(about, args=[subject_id]))

    def save(answers: Answers) -> str:
        fill_form(
            actor=actor,
            key=key,
            answers=answers.given,
            files=answers.files,
            seen_version=answers.seen_version,
            **which,
        )
        return f"{asked.back}#forms"

    return _filling(request, asked, save)


def action_form(request: HttpRequest, deal_id: int, key: str) -> HttpResponse:
    """Do an SOP action by filling in the form that is its evidence, or with what was filled in in this stage."""
    actor = actor_of(request)
    deal = open_deal(actor=actor, deal_id=deal_id)
    spec, _stage = engine.spec_and_stage(deal.run)
    action = spec.action(key)
    if action is None or action.evidence != "form":
        raise NotFound()
    activities_policy.require_can_record(actor, deal)
    form = queries.form(action.form)
    policy.require_offered(form, form.about)
    if request.method != "POST" and activities.is_done(deal, key):
        raise ActionAlreadyDone(action=action.name)
    if form.about == "customer" and deal.customer_id is None:
        raise CustomerNeeded(action=action.name)
    proof = queries.filled_in_stage(deal, form.key).first()
    asked = Asked(form, deal, reverse("deal", args=[deal_id]), action, proof)

    def save(answers: Answers) -> str:
        given = None if "proof" in request.POST else answers
        record_id = whole(request.POST.get("proof"))
        complete_action(actor=actor, deal_id=deal_id, action=key, answers=given, form_record_id=record_id)
        return asked.back

    return _filling(request, asked, save)


def _filling(request: HttpRequest, asked: Asked, save: Callable[[Answers], str]) -> HttpResponse:
    """Show the form, or keep what was filled in and go on to where `save` says."""
    actor = actor_of(request)
    inputs = inputs_of(actor, queries.version(asked.form).questions)
    if request.method != "POST":
        return _page(request, asked, {row.name: row.value for row in inputs})
    values = words_sent(request, inputs)
    if "look" in request.POST:
        return _page(request, asked, values)
    given = {name.partition(".")[2]: value for name, value in values.items()}
    answers = Answers(given, whole(request.POST.get("version")), files_sent(request, inputs))
    try:
        address = once(request, actor, lambda: save(answers))
    except Refusal as refusal:
        return _page(request, asked, values, refusal)
    messages.success(request, gettext("“%(name)s” is filled in.") % {"name": asked.form.name})
    return redirect(address)


def _page(
    request: HttpRequest, asked: Asked, values: Mapping[str, Any], refusal: Refusal | None = None
) -> HttpResponse:
    form = asked.form
    context = {
        "form": form,
        "version": form.published,
        "asked": asked,
        "inputs": shown_inputs(actor_of(request), form, queries.version(form).questions, values, refusal),
        "refusal": refusal,
        "key": new_key(),
    }
    return render(request, "forms/fill.html", context, status=refusal.status if refusal else 200)


def shown_inputs(
    actor: Actor,
    form: Any,
    questions: Any,
    values: Mapping[str, Any],
    refusal: Refusal | None = None,
    *,
    by_link: bool = False,
) -> list[Input]:
    """The inputs that the rules show by what was answered so far; with a star where they require an answer."""
    answers = answers_so_far(questions, values, actor)
    found = standing(form, questions, answers, actor)
    results = _results(actor, questions, with_results(questions, answers, found.hidden))
    rows = {answer_name(row["key"]): row["key"] for row in questions}
    shown = [
        replace(row, required=rows[row.name] in found.required)
        for row in inputs_of(actor, questions, by_link=by_link)
        if rows[row.name] not in found.hidden
    ]
    return filled(shown, {**values, **results}, refusal)


def _results(actor: Actor, questions: Any, answers: dict[str, Any]) -> dict[str, str]:
    """What the formulas make of the answers so far, in words, by the names of their inputs."""
    formulas = [queries.as_field(row) for row in questions if row["type"] == FORMULA]
    return {
        answer_name(field.key): field_fact(field, crm.custom_words(actor, Linking(answers), field))
        for field in formulas
    }


@require_safe
def form_record(request: HttpRequest, record_id: int) -> HttpResponse:
    """What was answered, with the questions of its day."""
    return _record_page(request, record_id)


@require_POST
def form_withdraw(request: HttpRequest, record_id: int) -> HttpResponse:
    """Let what was filled in count no more."""
    try:
        withdraw_record(actor=actor_of(request), record_id=record_id, reason=request.POST.get("reason", ""))
    except WithdrawnWithoutReason as refusal:
        return _record_page(request, record_id, refusal)
    messages.success(request, gettext("It is withdrawn, and stays to be read."))
    return redirect("form_record", record_id)


def _record_page(request: HttpRequest, record_id: int, refusal: Refusal | None = None) -> HttpResponse:
    actor = actor_of(request)
    found = queries.record(actor, record_id)
    open_subject(actor=actor, deal_id=found.deal_id, customer_id=found.customer_id)
    files = queries.files_seen(actor, [found])[found.pk]
    answers = [
        (field.name, field_fact(field, words), [file for file in files if file.question == field.key])
        for field, words in queries.answers(actor, found)
    ]
    asked = [Input("reason", gettext("Reason"), required=True)]
    context = {
        "record": found,
        "answers": answers,
        "may_withdraw": found.withdrawn_at is None and policy.may_withdraw(actor, found),
        "inputs": filled(asked, typed(request.POST, asked), refusal),
        "refusal": refusal,
    }
    return render(request, "forms/record.html", context, status=refusal.status if refusal else 200)


@require_safe
def form_file(request: HttpRequest, file_id: int) -> FileResponse:
    """A file that answers a question; always a download, whatever is in it. Pictures are shown by the record's page."""
    actor = actor_of(request)
    found = queries.record_file(actor, file_id)
    open_subject(actor=actor, deal_id=found.record.deal_id, customer_id=found.record.customer_id)
    content = kept_at(found.file).open("rb")
    return FileResponse(content, as_attachment=True, filename=found.name, content_type=found.media_type)
