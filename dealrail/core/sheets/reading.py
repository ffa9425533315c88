"""Opens a table that somebody uploaded: checks it once as a whole, then gives its rows."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from dealrail.core.sheets.child import MERGED, NO_RESULT
from dealrail.core.sheets.limits import DEFAULT, Limits
from dealrail.core.sheets.refusals import (
    EmptySheet,
    MergedHeaders,
    MissingHeaders,
    NotASheet,
    OldExcelFile,
    OnlyHeaders,
    ProtectedSheet,
    RepeatedHeaders,
    SheetTooLarge,
    TooManyColumns,
    TooManyRows,
    UnusableHeaders,
)
from dealrail.core.sheets.rows import ERRORS, Row, Shape, column_letters, plain, read_row
from dealrail.core.sheets.text import detect_delimiter, detect_encoding, records
from dealrail.core.sheets.workbook import convert

LONGEST_HEADER = 255

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_OLE = "EncryptedPackage".encode("utf-16-le")
_MARKUP = (b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta", b"<style")
_OTHERS = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"{\\rtf", b"PK")


@dataclass(frozen=True)
class _Table:
    """Delimited text on disk: the upload itself, or what it was converted to, with `skip` records above row 1."""

    path: Path
    name: str
    encoding: str
    delimiter: str
    skip: int = 0

    def records(self) -> Iterator[tuple[int, list[str]]]:
        """Each record with the number of its row."""
        return enumerate(records(self.path, self.encoding, self.delimiter, self.name, skip=self.skip), start=1)


@dataclass(frozen=True)
class Sheet:
    """A table that can be read: its headers, how many rows hold something, and the rows, as often as needed."""

    kind: str
    headers: list[str]
    header_row: int
    count: int
    sheet_name: str
    other_sheets: list[str]
    _table: _Table = field(repr=False)
    _limits: Limits = field(repr=False)

    @property
    def encoding(self) -> str:
        return self._table.encoding

    @property
    def delimiter(self) -> str:
        return self._table.delimiter

    def rows(self, start: int = 0) -> Iterator[Row]:
        """The rows from number `start` on, one at a time; blank ones are left out."""
        first = max(start, self.header_row + 1)
        separator = self.delimiter if self.kind == "csv" else ""
        shape = Shape(len(self.headers), self._limits.cell, separator)
        for number, record in self._table.records():
            if number >= first and (row := read_row(number, record, shape)):
                yield row


def open_sheet(path: Path, *, name: str, limits: Limits = DEFAULT) -> Sheet:
    """Check an uploaded .xlsx, .csv or tab-separated file by what it holds; `name` is what the person calls it.

    Refuses what is no such table, breaks the limits, or lacks a header for each column and a row below.
    """
    kind = _kind(path, name, limits)
    if kind == "xlsx":
        converted = convert(path, name=name, limits=limits)
        table = _Table(converted.path, name, "utf-8", ",", skip=1)
        sheet_name, others = converted.sheet_name, converted.other_sheets
    else:
        encoding = detect_encoding(path, name)
        table = _Table(path, name, encoding, detect_delimiter(path, encoding))
        sheet_name, others = "", []
    header_row, headers = _headers(table, limits)
    count = _count(table, header_row, len(headers), limits)
    return Sheet(kind, headers, header_row, count, sheet_name, others, table, limits)


def _kind(path: Path, name: str, limits: Limits) -> str:
    size = path.stat().st_size
    if not size:
        raise EmptySheet(name=name)
    if size > limits.file_bytes:
        raise SheetTooLarge(name=name, megabytes=limits.file_bytes // 2**20)
    with path.open("rb") as file:
        head = file.read(512)
    if head.startswith(b"PK\x03\x04"):
        return "xlsx"
    if head.startswith(_OLE):
        raise (ProtectedSheet if _ENCRYPTED_OLE in path.read_bytes() else OldExcelFile)(name=name)
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith(_MARKUP):
        raise OldExcelFile(name=name)
    if head.startswith(_OTHERS):
        raise NotASheet(name=name)
    return "csv"


def _headers(table: _Table, limits: Limits) -> tuple[int, list[str]]:
    """The first row that holds something, and its number."""
    for number, record in table.records():
        cells = [" ".join(plain(cell.lstrip("\ufeff")).split()) for cell in record]
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            _check_headers(number, cells, table.name, limits)
            return number, cells
    raise EmptySheet(name=table.name)


def _check_headers(number: int, cells: list[str], name: str, limits: Limits) -> None:
    if len(cells) > limits.columns:
        raise TooManyColumns(name=name, limit=limits.columns)
    where = {"name": name, "row": number}
    if merged := _columns(cells, lambda cell: cell == MERGED):
        raise MergedHeaders(**where, columns=merged)
    if unusable := _columns(cells, _is_unusable):
        raise UnusableHeaders(**where, columns=unusable)
    if missing := _columns(cells, lambda cell: not cell):
        raise MissingHeaders(**where, columns=missing)
    header, times = Counter(cells).most_common(1)[0]
    if times > 1:
        raise RepeatedHeaders(**where, header=header, columns=_columns(cells, lambda cell: cell == header))


def _columns(cells: list[str], is_meant: Callable[[str], bool]) -> str:
    return ", ".join(column_letters(index) for index, cell in enumerate(cells) if is_meant(cell))


def _is_unusable(cell: str) -> bool:
    return cell == NO_RESULT or cell in ERRORS or "\0" in cell or len(cell) > LONGEST_HEADER


def _count(table: _Table, header_row: int, columns: int, limits: Limits) -> int:
    """Rows below the headers that hold something; reads the whole file, so later reading meets no surprise."""
    count, narrowest = 0, limits.columns + 1
    for number, record in table.records():
        if number <= header_row or not any(map(plain, record)):
            continue
        count += 1
        if count > limits.rows:
            raise TooManyRows(name=table.name, limit=limits.rows)
        if narrowest > columns:
            narrowest = min(narrowest, _width(record))
    if not count:
        raise OnlyHeaders(name=table.name)
    if narrowest > columns:
        # Not one row fits: what was taken for the headers is a title.
        missing = ", ".join(column_letters(index) for index in range(columns, narrowest))
        raise MissingHeaders(name=table.name, row=header_row, columns=missing)
    return count


def _width(record: list[str]) -> int:
    return max(index for index, cell in enumerate(record, start=1) if plain(cell))
