"""Imports: sending a sheet, following it, getting its errors, undoing it."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

from django.db.models import F
from django.http import HttpResponseBase, StreamingHttpResponse
from ninja import File, Form, Query, Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import BeforeValidator, Field, Json

from dealrail.accounts.actor import Actor
from dealrail.api.auth import ApiRequest
from dealrail.api.paging import Page, Paged, paged
from dealrail.api.reading import Id, storable
from dealrail.api.shapes.imports import ImportOut, ImportRowOut, import_out, imports_out, rows_out
from dealrail.core.sheets import csv_chunks
from dealrail.crm import importing
from dealrail.crm.actions import imports
from dealrail.crm.clocks import finish_import

router = Router(tags=["imports"])
PATIENCE = 1.5


def _or_none(value: Any) -> Any:
    return None if value == "" else value


class NewImport(Schema):
    """How to read the sheet; without a mapping the columns are guessed by their headers."""

    kind: str = Field(description="customers, contacts, deals, products, people …")
    mode: Literal["new", "history"] = Field("new", description="history brings deals in as they are.")
    mapping: Annotated[Json[dict[str, Any]] | None, BeforeValidator(_or_none)] = Field(
        None, description="JSON: {field: column}, or {fields: …, process: …}, see docs/api.md."
    )
    process: str = ""
    dry_run: bool = Field(False, description="Check everything and write nothing.")


class RowQuery(Paged):
    """Which rows: created, changed, skipped, failed, or kept when the rest was undone; all when left out."""

    result: Literal["", "created", "changed", "skipped", "failed", "kept"] = ""


@contextmanager
def _kept(file: UploadedFile) -> Iterator[Path]:
    """The upload as a file with a path, for as long as it is needed."""
    with tempfile.TemporaryDirectory(prefix="dealrail-upload-") as folder:
        path = Path(folder) / f"sheet{Path(file.name or '').suffix[:8]}"
        with path.open("wb") as target:
            for chunk in file.chunks():
                target.write(chunk)
        yield path


def _answer(actor: Actor, job_id: int) -> Status[ImportOut]:
    """The import after a moment of work: 202 when the worker goes on with it."""
    job = finish_import(job_id, seconds=PATIENCE)
    return Status(202 if job.status in {"running", "undoing"} else 200, import_out(actor, job))


@router.post("/imports", response={200: ImportOut, 202: ImportOut})
def start_import(request: ApiRequest, given: Form[NewImport], file: File[UploadedFile]) -> Status[ImportOut]:
    """Import a sheet (.xlsx or .csv): 200 when it is done, 202 when the worker goes on with it."""
    name = Path(file.name or "sheet").name
    with _kept(file) as path:
        importing.look_at(request.auth, path, name=name)
        job = imports.start_import(actor=request.auth, path=path, name=name, **storable(given.model_dump()))
    return _answer(request.auth, job.pk)


@router.get("/imports", response=Page[ImportOut])
def list_imports(request: ApiRequest, asked: Query[Paged]) -> Page[ImportOut]:
    """The imports one may see, the latest first."""
    return paged(importing.jobs(request.auth), asked, show=partial(imports_out, request.auth))


@router.get("/imports/{import_id}", response=ImportOut)
def read_import(request: ApiRequest, import_id: Id) -> ImportOut:
    """One import as it stands."""
    return import_out(request.auth, importing.job(request.auth, import_id))


@router.get("/imports/{import_id}/rows", response=Page[ImportRowOut])
def list_import_rows(request: ApiRequest, import_id: Id, asked: Query[RowQuery]) -> Page[ImportRowOut]:
    """What became of each row of the sheet."""
    job = importing.job(request.auth, import_id)
    rows, seen = importing.rows_of(job, *filter(None, [asked.result])), importing.sight(request.auth, job)
    return paged(rows, asked, [F("number").asc()], show=partial(rows_out, seen))


@router.get("/imports/{import_id}/errors", response={200: None})
def read_import_errors(request: ApiRequest, import_id: Id) -> HttpResponseBase:
    """The rows that were refused, as a sheet (CSV) with a sentence for each; mend it and import it again."""
    headers, rows = importing.error_table(request.auth, importing.job(request.auth, import_id))
    response = StreamingHttpResponse(csv_chunks(headers, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="import-{import_id}-errors.csv"'
    return response


@router.post("/imports/{import_id}/undo", response={200: ImportOut, 202: ImportOut})
def undo_import(request: ApiRequest, import_id: Id) -> Status[ImportOut]:
    """Take back what an import did; nothing is left but events."""
    job = imports.undo_import(actor=request.auth, job_id=import_id)
    return _answer(request.auth, job.pk)
