"""A draft as a whole: undone, redone, published with the reason, or thrown away; and whether others changed it."""

from collections import Counter
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST

from dealrail.accounts import policy
from dealrail.core.errors import Refusal
from dealrail.crm import queries as crm
from dealrail.process import queries as processes
from dealrail.process import texts
from dealrail.process.actions import drafts
from dealrail.process.errors import NoStepAfter, NoStepBefore, PublishedMeanwhile, StaleDraft
from dealrail.process.permissions import PROCESS_PUBLISH
from dealrail.web.inputs import whole
from dealrail.web.processes.changes import groups
from dealrail.web.processes.designer.desk import Desk, desk_of, seen_in, show
from dealrail.web.processes.handbook import version_words
from dealrail.web.signed_in import actor_of

STEPS = {"undo": drafts.undo_draft, "redo": drafts.redo_draft}


@require_POST
def draft_step(request: HttpRequest, key: str, step: str) -> HttpResponse:
    """Undo the last step, or redo what was undone."""
    try:
        changed = STEPS[step](actor=actor_of(request), key=key, seen=seen_in(request))
    except (StaleDraft, NoStepBefore, NoStepAfter) as refusal:
        messages.error(request, str(refusal))
        return redirect("draft", key)
    stages = changed.content.get("stages")
    here = request.POST.get("stage", "")
    is_there = isinstance(stages, list) and any(isinstance(row, dict) and row.get("key") == here for row in stages)
    return redirect("draft_stage", key, here) if is_there else redirect("draft", key)


@require_POST
def draft_discard(request: HttpRequest, key: str) -> HttpResponse:
    """Throw the draft away; what is in force stays."""
    desk = desk_of(request, key)
    try:
        drafts.discard_draft(actor=desk.actor, key=key, seen=seen_in(request))
    except StaleDraft as refusal:
        messages.error(request, str(refusal))
        return redirect("draft", key)
    messages.success(request, gettext("The draft of “%(name)s” is thrown away.") % {"name": desk.draft.name})
    return redirect("process", key) if desk.draft.base else redirect("processes")


def draft_publish(request: HttpRequest, key: str) -> HttpResponse:
    """What is still wrong, why it is published, and putting it in force."""
    desk = desk_of(request, key)
    policy.require(desk.actor, PROCESS_PUBLISH)
    note: dict[str, Any] = {"note": request.POST.get("note", ""), "tab": "publish", **_changes(desk)}
    if request.method != "POST":
        return show(request, "processes/draft/publish.html", desk, note)
    over = whole(request.POST.get("over"))
    try:
        version, is_new = drafts.publish_draft(
            actor=desk.actor, key=key, seen=seen_in(request), note=note["note"], over=over
        )
    except Refusal as refusal:
        meanwhile = refusal.params["number"] if isinstance(refusal, PublishedMeanwhile) else None
        return show(request, "processes/draft/publish.html", desk, {**note, "over": meanwhile}, refusal)
    words = (
        gettext("Version %(number)s is in force.")
        if is_new
        else gettext("Nothing has changed since version %(number)s.")
    )
    messages.success(request, words % {"number": version.number})
    _tell_of_running(request, desk, version)
    return redirect("process", key)


def _tell_of_running(request: HttpRequest, desk: Desk, version: Any) -> None:
    """Say how many deals still follow older versions, and lead to where they can be taken over."""
    left = sum(row.deals for row in crm.running_deals(desk.actor, desk.key) if row.version_id != version.pk)
    if left:
        words = ngettext(
            "%(n)s running deal follows an older version.", "%(n)s running deals follow older versions.", left
        )
        messages.info(request, words % {"n": left}, extra_tags=f"open:{reverse('process_running', args=[desk.key])}")


def _changes(desk: Desk) -> dict[str, Any]:
    """What changes against the version in force, in words and as text; nothing for a process that is new."""
    current = processes.versions_of(desk.key).first()
    if current is None:
        return {}
    names = (version_words(current), gettext("Draft"))
    found = groups(processes.spec_of(current.pk), desk.spec) if desk.is_sound else None
    gone = _running_where_gone(desk) if desk.is_sound else {}
    return {
        "current": current,
        "gone": gone,
        "groups": found,
        "text": texts.unified(current.content, desk.content, names=names),
    }


def _running_where_gone(desk: Desk) -> dict[str, int]:
    """How many deals are under way in stages that the draft no longer has, by the names of the stages."""
    found: Counter[str] = Counter()
    for row in crm.running_deals(desk.actor, desk.key):
        if not desk.spec.has_stage(row.stage.key):
            found[row.stage.name] += row.deals
    return dict(found)


def draft_news(request: HttpRequest, key: str) -> HttpResponse:
    """Whether somebody saved since this page was opened."""
    desk = desk_of(request, key)
    context = {"tab": "", "seen": whole(request.GET.get("seen")), "here": reverse("draft", args=[key])}
    return show(request, "processes/draft/news.html", desk, context)
