"""Importing sheets in steps that can be left, resumed after a crash, and undone."""

import hashlib
import logging
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from dealrail.accounts import policy as accounts
from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.core.errors import Refusal
from dealrail.core.sheets import Row, Sheet, carry_over
from dealrail.crm import importing, mappings, permissions
from dealrail.crm.actions import deal_rows, rows, undoing
from dealrail.crm.errors import HistoryIsForDeals, ImportNotUndoable, UnknownImportMode
from dealrail.crm.facts import ImportFailed, ImportFinished, ImportStarted, ImportUndone
from dealrail.crm.mappings import Target
from dealrail.crm.models import ImportJob, ImportRow
from dealrail.events.engine import record
from dealrail.process.policy import require_may_start
from dealrail.process.queries import current_version
from dealrail.process.rules import ProcessSpec

log = logging.getLogger(__name__)
CHUNK = 200
MODES = ("new", rows.HISTORY)
Status = ImportJob.Status
Result = ImportRow.Result


@transaction.atomic
def start_import(
    *,
    actor: Actor,
    path: Path,
    name: str,
    kind: str,
    mode: str = "new",
    mapping: Mapping[str, Any] | None = None,
    process: str = "",
    dry_run: bool = False,
) -> ImportJob:
    """Take a sheet in, check rights and mapping (suggesting one where none is given), and have it worked off in steps.

    Whoever calls this has looked at the sheet before (`importing.look_at`), which is the slow part.

    Raises NotAllowed, UnknownImportKind, UnknownImportMode, HistoryIsForDeals, NoSuchProcess, NotYourProcess,
    LineRetired, UnreadableSheet or BadMapping; nothing is kept then.
    """
    _check_rights(actor, kind, mode)
    given = mappings.plain(mapping) if mapping else {}
    spec = importing.spec_for(kind, process or str(given.get("process") or ""))
    if spec:
        require_may_start(actor, current_version(spec.key).definition)
    job = ImportJob(
        kind=kind, mode=mode, name=name[:200], dry_run=dry_run, channel=actor.channel, status=Status.RUNNING
    )
    job.path, job.sha256 = _keep(path)
    try:
        job.mapping, job.total = _understood(job, given, spec, importing.added_targets(kind, actor))
    except Refusal:
        importing.forget_sheet(job)
        raise
    job.created_at, job.started_by_id = timezone.now(), actor.user_id or None
    job.save()
    if not dry_run:
        about: dict[str, Any] = {"import_id": job.pk, "name": job.name, "import_kind": kind, "mode": mode}
        record(ImportStarted(sha256=job.sha256, rows=job.total, **about), actor=actor)
    return job


def _understood(
    job: ImportJob, given: Mapping[str, Any], spec: ProcessSpec | None, added: Iterable[Target]
) -> tuple[dict[str, Any], int]:
    """The mapping that will be used, checked against the sheet, and how many rows there are."""
    sheet = importing.sheet_of(job)
    whole = {**(given or {"fields": mappings.suggest(job.kind, sheet.headers, spec, added)})}
    whole |= {"process": spec.key} if spec else {}
    mappings.read_mapping(job.kind, whole, sheet.headers, spec=spec, added=added)
    return whole, sheet.count


def _check_rights(actor: Actor, kind: str, mode: str) -> None:
    accounts.require(actor, permissions.IMPORTS_RUN)
    mappings.targets(kind)
    if mode not in MODES:
        raise UnknownImportMode(mode=mode[:40])
    if mode == rows.HISTORY:
        if kind != "deals":
            raise HistoryIsForDeals(kind=kind)
        accounts.require(actor, permissions.IMPORTS_HISTORY)
    elif kind in importing.NEEDED:
        accounts.require(actor, importing.NEEDED[kind])


def _keep(path: Path) -> tuple[str, str]:
    """Copy an upload to a name of ours, readable by us only."""
    kept = f"imports/{secrets.token_hex(16)}{path.suffix.lower()[:8]}"
    target = Path(settings.MEDIA_ROOT) / kept
    target.parent.mkdir(parents=True, exist_ok=True)
    with path.open("rb") as source, os.fdopen(os.open(target, os.O_CREAT | os.O_WRONLY, 0o600), "wb") as copy:
        shutil.copyfileobj(source, copy)
    carry_over(path, target)
    with target.open("rb") as file:
        return kept, hashlib.file_digest(file, "sha256").hexdigest()


