"""Exports: everything one sees, as a sheet."""

import tempfile
from pathlib import Path
from typing import Any, Literal

from django.http import FileResponse, HttpResponseBase
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from dealrail.accounts.actor import Actor
from dealrail.api.auth import ApiRequest
from dealrail.api.reading import storable
from dealrail.core.filters import read_filter
from dealrail.core.sheets import write_csv, write_xlsx
from dealrail.crm import exporting
from dealrail.crm.actions.exports import note_export
from dealrail.crm.exporting import Table

router = Router(tags=["exports"])
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class ExportQuery(Schema):
    """Which rows, in which order, as what."""

    form: Literal["csv", "xlsx"] = Field("csv", alias="as")
    filter: str = Field("", description="A filter in JSON, as for lists.")
    sort: str = ""


@router.get("/exports/{kind}", response={200: None})
def export_records(request: ApiRequest, kind: str, asked: Query[ExportQuery]) -> HttpResponseBase:
    """The deals, customers, contacts or products one may see, as a sheet; who took them goes on record."""
    wanted = read_filter(asked.filter)
    table = exporting.table(request.auth, storable(kind), filter_=wanted, sort=asked.sort)
    return _file(request.auth, table, kind, asked.form, wanted)


def _file(actor: Actor, table: Table, kind: str, form: str, wanted: Any) -> HttpResponseBase:
    """The table as a download; noted before anybody gets it."""
    with tempfile.TemporaryDirectory(prefix="dealrail-export-") as folder:
        path = Path(folder) / f"{kind}-{timezone.localdate():%Y%m%d}.{form}"
        note_export(actor=actor, kind=kind, rows=_write(path, table), filter_=wanted)
        # open until the answer is sent; the name may go before that
        return FileResponse(path.open("rb"), as_attachment=True, filename=path.name, content_type=TYPES[form])


def _write(path: Path, table: Table) -> int:
    if path.suffix == ".xlsx":
        return write_xlsx(path, table.headers, table.rows)
    with path.open("wb") as file:
        return write_csv(file, table.headers, table.rows)
