"""The questions of a form: added, changed, moved, taken out, and their rules."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from dealrail.accounts import policy
from dealrail.accounts.errors import NotFound
from dealrail.core.errors import Refusal
from dealrail.core.problems import FieldsRefused, problems_of
from dealrail.forms import queries
from dealrail.forms.actions.making import LABELS, change_form
from dealrail.forms.rules import FILES, RULES, moved
from dealrail.process.permissions import PROCESS_PUBLISH
from dealrail.web.deals.reading import is_part
from dealrail.web.forms.rules import Answered
from dealrail.web.inputs import Input, filled, typed, whole
from dealrail.web.lists import known
from dealrail.web.lists.building import Builder, faults
from dealrail.web.lists.operators import PERIODS
from dealrail.web.settings.fields import access_shown, access_typed, described, field_inputs
from dealrail.web.signed_in import actor_of

Question = dict[str, Any]
_OF_RECORDS = {"unique", "searchable", "is_active"}


def _inputs(question: Any = None) -> list[Input]:
    """What a field asks for, without what only fields of records know."""
    hidden = _OF_RECORDS | ({"default"} if question and question.type in FILES else set())
    rows = [row for row in field_inputs(question) if row.name not in hidden]
    types = tuple(queries.question_types())
    return [replace(row, options=types) if row.name == "type" else row for row in rows]


def _found(request: HttpRequest, key: str, question: str = "") -> tuple[Any, int]:
    """A form that one may change, and the place of a question in it. Refuses with NotAllowed or NotFound."""
    policy.require(actor_of(request), PROCESS_PUBLISH)
    form = queries.form(key)
    keys = [row["key"] for row in form.questions]
    if question and question not in keys:
        raise NotFound()
    return form, keys.index(question) if question else len(keys)


def _keep(request: HttpRequest, form: Any, questions: Sequence[Mapping[str, Any]]) -> None:
    """Save the questions; what is wrong with one is told by the names of its inputs."""
    seen = whole(request.POST.get("seen"))
    try:
        change_form(actor=actor_of(request), key=form.key, fields={"questions": questions}, seen_revision=seen)
    except FieldsRefused as refusal:
        rows = [{**row, "field": row["field"].rpartition(".")[2]} for row in problems_of(refusal)]
        raise FieldsRefused(problems=rows) from refusal


def question_new(request: HttpRequest, key: str) -> HttpResponse:
    """Add a question at the end."""
    form, _place = _found(request, key)
    if request.method != "POST":
        return _form(request, form, None, {})
    values = _typed(request)
    try:
        _keep(request, form, [*form.questions, described(values)])
    except Refusal as refusal:
        return _form(request, form, None, values, refusal)
    return redirect("form", key)


def question_change(request: HttpRequest, key: str, question: str) -> HttpResponse:
    """Change what a question asks; its key and type stay."""
    form, place = _found(request, key, question)
    now = form.questions[place]
    field = queries.as_field(now)
    if request.method != "POST":
        return _form(request, form, now, queries.question_told(now, form.questions))
    values = _typed(request, field)
    wanted = described(values)
    rows = [*form.questions]
    rows[place] = {**now, **wanted, "access": {**now["access"], **wanted.get("access", {})}}
    try:
        _keep(request, form, rows)
    except Refusal as refusal:
        return _form(request, form, now, values, refusal)
    return redirect("form", key)


def _typed(request: HttpRequest, question: Any = None) -> Question:
    return {**typed(request.POST, _inputs(question)), **access_typed(request.POST)}


@require_POST
def question_move(request: HttpRequest, key: str, question: str) -> HttpResponse:
    """Put a question at another place; rules go on asking about those before it only."""
    form, place = _found(request, key, question)
    steps = {"up": place - 1, "down": place + 1}
    to = steps.get(request.POST.get("to", ""), whole(request.POST.get("place")))
    by_key = {row["key"]: row for row in form.questions}
    order = moved(list(by_key), question, place if to is None else to)
    return _kept(request, form, [by_key[one] for one in order])


@require_POST
def question_remove(request: HttpRequest, key: str, question: str) -> HttpResponse:
    """Take a question out; what was answered to it stays with its version."""
    form, place = _found(request, key, question)
    return _kept(request, form, [row for number, row in enumerate(form.questions) if number != place])


def _kept(request: HttpRequest, form: Any, questions: Sequence[Mapping[str, Any]]) -> HttpResponse:
    """Save another order or choice of the questions, or say on the page of the form why it can't be."""
    try:
        _keep(request, form, questions)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect("form", form.key)


def question_rule(request: HttpRequest, key: str, question: str, rule: str) -> HttpResponse:
    """Say when a question is shown, or required: by the answers to those before it."""
    form, place = _found(request, key, question)
    if rule not in RULES:
        raise NotFound()
    offered, was = Answered(form.questions[:place]), form.questions[place][rule]
    if request.method != "POST":
        return _rule(request, form, place, rule, known.opened(offered, was))
    builder = known.typed(offered, request.POST, was)
    if {"look", "drop"} & set(request.POST):
        return _rule(request, form, place, rule, builder)
    rows = [*form.questions]
    rows[place] = {**rows[place], rule: known.written(offered, builder, was)}
    try:
        if wrong := faults(builder, offered):
            raise FieldsRefused(problems=wrong)
        _keep(request, form, rows)
    except Refusal as refusal:
        return _rule(request, form, place, rule, builder, refusal)
    address = reverse("form", args=[key])
    return HttpResponse(headers={"HX-Redirect": address}) if is_part(request) else redirect(address)


def _rule(
    request: HttpRequest, form: Any, place: int, rule: str, builder: Builder, refusal: Refusal | None = None
) -> HttpResponse:
    context = {
        "form": form,
        "question": form.questions[place],
        "rule": LABELS[rule],
        "builder": builder,
        "periods": PERIODS,
        "refusal": refusal,
    }
    return render(request, "forms/rule.html", context, status=refusal.status if refusal else 200)


def _form(
    request: HttpRequest, form: Any, question: Any, values: Mapping[str, Any], refusal: Refusal | None = None
) -> HttpResponse:
    field = queries.as_field(question) if question else None
    context = {
        "form": form,
        "question": question,
        "type": dict(queries.question_types())[question["type"]] if question else "",
        "inputs": filled(_inputs(field), values, refusal),
        **access_shown(question["access"] if question else {}, values, refusal),
        "refusal": refusal,
    }
    return render(request, "forms/question.html", context, status=refusal.status if refusal else 200)
