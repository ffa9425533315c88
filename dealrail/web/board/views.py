"""The board and more of its cards."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from dealrail.accounts import policy
from dealrail.accounts.errors import NotFound
from dealrail.crm import permissions
from dealrail.crm import queries as crm
from dealrail.events import queries as events
from dealrail.web.board import columns
from dealrail.web.board.news import news
from dealrail.web.lists.choices import processes_of_line
from dealrail.web.lists.filters import address, chips, picker
from dealrail.web.lists.kinds import Look, kind_of
from dealrail.web.lists.page import filter_chips, kept
from dealrail.web.saved_views.menu import standard_address, view_menu
from dealrail.web.signed_in import actor_of


def board(request: HttpRequest) -> HttpResponse:
    """Every deal under way of one process, by stage."""
    actor, params = actor_of(request), request.GET
    policy.require(actor, permissions.DEALS_READ)
    if standard := standard_address(actor, "board", params):
        return redirect(standard)
    spec = columns.chosen_process(params)
    pickers = columns.pickers(params)
    stamp = events.last_settled()  # before the cards are read: what changes meanwhile is told twice, not never
    here = address(params, process=spec.key) if spec else ""
    shown = columns.columns(actor, spec, params) if spec else []
    context = {
        "spec": spec,
        "stamp": stamp,
        "query": here,
        "views": view_menu(actor, "board", params),
        "kept": kept(params, {"process", "q", *(one.name for one in pickers)}),
        "filters": filter_chips(Look(kind_of("board"), actor, params)),
        "columns": shown,
        "processes": picker(params, "process", "", [(row.key, row.name) for row in processes_of_line(params)]),
        "pickers": pickers,
        "chips": chips(params, pickers, {}),
        "may_create": actor.may(permissions.DEALS_CREATE),
        "may_import": actor.may(permissions.IMPORTS_RUN),
        "is_bare": not any(column.head.count for column in shown) and not crm.deals(actor).exists(),
    }
    return render(request, "board/board.html", context)


def board_column(request: HttpRequest) -> HttpResponse:
    """More cards of one column: for HTMX the cards alone, else a page with that column."""
    actor = actor_of(request)
    policy.require(actor, permissions.DEALS_READ)
    spec = columns.chosen_process(request.GET)
    if spec is None:
        raise NotFound()
    part = request.headers.get("HX-Request") == "true"
    context = {"column": columns.more_cards(actor, spec, request.GET), "spec": spec}
    return render(request, "board/more.html" if part else "board/column_page.html", context)


def board_news(request: HttpRequest) -> HttpResponse:
    """What changed on the board since somebody looked; nothing but the new stamp when nothing did."""
    actor = actor_of(request)
    policy.require(actor, permissions.DEALS_READ)
    spec = columns.chosen_process(request.GET)
    if spec is None:
        raise NotFound()
    told = news(actor, spec, request.GET)
    answer = HttpResponse(status=204) if told.is_empty else render(request, "board/news.html", {"news": told})
    answer.headers["X-Board-Stamp"] = str(told.stamp)
    return answer
