"""Tables from and for spreadsheet programs: read safely in bounded memory, written without formulas."""

from dealrail.core.sheets.formulas import escape_formula, unescape_formula
from dealrail.core.sheets.limits import DEFAULT, Limits
from dealrail.core.sheets.reading import Sheet, open_sheet
from dealrail.core.sheets.refusals import BadRow, SheetFull, UnreadableSheet
from dealrail.core.sheets.rows import Row, column_letters
from dealrail.core.sheets.workbook import carry_over
from dealrail.core.sheets.writing import Cell, Notes, csv_chunks, write_csv, write_xlsx

__all__ = [
    "DEFAULT",
    "BadRow",
    "Cell",
    "Limits",
    "Notes",
    "Row",
    "Sheet",
    "SheetFull",
    "UnreadableSheet",
    "carry_over",
    "column_letters",
    "csv_chunks",
    "escape_formula",
    "open_sheet",
    "unescape_formula",
    "write_csv",
    "write_xlsx",
]
