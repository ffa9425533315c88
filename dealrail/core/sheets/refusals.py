"""Why a sheet, or one row of it, can't be read; each with what to do about it."""

from django.utils.translation import gettext_lazy as _

from dealrail.core.errors import Refusal


class UnreadableSheet(Refusal):
    """The file as a whole can't be read; `name` is what the person calls it."""

    code = "unreadable_sheet"
    sentence = _("“%(name)s” can't be read. Save it as .xlsx or as CSV (UTF-8) and try again.")


class NotASheet(UnreadableSheet):
    code = "not_a_sheet"
    sentence = _("“%(name)s” is not a table. Upload an .xlsx or .csv file.")


class OldExcelFile(UnreadableSheet):
    code = "old_excel_file"
    sentence = _("“%(name)s” is in an older or different format. Open it in Excel or WPS and save it as .xlsx.")


class ProtectedSheet(UnreadableSheet):
    code = "protected_sheet"
    sentence = _("“%(name)s” is protected by a password. Save it without the password and try again.")


class DamagedSheet(UnreadableSheet):
    code = "damaged_sheet"
    sentence = _("“%(name)s” is damaged. Open it in Excel or WPS, save it anew as .xlsx and try again.")


class SheetTooLarge(UnreadableSheet):
    code = "sheet_too_large"
    sentence = _("“%(name)s” is larger than %(megabytes)s MB. Split it and upload the parts.")


class SheetUnpacksTooLarge(UnreadableSheet):
    code = "sheet_unpacks_too_large"
    sentence = _(
        "“%(name)s” would unpack to more than it may. Delete unused rows, pictures and sheets, "
        "or save it as CSV (UTF-8)."
    )


class SheetTooHeavy(UnreadableSheet):
    code = "sheet_too_heavy"
    sentence = _(
        "“%(name)s” takes too much memory or time to open. Delete empty rows and columns beyond the data, "
        "or save it as CSV (UTF-8)."
    )


class TooManyRows(UnreadableSheet):
    code = "too_many_rows"
    sentence = _("“%(name)s” has more than %(limit)s rows. Split it and upload the parts.")


class TooManyColumns(UnreadableSheet):
    code = "too_many_columns"
    sentence = _("“%(name)s” has more than %(limit)s columns. Delete those that are not needed.")


class UnknownEncoding(UnreadableSheet):
    code = "unknown_encoding"
    sentence = _(
        "Line %(line)s of “%(name)s” is neither UTF-8 nor GB18030. Save the file as CSV (UTF-8) and try again."
    )


class UnclosedQuote(UnreadableSheet):
    code = "unclosed_quote"
    sentence = _("In row %(row)s of “%(name)s” a quotation mark is opened and never closed. Close it there.")


class EmptySheet(UnreadableSheet):
    code = "empty_sheet"
    sentence = _("“%(name)s” is empty. Put the headers into the first row and the data below.")


class OnlyHeaders(UnreadableSheet):
    code = "only_headers"
    sentence = _("“%(name)s” holds headers, but no data below them.")


class MissingHeaders(UnreadableSheet):
    code = "missing_headers"
    sentence = _(
        "In row %(row)s of “%(name)s” these columns have no header: %(columns)s. "
        "Give each column a header, with no title above."
    )


class MergedHeaders(UnreadableSheet):
    code = "merged_headers"
    sentence = _(
        "In row %(row)s of “%(name)s” the header cells of these columns are merged: %(columns)s. "
        "Unmerge them and give each column a header, with no title above."
    )


class RepeatedHeaders(UnreadableSheet):
    code = "repeated_headers"
    sentence = _(
        "In row %(row)s of “%(name)s” the header “%(header)s” stands over several columns: %(columns)s. "
        "Give each a name of its own."
    )


class UnusableHeaders(UnreadableSheet):
    code = "unusable_headers"
    sentence = _(
        "In row %(row)s of “%(name)s” these columns have a header that is too long or an error: %(columns)s. "
        "Write short headers."
    )


class SheetFull(Refusal):
    """More rows than an .xlsx sheet can hold were to be written."""

    code = "sheet_full"
    sentence = _("An .xlsx sheet holds at most %(limit)s rows. Choose CSV instead.")


class BadRow(Refusal):
    """One row can't be taken as it is; `row` is its number as Excel shows it."""

    code = "bad_row"
    sentence = _("Row %(row)s can't be read.")


class CellTooLong(BadRow):
    code = "cell_too_long"
    sentence = _("Row %(row)s, column %(column)s: the text is longer than %(limit)s characters. Shorten it.")


class ForbiddenCharacter(BadRow):
    code = "forbidden_character"
    sentence = _("Row %(row)s, column %(column)s: the text holds a NUL character. Type it again.")


class TooManyCells(BadRow):
    code = "too_many_cells"
    sentence = _("Row %(row)s has %(found)s cells, but there are %(expected)s headers. Check its separators.")


class ErrorInCell(BadRow):
    code = "error_in_cell"
    sentence = _("Row %(row)s, column %(column)s: the cell shows the error %(value)s. Correct its formula.")


class MergedCell(BadRow):
    code = "merged_cell"
    sentence = _("Row %(row)s, column %(column)s: the cell is merged with others. Unmerge it and fill in each row.")


class FormulaWithoutResult(BadRow):
    code = "formula_without_result"
    sentence = _(
        "Row %(row)s, column %(column)s: the formula was never calculated. "
        "Open the file in Excel or WPS, save it and try again."
    )


class SwallowedRows(BadRow):
    code = "swallowed_rows"
    sentence = _("Row %(row)s, column %(column)s: a missing quotation mark makes the rows below part of this cell.")
