"""Fields and layouts as one text: read, kept, and another one looked at before it is taken over."""

import hashlib
import json
from dataclasses import asdict
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from dealrail.core.errors import Refusal
from dealrail.crm import queries as crm
from dealrail.crm.actions.texts import take_over_fields
from dealrail.crm.engine.differing import told, told_left
from dealrail.crm.errors import TextNotRead
from dealrail.process.texts import LONGEST_TEXT, write_plain
from dealrail.web.signed_in import actor_of

MOST_BYTES = 4 * LONGEST_TEXT
SEALED = ("fields", "layouts")


def fields_text(request: HttpRequest) -> HttpResponse:
    """The text as it stands, to be changed; then what a text would change, and taking that over."""
    now = write_plain(crm.fields_content(actor_of(request)))
    if request.method != "POST":
        return _page(request, now, {})
    text = now
    try:
        text = _given(request)
        found = take_over_fields(actor=actor_of(request), text=text, only_look=True)
        seen = _seal(found)
        if request.POST.get("do") != "take" or request.POST.get("seen") != seen:
            is_stale = request.POST.get("do") == "take"
            rows, left = told(found), told_left(found)
            return _page(request, text, {"rows": rows, "left": left, "seen": seen, "is_stale": is_stale, "found": True})
        take_over_fields(actor=actor_of(request), text=text)
    except Refusal as refusal:
        return _page(request, text, {"refusal": refusal})
    messages.success(request, gettext("Fields and layouts are as the text says."))
    return redirect("fields")


@require_safe
def fields_text_file(request: HttpRequest) -> HttpResponse:
    """The text as a file."""
    text = write_plain(crm.fields_content(actor_of(request)))
    answer = HttpResponse(text, content_type="application/yaml; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="fields.yaml"'
    return answer


def _given(request: HttpRequest) -> str:
    """The file that was sent, else what was typed. Refuses with TextNotRead."""
    file: Any = request.FILES.get("file")
    if file is None:
        return request.POST.get("text", "").replace("\r\n", "\n")
    if file.size > MOST_BYTES:
        raise TextNotRead(problem=gettext("it has more than %(most)s MB.") % {"most": MOST_BYTES // 10**6})
    try:
        return str(file.read().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise TextNotRead(problem=gettext("it isn't text in UTF-8.")) from error


def _seal(found: Any) -> str:
    """What stands for a difference that was shown: another one is shown before it is taken over."""
    told = asdict(found)
    parts = [[sorted((*named, sorted(changed.items())) for named, changed in told[name].items())] for name in SEALED]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _page(request: HttpRequest, text: str, more: dict[str, Any]) -> HttpResponse:
    refusal = more.get("refusal")
    context = {"text": text, "lines": min(text.count("\n") + 2, 28), **more}
    return render(request, "settings/text.html", context, status=refusal.status if refusal else 200)
