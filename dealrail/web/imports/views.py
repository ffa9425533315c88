"""Importing on screen: upload, see what became of it, import what was checked, undo."""

from pathlib import PurePath
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from dealrail.accounts.actor import Actor
from dealrail.core.errors import Refusal
from dealrail.crm import importing, mappings
from dealrail.crm.actions import imports as actions
from dealrail.crm.errors import ImportNotUndoable
from dealrail.crm.permissions import IMPORTS_HISTORY
from dealrail.process.queries.lines import startable
from dealrail.web.exports.sheets import check_format, table_answer
from dealrail.web.imports import results
from dealrail.web.imports.look import look_at
from dealrail.web.imports.staging import Upload, drop, sign, stage, upload_of
from dealrail.web.imports.template import template
from dealrail.web.imports.undo import losses
from dealrail.web.imports.working import work_on
from dealrail.web.signed_in import actor_of

LISTED = 30
UNDER_WAY = {"running", "undoing"}
UNDOABLE = {"done", "failed", "running"}
# where what was imported is found
PLACES = {
    "deals": "deals",
    "customers": "customers",
    "contacts": "customers",
    "people": "people",
    "products": "catalog",
    "regions": "catalog",
    "sources": "catalog",
}


class NothingChecked(Refusal):
    code = "nothing_checked"
    sentence = _("Only a sheet that was checked and not imported can be imported from here.")


def imports(request: HttpRequest) -> HttpResponse:
    """Past imports, and the form for a new one."""
    actor = actor_of(request)
    if request.method != "POST":
        return _upload_form(request, actor)
    about = {"kind": request.POST.get("kind", ""), "process": request.POST.get("process", "")}
    try:
        upload = _readable(actor, stage(actor, request.FILES.get("file"), **about))
    except Refusal as refusal:
        return _upload_form(request, actor, refusal)
    return _to_mapping(upload)


def _readable(actor: Actor, upload: Upload) -> Upload:
    """The upload, if it is a sheet we can read; else it is not kept."""
    try:
        look_at(actor, upload)
    except Refusal:
        drop(upload)
        raise
    return upload


def _to_mapping(upload: Upload, **more: str) -> HttpResponse:
    return redirect(f"{reverse('import_map')}?{urlencode({'upload': sign(upload), **more})}")


def _upload_form(request: HttpRequest, actor: Actor, refusal: Refusal | None = None) -> HttpResponse:
    context = {
        "jobs": importing.jobs(actor)[:LISTED],
        "kinds": [(kind, mappings.KIND_LABELS[kind]) for kind in importing.kinds(actor)],
        "kind_labels": mappings.KIND_LABELS,
        "processes": startable(actor),
        "typed": request.POST,
        "refusal": refusal,
    }
    return render(request, "imports/list.html", context, status=refusal.status if refusal else 200)


@require_safe
def import_template(request: HttpRequest, kind: str) -> HttpResponseBase:
    """A workbook to fill in: the headings of a kind, and a second sheet that explains each."""
    headers, notes, name = template(actor_of(request), kind, request.GET.get("process", ""))
    return table_answer(f"{name}-{gettext('template')}", headers, [], kind="xlsx", notes=notes, title=name)


@require_safe
def import_job(request: HttpRequest, job_id: int) -> HttpResponse:
    """One import: progress while it runs, then what became of it; HTMX asks for the moving part alone."""
    actor = actor_of(request)
    job = importing.job(actor, job_id)
    part = request.headers.get("HX-Request") == "true"
    return render(request, "imports/state.html" if part else "imports/job.html", _shown(actor, job))


def _shown(actor: Actor, job: Any) -> dict[str, Any]:
    under_way, undone = job.status in UNDER_WAY, job.status in {"undoing", "undone"}
    return {
        "job": job,
        "problem": importing.sight(actor, job).said("", job.problem)[1],
        "kind": mappings.KIND_LABELS.get(job.kind, job.kind),
        "under_way": under_way,
        "per_cent": 100 * job.done // job.total if job.total else 0,
        "may_start": job.status == "checked" and job.failed < job.total,
        "closed_as_new": _closed_as_new(actor, job),
        "may_undo": job.status in UNDOABLE and not job.dry_run and job.done > 0,
        "place": PLACES.get(job.kind, "imports"),
        **({} if undone else _tables(actor, job, under_way=under_way)),
        **({} if under_way else _lists(job, undone=undone)),
    }


