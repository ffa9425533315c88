"""Backups on screen: make one now, see how far it is, download it."""

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from dealrail.keeping import backups as keeping
from dealrail.web.signed_in import actor_of


@require_safe
def backups(request: HttpRequest) -> HttpResponse:
    """The backups that lie ready, and the one under way."""
    context = {"backups": keeping.listed(actor_of(request)), "per_cent": keeping.under_way()}
    return render(request, "settings/backups.html", context)


@require_POST
def backup_make(request: HttpRequest) -> HttpResponse:
    """Have a backup made in the background."""
    keeping.ask_for_backup(actor=actor_of(request))
    messages.success(request, gettext("The backup is being made; it takes seconds to minutes."))
    return redirect("backups")


@require_safe
def backup_file(request: HttpRequest, name: str) -> FileResponse:
    """A backup to download, which goes on record."""
    path = keeping.take_backup(actor=actor_of(request), name=name)
    return FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type="application/zip")
