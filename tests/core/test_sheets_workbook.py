"""Excel workbooks as people upload them: values as text, odd cells, bombs and damage, bounded memory."""

import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path

import pytest
import xlsxwriter

from dealrail.core.sheets import Limits, Row, Sheet, UnreadableSheet, open_sheet
from tests.core.workbooks import cell, row, table, write_workbook

HEADERS = [["name", "amount", "note"]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "upload"


def opened(path: Path, limits: Limits | None = None) -> Sheet:
    return open_sheet(path, name="客户.xlsx", limits=limits or Limits())


def code_of(path: Path, limits: Limits | None = None) -> tuple[str, str]:
    """The code of the refusal of the file and its sentence; nothing half done stays beside it."""
    with pytest.raises(UnreadableSheet) as caught:
        opened(path, limits)
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert "客户.xlsx" in str(caught.value)
    return caught.value.code, str(caught.value)


def rows_of(path: Path, xml: str, after: str = "") -> list[Row]:
    return list(opened(write_workbook(path, table(HEADERS) + xml, after=after)).rows())


def write_with_xlsxwriter(path: Path, fill: Callable[[xlsxwriter.Workbook], None]) -> Path:
    with xlsxwriter.Workbook(path) as book:
        fill(book)
    return path


def test_values_come_out_as_people_read_them(path: Path) -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet("客户")
        formats = [book.add_format({"num_format": code}) for code in ("yyyy-mm-dd", "yyyy-mm-dd hh:mm", "hh:mm")]
        sheet.write_row(0, 0, ["whole", "float", "date", "moment", "time", "yes", "formula", "text"])
        sheet.write_row(1, 0, [13800001111, 1.1])
        sheet.write_datetime(1, 2, date(2024, 3, 1), formats[0])
        sheet.write_datetime(1, 3, datetime.combine(date(2024, 3, 1), time(9, 30)), formats[1])
        sheet.write_datetime(1, 4, time(9, 30), formats[2])
        sheet.write_boolean(1, 5, True)
        sheet.write_formula(1, 6, "=1/3", value=1 / 3)
        sheet.write_string(1, 7, "  007 ")

    sheet = opened(write_with_xlsxwriter(path, fill))
    (only,) = sheet.rows()
    assert (sheet.kind, sheet.sheet_name, sheet.other_sheets, sheet.count) == ("xlsx", "客户", [], 1)
    assert only.cells == [
        "13800001111", "1.1", "2024-03-01", "2024-03-01 09:30:00", "09:30:00", "TRUE", "0.333333333333333", "007",
    ]  # fmt: skip


def test_reads_the_first_visible_sheet_that_holds_something_and_names_the_others(path: Path) -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        book.add_worksheet("blank")
        hidden, used, last = (book.add_worksheet(name) for name in ("hidden", "used", "last"))
        hidden.hide()
        for sheet in (hidden, used, last):
            sheet.write_column(0, 0, ["name", sheet.name])

    sheet = opened(write_with_xlsxwriter(path, fill))
    assert (sheet.sheet_name, sheet.other_sheets) == ("used", ["blank", "last"])
    assert [row.cells for row in sheet.rows()] == [["used"]]


def test_numbers_rows_as_excel_does_and_leaves_blank_ones_out(path: Path) -> None:
    xml = row(3, [cell("A3", "name")]) + row(5, [cell("A5", "Acme")]) + row(9, [cell("A9", "Beta")])
    sheet = opened(write_workbook(path, xml))
    assert (sheet.header_row, [row.number for row in sheet.rows(start=6)]) == (3, [9])


def test_a_table_that_begins_in_another_column_names_the_empty_ones(path: Path) -> None:
    write_workbook(path, row(1, [cell("C1", "name")]) + row(2, [cell("C2", "Acme")]))
    code, sentence = code_of_conversion(path)
    assert (code, ": A, B." in sentence) == ("missing_headers", True)


def code_of_conversion(path: Path) -> tuple[str, str]:
    """As `code_of`, for what is only seen once the workbook is converted."""
    with pytest.raises(UnreadableSheet) as caught:
        opened(path)
    return caught.value.code, str(caught.value)


@pytest.mark.parametrize(
    ("odd", "code"),
    [
        ('<c r="B2" t="e"><v>#REF!</v></c>', "error_in_cell"),
        ('<c r="B2" t="e"><f>1/0</f><v>#DIV/0!</v></c>', "error_in_cell"),
        ('<c r="B2"><f>1+1</f></c>', "formula_without_result"),
        ('<c r="B2"><f>1+1</f><v></v></c>', "formula_without_result"),
        ('<c r="B2"><f t="shared" si="0"/><v/></c>', "formula_without_result"),
        (cell("B2", "x" * 32_768), "cell_too_long"),
    ],
)
def test_an_odd_cell_is_a_problem_of_its_row(path: Path, odd: str, code: str) -> None:
    xml = row(2, [cell("A2", "Acme"), odd, cell("C2", "kept")]) + row(3, [cell("A3", "Beta")])
    first, second = rows_of(path, xml)
    assert first.problem is not None
    assert (first.problem.code, first.problem.params["column"]) == (code, "B")
    assert (first.number, first.cells[0], first.cells[2]) == (2, "Acme", "kept")
    assert (second.problem, second.cells) == (None, ["Beta", "", ""])


def test_odd_cells_are_found_in_a_workbook_with_prefixes(path: Path) -> None:
    write_workbook(path, table(HEADERS) + row(2, [cell("A2", "Acme"), '<c r="B2"><f>1+1</f></c>']))
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    xml = parts["xl/worksheets/sheet1.xml"]
    for tag in ("worksheet", "sheetData", "row", "c", "f", "v", "is", "t"):
        xml = (
            xml.replace(f"<{tag} ", f"<x:{tag} ").replace(f"<{tag}>", f"<x:{tag}>").replace(f"</{tag}>", f"</x:{tag}>")
        )
    parts["xl/worksheets/sheet1.xml"] = xml.replace("xmlns=", "xmlns:x=")
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    (only,) = opened(path).rows()
    assert only.problem is not None
    assert only.problem.code == "formula_without_result"


def test_a_formula_whose_result_is_an_empty_text_is_blank(path: Path) -> None:
    (only,) = rows_of(path, row(2, [cell("A2", "Acme"), cell("B2", "", formula='""')]))
    assert (only.cells, only.problem) == (["Acme", "", ""], None)


def test_merged_data_cells_are_problems_of_the_rows_that_lack_a_value(path: Path) -> None:
    xml = (
        row(2, [cell("A2", "Acme"), cell("B2", 1)]) + row(3, [cell("B3", 2)]) + row(4, [cell("A4", "B"), cell("B4", 3)])
    )
    rows = rows_of(path, xml, '<mergeCells count="2"><mergeCell ref="A2:A3"/><mergeCell ref="C2:C4"/></mergeCells>')
    assert [row.problem and row.problem.code for row in rows] == [None, "merged_cell", None]


def test_refuses_merged_headers_naming_the_columns(path: Path) -> None:
    xml = row(1, [cell("A1", "title")]) + row(2, [cell(f"{letter}2", letter) for letter in "ABC"])
    write_workbook(path, xml, after='<mergeCells count="1"><mergeCell ref="A1:C1"/></mergeCells>')
    code, sentence = code_of_conversion(path)
    assert (code, ": B, C." in sentence) == ("merged_headers", True)


def test_converts_once_and_anew_when_the_file_changed(path: Path) -> None:
    write_workbook(path, table([["name"], ["Acme"]]))
    opened(path)
    (converted,) = path.parent.glob("upload.*")
    first = converted.stat().st_mtime_ns
    opened(path)
    assert converted.stat().st_mtime_ns == first
    write_workbook(path, table([["name"], ["Beta & Co".replace("&", "&amp;")]]))
    assert [row.cells for row in opened(path).rows()] == [["Beta & Co"]]


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (Limits(rows=2), "too_many_rows"),
        (Limits(columns=2), "too_many_columns"),
        (Limits(file_bytes=9), "sheet_too_large"),
    ],
)
def test_refuses_what_is_beyond_the_limits(path: Path, limits: Limits, code: str) -> None:
    write_workbook(path, table(HEADERS + [["a", 1, 2]] * 3))
    assert code_of(path, limits)[0] == code