@transaction.atomic
def step_import(*, actor: Actor, job_id: int) -> bool:
    """Do the next piece of an import or of its undoing; False when nothing is left to do.

    Rows and progress are written together, so a crash neither loses nor doubles a row. The rows are worked off with
    the rights that the person who started the import has now.
    """
    # all that are under way, not only this one: two imports of one sheet would both find its rows new
    under_way = ImportJob.objects.filter(status__in=[Status.RUNNING, Status.UNDOING]).order_by("pk")
    job = next((row for row in under_way.select_for_update() if row.pk == job_id), None)
    if job is None:
        return False
    worker = _worker(job, actor)
    try:
        with transaction.atomic():
            return _undo_step(job, worker) if job.status == Status.UNDOING else _import_step(job, worker)
    except OperationalError:  # the database is away or busy: the same piece is tried again
        raise
    except Exception as error:
        if not isinstance(error, Refusal):
            log.exception("import %s stopped", job.pk)
        problem = str(error) if isinstance(error, Refusal) else _("It stopped after row %(row)s for a fault of ours.")
        _readers.pop(job.pk, None)
        job.refresh_from_db()
        _fail(job, problem % {"row": job.next_row}, worker)
        return False


def _fail(job: ImportJob, problem: str, worker: Actor) -> None:
    """Stop an import where it stands, and say why; a check that fails changed nothing, so the log needn't know."""
    job.status, job.problem, job.finished_at = Status.FAILED, problem, timezone.now()
    job.save()
    if not job.dry_run:
        fact = ImportFailed(
            import_id=job.pk,
            name=job.name,
            import_kind=job.kind,
            mode=job.mode,
            started_by_id=job.started_by_id,
            problem=problem,
        )
        record(fact, actor=worker)


def _worker(job: ImportJob, actor: Actor) -> Actor:
    who = job.undone_by_id if job.status == Status.UNDOING else job.started_by_id
    return people.actor_for(people.user(who), channel="import") if who else Actor.system("import")


def _import_step(job: ImportJob, worker: Actor) -> bool:
    if worker.user_id:
        people.person(worker.user_id)
    _check_rights(worker, job.kind, job.mode)
    sheet = importing.sheet_of(job)
    chunk = _next_rows(job, sheet)
    if not chunk:
        _finish(job, worker)
        return False
    if job.dry_run:
        with transaction.atomic():
            outcomes = _take(job, sheet, chunk, worker)
            transaction.set_rollback(True)
    else:
        outcomes = _take(job, sheet, chunk, worker)
    _note(job, chunk, outcomes)
    return True


_readers: dict[int, tuple[int, Iterator[Row]]] = {}


def _next_rows(job: ImportJob, sheet: Sheet) -> list[Row]:
    """The next rows, from a reader left open in this process if it stands at the right place."""
    position, reader = _readers.pop(job.pk, (-1, iter(())))
    if position != job.next_row:
        reader = sheet.rows(job.next_row)
    chunk = list(islice(reader, CHUNK))
    if chunk:
        _readers[job.pk] = (chunk[-1].number + 1, reader)
    return chunk


def _take(job: ImportJob, sheet: Sheet, chunk: Sequence[Row], worker: Actor) -> list[rows.Outcome]:
    taker = _taker(job, worker)
    sound = [importing.as_values(sheet, row) for row in chunk if row.problem is None]
    taken = iter(taker.take(sound))
    return [
        next(taken) if row.problem is None else rows.Outcome(Result.FAILED, message=str(row.problem)) for row in chunk
    ]


def _taker(job: ImportJob, worker: Actor) -> Any:
    columns, spec = importing.columns_of(job, worker)
    given = rows.Job(actor=worker, columns=columns, mode=job.mode, spec=spec)
    takers: dict[str, Any] = {
        "people": lambda: rows.People(given),
        "regions": lambda: rows.Named(given, "region"),
        "sources": lambda: rows.Named(given, "source"),
        "products": lambda: rows.Products(given),
        "customers": lambda: rows.Customers(
            given, lambda: importing.rows_of(job, Result.CREATED).filter(field="parent")
        ),
        "contacts": lambda: rows.Contacts(given),
        "deals": lambda: deal_rows.Deals(given),
    }
    return takers[job.kind]()


def _note(job: ImportJob, chunk: Sequence[Row], outcomes: Sequence[rows.Outcome]) -> None:
    notes = []
    for row, outcome in zip(chunk, outcomes, strict=True):
        notes.append(_row(job, row.number, outcome.result, outcome.kind, outcome.record_id, outcome))
        notes += [_row(job, row.number, Result.CREATED, kind, pk) for kind, pk in outcome.also if not job.dry_run]
        setattr(job, outcome.result, getattr(job, outcome.result) + 1)
    ImportRow.objects.bulk_create(notes)
    job.done, job.next_row = job.done + len(chunk), chunk[-1].number + 1
    job.save()


