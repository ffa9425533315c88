"""Rows as a file to download, .xlsx or .csv."""

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _

from dealrail.accounts import policy
from dealrail.accounts.actor import Actor
from dealrail.core import sheets
from dealrail.core.errors import Refusal
from dealrail.crm import exporting
from dealrail.crm.actions.exports import note_export
from dealrail.crm.permissions import EXPORTS_RUN

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class UnknownFormat(Refusal):
    code = "unknown_format"
    sentence = _("A sheet can be .xlsx or .csv, not “%(value)s”.")


def records_answer(request: HttpRequest, actor: Actor, kind: str, rows: QuerySet[Any]) -> HttpResponseBase:
    """These records as a download, which goes on record first; refuse with NotAllowed or UnknownFormat."""
    form = request.GET.get("as", "xlsx")
    check_format(form)
    table = exporting.of_rows(actor, kind, rows)
    note_export(actor=actor, kind=kind, rows=rows.count(), filter_=request.GET.dict())
    return sheet_answer(actor, kind, table.headers, table.rows, kind=form)


def check_format(kind: str) -> None:
    """Refuse with UnknownFormat what is neither .xlsx nor .csv."""
    if kind not in {"csv", "xlsx"}:
        raise UnknownFormat(value=kind[:10])


def sheet_answer(
    actor: Actor, name: str, headers: Sequence[Any], rows: Iterable[Sequence[Any]], *, kind: str
) -> HttpResponseBase:
    """The rows as a download; refuse with NotAllowed or UnknownFormat."""
    policy.require(actor, EXPORTS_RUN)
    check_format(kind)
    return table_answer(f"{name}-{timezone.localdate():%Y%m%d}", headers, rows, kind=kind)


def table_answer(
    name: str,
    headers: Sequence[Any],
    rows: Iterable[Sequence[Any]],
    *,
    kind: str,
    notes: sheets.Notes | None = None,
    title: str = "",
) -> HttpResponseBase:
    """A table as a file of this name, for who was found to be allowed it; `kind` was checked.

    `notes` and the `title` of the sheet are for .xlsx.
    """
    titles = [str(header) for header in headers]
    file_name = f"{name}.{kind}"
    if kind == "csv":
        answer = StreamingHttpResponse(sheets.csv_chunks(titles, rows), content_type=CSV)
        answer.headers["Content-Disposition"] = content_disposition_header(True, file_name) or ""
        return answer
    return _workbook(file_name, titles, rows, notes, title)


def _workbook(
    file_name: str, titles: Sequence[str], rows: Iterable[Sequence[Any]], notes: sheets.Notes | None, title: str
) -> HttpResponseBase:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / file_name
        sheets.write_xlsx(path, titles, rows, notes=notes, title=title)
        # open until the answer is sent; the name may go before that
        return FileResponse(path.open("rb"), as_attachment=True, filename=file_name, content_type=XLSX)
