"""Patterns that a text is held to, such as HT-####-@@: what each sign stands for, and whether a text fits.

There is no repetition and no choice in them, so that no pattern and no text can keep a machine busy.
"""

import re

LONGEST = 60
_SIGNS = {"#": "[0-9]", "@": "[A-Za-z]", "*": "[0-9A-Za-z]"}


def is_pattern(text: str) -> bool:
    """Whether this can be a pattern: short enough, with at least one sign that stands for others."""
    return len(text) <= LONGEST and text.isprintable() and bool(set(text) & set(_SIGNS))


def fits(pattern: str, text: str) -> bool:
    """Whether a text is written just as the pattern says."""
    wanted = "".join(_SIGNS.get(sign) or re.escape(sign) for sign in pattern)
    return re.fullmatch(wanted, text) is not None
