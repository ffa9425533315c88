"""Patterns that texts are held to: what fits, what doesn't, and that none of them takes long."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealrail.core import patterns

CASES = [
    ("HT-####-@@", "HT-2026-ab", True),
    ("HT-####-@@", "ht-2026-ab", False),
    ("HT-####-@@", "HT-2026-ab ", False),
    ("HT-####-@@", "HT-2026-a1", False),
    ("HT-####-@@", "HT-２０２６-ab", False),
    ("**", "a1", True),
    ("*", "中", False),
    ("(.+)#", "(.+)1", True),
    ("(.+)#", "xx1", False),
    ("合同#", "合同7", True),
]


@pytest.mark.parametrize(("pattern", "text", "does"), CASES)
def test_a_text_fits_only_as_it_is_written(pattern: str, text: str, does: bool) -> None:
    assert patterns.fits(pattern, text) is does


@pytest.mark.parametrize(("text", "can"), [("#", True), ("AB", False), ("", False), ("#" * 61, False), ("#\n", False)])
def test_a_pattern_holds_a_sign_and_isnt_long(text: str, can: bool) -> None:
    assert patterns.is_pattern(text) is can


@given(st.text(alphabet=string.printable, max_size=60))
def test_each_sign_stands_for_one_of_its_kind_and_all_else_for_itself(pattern: str) -> None:
    written = "".join({"#": "7", "@": "k", "*": "k"}.get(sign, sign) for sign in pattern)
    assert patterns.fits(pattern, written)
    assert not patterns.fits(pattern, f"{written}7")
