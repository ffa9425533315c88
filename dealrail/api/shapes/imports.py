"""Imports and what became of their rows, as JSON."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel

from dealrail.accounts.actor import Actor
from dealrail.api.shapes.parts import plain
from dealrail.core.reading import reading
from dealrail.crm import importing


class ImportOut(BaseModel):
    """An import: `status` is checked, running, done, failed, undoing or undone; the rest counts rows."""

    id: int
    name: str
    kind: str
    mode: str
    status: str
    dry_run: bool
    total: int
    done: int
    created: int
    changed: int
    skipped: int
    failed: int
    problem: str
    mapping: dict[str, Any]
    created_at: datetime
    finished_at: datetime | None


class ImportRowOut(BaseModel):
    """What became of one row of a sheet; `number` is its row in Excel."""

    number: int
    result: str
    field: str
    message: str
    record_kind: str
    record_id: int | None


_JOB = tuple(name for name in ImportOut.model_fields if name not in {"id", "mapping", "problem"})
_ROW = tuple(name for name in ImportRowOut.model_fields if name not in {"field", "message"})


def import_out(actor: Actor, job: Any) -> ImportOut:
    """An import as it stands, of what the actor may read of it."""
    mapping = importing.mapping_seen(actor, job.kind, job.mapping)
    _field, problem = importing.sight(actor, job).said("", job.problem)
    return ImportOut(id=job.pk, mapping=mapping, problem=problem, **plain(job, *_JOB))


def imports_out(actor: Actor, jobs: list[Any]) -> list[ImportOut]:
    """Imports as they stand."""
    with reading():
        return [import_out(actor, job) for job in jobs]


def rows_out(seen: importing.Sight, rows: list[Any]) -> list[ImportRowOut]:
    """What became of rows, as far as it is seen."""
    return [_row_out(row, *seen.said(row.field, row.message)) for row in rows]


def _row_out(row: Any, field: str, message: str) -> ImportRowOut:
    return ImportRowOut(**plain(row, *_ROW), field=field, message=message)