def test_as_many_rows_as_the_limit_are_read(path: Path) -> None:
    write_workbook(path, table(HEADERS + [["a", 1, 2]] * 3))
    assert opened(path, Limits(rows=3)).count == 3


def test_refuses_an_empty_workbook(path: Path) -> None:
    assert code_of(write_workbook(path, ""))[0] == "empty_sheet"


DAMAGED = {
    "cut in the middle": table(HEADERS) + '<row r="2"><c r="A',
    "a text that isn't there": table(HEADERS) + '<row r="2"><c r="A2" t="s"><v>7</v></c></row>',
    "an address beyond all": table(HEADERS) + '<row r="2"><c r="AAAAAAAAAA99999999999999"><v>1</v></c></row>',
    "an error without address": table(HEADERS) + '<row r="2"><c t="e"><v>#REF!</v></c></row>',
}


@pytest.mark.parametrize("xml", DAMAGED.values(), ids=DAMAGED.keys())
def test_damaged_sheets_are_refused(path: Path, xml: str) -> None:
    assert code_of(write_workbook(path, xml))[0] == "damaged_sheet"


@pytest.mark.parametrize("far", ["1048577", "99999999"])
def test_rows_beyond_what_a_sheet_can_have_are_refused_at_once(path: Path, far: str) -> None:
    beyond = f'<row r="{far}"><c r="A{far}" t="inlineStr"><is><t>x</t></is></c></row>'
    assert code_of(write_workbook(path, table(HEADERS) + beyond))[0] == "too_many_rows"


