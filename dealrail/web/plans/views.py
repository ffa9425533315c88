"""The page of plans, moving one to another day, and the calendar for other programs."""

from datetime import datetime, time
from typing import Any

from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from dealrail.accounts.errors import NotFound
from dealrail.accounts.queries import actor_for
from dealrail.activities import queries as activities
from dealrail.activities.actions.feeds import note_calendar_use, renew_calendar_feed, revoke_calendar_feed
from dealrail.activities.actions.tasks import change_task
from dealrail.activities.rules import NEXT_STEP_HOUR
from dealrail.core import calendars, clock
from dealrail.core.errors import Refusal
from dealrail.web.account.views import back
from dealrail.web.deals.reading import BadMoment
from dealrail.web.plans.page import plans_page
from dealrail.web.signed_in import actor_of
from dealrail.web.slowing import asks_too_often

JSON = "application/json"
WAY_BACK = "plans.way_back"
WAY_BACK_FOR = 3600  # seconds
MINUTES = 30
MOST_A_MINUTE = 60


def plans(request: HttpRequest) -> HttpResponse:
    """What is planned, as a list or a calendar."""
    asked = (request.GET.get(name, "") for name in ("view", "on", "who"))
    return render(request, "plans/page.html", plans_page(actor_of(request), *asked))


@require_POST
def plan_move(request: HttpRequest, task_id: int) -> HttpResponse:
    """Move a task to another day, at the same time of day; scripts are told a refusal, and the way back, as data."""
    actor, said = actor_of(request), _("The task has a new date.")
    try:
        task = activities.task(actor, task_id)
        before, due_at = task.due_at, _moved(task, request.POST.get("day", ""))
        change_task(actor=actor, task_id=task_id, due_at=due_at)
    except Refusal as refusal:
        if request.headers.get("Accept") != JSON:
            raise
        return JsonResponse({"said": str(refusal), "code": refusal.code}, status=refusal.status)
    way = _way_back(task_id, before) if before else ""
    if request.headers.get("Accept") == JSON:
        told = {"due_at": due_at.isoformat(), "said": said, "undo": reverse("plan_put_back"), "way": way}
        return JsonResponse(told)
    messages.success(request, said, extra_tags=f"plan:{way}" if way else "")
    return redirect(back(request))


@require_POST
def plan_put_back(request: HttpRequest) -> HttpResponse:
    """Give a task back the time it had before it was moved, be it over by now. Refuses with NotFound a forged way."""
    try:
        told = signing.loads(request.POST.get("way", ""), salt=WAY_BACK, max_age=WAY_BACK_FOR)
    except signing.BadSignature as error:
        raise NotFound() from error
    due_at = datetime.fromisoformat(told["due_at"])
    change_task(actor=actor_of(request), task_id=told["task"], due_at=due_at, puts_back=True)
    messages.success(request, _("The task has its old date again."))
    return redirect(back(request))


def _way_back(task_id: int, due_at: datetime) -> str:
    return signing.dumps({"task": task_id, "due_at": due_at.isoformat()}, salt=WAY_BACK)


def _moved(task: Any, text: str) -> datetime:
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None:
        raise BadMoment(value=text[:40], field="day")
    at = timezone.localtime(task.due_at).time() if task.due_at else time(NEXT_STEP_HOUR)
    return timezone.make_aware(datetime.combine(day, at))


@never_cache
def own_feed(request: HttpRequest) -> HttpResponse:
    """One's calendar link: made, made anew, or killed; the link itself is shown this once."""
    actor, link = actor_of(request), ""
    if request.method == "POST" and request.POST.get("how") == "revoke":
        revoke_calendar_feed(actor=actor)
        messages.success(request, _("The calendar link is dead."))
        return redirect("own_feed")
    if request.method == "POST":
        link = request.build_absolute_uri(reverse("calendar_feed", args=[renew_calendar_feed(actor=actor)]))
    return render(request, "plans/feed.html", {"feed": activities.calendar_feed(actor), "link": link})


@never_cache
@login_not_required
@require_GET
def calendar_feed(request: HttpRequest, secret: str) -> HttpResponse:
    """Somebody's own open plans and tasks as a calendar; refuse with NotFound when the link is dead."""
    # more often than any calendar program would
    if asks_too_often(request, "calendar", MOST_A_MINUTE):
        slowed: HttpResponse = ratelimit.respond_429(request)
        return slowed
    person = activities.owner_of_feed(secret)
    if person is None:
        raise NotFound()
    actor = actor_for(person, channel="calendar")
    note_calendar_use(actor=actor)
    with translation.override(person.language or None):
        name = _("Dealrail: plans of %(name)s") % {"name": person.name}
        entries = [_entry(request, task) for task in activities.feed_tasks(actor)]
    text = calendars.calendar(name, entries, now=clock.now())
    headers = {"X-Content-Type-Options": "nosniff", "Content-Disposition": 'inline; filename="plans.ics"'}
    return HttpResponse(text, content_type="text/calendar; charset=utf-8", headers=headers)


def _entry(request: HttpRequest, task: Any) -> calendars.Entry:
    about = task.deal or task.customer
    page = reverse("deal" if task.deal else "customer", args=[about.pk]) if about else reverse("plans")
    return calendars.Entry(
        uid=f"task-{task.pk}@dealrail",
        start=task.due_at,
        minutes=MINUTES,
        summary=f"{task.title} · {about.name}" if about else task.title,
        description=str(task.get_kind_display()),
        url=request.build_absolute_uri(page),
    )
