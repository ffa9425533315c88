"""Amounts of money: what people type, what is stored (元 with two decimals) and how it is shown."""

import re
import unicodedata
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext_lazy as _

from dealrail.core.errors import Refusal

CENT = Decimal("0.01")
LIMIT = Decimal(10) ** 12
"""Amounts stay below this: 14 digits, two of them decimals."""

_WAN, _YI = Decimal(10) ** 4, Decimal(10) ** 8
_UNITS = {
    "": Decimal(1), "k": Decimal(1000), "千": Decimal(1000), "w": _WAN, "万": _WAN,
    "百万": _WAN * 100, "千万": _WAN * 1000, "亿": _YI,
}  # fmt: skip
_TYPED = re.compile(
    r"(?P<minus>-?)\s*(?:¥|rmb|cny)?\s*(?P<second_minus>-?)\s*"
    r"(?P<whole>\d{1,3}(?:,\d{3})+|\d{1,3}(?: \d{3})+|\d+|(?=\.\d))(?P<fraction>\.\d*)?"
    r"\s*(?P<unit>百万|千万|[万亿千wk]?)\s*(?:元|圆|块|rmb|cny)?",
    re.IGNORECASE | re.ASCII,
)

# Longer is no amount, and would make the pattern slow on thousands of blanks.
_LONGEST = 40
_DIGITS = "零壹贰叁肆伍陆柒捌玖"


class BadAmount(Refusal):
    """What was typed is not an amount of money."""

    code = "bad_amount"
    sentence = _("“%(value)s” is not an amount. Write digits, for example 1,234.50 or 12.5万.")


class NegativeAmount(BadAmount):
    code = "negative_amount"
    sentence = _("“%(value)s” is negative. Write an amount of 0 or more.")


class TooManyDecimals(BadAmount):
    code = "too_many_decimals"
    sentence = _("“%(value)s” has more than two decimals. Round it to 分.")


class AmountTooLarge(BadAmount):
    code = "amount_too_large"
    sentence = _("“%(value)s” is too large. An amount has at most 12 digits before the point.")


def rounded(value: Decimal) -> Decimal:
    """To whole 分, half up."""
    return value.quantize(CENT, ROUND_HALF_UP)


def yuan(text: str, *, negative: bool = False) -> Decimal:
    """Read an amount in 元 as people type it: “1,234.50”, “¥1 234”, “12.5万”, full width too.

    Refuses what is no amount, negative ones unless `negative`, more than two decimals, and LIMIT or more.
    """
    plain = _plain(text)
    found = _TYPED.fullmatch(plain) if len(plain) <= _LONGEST else None
    if not found:
        raise BadAmount(value=text[:_LONGEST])
    number = Decimal(re.sub("[ ,]", "", found["whole"] + (found["fraction"] or "")))
    value = number * _UNITS[found["unit"].lower()]
    if found["minus"] or found["second_minus"]:
        value = -value
    _check(value, text[:_LONGEST], negative)
    return value.quantize(CENT)


def grouped(value: Decimal) -> str:
    """In full, with two decimals and commas: 1,234.50."""
    return f"{rounded(value):,}"


def in_wan(value: Decimal) -> str:
    """Short, for charts: 万 from ten thousand on, 亿 from a hundred million on, two decimals."""
    for unit, name in ((_YI, "亿"), (_WAN, "万")):
        if abs(value) >= unit:
            return f"{grouped(value / unit)} {name}"
    return grouped(value)


def capital(value: Decimal) -> str:
    """The amount spelled out as on quotes and contracts (大写金额); 整 stands only after 元."""
    cents = int(rounded(abs(value)) * 100)
    yuan_part, (jiao, fen) = cents // 100, divmod(cents % 100, 10)
    words = f"{_spelled(yuan_part)}元" if yuan_part else ""
    if jiao:
        words += f"{_DIGITS[jiao]}角"
    elif fen and yuan_part:
        words += "零"
    if fen:
        words += f"{_DIGITS[fen]}分"
    sign = "负" if value < 0 and cents else ""
    return sign + ((words or "零元") + ("" if cents % 100 else "整"))


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).replace("\N{MINUS SIGN}", "-").strip()


def _check(value: Decimal, text: str, negative: bool) -> None:
    if value < 0 and not negative:
        raise NegativeAmount(value=text)
    if abs(value) >= LIMIT:
        raise AmountTooLarge(value=text)
    if value != value.quantize(CENT):
        raise TooManyDecimals(value=text)


def _spelled(number: int) -> str:
    """A whole number above 0 in capital numerals; one 零 for each gap."""
    for size, name in ((10**8, "亿"), (10**4, "万"), (1000, "仟"), (100, "佰"), (10, "拾")):
        if number >= size:
            head, rest = divmod(number, size)
            gap = "零" if 0 < rest < size // 10 else ""
            return _spelled(head) + name + gap + (_spelled(rest) if rest else "")
    return _DIGITS[number]