def test_a_row_far_below_the_others_is_refused_before_all_between_are_written(path: Path) -> None:
    assert code_of(write_workbook(path, table(HEADERS) + row(1_000_000, [cell("A1000000", 1)])))[0] == "too_many_rows"


def test_one_cell_at_the_far_end_takes_no_memory(path: Path) -> None:
    write_workbook(path, table(HEADERS) + row(1_048_576, [cell("GR1048576", 1)]))
    assert code_of(path)[0] == "sheet_too_heavy"


def test_the_conversion_ends_when_its_memory_is_used_up(path: Path) -> None:
    write_workbook(path, table(HEADERS) + row(100_000, [cell("GR100000", 1)]))
    assert code_of(path, Limits(memory_bytes=100 * 2**20))[0] == "sheet_too_heavy"


@pytest.mark.parametrize("cut", [10, 100, 400])
def test_a_truncated_upload_is_damaged(path: Path, cut: int) -> None:
    write_workbook(path, table(HEADERS))
    path.write_bytes(path.read_bytes()[:-cut])
    assert code_of(path)[0] == "damaged_sheet"


def test_a_bit_flipped_in_the_data_is_damaged_or_read(path: Path) -> None:
    write_workbook(path, table([["name"], ["Acme"]]))
    content = path.read_bytes()
    for place in range(0, len(content), 97):
        path.write_bytes(content[:place] + bytes([content[place] ^ 0x10]) + content[place + 1 :])
        try:
            assert list(opened(path).rows())
        except UnreadableSheet as refusal:
            assert str(refusal)


@pytest.mark.parametrize(
    ("names", "code"),
    [(["word/document.xml"], "not_a_sheet"), (["xl/workbook.bin"], "old_excel_file"), (["mimetype"], "old_excel_file")],
)
def test_other_zip_files_are_no_sheets(path: Path, names: list[str], code: str) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, "content")
    assert code_of(path)[0] == code


def test_a_bomb_that_says_its_size_is_refused(path: Path) -> None:
    write_workbook(path, table(HEADERS), entries={"xl/media/bomb.xml": "0" * 60_000_000})
    assert path.stat().st_size < 300_000
    assert code_of(path)[0] == "sheet_unpacks_too_large"


def test_a_bomb_that_lies_about_its_size_is_refused(path: Path) -> None:
    size = 60_000_000
    write_workbook(path, table(HEADERS), entries={"xl/worksheets/sheet2.xml": "0" * size})
    content = path.read_bytes()
    told = size.to_bytes(4, "little")
    assert content.count(told) == 2
    path.write_bytes(content.replace(told, (1000).to_bytes(4, "little")))
    assert code_of(path)[0] == "sheet_unpacks_too_large"


def test_a_bomb_of_many_entries_is_refused_before_they_are_listed(path: Path) -> None:
    write_workbook(path, table(HEADERS), entries={f"xl/{number}": "" for number in range(2001)})
    assert code_of(path)[0] == "sheet_unpacks_too_large"


def test_a_protected_entry_is_named_as_such(path: Path) -> None:
    write_workbook(path, table(HEADERS))
    content = path.read_bytes()
    marked = content.replace(b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01")
    assert marked != content
    path.write_bytes(marked)
    assert code_of(path)[0] == "protected_sheet"


READ_IN_LITTLE_MEMORY = """
import resource, sys
from pathlib import Path
from django.conf import settings
from dealrail.core.sheets import open_sheet

resource.setrlimit(resource.RLIMIT_AS, (300 * 2**20, 300 * 2**20))
settings.configure(USE_I18N=False)
sheet = open_sheet(Path(sys.argv[1]), name="long.xlsx")
print(sheet.count, sum(1 for row in sheet.rows() if row.problem is None))
"""


def test_reads_200_000_rows_in_little_memory(path: Path) -> None:
    line = "".join(cell(f"{letter}%d", f"阿里巴巴 {letter} %d") for letter in "ABCD")
    lines = "".join(f'<row r="{number}">{line % ((number,) * 8)}</row>' for number in range(2, 200_002))
    write_workbook(path, row(1, [cell(f"{letter}1", letter) for letter in "ABCD"]) + lines)
    command = [sys.executable, "-c", READ_IN_LITTLE_MEMORY, str(path)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert (done.stdout, done.stderr) == ("200000 200000\n", "")
