"""Turns an .xlsx sheet into CSV; run by path in a process of its own, with limits on memory and time.

It imports nothing of the project, so that the process starts quickly. `workbook.py` has checked the file, and
reads the answer: a line of JSON on standard output, either the result or the name of a refusal.
"""

import csv
import json
import re
import sys
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import zip_longest
from pathlib import Path, PurePosixPath
from typing import Any
from xml.etree import ElementTree as ET

from python_calamine import CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

if sys.platform != "win32":
    import resource

# Stand in the place of a cell that can't be taken; a sheet, being XML, can't hold a NUL.
MERGED = "\0merged"
NO_RESULT = "\0no result"

Marks = dict[int, dict[int, str]]
Range = tuple[tuple[int, int], tuple[int, int]]

_CHUNK = 1 << 20
_LONGEST_CELL = 1 << 22
_ADDRESS = re.compile(rb"\br=[\"']([A-Z]{1,3})(\d{1,7})[\"']")
_FAR = re.compile(rb"\br=[\"'][A-Z]{0,3}(\d{7,10})[\"']")
_LAST_ROW = 1_048_576
_MOST_BLANK = 10_000
_LONGEST_ADDRESS = 40
_ERROR_TYPE = re.compile(rb"\bt=[\"']e[\"']")
_TEXT_TYPE = re.compile(rb"\bt=[\"']str[\"']")


class Refused(Exception):
    """The sheet can't be converted; carries the name of the reason."""


def convert(source: Path, target: Path, stamp: Any, rows: int, columns: int) -> dict[str, Any]:
    """Write the first visible sheet that holds something to `target` as CSV, one record for each of its rows.

    A record with the answer stands above them: the stamp of the file, the sheet's name and those not read.
    """
    with CalamineWorkbook.from_path(source) as book:
        names = [
            meta.name
            for meta in book.sheets_metadata
            if meta.typ == SheetTypeEnum.WorkSheet and meta.visible == SheetVisibleEnum.Visible
        ]
        for name in names:
            _refuse_far_rows(source, name)
            sheet = book.get_sheet_by_name(name)
            if sheet.end:
                if sheet.end[1] >= columns:
                    raise Refused("columns")
                about = {"of": stamp, "sheet": name, "others": [other for other in names if other != name]}
                _write(sheet, unusual_cells(source, name), target, json.dumps(about), rows)
                return about
    raise Refused("empty")


def _refuse_far_rows(source: Path, sheet_name: str) -> None:
    """Refuse rows beyond what a sheet can have: calamine would make room for all that lie before them."""
    with zipfile.ZipFile(source) as archive:
        part = _part(archive, sheet_name)
        if part is None:
            raise Refused("damaged")
        with archive.open(part) as file:
            data = b""
            while chunk := file.read(_CHUNK):
                data = data[-_LONGEST_ADDRESS:] + chunk
                if any(int(found[1]) > _LAST_ROW for found in _FAR.finditer(data)):
                    raise Refused("rows")


def _write(sheet: CalamineSheet, marks: Marks, target: Path, about: str, limit: int) -> None:
    left = [""] * (sheet.start or (0, 0))[1]
    merged = _Merged(sheet.merged_cell_ranges or [])
    filled = blank = 0
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([about])
        # calamine ends at the last cell that holds something; a marked one may stand below it
        padded = zip_longest(sheet.iter_rows(), range(max(marks, default=-1) + 1), fillvalue=())
        for index, (values, _) in enumerate(padded):
            cells = left + [value if type(value) is str else shown(value) for value in values]
            for column, mark in marks.get(index, {}).items():
                cells += [""] * (column + 1 - len(cells))
                cells[column] = mark
            merged.mark(index, cells)
            while cells and not cells[-1]:
                cells.pop()
            filled, blank = (filled + 1, 0) if cells else (filled, blank + 1)
            # A cell far below all others stands for as many blank lines, which all would be written and read.
            if filled > limit + 1 or blank > _MOST_BLANK:
                raise Refused("rows")
            writer.writerow(cells)


class _Merged:
    """Marks the cells that a merge hides; empty merges are mere looks."""

    def __init__(self, ranges: list[Range]) -> None:
        self._coming = sorted(ranges, reverse=True)
        self._open: list[Range] = []

    def mark(self, index: int, cells: list[str]) -> None:
        while self._coming and self._coming[-1][0][0] <= index:
            one = self._coming.pop()
            if one[0][0] == index and one[0][1] < len(cells) and cells[one[0][1]]:
                self._open.append(one)
        if self._open:
            self._open = [one for one in self._open if one[1][0] >= index]
        for (top, left), (_bottom, right) in self._open:
            for column in range(left + (top == index), min(right + 1, len(cells))):
                cells[column] = MERGED


