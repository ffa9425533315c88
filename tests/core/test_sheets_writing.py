"""What is written as CSV and .xlsx: types, guarded text, streaming, and the way back."""

import tracemalloc
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from dealrail.core.sheets import (
    Cell,
    SheetFull,
    column_letters,
    csv_chunks,
    escape_formula,
    open_sheet,
    unescape_formula,
    write_csv,
    write_xlsx,
)

HEADERS = ["客户", "金额"]
DANGEROUS = [
    "=1+1",
    "+86 138",
    "-5",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "  =1",
    "＝1",
    "＋1",
    "－1",
    "＠A1",
    "'=1",
    "''+1",
    '=cmd|" /C calc"!A0',
]
VALUES: list[tuple[Cell, str]] = [
    ("阿里", "阿里"),
    ("", ""),
    (None, ""),
    (5, "5"),
    (-5, "-5"),
    (0.1 + 0.2, "0.3"),
    (float("nan"), ""),
    (Decimal("1234.50"), "1234.5"),
    (Decimal("-0.01"), "-0.01"),
    (Decimal("123456789012345678.91"), "123456789012345678.91"),
    (10**17, "100000000000000000"),
    (True, "TRUE"),
    (date(2024, 3, 1), "2024-03-01"),
    (date(1899, 1, 1), "1899-01-01"),
    (datetime(2024, 3, 1, 1, 30, 5, tzinfo=UTC), "2024-03-01 09:30:05"),
    (time(9, 30), "09:30:00"),
    (_("Chinese"), "Chinese"),
]


@pytest.fixture(autouse=True)
def in_china() -> Iterator[None]:
    with timezone.override(ZoneInfo("Asia/Shanghai")):
        yield


def written_csv(rows: list[list[Cell]]) -> str:
    stream = BytesIO()
    assert write_csv(stream, HEADERS, rows) == len(rows)
    return stream.getvalue().decode("utf-8")


def read_back(path: Path) -> list[list[str]]:
    return [row.cells for row in open_sheet(path, name="export").rows()]


def test_csv_opens_in_excel_as_chinese_with_its_types() -> None:
    text = written_csv([["阿里, 巴巴", Decimal("-1.50")], ['say "hi"\nbye', None]])
    assert text == '\ufeff客户,金额\r\n"阿里, 巴巴",-1.50\r\n"say ""hi""\nbye",\r\n'


def test_csv_comes_in_pieces_whatever_its_length() -> None:
    rows: Iterator[list[Cell]] = ([f"客户{number}", number] for number in range(100_000))
    chunks = csv_chunks(HEADERS, rows)
    tracemalloc.start()
    try:
        lengths = [len(chunk) for chunk in chunks]
        _size, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (len(lengths) > 10, sum(lengths) > 1_500_000, peak < 1_000_000) == (True, True, True)


@pytest.mark.parametrize("text", DANGEROUS)
def test_text_that_might_be_a_formula_is_guarded(text: str) -> None:
    guarded = escape_formula(text)
    assert guarded == f"'{text}"
    assert unescape_formula(guarded) == text


@pytest.mark.parametrize("text", ["", "阿里", "a=b", "O'Neil", "'quoted'", "1+1", "https://example.com"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert escape_formula(text) == unescape_formula(text) == text


@given(st.text("'=+-@＝ \t\r\na", max_size=8))
def test_the_guard_comes_off_exactly(text: str) -> None:
    assert unescape_formula(escape_formula(text)) == text


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
@settings(deadline=None, max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.text("'=+-@＝ ,\"\nab客", min_size=1, max_size=8), min_size=1, max_size=5))
def test_text_written_is_the_text_read(tmp_path: Path, suffix: str, texts: list[str]) -> None:
    path = tmp_path / f"export{suffix}"
    rows: list[list[Cell]] = [["row", *texts]]
    headers = [str(number) for number in range(len(texts) + 1)]
    if suffix == ".xlsx":
        write_xlsx(path, headers, rows)
    else:
        with path.open("wb") as stream:
            write_csv(stream, headers, rows)
    (cells,) = read_back(path)
    assert cells[1:] == [text.strip() for text in texts]


@pytest.mark.parametrize(("value", "text"), VALUES)
def test_both_kinds_of_file_read_back_alike(tmp_path: Path, value: Cell, text: str) -> None:
    rows: list[list[Cell]] = [["row", value]]
    assert write_xlsx(tmp_path / "a.xlsx", HEADERS, rows) == 1
    assert read_back(tmp_path / "a.xlsx") == [["row", text]]
    (tmp_path / "a.csv").write_bytes(b"".join(csv_chunks(HEADERS, rows)))
    ((_row, from_csv),) = read_back(tmp_path / "a.csv")
    assert from_csv == text or Decimal(from_csv) == Decimal(text)


def test_numbers_dates_and_text_keep_their_types_in_xlsx(tmp_path: Path) -> None:
    values: list[Cell] = [-5, Decimal("-1.50"), date(2024, 3, 1), False, "=1+1", "007", "https://example.com"]
    path = tmp_path / "types.xlsx"
    write_xlsx(path, [f"h{number}" for number in range(7)], [values])
    with CalamineWorkbook.from_path(path) as book:
        (_headers, cells) = book.get_sheet_by_index(0).to_python()
    assert cells == [-5.0, -1.5, date(2024, 3, 1), False, "'=1+1", "007", "https://example.com"]


def test_xlsx_has_bold_frozen_headers_and_fitting_columns(tmp_path: Path) -> None:
    path = tmp_path / "looks.xlsx"
    write_xlsx(path, HEADERS, [["杭州阿里巴巴", Decimal(1)], ["x" * 500, Decimal(2)]])
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        styles = archive.read("xl/styles.xml").decode()
    assert 'state="frozen"' in sheet
    assert '<col min="1" max="1" width="52.7' in sheet
    assert "<b/>" in styles
    assert "#,##0.00" in styles or 'numFmtId="4"' in styles


def test_text_too_long_for_a_cell_is_cut_with_a_mark(tmp_path: Path) -> None:
    path = tmp_path / "long.xlsx"
    write_xlsx(path, HEADERS, [["x" * 40_000, None]])
    ((text, _amount),) = read_back(path)
    assert (len(text), text[-1]) == (32_767, "…")


def test_more_rows_than_a_sheet_holds_are_refused_and_leave_no_file(tmp_path: Path) -> None:
    path = tmp_path / "full.xlsx"
    empty: Iterator[list[Cell]] = ([] for _number in range(1_048_576))
    with pytest.raises(SheetFull, match="1048575"):
        write_xlsx(path, HEADERS, empty)
    assert not path.exists()


def test_rows_that_fail_leave_no_file(tmp_path: Path) -> None:
    def failing() -> Iterator[list[Cell]]:
        yield ["a", 1]
        raise LookupError

    path = tmp_path / "half.xlsx"
    with pytest.raises(LookupError):
        write_xlsx(path, HEADERS, failing())
    assert not path.exists()


@pytest.mark.parametrize(
    ("index", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA"), (16_383, "XFD")]
)
def test_columns_are_named_as_in_excel(index: int, letters: str) -> None:
    assert column_letters(index) == letters
