"""Imports and what became of their rows, as JSON."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel

from dealrail.api.shapes.parts import plain


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


_JOB = tuple(name for name in ImportOut.model_fields if name != "id")


def import_out(job: Any) -> ImportOut:
    """An import as it stands."""
    return ImportOut(id=job.pk, **plain(job, *_JOB))


def imports_out(jobs: list[Any]) -> list[ImportOut]:
    """Imports as they stand."""
    return [import_out(job) for job in jobs]


def rows_out(rows: list[Any]) -> list[ImportRowOut]:
    """What became of rows."""
    return [ImportRowOut(**plain(row, *ImportRowOut.model_fields)) for row in rows]