def _row(
    job: ImportJob, number: int, result: str, kind: str, record_id: int | None, outcome: rows.Outcome | None = None
) -> ImportRow:
    gone = job.dry_run and result == Result.CREATED
    return ImportRow(
        job=job,
        number=number,
        result=result,
        record_kind="" if gone else kind,
        record_id=None if gone else record_id,
        field=outcome.about[:60] if outcome else "",
        message=outcome.message if outcome else "",
    )


def _finish(job: ImportJob, worker: Actor) -> None:
    taker = _taker(job, worker)
    job.status, job.finished_at = Status.CHECKED if job.dry_run else Status.DONE, timezone.now()
    if job.dry_run:
        job.save()
        return
    if hasattr(taker, "finish"):
        taker.finish()
    job.save()
    fact = ImportFinished(
        import_id=job.pk,
        name=job.name,
        import_kind=job.kind,
        mode=job.mode,
        started_by_id=job.started_by_id,
        created=job.created,
        changed=job.changed,
        skipped=job.skipped,
        failed=job.failed,
    )
    record(fact, actor=worker)
    _tell_planner()


def _tell_planner() -> None:
    """PostgreSQL plans by what it knew of the tables before; after thousands of rows at once that takes minutes."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE process_run, process_stay, process_debt, crm_deal, crm_customer, events_event")


@transaction.atomic
def stop_check(*, actor: Actor, job_id: int) -> ImportJob:
    """End a check where it stands; what it found so far stays, and nothing else was ever written.

    An import that is no check is left alone: undoing stops it. Raises NotFound or NotAllowed.
    """
    importing.job(actor, job_id)
    job = ImportJob.objects.select_for_update().get(pk=job_id)
    if job.dry_run and job.status == Status.RUNNING:
        job.status, job.finished_at = Status.CHECKED, timezone.now()
        job.save(update_fields=["status", "finished_at"])
    return job


@transaction.atomic
def undo_import(*, actor: Actor, job_id: int) -> ImportJob:
    """Have everything an import made removed again, in steps; what was touched since is kept and named.

    A check under way (a dry run) is stopped: it made nothing. Raises NotFound, NotAllowed or ImportNotUndoable.
    """
    importing.job(actor, job_id)
    job = ImportJob.objects.select_for_update().get(pk=job_id)
    if job.dry_run and job.status == Status.RUNNING:
        return stop_check(actor=actor, job_id=job_id)
    if not _can_be_undone(job):
        raise ImportNotUndoable(status=str(Status(job.status).label))
    _check_rights(actor, job.kind, job.mode)
    made = importing.rows_of(job, Result.CREATED, Result.KEPT).filter(record_id__isnull=False).count()
    job.status, job.total, job.done, job.problem = Status.UNDOING, made, 0, ""
    job.undone_by_id = actor.user_id or None
    job.save()
    return job


def _can_be_undone(job: ImportJob) -> bool:
    """Also a second time, when something was kept because others depended on it."""
    if job.dry_run:
        return False
    if job.status == Status.UNDONE:
        return importing.rows_of(job, Result.KEPT).filter(record_id__isnull=False).exists()
    return job.status in {Status.DONE, Status.FAILED, Status.RUNNING}


def _undo_step(job: ImportJob, worker: Actor) -> bool:
    """Remove a piece, the newest first; then try again what others depended on, as long as that helps."""
    made = ImportRow.objects.filter(job=job, record_id__isnull=False).order_by("-pk")
    chunk = list(made.filter(result=Result.CREATED)[:CHUNK])
    again = [] if chunk else list(made.filter(result=Result.KEPT, field=undoing.DEPENDED_ON))
    rows_now = chunk or again
    undoing.remove_imported(actor=worker, rows=rows_now, reason=f"import {job.pk}")
    ImportRow.objects.bulk_update(rows_now, ["result", "record_id", "message", "field"], batch_size=CHUNK)
    if not any(row.result == Result.UNDONE for row in again) and not chunk:
        _finish_undo(job, worker)
        return False
    job.done = min(job.done + len(chunk), job.total)
    job.save()
    return True


def _finish_undo(job: ImportJob, worker: Actor) -> None:
    kept, removed = (
        ImportRow.objects.filter(job=job, result=result).count() for result in (Result.KEPT, Result.UNDONE)
    )
    job.status, job.finished_at = Status.UNDONE, timezone.now()
    job.total = job.done = job.created + job.changed + job.skipped + job.failed  # the sheet's rows again
    job.save()
    fact = ImportUndone(
        import_id=job.pk, name=job.name, import_kind=job.kind, mode=job.mode, removed=removed, kept=kept
    )
    record(fact, actor=worker)
    importing.forget_sheet(job)
