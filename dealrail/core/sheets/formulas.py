"""Keeps text from becoming a formula in a spreadsheet program, and takes that guard off again."""

import re

# What Excel, WPS or LibreOffice may take for a formula, full width too; apostrophes before it are guards.
_FORMULA = re.compile(r"'*(?:\s*[=+\-@＝＋－＠]|[\t\r\n])")


def escape_formula(text: str) -> str:
    """The text with an apostrophe in front where a spreadsheet program might take it for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def unescape_formula(text: str) -> str:
    """The text without the apostrophe that `escape_formula` put in front."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text
