"""A draft as text: read, changed, and kept with its mistakes until they are put right."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext

from dealrail.core.errors import Refusal
from dealrail.process import texts
from dealrail.process.actions import drafts
from dealrail.process.errors import StaleDraft
from dealrail.web.processes.designer.desk import desk_of, seen_in, show


def draft_text(request: HttpRequest, key: str) -> HttpResponse:
    """The YAML of a draft; a refused one is shown again as it was typed."""
    desk = desk_of(request, key)
    context = {"tab": "text", "seen": desk.draft.revision, "text": texts.write_yaml(desk.content)}
    if request.method != "POST":
        return show(request, "processes/draft/text.html", desk, context)
    typed = request.POST.get("text", "").replace("\r\n", "\n")
    try:
        drafts.save_draft(actor=desk.actor, key=key, seen=seen_in(request), content=texts.read_yaml(typed))
    except Refusal as refusal:
        seen = refusal.params["revision"] if isinstance(refusal, StaleDraft) else seen_in(request)
        return show(request, "processes/draft/text.html", desk, {**context, "text": typed, "seen": seen}, refusal)
    messages.success(request, gettext("The text is saved in the draft."))
    return redirect("draft_text", key)
