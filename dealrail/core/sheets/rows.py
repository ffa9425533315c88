"""What a record of a sheet is: a row with its cells as text, or a row with a problem."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from dealrail.core.sheets.child import MERGED, NO_RESULT
from dealrail.core.sheets.formulas import unescape_formula
from dealrail.core.sheets.refusals import (
    BadRow,
    CellTooLong,
    ErrorInCell,
    ForbiddenCharacter,
    FormulaWithoutResult,
    MergedCell,
    SwallowedRows,
    TooManyCells,
)

ERRORS = frozenset(
    [
        "#BLOCKED!",
        "#BUSY!",
        "#CALC!",
        "#CONNECT!",
        "#DIV/0!",
        "#FIELD!",
        "#GETTING_DATA",
        "#N/A",
        "#NAME?",
        "#NULL!",
        "#NUM!",
        "#REF!",
        "#SPILL!",
        "#UNKNOWN!",
        "#VALUE!",
    ]
)


@dataclass(frozen=True, slots=True)
class Row:
    """A row below the headers; `number` is the one that Excel shows.

    There are as many cells as headers, or more when that is its problem; a cell that can't be taken is empty.
    """

    number: int
    cells: list[str]
    problem: BadRow | None = None


@dataclass(frozen=True)
class Shape:
    """What rows are measured against; `delimiter` is empty where no quotation mark can be missing."""

    columns: int
    longest_cell: int
    delimiter: str


def column_letters(index: int) -> str:
    """The name of a column as Excel shows it: 0 is A, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def plain(cell: str) -> str:
    """The text of a cell without blanks around it and without the guard against formulas."""
    return unescape_formula(cell).strip() if cell.startswith("'") else cell.strip()


def read_row(number: int, record: list[str], shape: Shape) -> Row | None:
    """The row that a record holds, None when it is blank."""
    cells = [plain(cell) for cell in record]
    while cells and not cells[-1]:
        cells.pop()
    if not cells:
        return None
    problem = next(_problems(number, cells, shape), None) if _is_suspicious(cells, shape) else None
    cells += [""] * (shape.columns - len(cells))
    if problem:
        cells = ["" if cell in (MERGED, NO_RESULT) else cell for cell in cells]
    return Row(number, cells, problem)


def _is_suspicious(cells: list[str], shape: Shape) -> bool:
    """One look at the whole row, which for nearly every row is enough."""
    text = "".join(cells)
    has_signs = "\0" in text or "#" in text or "\n" in text
    return has_signs or len(text) > shape.longest_cell or len(cells) > shape.columns


def _problems(number: int, cells: list[str], shape: Shape) -> Iterator[BadRow]:
    for index, cell in enumerate(cells):
        where = {"row": number, "column": column_letters(index)}
        if cell == MERGED:
            yield MergedCell(**where)
        elif cell == NO_RESULT:
            yield FormulaWithoutResult(**where)
        elif cell in ERRORS:
            yield ErrorInCell(**where, value=cell)
        elif "\0" in cell:
            yield ForbiddenCharacter(**where)
        elif len(cell) > shape.longest_cell:
            yield CellTooLong(**where, limit=shape.longest_cell)
        elif _has_swallowed(cell, shape):
            yield SwallowedRows(**where)
    if len(cells) > shape.columns:
        yield TooManyCells(row=number, found=len(cells), expected=shape.columns)


def _has_swallowed(cell: str, shape: Shape) -> bool:
    """Whether a whole line within the cell looks like a row of the sheet."""
    if not shape.delimiter or shape.columns < 3 or cell.count("\n") < 2:
        return False
    inner = islice(cell.split("\n"), 1, cell.count("\n"))
    return any(line.count(shape.delimiter) == shape.columns - 1 for line in inner)