def shown(value: object) -> str:
    """A cell's value as text: ISO dates, whole numbers without .0, no binary noise."""
    match value:
        case bool():
            return "TRUE" if value else "FALSE"
        case float():
            text = f"{value + 0.0:.15g}"
            return f"{Decimal(text):f}" if "e" in text else text
        case datetime():
            return (value + timedelta(milliseconds=500)).isoformat(" ", "seconds")
        case date() | time():
            return value.isoformat()
        case timedelta():
            minutes, seconds = divmod(round(value.total_seconds()), 60)
            return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    return str(value)


def unusual_cells(source: Path, sheet_name: str) -> Marks:
    """Cells that calamine gives out as blank: errors, by their name, and formulas that hold no result."""
    marks: Marks = defaultdict(dict)
    with zipfile.ZipFile(source) as archive:
        part = _part(archive, sheet_name)
        if part is None:
            raise Refused("damaged")
        for attributes, mark in _scan(archive, part):
            if not (found := _ADDRESS.search(attributes)):
                raise Refused("damaged")
            marks[int(found[2]) - 1][_column(found[1])] = mark
    return marks


def _part(archive: zipfile.ZipFile, sheet_name: str) -> str | None:
    """The name in the archive of the sheet of that name."""
    book = next((target for key, target in _links(archive, "").values() if key.endswith("/officeDocument")), "")
    links = _links(archive, book)
    for sheet in ET.fromstring(archive.read(book)).iterfind("{*}sheets/{*}sheet"):
        if sheet.get("name") == sheet_name:
            key = next((value for attribute, value in sheet.items() if attribute.endswith("}id")), "")
            return links[key][1] if key in links else None
    return None


def _links(archive: zipfile.ZipFile, part: str) -> dict[str, tuple[str, str]]:
    """Type and target of each relation of a part, by its key; those of the whole package for no part."""
    path = PurePosixPath("/", part)
    root = ET.fromstring(archive.read(str(path.parent / "_rels" / f"{path.name}.rels").lstrip("/")))
    return {
        link.get("Id", ""): (link.get("Type", ""), str(path.parent / link.get("Target", "")).lstrip("/"))
        for link in root
    }


def _scan(archive: zipfile.ZipFile, part: str) -> Iterator[tuple[bytes, str]]:
    """The attributes of each unusual cell of the sheet, and what to put in its place."""
    with archive.open(part) as file:
        data = chunk = file.read(_CHUNK)
        root = re.search(rb"<(\w+:)worksheet\b", data)
        prefix = root[1] if root else b""
        errors, bare = _patterns(prefix)
        while chunk:
            # Looking for the plain bytes first spares most sheets the slow search.
            for found in errors.finditer(data) if _ERROR_TYPE.search(data) else ():
                yield found[1], found[2].decode("utf-8", "replace").strip()
            for found in bare.finditer(data) if b"<%bf" % prefix in data else ():
                if not _TEXT_TYPE.search(found[1]):
                    yield found[1], NO_RESULT
            # The last cell may go on in the next chunk; those before it are done.
            begun = data[max(data.rfind(b"<%bc " % prefix), 0) :]
            chunk = b"" if b"</%bsheetData>" % prefix in begun else file.read(_CHUNK)
            data = (begun if len(begun) < _LONGEST_CELL else b"") + chunk


def _patterns(prefix: bytes) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    cell = rb"<%bc(\s[^>]*)>\s*" % prefix
    formula = rb"<%bf\b(?:[^>]*/>|[^>]*>[^<]*</%bf>)\s*" % (prefix, prefix)
    error = rb"<%bc(\s[^>]*%b[^>]*)>\s*(?:%b)?<%bv>([^<]*)<" % (prefix, _ERROR_TYPE.pattern, formula, prefix)
    bare = cell + formula + rb"(?:<%bv\s*/>|<%bv>\s*</%bv>)?\s*</%bc>" % ((prefix,) * 4)
    return re.compile(error), re.compile(bare)


def _column(letters: bytes) -> int:
    index = 0
    for letter in letters:
        index = index * 26 + letter - 64
    return index - 1


def _limit(memory: int, seconds: int) -> None:
    if sys.platform != "win32":
        for kind, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_CORE, 0)):
            # macOS knows RLIMIT_AS and refuses to set it.
            with suppress(ValueError, OSError):
                resource.setrlimit(kind, (most, most))


def main(order: dict[str, Any]) -> dict[str, Any]:
    """Convert as ordered, and answer with the result or a refusal; anything else ends the process."""
    _limit(order["memory"], order["seconds"])
    try:
        paths = Path(order["source"]), Path(order["target"])
        return convert(*paths, order["stamp"], order["rows"], order["columns"])
    except Refused as reason:
        return {"refused": str(reason)}
    except PasswordError:
        return {"refused": "protected"}
    except MemoryError:
        return {"refused": "memory"}


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
