"""Amounts: read as people type them, shown short and in full, spelled out in capitals."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealrail.core.money import (
    LIMIT,
    AmountTooLarge,
    BadAmount,
    NegativeAmount,
    TooManyDecimals,
    capital,
    grouped,
    in_wan,
    rounded,
    yuan,
)

AMOUNTS = st.decimals(0, LIMIT - 1, places=2)
DIGITS = "零壹贰叁肆伍陆柒捌玖"
UNITS = {"拾": 10, "佰": 100, "仟": 1000}


def read_capitals(words: str) -> Decimal:
    """The number that capital numerals spell, read from left to right."""
    sign = -1 if words.startswith("负") else 1
    whole, _, rest = words.removeprefix("负").removesuffix("整").rpartition("元")
    cents = Decimal(0)
    for mark, worth in (("角", Decimal("0.1")), ("分", Decimal("0.01"))):
        if mark in rest:
            cents += DIGITS.index(rest[rest.index(mark) - 1]) * worth
    return sign * (read_whole(whole) + cents)


def read_whole(words: str) -> int:
    for mark, worth in (("亿", 10**8), ("万", 10**4)):
        if mark in words:
            head, _, tail = words.rpartition(mark)
            return read_whole(head) * worth + read_whole(tail)
    total = digit = 0
    for char in words:
        if char in UNITS:
            total, digit = total + digit * UNITS[char], 0
        else:
            digit = DIGITS.index(char)
    return total + digit


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1054", "1054.00"),
        ("1,234.50", "1234.50"),
        ("¥1 234", "1234.00"),
        ("￥５００", "500.00"),
        ("１２３", "123.00"),
        ("12.5万", "125000.00"),
        ("12.345 万元", "123450.00"),
        ("1.2亿", "120000000.00"),
        ("3百万", "3000000.00"),
        ("5w", "50000.00"),
        ("RMB 1,000.00", "1000.00"),
        (".5", "0.50"),
        ("999999999999.99", "999999999999.99"),
    ],
)
def test_reads_what_people_type(text: str, value: str) -> None:
    assert str(yuan(text)) == value


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("", BadAmount),
        ("元", BadAmount),
        ("about 5", BadAmount),
        ("1,23", BadAmount),
        ("$5", BadAmount),
        ("1e5", BadAmount),
        ("NaN", BadAmount),
        ("-" + " " * 30_000 + "x", BadAmount),
        ("-5", NegativeAmount),
        ("−5", NegativeAmount),
        ("1.234", TooManyDecimals),
        ("1.23456789万", TooManyDecimals),
        ("1000000000000", AmountTooLarge),
        ("10000亿", AmountTooLarge),
    ],
)
def test_refuses_what_is_no_amount_and_names_it(text: str, refusal: type[BadAmount]) -> None:
    with pytest.raises(refusal) as caught:
        yuan(text)
    assert type(caught.value) is refusal
    assert caught.value.params["value"] == text[:40]


def test_reads_negative_amounts_only_when_told() -> None:
    assert yuan("¥-1,234.50", negative=True) == Decimal("-1234.50")


@given(AMOUNTS)
def test_reads_back_what_it_shows_in_full(value: Decimal) -> None:
    assert yuan(grouped(value)) == value


@pytest.mark.parametrize(("value", "shown"), [("0.005", "0.01"), ("0.004", "0.00"), ("-0.005", "-0.01")])
def test_rounds_half_up(value: str, shown: str) -> None:
    assert str(rounded(Decimal(value))) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("9999", "9,999.00"),
        ("10000", "1.00 万"),
        ("46439800", "4,643.98 万"),
        ("169000000", "1.69 亿"),
        ("-46439800", "-4,643.98 万"),
    ],
)
def test_shows_wan_and_yi_on_charts(value: str, shown: str) -> None:
    assert in_wan(Decimal(value)) == shown


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("1409.50", "壹仟肆佰零玖元伍角"),
        ("6007.14", "陆仟零柒元壹角肆分"),
        ("325.04", "叁佰贰拾伍元零肆分"),
        ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
        ("107000.53", "壹拾万柒仟元伍角叁分"),
        ("100050", "壹拾万零伍拾元整"),
        ("100000001", "壹亿零壹元整"),
        ("1000000000000", "壹万亿元整"),
        ("0", "零元整"),
        ("0.05", "伍分"),
        ("0.50", "伍角"),
        ("-5.5", "负伍元伍角"),
    ],
)
def test_spells_amounts_in_capitals(value: str, words: str) -> None:
    assert capital(Decimal(value)) == words


@given(AMOUNTS)
def test_capitals_read_back_as_the_amount(value: Decimal) -> None:
    assert read_capitals(capital(value)) == value
