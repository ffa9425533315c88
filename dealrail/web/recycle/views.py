"""The recycle bin on screen: what was deleted, by whom, and one or several taken out again."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from dealrail.accounts.errors import NotAllowed, NotFound
from dealrail.core.errors import Refusal
from dealrail.crm import permissions
from dealrail.crm.actions import recycling
from dealrail.crm.queries import deleted as bin_queries
from dealrail.crm.rules import KEEP_DELETED_DAYS
from dealrail.web.inputs import whole
from dealrail.web.recycle.messages import say_deleted
from dealrail.web.signed_in import actor_of

SHOWN = 50
MOST = 200
KINDS = {"deal": _("Deal"), "customer": _("Customer"), "contact": _("Contact")}
ICONS = {"deal": "briefcase", "customer": "building", "contact": "user"}


def recycle_bin(request: HttpRequest) -> HttpResponse:
    """What was deleted and can still be restored, the latest on top."""
    actor = actor_of(request)
    if not bin_queries.may_see_bin(actor):
        raise NotAllowed(permission=permissions.RECORDS_DELETE)
    rows = bin_queries.deleted(actor, before=_moment(request.GET.get("before", "")), most=SHOWN + 1)
    shown = rows[:SHOWN]
    context = {
        "rows": shown,
        "kinds": KINDS,
        "icons": ICONS,
        "days": KEEP_DELETED_DAYS,
        "earlier": shown[-1].deleted_at.isoformat() if len(rows) > SHOWN else "",
    }
    return render(request, "recycle/bin.html", context)


def _moment(text: str) -> datetime | None:
    try:
        moment = parse_datetime(text.replace(" ", "+"))
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None


@require_POST
def recycle_restore(request: HttpRequest) -> HttpResponse:
    """Take the ticked records out of the bin, each by itself, and say which couldn't be."""
    actor, restored = actor_of(request), []
    for kind, record_id in _asked(request):
        try:
            restored.append((kind, recycling.restore_record(actor=actor, kind=kind, record_id=record_id)))
        except Refusal as refusal:
            messages.error(request, str(refusal))
    if restored:
        count = len(restored)
        named = gettext("“%(name)s” is back.") % {"name": restored[0][1].name}
        many = ngettext("%(n)s record is back.", "%(n)s records are back.", count) % {"n": count}
        messages.success(request, named if count == 1 else many)
    if len(restored) == 1 and request.POST.get("open"):
        return redirect(_address(*restored[0]))
    return redirect("recycle_bin" if bin_queries.may_see_bin(actor) else "home")


def _asked(request: HttpRequest) -> list[tuple[str, int]]:
    """The records a form names as kind:id; contacts come after the customers they may wait for."""
    named = [key.partition(":") for key in dict.fromkeys(request.POST.getlist("record")[:MOST])]
    pairs = [(kind, whole(record_id)) for kind, _colon, record_id in named]
    order = list(reversed(KINDS))
    found = [(kind, record_id) for kind, record_id in pairs if kind in KINDS and record_id is not None]
    if not found:
        raise NotFound()
    return sorted(found, key=lambda pair: pair[0] != "customer" and 1 + order.index(pair[0]))


def _address(kind: str, record: Any) -> str:
    if kind == "contact":
        return reverse("customer", args=[record.customer_id])
    return reverse(kind, args=[record.pk])


@require_POST
def deal_delete(request: HttpRequest, deal_id: int) -> HttpResponse:
    """Put a deal into the recycle bin, with a way back at once."""
    deal = recycling.delete_deal(actor=actor_of(request), deal_id=deal_id)
    say_deleted(request, "deal", deal_id, deal.name)
    return redirect("deals")
