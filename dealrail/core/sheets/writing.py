"""Writes tables as CSV and .xlsx, row by row; text can't become a formula."""

import csv
import math
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from io import StringIO
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any

from django.utils import timezone
from django.utils.functional import Promise

from dealrail.core.sheets.formulas import escape_formula
from dealrail.core.sheets.refusals import SheetFull

Cell = str | int | float | Decimal | bool | date | datetime | time | Promise | None
"""What a cell may be; Decimal is money, an aware datetime is shown in the current time zone."""

XLSX_ROWS = 1_048_575
XLSX_TEXT = 32_767

_CHUNK = 1 << 16
_MEASURED_ROWS = 100
_WIDEST = 50
_LONGEST_TITLE = 31
# Spreadsheet programs keep no more of a number; longer ones are written as text.
_EXACT_DIGITS = 15
_EPOCH = date(1900, 1, 1)
_WORKBOOK = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "default_date_format": "yyyy-mm-dd",
}


def csv_chunks(headers: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """The table as UTF-8 CSV with a byte order mark and CRLF, piece by piece."""
    buffer = StringIO(newline="")
    buffer.write("\ufeff")
    writer = csv.writer(buffer)
    for row in chain([headers], rows):
        writer.writerow([as_text(value) for value in row])
        if buffer.tell() > _CHUNK:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def write_csv(stream: IO[bytes], headers: Sequence[str], rows: Iterable[Sequence[Cell]]) -> int:
    """Write the table to a binary stream; returns how many rows stand below the headers."""
    counted = _Counted(rows)
    for chunk in csv_chunks(headers, counted):
        stream.write(chunk)
    return counted.count


@dataclass(frozen=True)
class Notes:
    """A second sheet beside the table, for who reads it; an import reads the first sheet only."""

    title: str
    headers: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def write_xlsx(
    path: Path, headers: Sequence[str], rows: Iterable[Sequence[Cell]], *, notes: Notes | None = None, title: str = ""
) -> int:
    """Write the table to a file of one sheet of this title, and `notes` to another; returns how many rows it has.

    Refuses more rows than a sheet can hold; no file is left then. Text beyond 32,767 characters is cut.
    """
    import xlsxwriter  # the largest of all packages, and most processes write no sheet

    counted = _Counted(rows)
    try:
        with xlsxwriter.Workbook(path, _WORKBOOK) as book:
            _fill(book, headers, counted, title=title[:_LONGEST_TITLE] or None)
            if notes is not None:
                _fill(book, notes.headers, notes.rows, title=notes.title)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return counted.count


def as_text(value: Cell) -> str:
    """A value as a cell of CSV holds it: ISO dates, TRUE and FALSE, guarded text."""
    match value:
        case None:
            return ""
        case bool():
            return "TRUE" if value else "FALSE"
        case float():
            return f"{value:.15g}" if math.isfinite(value) else ""
        case Decimal():
            return f"{value:f}"
        case int():
            return str(value)
        case datetime():
            return _local(value).isoformat(" ", "seconds")
        case date() | time():
            return value.isoformat()
    return escape_formula(str(value))


class _Counted:
    """Rows on their way, counted."""

    def __init__(self, rows: Iterable[Sequence[Cell]]) -> None:
        self._rows, self.count = rows, 0

    def __iter__(self) -> Iterator[Sequence[Cell]]:
        for row in self._rows:
            self.count += 1
            yield row


def _fill(book: Any, headers: Sequence[str], rows: Iterable[Sequence[Cell]], *, title: str | None = None) -> None:
    sheet, formats = book.add_worksheet(title), _formats(book)
    waiting = iter(rows)
    measured = list(islice(waiting, _MEASURED_ROWS))
    for column, width in enumerate(_widths([headers, *measured])):
        sheet.set_column(column, column, width)
    sheet.freeze_panes(1, 0)
    for column, header in enumerate(headers):
        sheet.write_string(0, column, _fitting(escape_formula(str(header))), formats["header"])
    for number, row in enumerate(chain(measured, waiting), start=1):
        if number > XLSX_ROWS:
            raise SheetFull(limit=XLSX_ROWS)
        for column, value in enumerate(row):
            _write_cell(sheet, (number, column), value, formats)


def _formats(book: Any) -> dict[str, Any]:
    looks = {"int": "0", "money": "#,##0.00", "date": "yyyy-mm-dd", "moment": "yyyy-mm-dd hh:mm:ss", "text": "@"}
    formats = {name: book.add_format({"num_format": code}) for name, code in looks.items()}
    return {**formats, "header": book.add_format({"bold": True})}


def _write_cell(sheet: Any, at: tuple[int, int], value: Cell, formats: dict[str, Any]) -> None:
    match value:
        case None | "":
            return
        case bool():
            sheet.write_boolean(*at, value)
        case int() | Decimal() if _is_exact(value):
            sheet.write_number(*at, value, formats["int" if isinstance(value, int) else "money"])
        case float() if math.isfinite(value):
            sheet.write_number(*at, value)
        case datetime() if value.date() >= _EPOCH:
            sheet.write_datetime(*at, _local(value), formats["moment"])
        case date() if value >= _EPOCH:
            sheet.write_datetime(*at, value, formats["date"])
        case _:
            sheet.write_string(*at, _fitting(as_text(value)), formats["text"])


def _is_exact(value: int | Decimal) -> bool:
    return sum(char.isdigit() for char in as_text(value)) <= _EXACT_DIGITS


def _fitting(text: str) -> str:
    return text if len(text) <= XLSX_TEXT else f"{text[: XLSX_TEXT - 1]}…"


def _local(moment: datetime) -> datetime:
    """The moment as clocks show it in the current time zone, to the second."""
    shown = timezone.localtime(moment) if timezone.is_aware(moment) else moment
    return shown.replace(tzinfo=None, microsecond=0)


def _widths(rows: list[Sequence[Cell]]) -> list[int]:
    """Widths of the columns by what stands in the first rows; Chinese characters take two places."""
    widths: list[int] = []
    for row in rows:
        widths += [0] * (len(row) - len(widths))
        for column, value in enumerate(row):
            widths[column] = max(widths[column], min(_places(as_text(value)), _WIDEST))
    return [width + 2 for width in widths]


def _places(text: str) -> int:
    line = text[:_WIDEST].split("\n", 1)[0]
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in line)