def _closed_as_new(actor: Actor, job: Any) -> bool:
    """Whether closed deals were refused as new ones that the reader may bring in as history."""
    is_new = job.kind == "deals" and job.mode == "new" and job.status == "checked"
    return is_new and actor.may(IMPORTS_HISTORY) and importing.rows_of(job, "failed").filter(field="state").exists()


def _tables(actor: Actor, job: Any, *, under_way: bool) -> dict[str, Any]:
    """Rows as the sheet has them: the first ones while it runs, then the refused and the sound ones."""
    if under_way:
        return {"first": results.first_rows(actor, job)}
    by_field = results.problems_by_field(actor, job) if job.failed else []
    tables = {"refused": results.refused_rows(actor, job), "sound": results.sound_rows(actor, job)}
    return {**tables, "by_field": by_field}


def _lists(job: Any, *, undone: bool) -> dict[str, Any]:
    """What stands in a list with a sentence each."""
    lists = {"kept": results.listed(job, "kept"), "skipped": [] if undone else results.listed(job, "skipped")}
    counts = {"removed": results.count(job, "undone"), "left": results.count(job, "kept")} if undone else {}
    return {**lists, **counts}


@require_safe
def import_remap(request: HttpRequest, job_id: int) -> HttpResponse:
    """Back to the mapping of a sheet that was only checked."""
    actor = actor_of(request)
    job = _checked(actor, job_id)
    history = {"mode": "history"} if request.GET.get("mode") == "history" else {}
    return _to_mapping(upload_of(actor, job), base=f"job:{job.pk}", **history)


@require_POST
def import_stop(request: HttpRequest, job_id: int) -> HttpResponse:
    """End a check where it stands."""
    job = actions.stop_check(actor=actor_of(request), job_id=job_id)
    return redirect("import_job", job.pk)


@require_POST
def import_start(request: HttpRequest, job_id: int) -> HttpResponse:
    """Import for real what was only checked."""
    actor = actor_of(request)
    checked = _checked(actor, job_id)
    about = {name: getattr(checked, name) for name in ("name", "kind", "mode")}
    mapping = importing.mapping_seen(actor, checked.kind, checked.mapping)  # what the page of the check showed
    job = actions.start_import(actor=actor, path=importing.stored(checked), mapping=mapping, **about)
    work_on(job.pk)
    return redirect("import_job", job.pk)


def _checked(actor: Actor, job_id: int) -> Any:
    """An import that was only checked, with its sheet still there. Refuses with NothingChecked or SheetChanged."""
    job = importing.job(actor, job_id)
    if not job.dry_run or job.status in UNDER_WAY:
        raise NothingChecked()
    importing.sheet_of(job)
    return job


def import_undo(request: HttpRequest, job_id: int) -> HttpResponse:
    """Say what would go and what would stay; then take back what an import made."""
    actor = actor_of(request)
    job = importing.job(actor, job_id)
    if job.dry_run or job.status not in UNDOABLE:
        raise ImportNotUndoable(status=job.get_status_display())
    if request.method != "POST":
        return render(request, "imports/undo.html", {"job": job, "losses": losses(actor, job)})
    actions.undo_import(actor=actor, job_id=job.pk)
    work_on(job.pk)
    return redirect("import_job", job.pk)


@require_safe
def import_errors(request: HttpRequest, job_id: int) -> HttpResponseBase:
    """The refused rows with all that is wrong with each, to be corrected and imported again."""
    actor = actor_of(request)
    job = importing.job(actor, job_id)
    kind = request.GET.get("as", "csv")
    check_format(kind)
    headers, rows = results.error_table(actor, job)
    return table_answer(f"{PurePath(job.name).stem}-{gettext('refused rows')}", headers, rows, kind=kind)
