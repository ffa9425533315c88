"""Taking one step for many records: one by one through the same actions, resumed after a crash, stopped, undone."""

import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import OperationalError, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from dealrail.accounts import policy as accounts
from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import UnknownPerson
from dealrail.core import clock
from dealrail.core.errors import Refusal
from dealrail.crm import bulk
from dealrail.crm.errors import BulkNotUndoable, ChangedSince, NothingChosen, NothingToUndo, TooManyChosen
from dealrail.crm.facts import BulkFinished, BulkStarted
from dealrail.crm.models import BulkJob, BulkRow
from dealrail.events.engine import record
from dealrail.process.errors import GateBlocked

log = logging.getLogger(__name__)
MOST_ROWS = 10_000
LONGEST_PARAM = 5000
Status = BulkJob.Status
Result = BulkRow.Result


@transaction.atomic
def start_bulk(
    *,
    actor: Actor,
    kind: str,
    step: str,
    records: Sequence[tuple[int, int | None]],
    params: Mapping[str, str] | None = None,
) -> BulkJob:
    """Take note of a step for these records (id, and the version that was seen if any), to be taken one by one.

    Raises UnknownBulkStep, NotAllowed, NothingChosen, TooManyChosen, or what the step refuses of `params` for all of
    them: no new owner, no new value, no reason.
    """
    found = bulk.step_of(kind, step)
    if found.permission:
        accounts.require(actor, found.permission)
    chosen = dict(records)
    if not chosen:
        raise NothingChosen()
    if len(chosen) > MOST_ROWS:
        raise TooManyChosen(count=len(chosen), most=MOST_ROWS)
    given = {str(key)[:60]: str(value)[:LONGEST_PARAM] for key, value in (params or {}).items()}
    if found.check:
        found.check(given)
    names = bulk.names(actor, kind, chosen)
    rows = [BulkRow(record_id=pk, seen_version=seen, name=names.get(pk, f"#{pk}")[:200]) for pk, seen in chosen.items()]
    return _started(actor, BulkJob(kind=kind, step=step, params=given), rows)


def _started(actor: Actor, job: BulkJob, rows: Iterable[BulkRow]) -> BulkJob:
    numbered = list(rows)
    job.params = {**job.params, "language": translation.get_language() or ""}
    job.total, job.created_at, job.started_by_id = len(numbered), clock.now(), actor.user_id or None
    job.save()
    for number, row in enumerate(numbered, 1):
        row.job, row.number = job, number
    BulkRow.objects.bulk_create(numbered, batch_size=500)
    about: dict[str, Any] = {"bulk_id": job.pk, "of": job.kind, "step": job.step}
    record(BulkStarted(**about, rows=job.total, undo_of_id=job.undo_of_id), actor=actor)
    return job


@transaction.atomic
def step_bulk(*, actor: Actor, job_id: int) -> bool:
    """Take the step for the next record of a job; False when nothing is left to do.

    What became of it is written together with it, so a crash neither loses nor doubles a record. It is done with the
    rights that the person who started the job has now, and refused when they are active no longer.
    """
    job = BulkJob.objects.select_for_update().filter(pk=job_id, status=Status.RUNNING).first()
    if job is None:
        return False
    row = bulk.rows_of(job, Result.OPEN).first()
    if row is None:
        _finish(job, Status.DONE)
        return False
    with translation.override(job.params.get("language") or translation.get_language()):
        _work(job, row)
    row.save()
    job.done += 1
    counter = {Result.DONE: "succeeded", Result.WAITING: "waiting"}.get(Result(row.result), "refused")
    setattr(job, counter, getattr(job, counter) + 1)
    job.save()
    return True


def _work(job: BulkJob, row: BulkRow) -> None:
    """Take the step, or note why not; a fault of ours spoils one row and not the job."""
    try:
        with transaction.atomic():
            _take(job, row)
    except OperationalError:  # the database is away or busy: the same record is tried again
        raise
    except GateBlocked as refusal:
        row.result = Result.REFUSED
        row.message = "\n".join([str(refusal), *(demand.message for demand in refusal.demands)])
    except Refusal as refusal:
        row.result, row.message = Result.REFUSED, str(refusal)
    except Exception:
        log.exception("bulk job %s failed at record %s", job.pk, row.record_id)
        row.result, row.message = Result.REFUSED, _("It stopped here for a fault of ours; the others went on.")


