"""Steps for many records at once: what each kind of record offers; apps above add theirs."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotFound
from dealrail.crm.errors import UnknownBulkStep
from dealrail.crm.models import BulkJob, BulkRow
from dealrail.crm.queries.custom import field_name, fields_in_use, hidden_fields
from dealrail.crm.rules import custom_key, is_custom

Params = Mapping[str, str]


@dataclass(frozen=True)
class Done:
    """What became of a record; `waiting` when the step goes on once somebody approved."""

    sentence: str
    waiting: bool = False


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step, taken for a record by its own action.

    With `state` it can be undone: that is what the step changes, as plain values, and `put_back` sets it again.
    `lasting` says why a step without it can't. A step that may take records out of the actor's reach tells by
    `reached` whether any of these can still be put back by them. `check` refuses what was typed before any record is
    touched.
    """

    key: str
    label: Any
    permission: str
    take: Callable[[Actor, int, int | None, Params], Done]
    state: Callable[[int, Params], dict[str, Any]] | None = None
    put_back: Callable[[Actor, int, Mapping[str, Any], Params], None] | None = None
    lasting: Any = ""
    reached: Callable[[Actor, QuerySet[Any]], bool] | None = None
    check: Callable[[Params], None] | None = None


@dataclass(frozen=True)
class Kind:
    """A kind of record: those the actor may see, the field its name stands in, and its steps."""

    rows: Callable[[Actor], QuerySet[Any]]
    name: str
    steps: dict[str, Step] = field(default_factory=dict)


KINDS: dict[str, Kind] = {}
OUT_OF_REACH = _("What was handed over is no longer yours to take back; who has it now can hand it back.")


def register(key: str, kind: Kind, steps: Iterable[Step]) -> None:
    """Let these steps be taken for records of this kind; steps for a known kind are added to it."""
    found = KINDS.setdefault(key, kind)
    found.steps.update({step.key: step for step in steps})


def step_of(kind: str, step: str) -> Step:
    """A step of a kind; refuse with UnknownBulkStep."""
    found = KINDS.get(kind)
    if found is None or step not in found.steps:
        known = ", ".join(found.steps) if found else ", ".join(KINDS)
        raise UnknownBulkStep(step=step[:40], known=known)
    return found.steps[step]


def offered(actor: Actor, kind: str) -> list[Step]:
    """The steps that the actor may take at all."""
    found = KINDS.get(kind)
    return [step for step in found.steps.values() if not step.permission or actor.may(step.permission)] if found else []


def names(actor: Actor, kind: str, ids: Iterable[int]) -> dict[int, str]:
    """The names of those of these records that the actor may see."""
    found, wanted, known = KINDS[kind], list(ids), dict[int, str]()
    for start in range(0, len(wanted), _PIECE):
        rows = found.rows(actor).filter(pk__in=wanted[start : start + _PIECE]).order_by()
        known |= {pk: str(name) for pk, name in rows.values_list("pk", found.name)}
    return known


_PIECE = 500


def jobs(actor: Actor) -> QuerySet[BulkJob]:
    """The jobs one started, the latest first."""
    return BulkJob.objects.filter(started_by=actor.user_id).order_by("-pk")


def job(actor: Actor, job_id: int) -> BulkJob:
    """One job; refuse with NotFound, also when somebody else started it."""
    found = jobs(actor).filter(pk=job_id).first()
    if found is None:
        raise NotFound()
    return found


def rows_of(job: BulkJob, *results: str) -> QuerySet[BulkRow]:
    """What became of the records of a job, in their order."""
    rows = BulkRow.objects.filter(job=job).order_by("number")
    return rows.filter(result__in=results) if results else rows


def tells_hidden(actor: Actor, job: BulkJob) -> bool:
    """Whether what a job says of its records is about an added field that the actor can't see, or that isn't there."""
    name, kind = str(job.params.get("field", "")), job.kind.removesuffix("s")
    known = is_custom(name) and name in {field_name(field) for field in fields_in_use(kind)}
    return is_custom(name) and (not known or (kind, custom_key(name)) in hidden_fields(actor))


def undoable_rows(job: BulkJob) -> QuerySet[BulkRow]:
    """The rows of a job that changed something and weren't put back yet."""
    back = BulkRow.objects.filter(job__undo_of=job, result=BulkRow.Result.DONE).values("record_id")
    return rows_of(job, BulkRow.Result.DONE).exclude(before={}).exclude(record_id__in=back)


def is_out_of_reach(actor: Actor, job: BulkJob) -> bool:
    """Whether something could be put back, but nothing of it is still the actor's to hand over."""
    found = KINDS[job.kind].steps.get(job.step) if job.kind in KINDS else None
    if found is None or found.reached is None:
        return False
    rows = undoable_rows(job)
    return rows.exists() and not found.reached(actor, rows.order_by().values("record_id"))


def can_be_undone(actor: Actor, job: BulkJob) -> bool:
    """Whether the actor has something left to put back: the step can be undone, and no undo of it is under way."""
    found = KINDS[job.kind].steps.get(job.step) if job.kind in KINDS else None
    if found is None or found.put_back is None or job.undo_of_id or job.status == BulkJob.Status.RUNNING:
        return False
    under_way = BulkJob.objects.filter(undo_of=job, status=BulkJob.Status.RUNNING).exists()
    return not under_way and undoable_rows(job).exists() and not is_out_of_reach(actor, job)


RESULTS: Mapping[str, Any] = {
    BulkRow.Result.OPEN: _("Not reached"),
    BulkRow.Result.DONE: _("Done"),
    BulkRow.Result.WAITING: _("Waiting for approval"),
    BulkRow.Result.REFUSED: _("Not done"),
}
