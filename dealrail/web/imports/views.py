"""Importing on screen: upload, map, check, import, see what became of it, undo."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from dealrail.accounts.actor import Actor
from dealrail.core import sheets
from dealrail.core.errors import Refusal
from dealrail.crm import importing, mappings
from dealrail.crm.actions import imports as actions
from dealrail.crm.clocks import finish_import
from dealrail.crm.permissions import IMPORTS_HISTORY
from dealrail.process import queries as processes
from dealrail.web.exports.sheets import CSV
from dealrail.web.imports.staging import Upload, sign, stage, staged
from dealrail.web.signed_in import actor_of

AT_ONCE = 1.5  # seconds; what takes longer goes on in the worker and shows progress
LISTED = 30
SHOWN = 50


def imports(request: HttpRequest) -> HttpResponse:
    """Past imports, and the form for a new one."""
    actor = actor_of(request)
    if request.method != "POST":
        return _upload_form(request, actor)
    kind, mode = request.POST.get("kind", ""), request.POST.get("mode", "new")
    try:
        upload = stage(actor, request.FILES.get("file"), kind=kind, mode=mode, process=request.POST.get("process", ""))
        return _map_form(request, actor, upload, {})
    except Refusal as refusal:
        return _upload_form(request, actor, refusal)


def _upload_form(request: HttpRequest, actor: Actor, refusal: Refusal | None = None) -> HttpResponse:
    context = {
        "jobs": importing.jobs(actor)[:LISTED],
        "kinds": mappings.KIND_LABELS.items(),
        "processes": processes.definitions(),
        "may_history": actor.may(IMPORTS_HISTORY),
        "typed": request.POST,
        "refusal": refusal,
    }
    return render(request, "imports/list.html", context, status=refusal.status if refusal else 200)


@require_POST
def import_map(request: HttpRequest) -> HttpResponse:
    """Check or import the uploaded sheet with the chosen columns."""
    actor = actor_of(request)
    upload = staged(actor, request.POST.get("upload", ""))
    fields = [key for key in request.POST if key.startswith("field.")]
    chosen = {key.removeprefix("field."): request.POST[key] for key in fields}
    mapping = _with_saved(actor, request, upload, {key: value for key, value in chosen.items() if value})
    try:
        job = actions.start_import(
            actor=actor,
            path=upload.file,
            name=upload.name,
            kind=upload.kind,
            mode=upload.mode,
            mapping=mapping,
            process=upload.process,
            dry_run=request.POST.get("do") == "check",
        )
    except Refusal as refusal:
        return _map_form(request, actor, upload, chosen, refusal)
    _keep_mapping(actor, request, upload, mapping)
    finish_import(job.pk, seconds=AT_ONCE)
    return redirect("import_job", job.pk)


def _with_saved(actor: Actor, request: HttpRequest, upload: Upload, chosen: dict[str, str]) -> Mapping[str, Any]:
    """The chosen columns, with the aliases of a saved mapping where it takes the same column."""
    name = request.POST.get("saved", "")
    saved = importing.saved_mappings(actor, upload.kind).filter(name=name).first() if name else None
    return mappings.with_aliases(chosen, saved.mapping) if saved else {"fields": chosen}


def _keep_mapping(actor: Actor, request: HttpRequest, upload: Upload, mapping: Mapping[str, Any]) -> None:
    if name := request.POST.get("save_as", "").strip():
        actions.save_mapping(actor=actor, name=name, kind=upload.kind, mapping=mapping)


def _map_form(
    request: HttpRequest, actor: Actor, upload: Upload, chosen: Mapping[str, str], refusal: Refusal | None = None
) -> HttpResponse:
    seen = importing.preview(actor, upload.file, name=upload.name, kind=upload.kind, process=upload.process)
    picked = chosen or seen.suggested
    context = {
        "seen": seen,
        "upload": upload,
        "note": sign(upload),
        "targets": [(target, picked.get(target.key, "")) for target in seen.targets],
        "saved": importing.saved_mappings(actor, upload.kind),
        "refusal": refusal,
    }
    return render(request, "imports/map.html", context, status=refusal.status if refusal else 200)


def import_job(request: HttpRequest, job_id: int) -> HttpResponse:
    """One import: progress while it runs, then what became of it."""
    job = importing.job(actor_of(request), job_id)
    context = {
        "job": job,
        "under_way": job.status in {"running", "undoing"},
        "refused": importing.rows_of(job, "failed")[:SHOWN],
        "skipped": importing.rows_of(job, "skipped")[:SHOWN],
        "kept": importing.rows_of(job, "kept")[:SHOWN],
        "may_undo": job.status in {"done", "failed"} and not job.dry_run and job.created,
    }
    return render(request, "imports/job.html", context)


@require_POST
def import_start(request: HttpRequest, job_id: int) -> HttpResponse:
    """Import for real what was only checked."""
    actor = actor_of(request)
    checked = importing.job(actor, job_id)
    job = actions.start_import(
        actor=actor,
        path=importing.stored(checked),
        name=checked.name,
        kind=checked.kind,
        mode=checked.mode,
        mapping=checked.mapping,
    )
    finish_import(job.pk, seconds=AT_ONCE)
    return redirect("import_job", job.pk)


@require_POST
def import_undo(request: HttpRequest, job_id: int) -> HttpResponse:
    """Take back what an import made."""
    job = actions.undo_import(actor=actor_of(request), job_id=job_id)
    finish_import(job.pk, seconds=AT_ONCE)
    messages.success(request, gettext("The import is being undone."))
    return redirect("import_job", job.pk)


def import_errors(request: HttpRequest, job_id: int) -> HttpResponseBase:
    """The refused rows with their reasons, to be corrected and imported again."""
    job = importing.job(actor_of(request), job_id)
    headers, rows = importing.error_table(job)
    answer = HttpResponse(b"".join(sheets.csv_chunks(headers, rows)), content_type=CSV)
    answer.headers["Content-Disposition"] = f'attachment; filename="import-{job.pk}-errors.csv"'
    return answer
