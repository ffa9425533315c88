"""The first page, and ticking off its tasks."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dealrail.activities import queries as activities
from dealrail.activities.actions.tasks import change_task, finish_task
from dealrail.core import clock
from dealrail.crm.permissions import DEALS_CREATE
from dealrail.web.account.views import back
from dealrail.web.deals.reading import moment
from dealrail.web.signed_in import actor_of
from dealrail.web.today.rows import hour_word, my_day


def home(request: HttpRequest) -> HttpResponse:
    """What to do today."""
    actor = actor_of(request)
    now = timezone.localtime(clock.now())
    context = {**my_day(actor), "now": now, "hour": hour_word(now), "may_create": actor.may(DEALS_CREATE)}
    return render(request, "today/page.html", context)


@require_POST
def task_finish(request: HttpRequest, task_id: int) -> HttpResponse:
    """Tick off a task, or drop it; what an SOP asks for is carried out at its deal, so that leads there."""
    actor = actor_of(request)
    found = activities.task(actor, task_id)
    if found.action and found.deal_id:
        action = reverse("deal_action", args=[found.deal_id, found.action])
        return redirect(f"{action}?{urlencode({'next': back(request)})}")
    finish_task(actor=actor, task_id=task_id, dropped=request.POST.get("how") == "dropped")
    messages.success(request, _("Done. One less."))
    return redirect(back(request))


@require_POST
def task_move(request: HttpRequest, task_id: int) -> HttpResponse:
    """Give a task another time."""
    change_task(actor=actor_of(request), task_id=task_id, due_at=moment(request.POST.get("due_at", ""), field="due_at"))
    messages.success(request, _("The task has a new date."))
    return redirect(back(request))
