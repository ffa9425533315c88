"""The bell, its panel and the page of all that one was told."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from dealrail.notifications import queries as notifications
from dealrail.notifications.actions import read_all_notifications
from dealrail.notifications.actions import read_notification as mark_read
from dealrail.notifications.rules import KEPT_FOR
from dealrail.web.account.views import back
from dealrail.web.lists.paging import page_of
from dealrail.web.notifications.words import address_of, lines
from dealrail.web.signed_in import actor_of

IN_PANEL = 10


@require_GET
def notification_list(request: HttpRequest) -> HttpResponse:
    """Everything one was told, or what of it isn't read; the newest first."""
    actor, unread = actor_of(request), request.GET.get("show") == "unread"
    page = page_of(notifications.notifications(actor, unread=unread), sort=[], cursor=request.GET.get("cursor", ""))
    shown = "show=unread&" if unread else ""
    context = {
        "lines": lines(actor, page.rows),
        "only_unread": unread,
        "kept_days": KEPT_FOR.days,
        "next": f"{shown}cursor={page.next}" if page.next else "",
    }
    return render(request, "notifications/list.html", context)


@require_GET
def notification_panel(request: HttpRequest) -> HttpResponse:
    """The latest, for the panel below the bell."""
    return render(request, "notifications/panel.html", _panel(request))


@login_not_required
@never_cache
@require_GET
def notification_count(request: HttpRequest) -> HttpResponse:
    """How much isn't read, asked again and again by an open page; nothing for who is no longer logged in."""
    if not request.user.is_authenticated:
        return HttpResponse(status=204)
    return render(request, "components/bell_count.html")


@require_GET
def notification_open(request: HttpRequest, notification_id: int) -> HttpResponse:
    """Go where the news is; it is read then."""
    actor = actor_of(request)
    return redirect(address_of(actor, mark_read(actor=actor, notification_id=notification_id)))


@require_POST
def notification_read(request: HttpRequest, notification_id: int) -> HttpResponse:
    """Mark one as read, without opening it."""
    mark_read(actor=actor_of(request), notification_id=notification_id)
    return _after(request)


@require_POST
def notification_read_all(request: HttpRequest) -> HttpResponse:
    """Mark everything as read."""
    read_all_notifications(actor=actor_of(request))
    if request.headers.get("HX-Request") != "true":
        messages.success(request, gettext("Everything is marked as read."))
    return _after(request)


def _after(request: HttpRequest) -> HttpResponse:
    """The panel as it is now for HTMX, else back to where the form was sent from."""
    if request.headers.get("HX-Request") == "true":
        return render(request, "notifications/panel.html", {**_panel(request), "oob": True})
    return redirect(back(request))


def _panel(request: HttpRequest) -> dict[str, Any]:
    actor = actor_of(request)
    return {"lines": lines(actor, notifications.notifications(actor)[:IN_PANEL])}