def _take(job: BulkJob, row: BulkRow) -> None:
    step, worker = bulk.step_of(job.kind, job.step), _worker(job)
    _require_active(worker)
    if job.undo_of_id:
        _put_back(step, worker, job, row)
        row.result, row.message = Result.DONE, _("As it was before.")
        return
    was = step.state(row.record_id, job.params) if step.state else {}
    done = step.take(worker, row.record_id, row.seen_version, job.params)
    became = step.state(row.record_id, job.params) if step.state else {}
    row.before = {"was": was, "became": became} if was != became else {}
    row.result, row.message = Result.WAITING if done.waiting else Result.DONE, done.sentence


def _put_back(step: bulk.Step, worker: Actor, job: BulkJob, row: BulkRow) -> None:
    if step.state is None or step.put_back is None:
        raise BulkNotUndoable(why=str(step.lasting))
    if step.state(row.record_id, job.params) != row.before["became"]:
        raise ChangedSince()
    step.put_back(worker, row.record_id, row.before["was"], job.params)


def _worker(job: BulkJob) -> Actor:
    if not job.started_by_id:
        return Actor.system("bulk")
    return people.actor_for(people.user(job.started_by_id), channel="bulk")


def _require_active(worker: Actor) -> None:
    if worker.user_id and not people.user(worker.user_id).is_active:
        raise UnknownPerson(person=worker.name)


def _finish(job: BulkJob, status: str) -> None:
    job.status, job.finished_at = status, clock.now()
    job.save()
    fact = BulkFinished(
        bulk_id=job.pk,
        of=job.kind,
        step=job.step,
        stopped=status == Status.STOPPED,
        succeeded=job.succeeded,
        waiting=job.waiting,
        refused=job.refused,
        undo_of_id=job.undo_of_id,
        handed=_handed(job),
    )
    record(fact, actor=_worker(job))


def _handed(job: BulkJob) -> list[dict[str, Any]]:
    """Who got how many records from whom, where the step hands them over."""
    now, before = ("was", "became") if job.undo_of_id else ("became", "was")
    rows = bulk.rows_of(job, Result.DONE).order_by().values_list("before", flat=True)
    pairs = Counter(
        (row[before].get("owner"), row[now].get("owner"))
        for row in rows
        if row and "owner" in row[now] and row[before].get("owner") != row[now].get("owner")
    )
    names = people.names_of({pk for pair in pairs for pk in pair if pk})
    return [
        {"from_id": old, "from_name": names.get(old, ""), "to_id": new, "to_name": names.get(new, ""), "count": count}
        for (old, new), count in pairs.items()
    ]


@transaction.atomic
def stop_bulk(*, actor: Actor, job_id: int) -> BulkJob:
    """End a job where it stands; what was done stays done, the rest was not reached. Raises NotFound."""
    bulk.job(actor, job_id)
    job = BulkJob.objects.select_for_update().get(pk=job_id)
    if job.status == Status.RUNNING:
        _finish(job, Status.STOPPED)
    return job


@transaction.atomic
def undo_bulk(*, actor: Actor, job_id: int) -> BulkJob:
    """Have what a job changed put back, as a job of its own; what somebody changed since is left and named.

    Raises NotFound, BulkNotUndoable (no such step, or all is out of the actor's reach) or NothingToUndo.
    """
    bulk.job(actor, job_id)
    job = BulkJob.objects.select_for_update().get(pk=job_id)
    step = bulk.step_of(job.kind, job.step)
    if step.put_back is None or job.undo_of_id:
        raise BulkNotUndoable(why=str(step.lasting))
    if bulk.is_out_of_reach(actor, job):
        raise BulkNotUndoable(why=str(bulk.OUT_OF_REACH))
    if not bulk.can_be_undone(actor, job):
        raise NothingToUndo()
    kept = [BulkRow(record_id=row.record_id, name=row.name, before=row.before) for row in bulk.undoable_rows(job)]
    params = {key: value for key, value in job.params.items() if key != "language"}
    return _started(actor, BulkJob(kind=job.kind, step=job.step, params=params, undo_of=job), kept)
