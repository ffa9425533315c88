"""Makes .xlsx files for tests quickly, sound ones and broken ones."""

import zipfile
from collections.abc import Iterable
from pathlib import Path

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = (
    f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)
_SHEET_HEAD = f'{_XML}<worksheet xmlns="{_MAIN}"><sheetData>'
_SHEET_TAIL = "</sheetData></worksheet>"


def cell(address: str, value: str | float, *, formula: str = "") -> str:
    """The XML of one cell; a text with `formula` is what the formula came to."""
    inner = f"<f>{formula}</f>" if formula else ""
    if isinstance(value, str) and not formula:
        return f'<c r="{address}" t="inlineStr"><is><t>{value}</t></is></c>'
    kind = ' t="str"' if isinstance(value, str) else ""
    return f'<c r="{address}"{kind}>{inner}<v>{value}</v></c>'


def row(number: int, cells: Iterable[str]) -> str:
    """The XML of one row."""
    return f'<row r="{number}">{"".join(cells)}</row>'


def table(rows: Iterable[Iterable[str | float]]) -> str:
    """The XML of rows of at most 26 plain values, from A1 on."""
    return "".join(
        row(number, (cell(f"{chr(65 + index)}{number}", value) for index, value in enumerate(values)))
        for number, values in enumerate(rows, start=1)
    )


def _relations(relation: str) -> str:
    return f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{relation}</Relationships>'


def write_workbook(path: Path, rows: str, *, after: str = "", entries: dict[str, str] | None = None) -> Path:
    """A workbook of one sheet whose rows are the XML given; `after` stands behind them, `entries` are added files."""
    relation = f'<Relationship Id="r1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    book_relation = f'<Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
    book = f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets>'
    parts = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": _relations(book_relation),
        "xl/workbook.xml": f"{_XML}{book}</workbook>",
        "xl/_rels/workbook.xml.rels": _relations(relation),
        "xl/worksheets/sheet1.xml": _SHEET_HEAD + rows + _SHEET_TAIL.replace("</worksheet>", f"{after}</worksheet>"),
        **(entries or {}),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return path
