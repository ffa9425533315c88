"""Loss reasons of each process: changed by publishing a new version of it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dealrail.accounts import policy
from dealrail.core.errors import Refusal
from dealrail.core.texts import tidy
from dealrail.process import queries as processes
from dealrail.process.actions.definitions import publish_process
from dealrail.process.permissions import PROCESS_PUBLISH
from dealrail.process.rules.editing import new_key
from dealrail.web.signed_in import actor_of

LONGEST = 80
MOST = 60


class ReasonsUnusable(Refusal):
    code = "reasons_unusable"
    sentence = _("Write at least one reason, each once, with at most %(longest)s characters.")


def loss_reasons(request: HttpRequest) -> HttpResponse:
    """The reasons of every process, each to be changed by itself."""
    actor = actor_of(request)
    policy.require(actor, PROCESS_PUBLISH)
    if request.method != "POST":
        return _page(request)
    key, lines = request.POST.get("process", ""), request.POST.get("reasons", "")
    version = processes.current_version(key)
    try:
        reasons = _read(lines, processes.spec_of(version.pk).loss_reasons)
        note = gettext("Loss reasons changed")
        content = {**version.content, "loss_reasons": reasons}
        made, is_new = publish_process(actor=actor, content=content, note=note)
    except Refusal as refusal:
        return _page(request, {key: lines}, refusal)
    words = gettext("Version %(number)s of “%(name)s” is in force.") if is_new else gettext("Nothing has changed.")
    messages.success(request, words % {"number": made.number, "name": made.content["name"]})
    return redirect("loss_reasons")


def _read(lines: str, before: Any) -> list[dict[str, str]]:
    """The reasons typed, a line each; one that was there keeps its key, so that figures go on counting it."""
    names = [name for line in lines.splitlines() if (name := tidy(line))]
    if not names or len(names) > MOST or len(set(names)) < len(names) or max(map(len, names)) > LONGEST:
        raise ReasonsUnusable(longest=LONGEST, field="reasons")
    known = {name: key for key, name in before.items()}
    keys: dict[str, str] = {}
    for name in names:
        keys[name] = known.get(name) or new_key(name, {*known.values(), *keys.values()})
    return [{"key": key, "name": name} for name, key in keys.items()]


def _page(request: HttpRequest, typed: dict[str, str] | None = None, refusal: Refusal | None = None) -> HttpResponse:
    rows = []
    for version in processes.current_versions():
        spec = processes.spec_of(version.pk)
        text = (typed or {}).get(spec.key, "\n".join(spec.loss_reasons.values()))
        rows.append({"version": version, "spec": spec, "text": text, "refused": bool(typed and spec.key in typed)})
    return render(
        request, "settings/losses.html", {"rows": rows, "refusal": refusal}, status=refusal.status if refusal else 200
    )
