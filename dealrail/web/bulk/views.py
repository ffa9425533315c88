"""Taking a step for many rows of a list: at once when they are few, else in the background with a page of its own."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotFound
from dealrail.activities import queries as activities
from dealrail.core.errors import Refusal
from dealrail.crm import bulk
from dealrail.crm.actions import bulk as actions
from dealrail.crm.clocks import finish_bulk
from dealrail.crm.errors import NothingChosen
from dealrail.web.bulk.bar import typed_params, value_input
from dealrail.web.exports.sheets import records_answer
from dealrail.web.inputs import whole
from dealrail.web.lists.kinds import Look
from dealrail.web.lists.views import list_answer, look_of
from dealrail.web.people.choosing import person_typed
from dealrail.web.signed_in import actor_of

AT_ONCE = 50
SHOWN = 200
EXPORT = "export"
ADDRESSES = {"deals": "deal", "customers": "customer"}
CLOSING = {"finish", "drop"}


@require_POST
def bulk_start(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Take one step for the ticked rows, or for all that the list holds; a sheet of them is sent at once."""
    look, step = look_of(request, kind), request.POST.get("step", "")
    try:
        if step == EXPORT:
            return _sheet(request, look)
        records = _chosen(look, request.POST)
        params = typed_params(request.POST, step)
        params |= {"owner": person_typed(params["owner"])} if "owner" in params else {}
        job = actions.start_bulk(actor=look.actor, kind=kind, step=step, records=records, params=params)
    except Refusal as refusal:
        return list_answer(request, look, refusal)
    return _work_on(job)


def _chosen(look: Look, posted: QueryDict) -> list[tuple[int, int | None]]:
    """The rows that were ticked with the version that was seen, or all that the list holds now."""
    if posted.get("all") == "1":
        return [(pk, None) for pk in look.rows.order_by("pk").values_list("pk", flat=True)[: actions.MOST_ROWS + 1]]
    return [_place(text) for text in dict.fromkeys(posted.getlist("record"))]


def _place(text: str) -> tuple[int, int | None]:
    chosen, _colon, seen = text.partition(":")
    if (record_id := whole(chosen)) is None:
        raise NothingChosen()
    return record_id, whole(seen)


def _sheet(request: HttpRequest, look: Look) -> HttpResponseBase:
    rows = look.rows
    if request.POST.get("all") != "1":
        ticked = [pk for pk, _seen in _chosen(look, request.POST)][: actions.MOST_ROWS]
        if not ticked:
            raise NothingChosen()
        rows = rows.filter(pk__in=ticked)
    return records_answer(request, look.actor, look.kind.key, rows.order_by("pk"))


def _work_on(job: Any) -> HttpResponse:
    """Few records are done here and now; the worker does many."""
    if job.total <= AT_ONCE:
        finish_bulk(job.pk)
    return redirect("bulk_job", job.pk)


def bulk_value(request: HttpRequest, kind: str) -> HttpResponse:
    """The input for the value of the field that was chosen."""
    field = request.GET.get("change.field", "")
    row = value_input(actor_of(request), kind, field, request.GET)
    return render(request, "bulk/value.html", {"input": row})


@require_safe
def bulk_jobs(request: HttpRequest) -> HttpResponse:
    """The jobs one started, the latest first."""
    jobs = bulk.jobs(actor_of(request))[:30]
    return render(request, "bulk/jobs.html", {"jobs": [(job, _label(job)) for job in jobs]})


@require_safe
def bulk_job(request: HttpRequest, job_id: int) -> HttpResponse:
    """A job: progress while it runs, then what became of each record; HTMX asks for the moving part alone."""
    actor = actor_of(request)
    job = bulk.job(actor, job_id)
    part = request.headers.get("HX-Request") == "true"
    return render(request, "bulk/state.html" if part else "bulk/job.html", _shown(actor, job))


