"""CSV as people upload it: encodings, delimiters, headers, broken rows, bounded memory."""

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dealrail.core.sheets import Limits, Row, Sheet, UnreadableSheet, open_sheet

Upload = Callable[[bytes | str], Sheet]
CHINESE = "客户,金额\n阿里巴巴,100\n腾讯科技,200\n"


@pytest.fixture
def upload(tmp_path: Path) -> Upload:
    """Opens bytes, or text as UTF-8, as if somebody had uploaded them."""

    def opened(content: bytes | str) -> Sheet:
        path = tmp_path / "upload"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return open_sheet(path, name="客户.csv")

    return opened


def cells(sheet: Sheet) -> list[list[str]]:
    assert not [row.problem for row in sheet.rows() if row.problem]
    return [row.cells for row in sheet.rows()]


def only_row(sheet: Sheet) -> Row:
    (row,) = sheet.rows()
    return row


def code_of(upload: Upload, content: bytes | str) -> tuple[str, str]:
    """The code of the refusal of the file and its sentence."""
    with pytest.raises(UnreadableSheet) as caught:
        upload(content)
    return caught.value.code, str(caught.value)


@pytest.mark.parametrize(
    ("written", "found"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("utf-16", "utf-16"), ("gb18030", "gb18030"), ("gbk", "gb18030")],
)
def test_reads_each_encoding(upload: Upload, written: str, found: str) -> None:
    sheet = upload(CHINESE.encode(written))
    assert (sheet.encoding, sheet.kind, sheet.headers, sheet.count) == (found, "csv", ["客户", "金额"], 2)
    assert cells(sheet) == [["阿里巴巴", "100"], ["腾讯科技", "200"]]


@pytest.mark.parametrize(
    "content",
    [
        CHINESE.encode("gb18030") + b"\xff\xff,1\n",
        CHINESE.encode() + b"\xb0\xa2,1\n",
        b"\xef\xbb\xbf" + CHINESE.encode() + b"\xb0\xa2,1\n",
        CHINESE.encode() + "客".encode()[:2],
    ],
)
def test_names_the_first_line_that_no_encoding_fits(upload: Upload, content: bytes) -> None:
    code, sentence = code_of(upload, content)
    assert code == "unknown_encoding"
    assert "4" in sentence


def test_a_bad_byte_far_into_a_file_is_found_before_its_rows_are_read(upload: Upload) -> None:
    content = CHINESE.encode() + "阿里巴巴,1\n".encode() * 100_000
    code, sentence = code_of(upload, content + b"\xff")
    assert code == "unknown_encoding"
    assert "100004" in sentence


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_finds_the_delimiter(upload: Upload, delimiter: str) -> None:
    rows = [["name", "note", "amount"], ["Acme", "a, b; c", "1,5"], ["Beta", "x|y", "2,5"]]
    quoted = "\n".join(delimiter.join(f'"{cell}"' for cell in row) for row in rows)
    sheet = upload(quoted)
    assert sheet.delimiter == delimiter
    assert [sheet.headers, *cells(sheet)] == rows


def test_semicolons_win_over_decimal_commas(upload: Upload) -> None:
    assert cells(upload("a;b\n" + "1,5;2,5\n" * 60))[0] == ["1,5", "2,5"]


def test_reads_a_single_column(upload: Upload) -> None:
    assert cells(upload("客户\n阿里\n腾讯\n")) == [["阿里"], ["腾讯"]]


def test_quoted_cells_keep_breaks_delimiters_and_quotes(upload: Upload) -> None:
    sheet = upload('name,note\r\nAcme,"say ""hi"",\r\nbye"\r\nBeta,ok\r\n')
    assert cells(sheet) == [["Acme", 'say "hi",\r\nbye'], ["Beta", "ok"]]
    assert [row.number for row in sheet.rows()] == [2, 3]


def test_numbers_rows_as_excel_does_and_leaves_blank_ones_out(upload: Upload) -> None:
    sheet = upload("\n,,\nname,amount,,\nAcme,1,,\n\n , \nBeta,,\n")
    assert (sheet.header_row, sheet.count, sheet.headers) == (3, 2, ["name", "amount"])
    assert [(row.number, row.cells) for row in sheet.rows()] == [(4, ["Acme", "1"]), (7, ["Beta", ""])]


def test_resumes_at_any_row(upload: Upload) -> None:
    sheet = upload("name\n" + "".join(f"n{number}\n" for number in range(2, 11)))
    assert [row.number for row in sheet.rows(start=8)] == [8, 9, 10]
    assert [row.cells for row in sheet.rows(start=10)] == [["n10"]]
    assert list(sheet.rows(start=11)) == []


