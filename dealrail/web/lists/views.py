"""The lists: one page for all of them, the choice of columns, the filter builder, sheets."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone

from dealrail.core.errors import Refusal
from dealrail.core.filters import BadFilter, compile_filter, read_filter
from dealrail.core.problems import FieldsRefused
from dealrail.web.bulk.bar import bar_steps
from dealrail.web.exports.sheets import records_answer
from dealrail.web.lists import building, page
from dealrail.web.lists.deals import behind_figure
from dealrail.web.lists.filters import address
from dealrail.web.lists.kinds import Look, kind_of
from dealrail.web.lists.operators import PERIODS
from dealrail.web.saved_views.menu import standard_address, view_menu
from dealrail.web.signed_in import actor_of


def records(request: HttpRequest, kind: str) -> HttpResponse:
    """The records of a kind that one may see, narrowed by the address."""
    if standard := standard_address(actor_of(request), kind, request.GET):
        return redirect(standard)
    return list_answer(request, look_of(request, kind))


def look_of(request: HttpRequest, kind: str) -> Look:
    """A list as the address asks for it; refuse with NotFound."""
    found = kind_of(kind)
    is_bare = request.GET.dict() in ({}, {"view": "none"})
    return Look(found, actor_of(request), QueryDict(found.start) if is_bare else request.GET)


def list_answer(request: HttpRequest, look: Look, refusal: Refusal | None = None) -> HttpResponse:
    """The page of a list, with what was refused on it."""
    context = {**page.list_page(look), "refusal": refusal, "figure": behind_figure(look.params)}
    context["views"] = view_menu(look.actor, look.kind.key, look.params)
    runs = [run for line in context["lines"] if (run := getattr(line.record, "run", None))]
    shown = {run.version.definition.key for run in runs}
    typed = request.POST if refusal else None
    steps = bar_steps(look.actor, look.kind.key, look.params, typed, refusal, shown=shown)
    ticked = set(request.POST.getlist("record")) if refusal else set()
    context |= {"bulk_steps": steps, "may_bulk": bool(steps) or context["may_export"], "ticked": ticked}
    context["all_ticked"] = bool(ticked or refusal) and request.POST.get("all") == "1"
    return render(request, "lists/list.html", context, status=refusal.status if refusal else 200)


def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The same records as a sheet."""
    look = look_of(request, kind)
    return records_answer(request, look.actor, kind, look.rows.order_by("pk"))


def columns(request: HttpRequest, kind: str) -> HttpResponse:
    """Choose the columns of a list and their order; without scripts each move is a step of its own."""
    look = look_of(request, kind)
    if request.method == "POST" and not {"up", "down"} & set(request.POST):
        ticked = [] if "reset" in request.POST else request.POST.getlist("col")
        return _to_list(request, look, cols=",".join(ticked))
    choices = page.reordered(look, request.POST) if request.method == "POST" else page.column_choices(look)
    return _dialog(request, look, "columns", choices=choices)


def filter_builder(request: HttpRequest, kind: str) -> HttpResponse:
    """Put a filter together: rows come and go, a changed field gets its own control, and what is right is applied."""
    look = look_of(request, kind)
    offered = building.Offered(look)
    if request.method != "POST":
        return _dialog(request, look, "filter", builder=_built(offered, look))
    builder = building.from_form(offered, request.POST, without=request.POST.get("drop", ""))
    if "clear" in request.POST:
        return _to_list(request, look, filter="")
    if "apply" not in request.POST:
        return _dialog(request, look, "filter", builder=builder)
    builder = building.checked(builder, offered, lambda leaf: _check(look, leaf))
    if problems := building.faults(builder, offered):
        return _dialog(request, look, "filter", builder=builder, refusal=FieldsRefused(problems=problems))
    wanted = building.to_filter(builder, offered.fields)
    try:
        _check(look, wanted)
    except BadFilter as refusal:
        return _dialog(request, look, "filter", builder=builder, refusal=refusal)
    return _to_list(request, look, filter=json.dumps(wanted, ensure_ascii=False) if wanted else "")


def _check(look: Look, wanted: dict[str, Any]) -> None:
    """Refuse with BadFilter what the list can't be narrowed by."""
    compile_filter(_within(look, wanted), look.fields, now=timezone.now(), me=look.actor.user_id)


def _built(offered: building.Offered, look: Look) -> building.Builder:
    try:
        return building.from_filter(offered, read_filter(look.params.get("filter", "")))
    except BadFilter:
        return building.from_filter(offered, {})


def _within(look: Look, wanted: dict[str, Any]) -> dict[str, Any]:
    """The filter beside the process that the address names, on which fields may depend."""
    process = look.params.get("process", "")
    named = [{"field": "process", "op": "eq", "value": process}] if process else []
    return {"all": [*named, *([wanted] if wanted else [])]}


def _to_list(request: HttpRequest, look: Look, **changed: str) -> HttpResponse:
    """Back to the list with something in its address changed."""
    href = f"{look.kind.href}?{address(look.params, **changed)}"
    return HttpResponse(headers={"HX-Redirect": href}) if _is_part(request) else redirect(href)


def _dialog(
    request: HttpRequest, look: Look, what: str, *, refusal: Refusal | None = None, **more: Any
) -> HttpResponse:
    """A form about the list: as a dialog for HTMX, else as a page."""
    context = {"kind": look.kind, "what": what, "refusal": refusal, "query": address(look.params), "periods": PERIODS}
    context |= more
    template = "lists/dialog.html" if _is_part(request) else "lists/form_page.html"
    return render(request, template, context, status=refusal.status if refusal else 200)


def _is_part(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"