def _shown(actor: Actor, job: Any) -> dict[str, Any]:
    found = bulk.KINDS[job.kind].steps.get(job.step) if job.kind in bulk.KINDS else None
    left = bulk.rows_of(job, "refused", "open")
    done = bulk.rows_of(job, "done", "waiting").order_by("-result", "number")
    refused = _all_told(actor, job, left[:SHOWN]) if job.status != "running" else []
    return {
        "job": job,
        "label": _label(job),
        "under_way": job.status == "running",
        "per_cent": 100 * job.done // job.total if job.total else 0,
        "refused": refused,
        "may_try_again": not job.undo_of_id and any(not told["remedy"] for told in refused),
        "left": left.count() if job.status != "running" else 0,
        "done": _all_told(actor, job, done[:SHOWN]),
        "may_undo": bulk.can_be_undone(actor, job),
        "lasting": _why_lasting(actor, job) if found and not job.undo_of_id else "",
        "shown": SHOWN,
    }


def _why_lasting(actor: Actor, job: Any) -> Any:
    """Why there is no undo: the step has none, or what it handed over is out of reach by now."""
    return bulk.OUT_OF_REACH if bulk.is_out_of_reach(actor, job) else bulk.step_of(job.kind, job.step).lasting


def _all_told(actor: Actor, job: Any, rows: Iterable[Any]) -> list[dict[str, Any]]:
    shown, untold = list(rows), bulk.tells_hidden(actor, job)
    tasks = _tasks(actor, [row.record_id for row in shown]) if job.kind == "tasks" else {}
    return [_told(job, row, "" if untold else row.message, tasks.get(row.record_id)) for row in shown]


def _tasks(actor: Actor, ids: list[int]) -> dict[int, Any]:
    return {task.pk: task for task in activities.tasks(actor).filter(pk__in=ids).select_related("deal", "customer")}


def _told(job: Any, row: Any, message: str, task: Any) -> dict[str, Any]:
    """A record of a job and what became of it; `remedy`: where to do what no further try of this step would."""
    sentence, *missing = message.split("\n")
    return {
        "row": row,
        "sentence": sentence or bulk.RESULTS[row.result],
        "missing": missing,
        "href": _page_of(task) if task else _page(job, row),
        "is_gate": bool(missing) and job.kind == "deals",
        "remedy": _remedy(job, task),
    }


def _page(job: Any, row: Any) -> str:
    return reverse(ADDRESSES[job.kind], args=[row.record_id]) if job.kind in ADDRESSES else ""


def _page_of(task: Any) -> str:
    about = task.deal or task.customer
    return reverse("deal" if task.deal else "customer", args=[about.pk]) if about else ""


def _remedy(job: Any, task: Any) -> str:
    """An action of a process is carried out at its deal, with its evidence; it is never ticked off or dropped here."""
    if task is None or not task.action or not task.deal_id or task.done_at or job.step not in CLOSING:
        return ""
    return reverse("deal_action", args=[task.deal_id, task.action])


def _label(job: Any) -> Any:
    found = bulk.KINDS[job.kind].steps.get(job.step) if job.kind in bulk.KINDS else None
    return found.label if found else job.step


@require_POST
def bulk_stop(request: HttpRequest, job_id: int) -> HttpResponse:
    """End a job where it stands."""
    return redirect("bulk_job", actions.stop_bulk(actor=actor_of(request), job_id=job_id).pk)


@require_POST
def bulk_undo(request: HttpRequest, job_id: int) -> HttpResponse:
    """Have what a job changed put back."""
    return _work_on(actions.undo_bulk(actor=actor_of(request), job_id=job_id))


@require_POST
def bulk_again(request: HttpRequest, job_id: int) -> HttpResponse:
    """Try the ticked records once more, those that were refused or not reached; not those of an undo."""
    actor = actor_of(request)
    job = bulk.job(actor, job_id)
    if job.undo_of_id:  # the step would be taken forward once more; undoing the first job again is what is meant
        raise NotFound()
    left = bulk.rows_of(job, "refused", "open")
    if request.POST.get("all") != "1":
        left = left.filter(record_id__in=[pk for text in request.POST.getlist("record") if (pk := whole(text))])
    records = [(pk, None) for pk in left.values_list("record_id", flat=True)]
    params = {key: value for key, value in job.params.items() if key != "language"}
    return _work_on(actions.start_bulk(actor=actor, kind=job.kind, step=job.step, records=records, params=params))
