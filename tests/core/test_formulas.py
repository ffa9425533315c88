"""Formulas: what they mean, what is refused and why, and that none can keep a machine busy or fall over."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from dealrail.core.formulas import BadFormula, Kind, computed, fields_in, kind_of, parsed, renamed


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


KINDS = {
    "n": Kind.NUMBER,
    "m": Kind.MONEY,
    "t": Kind.TEXT,
    "d": Kind.DATE,
    "e": Kind.DATE,
    "y": Kind.YES_NO,
    "nothing": Kind.NUMBER,
}
HELD: dict[str, Any] = {
    "n": Decimal(4),
    "m": Decimal("1000.00"),
    "t": "甲",
    "d": date(2026, 3, 1),
    "e": date(2026, 3, 11),
    "y": True,
    "nothing": None,
}


def result(text: str) -> tuple[Kind, Any]:
    """The kind and value of a formula over what is held."""
    node = parsed(text)
    kind = kind_of(node, KINDS)
    return kind, computed(node, kind, HELD)


MEANT: list[tuple[str, Kind, Any]] = [
    ("1 + 2 * 3", Kind.NUMBER, Decimal(7)),
    ("(1 + 2) * 3 - -1", Kind.NUMBER, Decimal(10)),
    ("10 / 4", Kind.NUMBER, Decimal("2.5")),
    ("8 / 2 / 2", Kind.NUMBER, Decimal(2)),
    ("{m} * 0.1", Kind.MONEY, Decimal(100)),
    ("{m} / {n}", Kind.MONEY, Decimal(250)),
    ("{m} / 3", Kind.MONEY, Decimal("333.33")),
    ("{m} / {m}", Kind.NUMBER, Decimal(1)),
    ("{m} + {n}", Kind.MONEY, Decimal(1004)),
    ("（{m} － 100）× 2 ÷ 4", Kind.MONEY, Decimal(450)),
    ("{ n }", Kind.NUMBER, Decimal(4)),
    ('{t} & "-" & {n} & “号” & {d}', Kind.TEXT, "甲-4号2026-03-01"),
    ('{t} & {nothing} & ""', Kind.TEXT, "甲"),
    ('"" & ""', Kind.TEXT, None),
    ("{e} - {d}", Kind.NUMBER, Decimal(10)),
    ("days({d}, {e})", Kind.NUMBER, Decimal(10)),
    ("days({e}, {d})", Kind.NUMBER, Decimal(-10)),
    ("{d} + 30", Kind.DATE, date(2026, 3, 31)),
    ("1 + {d}", Kind.DATE, date(2026, 3, 2)),
    ("{d} - 1", Kind.DATE, date(2026, 2, 28)),
    ('{d} >= date("2026-03-01")', Kind.YES_NO, True),
    ("{n} > 3 and {m} < 1", Kind.YES_NO, False),
    ("{n} > 3 or {m} < 1", Kind.YES_NO, True),
    ("not {y} or {n} <> 4", Kind.YES_NO, False),
    ("{n} ≠ 4", Kind.YES_NO, False),
    ('{t} = "甲"', Kind.YES_NO, True),
    ("{y} = true", Kind.YES_NO, True),
    ('if({n} >= 4, "大", "小")', Kind.TEXT, "大"),
    ("IF({n} > 4, {m}, 0)", Kind.MONEY, Decimal(0)),
    ("round(10 / 3, 2)", Kind.NUMBER, Decimal("3.33")),
    ("round(2.5)", Kind.NUMBER, Decimal(3)),
    ("abs(-2)", Kind.NUMBER, Decimal(2)),
    ("min({n}, 2, {nothing})", Kind.NUMBER, Decimal(2)),
    ("max({d}, {e})", Kind.DATE, date(2026, 3, 11)),
    ("empty({nothing})", Kind.YES_NO, True),
    ("empty({n})", Kind.YES_NO, False),
    # what can't be computed is empty
    ("1 / 0", Kind.NUMBER, None),
    ("{m} / ({n} - 4)", Kind.MONEY, None),
    ("{nothing} + 1", Kind.NUMBER, None),
    ("{nothing} > 1", Kind.YES_NO, None),
    ('if({nothing} > 1, "a", "b")', Kind.TEXT, "b"),
    ("{d} + 999999999", Kind.DATE, None),
    ("{d} + 99999", Kind.DATE, None),
    ("999999999999999 * 10", Kind.NUMBER, None),
]


@pytest.mark.parametrize(("text", "kind", "value"), MEANT)
def test_a_formula_means_what_it_says(text: str, kind: Kind, value: Any) -> None:
    assert result(text) == (kind, value)


REFUSED: list[tuple[str, str]] = [
    ("", "{amount}"),
    ("   ", "{amount}"),
    ("1 +", "ends"),
    ("1 2", "can't stand"),
    ("(1", "ends"),
    ("1)", "can't stand"),
    ("if(1 > 2, 3)", "3 to 3"),
    ("days({d})", "2 to 2"),
    ("{unknown}", "{unknown}"),
    ("{}", "{}"),
    ("{n", "Not understood"),
    ('"abc', "Not understood"),
    ("1 ; 2", "Not understood"),
    ("__import__('os')", "Not understood"),
    ("eval(1)", "eval"),
    ("{n}.__class__", "Not understood"),
    ("lambda x: x", "Not understood"),
    ("lambda", "lambda"),
    ("2 ** 99999999", "can't stand"),
    ("1e9999", "e"),
    ("9" * 16, "Not understood"),
    ("{t} + 1", "a text"),
    ("{m} * {m}", "an amount"),
    ("{n} / {m}", "an amount"),
    ("{d} + {e}", "a date"),
    ("{d} * 2", "a date"),
    ('{n} = "4"', "a text"),
    ("{y} > false", "yes or no"),
    ("{n} and {y}", "a number"),
    ("not {n}", "a number"),
    ('if({y}, 1, "a")', "a text"),
    ("if({n}, 1, 2)", "a number"),
    ("{y} & {t}", "yes or no"),
    ("-{t}", "“-”"),
    ("min({t}, {t})", "a text"),
    ("round({n}, {n})", "plain number"),
    ("date({t})", "2026-03-01"),
    ('date("2026-02-30")', "2026-03-01"),
    ("(" * 30 + "1" + ")" * 30, "deeply"),
    ("-" * 30 + "1", "deeply"),
    ("not " * 30 + "true", "deeply"),
    ("+".join("1" * 100), "parts"),
    ("1" + " " * 1000, "longer than 1000"),
]


@pytest.mark.parametrize(("text", "said"), REFUSED)
def test_what_can_not_be_computed_is_refused_with_a_sentence(text: str, said: str) -> None:
    with pytest.raises(BadFormula) as caught:
        result(text)
    assert said in str(caught.value)


def test_fields_are_named_once_and_renamed_outside_of_texts_only() -> None:
    text = '{a} & "{a}" & “{b}” & { a } & {c}'
    assert fields_in(parsed(text)) == ["a", "c"]
    assert renamed(text, {"a": "x", "b": "y"}) == '{x} & "{a}" & “{b}” & {x} & {c}'


SIGNS = ["{n}", "{m}", "{t}", "{d}", "{y}", "{nothing}", "1", "0", '"x"', "(", ")", ",", "+", "-", "*", "/", "&", "="]
SIGNS += ["<", ">", "if(", "days(", "round(", "min(", "not ", " and ", " or ", "true", "{", "}", '"', "￥", "\0"]


@given(st.lists(st.sampled_from(SIGNS), max_size=40).map("".join))
def test_whatever_is_typed_has_a_result_of_its_kind_or_a_sentence(text: str) -> None:
    try:
        kind, value = result(text)
    except BadFormula as refusal:
        assert str(refusal)
        return
    of_kind = {Kind.NUMBER: Decimal, Kind.MONEY: Decimal, Kind.TEXT: str, Kind.DATE: date, Kind.YES_NO: bool}
    assert value is None or isinstance(value, of_kind[kind])


@pytest.mark.parametrize(
    ("text", "kind", "shown"), [("0 - 0.001", Kind.MONEY, "0.00"), ("0 - 0.0001 / 10000", Kind.NUMBER, "0.000000")]
)
def test_what_rounds_to_nothing_has_no_sign(text: str, kind: Kind, shown: str) -> None:
    assert str(computed(parsed(text), kind, {})) == shown
