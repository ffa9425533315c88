"""The first page, and ticking off its tasks."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dealrail.accounts import queries as people
from dealrail.accounts.actions.users import note_look
from dealrail.accounts.actor import Actor
from dealrail.activities import queries as activities
from dealrail.activities.actions.tasks import change_task, finish_task, reopen_task
from dealrail.activities.permissions import ACTIVITIES_RECORD
from dealrail.core import clock
from dealrail.crm.permissions import DEALS_CREATE
from dealrail.web.account.views import back
from dealrail.web.deals.reading import moment
from dealrail.web.signed_in import actor_of
from dealrail.web.today.changes import changes
from dealrail.web.today.rows import deals_to_follow, has_nothing, hour_word, my_day
from dealrail.web.today.targets import progress
from dealrail.web.today.team import leads, require_team, team_day


def home(request: HttpRequest) -> HttpResponse:
    """What to do today; who leads others and has nothing of their own to do begins with the team."""
    actor = actor_of(request)
    if "mine" not in request.GET and leads(actor) and has_nothing(actor):
        return redirect("team")
    now = timezone.localtime(clock.now())
    context = {
        **my_day(actor),
        **_head(actor, now),
        "targets": progress(actor, now),
        "news": changes(actor, people.user(actor.user_id).looked_at, now),
    }
    return render(request, "today/page.html", context)


def team(request: HttpRequest) -> HttpResponse:
    """The same for the people whose work one looks after: who plans nothing, who is stuck, what waits for me."""
    actor = actor_of(request)
    require_team(actor)
    now = timezone.localtime(clock.now())
    return render(request, "today/team.html", {**team_day(actor, now, request.GET), **_head(actor, now)})


def _head(actor: Actor, now: datetime) -> dict[str, Any]:
    """What stands on top of both."""
    return {
        "now": now,
        "hour": hour_word(now),
        "may_create": actor.may(DEALS_CREATE),
        "may_follow_up": actor.may(ACTIVITIES_RECORD),
        "leads": leads(actor),
    }


@require_POST
def seen(request: HttpRequest) -> HttpResponse:
    """What changed is seen; what changes from now on is new."""
    note_look(actor=actor_of(request))
    return redirect("home")


def follow_up_pick(request: HttpRequest) -> HttpResponse:
    """Which deal is the follow-up about? Those due first, then those worked with last; or any, found by its name."""
    text = request.GET.get("q", "")
    deals = deals_to_follow(actor_of(request), text)
    return render(request, "today/follow_up.html", {"deals": deals, "text": text})


@require_POST
def task_finish(request: HttpRequest, task_id: int) -> HttpResponse:
    """Tick off a task, or drop it; what an SOP asks for is carried out at its deal, so that leads there."""
    actor = actor_of(request)
    found = activities.task(actor, task_id)
    if found.action and found.deal_id:
        action = reverse("deal_action", args=[found.deal_id, found.action])
        return redirect(f"{action}?{urlencode({'next': back(request)})}")
    finish_task(actor=actor, task_id=task_id, dropped=request.POST.get("how") == "dropped")
    messages.success(request, _("Done. One less."), extra_tags=f"task:{task_id}")
    return redirect(back(request))


@require_POST
def task_reopen(request: HttpRequest, task_id: int) -> HttpResponse:
    """Take back that a task was ticked off."""
    found = reopen_task(actor=actor_of(request), task_id=task_id)
    messages.success(request, _("“%(title)s” is open again.") % {"title": found.title})
    return redirect(back(request))


@require_POST
def task_move(request: HttpRequest, task_id: int) -> HttpResponse:
    """Give a task another time."""
    change_task(actor=actor_of(request), task_id=task_id, due_at=moment(request.POST.get("due_at", ""), field="due_at"))
    messages.success(request, _("The task has a new date."))
    return redirect(back(request))
