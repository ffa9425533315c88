"""Writing comments, suggesting whom to mention, attaching, fetching and removing files."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.activities import queries as activities
from dealrail.activities.actions.attachments import attach_file, remove_attachment, restore_attachment
from dealrail.activities.actions.comments import add_comment, remove_comment
from dealrail.core.errors import Refusal
from dealrail.core.uploads import FileRefused
from dealrail.crm import queries as crm
from dealrail.crm.actions.pools import open_customer, open_deal, open_subject
from dealrail.web.account.views import back
from dealrail.web.deals.reading import is_part
from dealrail.web.notes.rows import Files, comment_form, files_of_customer, files_of_deal
from dealrail.web.once import SavedAlready, once
from dealrail.web.signed_in import actor_of

MOST_AT_ONCE = 20
MOST_SUGGESTED = 8


@require_POST
def deal_comment(request: HttpRequest, deal_id: int) -> HttpResponse:
    """Write a comment on a deal."""
    return _comment(request, "deal", deal_id)


@require_POST
def customer_comment(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Write a comment on a customer."""
    return _comment(request, "customer", customer_id)


def _comment(request: HttpRequest, kind: str, record_id: int) -> HttpResponse:
    """Save it; what is refused is shown with what was typed."""
    actor, text, about = actor_of(request), request.POST.get("text", ""), {f"{kind}_id": record_id}
    try:
        once(request, actor, lambda: str(add_comment(actor=actor, text=text, **about).pk))
    except Refusal as refusal:
        template = "components/comment_form.html" if is_part(request) else "notes/comment.html"
        form = comment_form(kind, record_id, text=text, error=str(refusal), key=_same_key(request, refusal))
        return render(request, template, {"comment": form}, status=refusal.status)
    if is_part(request):
        answer = render(request, "components/comment_form.html", {"comment": comment_form(kind, record_id)})
        answer.headers["HX-Trigger"] = "commented"
        return answer
    messages.success(request, _("Comment saved."))
    return redirect(kind, record_id)


def _same_key(request: HttpRequest, refusal: Refusal) -> str:
    """The key the form came with; none when other words were saved under it."""
    return "" if isinstance(refusal, SavedAlready) else request.POST.get("key", "")


@require_POST
def comment_remove(request: HttpRequest, comment_id: int) -> HttpResponse:
    """Take back one's own comment."""
    found = remove_comment(actor=actor_of(request), comment_id=comment_id)
    messages.success(request, _("The comment is taken back."))
    return redirect("deal", found.deal_id) if found.deal_id else redirect("customer", found.customer_id)


def deal_people(request: HttpRequest, deal_id: int) -> JsonResponse:
    """Whom a comment on a deal can mention."""
    return _suggested(request, crm.people_who_see(open_deal(actor=actor_of(request), deal_id=deal_id)))


def customer_people(request: HttpRequest, customer_id: int) -> JsonResponse:
    """Whom a comment on a customer can mention."""
    return _suggested(
        request, crm.people_who_see_customer(open_customer(actor=actor_of(request), customer_id=customer_id))
    )


def _suggested(request: HttpRequest, rows: QuerySet[Any]) -> JsonResponse:
    found = people.search_people(rows, request.GET.get("q", "")[:40]).exclude(pk=actor_of(request).user_id)
    shown = [
        {"login": row.login, "name": row.name, "unit": row.unit.name if row.unit else ""}
        for row in found[:MOST_SUGGESTED]
    ]
    return JsonResponse({"people": shown})


@require_POST
def deal_files(request: HttpRequest, deal_id: int) -> HttpResponse:
    """Attach files to a deal."""
    return _attach(request, {"deal_id": deal_id})


@require_POST
def customer_files(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Attach files to a customer."""
    return _attach(request, {"customer_id": customer_id})


def _attach(request: HttpRequest, about: dict[str, int]) -> HttpResponse:
    """Keep each file by itself; one that is refused stops no other, and is named."""
    open_subject(actor=actor_of(request), **about)
    sent = request.FILES.getlist("files")[:MOST_AT_ONCE]
    if not sent:
        return _show(request, about, [("", _("Choose a file first."))], said="")
    answer = once(request, actor_of(request), lambda: json.dumps(_attached(actor_of(request), sent, about)))
    refused = [(name, sentence) for name, sentence in json.loads(answer)]
    return _show(request, about, refused, said=_("Attached.") if len(refused) < len(sent) else "")


def _attached(actor: Actor, files: Sequence[Any], about: dict[str, int]) -> list[tuple[str, str]]:
    """Attach what can be kept; the names of the others, and why not."""
    refused = []
    for file in files:
        try:
            attach_file(actor=actor, file=file, **about)
        except FileRefused as refusal:
            refused.append((file.name or "—", str(refusal)))
    return refused


def attached_file(request: HttpRequest, attachment_id: int) -> FileResponse:
    """An attached file; always a download, whatever is in it. Pictures are shown by pages that name them."""
    actor = actor_of(request)
    about = activities.attachment(actor, attachment_id)
    open_subject(actor=actor, deal_id=about.deal_id, customer_id=about.customer_id)
    found = activities.attachment_file(actor, attachment_id)
    kind = found.media_type or "application/octet-stream"
    return FileResponse(found.path.open("rb"), as_attachment=True, filename=found.name, content_type=kind)


@require_POST
def file_remove(request: HttpRequest, attachment_id: int) -> HttpResponse:
    """Put a file into the recycle bin."""
    return _changed(request, attachment_id, remove_attachment, _("Removed. It can be brought back."))


@require_POST
def file_restore(request: HttpRequest, attachment_id: int) -> HttpResponse:
    """Bring a file back."""
    return _changed(request, attachment_id, restore_attachment, _("Brought back."))


@transaction.atomic
def _changed(request: HttpRequest, attachment_id: int, act: Callable[..., Any], said: str) -> HttpResponse:
    found = act(actor=actor_of(request), attachment_id=attachment_id)
    about = {"deal_id": found.deal_id} if found.deal_id else {"customer_id": found.customer_id}
    return _show(request, about, [], said=said)


def _show(request: HttpRequest, about: dict[str, int], refused: list[tuple[str, str]], *, said: str) -> HttpResponse:
    """The files as they are now, or the page they stand in."""
    files = _files(actor_of(request), about, refused)
    if is_part(request):
        return render(request, "components/files.html", {"files": files}, status=422 if refused else 200)
    if said:
        messages.success(request, said)
    for name, sentence in refused:
        messages.error(request, f"{name}: {sentence}" if name else sentence)
    return redirect(back(request) if request.POST.get("next") else files.page)


def _files(actor: Actor, about: dict[str, int], refused: Sequence[tuple[str, str]] = ()) -> Files:
    if "deal_id" in about:
        return files_of_deal(actor, open_deal(actor=actor, deal_id=about["deal_id"]), refused)
    return files_of_customer(actor, open_customer(actor=actor, customer_id=about["customer_id"]), refused)
