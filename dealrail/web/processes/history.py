"""The versions of a process: who published what, when and why; two of them compared."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dealrail.accounts.actor import Actor
from dealrail.crm import queries as crm
from dealrail.process import policy, texts
from dealrail.process import queries as processes
from dealrail.process.queries.drafts import DRAFT, Text, text_of
from dealrail.process.queries.drafts import drafts as kept_drafts
from dealrail.web.processes.changes import groups
from dealrail.web.signed_in import actor_of

MOST_VERSIONS = 200


@require_safe
def process_history(request: HttpRequest, key: str) -> HttpResponse:
    """The versions of a process, the newest first."""
    actor = actor_of(request)
    current = processes.current_version(key)
    context = {
        "current": current,
        "versions": processes.versions_listed(key)[:MOST_VERSIONS],
        "draft": _draft(actor, key),
        "may_design": policy.may_design(actor, key),
    }
    return render(request, "processes/history.html", context)


@require_safe
def process_compare(request: HttpRequest, key: str) -> HttpResponse:
    """What changes between two versions, or to the draft; from the version before to the one in force unless told."""
    actor = actor_of(request)
    current = processes.current_version(key)
    asked = request.GET.get("to") or str(current.number)
    before = current.number if asked == DRAFT else max(current.number - 1, 1)
    compared = (text_of(actor, key, which) for which in (request.GET.get("from") or str(before), asked))
    old, new = (crm.text_as_seen(actor, text) for text in compared)
    context = {
        "current": current,
        "old": old,
        "new": new,
        "old_name": _called(old),
        "new_name": _called(new),
        "versions": processes.versions_listed(key)[:MOST_VERSIONS],
        "draft": _draft(actor, key),
        "groups": groups(old.spec, new.spec) if old.spec and new.spec else None,
        "text": texts.unified(old.content, new.content, names=(_called(old), _called(new))),
    }
    return render(request, "processes/compare.html", context)


def _draft(actor: Actor, key: str) -> object:
    return kept_drafts(actor).filter(key=key).first() if policy.may_see_draft(actor, key) else None


def _called(text: Text) -> str:
    return _("Draft") if text.which == DRAFT else _("Version %(number)s") % {"number": text.which}