@pytest.mark.parametrize(
    ("content", "code", "named"),
    [
        ("", "empty_sheet", ""),
        (" \n\n,,\n", "empty_sheet", ""),
        ("name,amount\n\n", "only_headers", ""),
        ("name,,amount,\nAcme,1,2,\n", "missing_headers", ": B."),
        ("2024 sales,,\nname,amount,note\nAcme,1,2\n", "missing_headers", ": B, C."),
        ("2024 sales\nname,amount\nAcme,1\n", "missing_headers", ": B."),
        ("name, name ,note\nAcme,1,2\n", "repeated_headers", ": A, B."),
        ("name,#REF!\nAcme,1\n", "unusable_headers", ": B."),
        (f"name,{'x' * 256}\nAcme,1\n", "unusable_headers", ": B."),
        ("name,a\0b\nAcme,1\n", "unusable_headers", ": B."),
        (",".join(f"h{number}" for number in range(201)) + "\n1\n", "too_many_columns", "200"),
        ('name,note\nAcme,"open\nBeta,1\n', "unclosed_quote", "row 2 "),
    ],
)
def test_refuses_the_file_in_a_sentence(upload: Upload, content: str, code: str, named: str) -> None:
    found, sentence = code_of(upload, content)
    assert (found, named in sentence, "客户.csv" in sentence) == (code, True, True)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"%PDF-1.7 \xe2\xe3", "not_a_sheet"),
        (b"\x89PNG\r\n\x1a\n", "not_a_sheet"),
        (b"\0\1" * 2000, "not_a_sheet"),
        ("name,amount\nAcme,1\n".encode("utf-16-le"), "not_a_sheet"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old_excel_file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "protected_sheet"),
        (b"\r\n<html><table><tr><td>1", "old_excel_file"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><Workbook/>", "old_excel_file"),
    ],
)
def test_knows_what_is_no_table_by_what_it_holds(upload: Upload, content: bytes, code: str) -> None:
    assert code_of(upload, content)[0] == code


@pytest.mark.parametrize(
    ("line", "code", "column"),
    [
        ("Acme,1,2,3", "too_many_cells", None),
        ("Acme,#REF!,2", "error_in_cell", "B"),
        ("Acme,1,a\0b", "forbidden_character", "C"),
        (f"{'x' * 32_768},1,2", "cell_too_long", "A"),
        ('Acme,"1\nBeta,2,3\nCeta",2', "swallowed_rows", "B"),
    ],
)
def test_a_broken_row_is_a_problem_of_that_row_only(upload: Upload, line: str, code: str, column: str | None) -> None:
    first, second, third = upload(f"name,amount,note\nA,1,2\n{line}\nB,1,2\n").rows()
    assert (first.problem, third.problem) == (None, None)
    assert second.problem is not None
    assert (second.problem.code, second.problem.params["row"]) == (code, 3)
    assert second.problem.params.get("column") == column
    assert "3" in str(second.problem)


def test_what_looks_odd_but_is_sound_is_no_problem(upload: Upload) -> None:
    line = f'#1 Ltd,"one\ntwo, three\nfour",{"x" * 32_767}'
    assert only_row(upload(f"name,amount,note\n{line}\n")).problem is None


def test_a_cell_of_a_megabyte_does_not_stop_the_file(upload: Upload) -> None:
    big, small = upload(f"name,note\nAcme,{'x' * 2**20}\nBeta,1\n").rows()
    assert big.problem is not None
    assert (big.problem.code, small.problem) == ("cell_too_long", None)


def test_a_quotation_mark_open_over_megabytes_is_named_without_reading_on(upload: Upload) -> None:
    code, sentence = code_of(upload, 'name,note\nA,1\nB,"open\n' + "Beta,1\n" * 1_300_000)
    assert code == "unclosed_quote"
    assert "row 3 " in sentence


def test_refuses_files_and_row_counts_beyond_the_limits(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("name\n" + "a\n" * 11)
    assert open_sheet(path, name="rows.csv", limits=Limits(rows=11)).count == 11
    with pytest.raises(UnreadableSheet, match="more than 10 rows"):
        open_sheet(path, name="rows.csv", limits=Limits(rows=10))
    with pytest.raises(UnreadableSheet, match="larger than"):
        open_sheet(path, name="rows.csv", limits=Limits(file_bytes=20))


def test_reads_200_000_rows_in_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_text("name,amount,note\n" + "阿里巴巴,100.00,a note of some length\n" * 200_000)
    sheet = open_sheet(path, name="long.csv")
    rows = sheet.rows(start=150_000)
    tracemalloc.start()
    try:
        last = next(rows)
        _size, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (sheet.count, last.number) == (200_000, 150_000)
    assert peak < 2_000_000


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=300) | st.text("\"'=,;\n\r\t ab#\0", max_size=60).map(str.encode))
def test_any_bytes_are_a_table_or_refused(upload: Upload, content: bytes) -> None:
    try:
        sheet = upload(content)
    except UnreadableSheet as refusal:
        assert "客户.csv" in str(refusal)
    else:
        assert sheet.count == len(list(sheet.rows()))
