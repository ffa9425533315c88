"""Shapes of plain values: phone numbers, credit codes, dates as sheets hold them, keys of names."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from stdnum.cn import uscc

from dealrail.core.errors import Refusal

_SHOWN = 40


class BadPhone(Refusal):
    code = "bad_phone"
    sentence = _("“%(value)s” is not a phone number. Write 13800001111 or 010-12345678.")


class BadMobile(BadPhone):
    code = "bad_mobile"
    sentence = _("“%(value)s” is not a mobile number. It has 11 digits and starts with 13 to 19.")


class BadCreditCode(Refusal):
    code = "bad_credit_code"
    sentence = _("“%(value)s” is not a credit code. It has 18 digits and capital letters without I, O, S, V and Z.")


class WrongCheckDigit(BadCreditCode):
    code = "wrong_check_digit"
    sentence = _("The check digit of “%(value)s” is wrong. Compare it with the business licence.")


class BadDate(Refusal):
    code = "bad_date"
    sentence = _("“%(value)s” is not a date. Write it as 2024-03-01.")


class ImpossibleDate(BadDate):
    code = "impossible_date"
    sentence = _("There is no day “%(value)s”. Dates run from 1900 to 2200; write them as 2024-03-01.")


class AmbiguousDate(BadDate):
    code = "ambiguous_date"
    sentence = _("“%(value)s” may be read in two ways. Say whether day or month comes first, or write 2024-03-01.")


# Phone numbers

_MOBILE = re.compile(r"(?:(?:\+|00)?86)?(1[3-9]\d{9})", re.ASCII)
_SERVICE = re.compile(r"[48]00\d{7}", re.ASCII)
_FOREIGN = re.compile(r"(?:\+|00)(?!86|0)(\d{6,15})", re.ASCII)
_LANDLINE = re.compile(
    r"\(?(?:(?:\+|00)86[- ]?\(?0?|0)(?P<area>10|2\d|[3-9]\d\d)\)?[- ]?(?P<front>\d{3,4})[- ]?(?P<back>\d{4})"
    r"(?: ?(?:转|ext\.?|x|#|-) ?(?P<extension>\d{1,6}))?",
    re.IGNORECASE | re.ASCII,
)
_DASHES = re.compile("[\u2010-\u2015\u2212]")
_BETWEEN = re.compile(r"[\s\-().]")


def mobile(text: str) -> str:
    """The 11 digits of a mobile number, without +86, blanks and dashes; refuses everything else."""
    found = _MOBILE.fullmatch(_BETWEEN.sub("", _dialled(text)))
    if not found:
        raise BadMobile(value=text[:_SHOWN])
    return found[1]


def phone(text: str) -> str:
    """One spelling for a mobile, landline (010-12345678, then -801 for an extension), 400 or foreign number.

    Refuses what is none of these, a landline without its area code among them.
    """
    dialled = _dialled(text)
    digits = _BETWEEN.sub("", dialled)
    if found := _MOBILE.fullmatch(digits):
        return found[1]
    if _SERVICE.fullmatch(digits):
        return digits
    if found := _FOREIGN.fullmatch(digits):
        return f"+{found[1]}"
    if found := _LANDLINE.fullmatch(dialled):
        extension = f"-{found['extension']}" if found["extension"] else ""
        return f"0{found['area']}-{found['front']}{found['back']}{extension}"
    raise BadPhone(value=text[:_SHOWN])


def mask_phone(number: str) -> str:
    """The number with its middle hidden: 138****1111; a short one keeps its first three places only."""
    shown_end = 4 if len(number) >= 11 else 0
    hidden = max(len(number) - 3 - shown_end, 0)
    return number[:3] + "*" * hidden + number[len(number) - shown_end :]


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def _dialled(text: str) -> str:
    """Half width, one kind of dash, single blanks."""
    return " ".join(_DASHES.sub("-", _plain(text)).split())


# Codes and names

# The registering authority and the kind of organisation, GB 32100-2015 with its first amendment.
_AUTHORITIES = {
    "1": "1239", "2": "19", "3": "123459", "4": "19", "5": "1239", "6": "129", "7": "129", "8": "19",
    "9": "123", "A": "19", "N": "1239", "Y": "1",
}  # fmt: skip
_CREDIT_CODE = re.compile("[0-9ABCDEFGHJKLMNPQRTUWXY]{18}")
_UNKNOWN_PREFIX = _("The credit code begins with an unusual prefix. Compare it with the business licence.")


@dataclass(frozen=True)
class CreditCode:
    """A 统一社会信用代码 whose check digit is right; `warning` is empty when its prefix is a known one."""

    value: str
    warning: str | Promise = ""


def credit_code(text: str) -> CreditCode:
    """Read a 统一社会信用代码; refuses a wrong length, letter or check digit, warns of an unknown prefix."""
    value = uscc.compact(_plain(text))
    if not _CREDIT_CODE.fullmatch(value):
        raise BadCreditCode(value=text[:_SHOWN])
    if uscc.calc_check_digit(value[:-1]) != value[-1]:
        raise WrongCheckDigit(value=value)
    is_known = value[1] in _AUTHORITIES.get(value[0], "") and value[2:8].isdigit()
    return CreditCode(value, "" if is_known else _UNKNOWN_PREFIX)


LONGEST_KEY = 160


def name_key(text: str) -> str:
    """What two spellings of one name share: half width, one case, letters and digits only; may be empty.

    At most 160 characters: folding makes some names longer ("ß" becomes "ss"), and a column holds no more.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return "".join(char for char in folded if char.isalnum())[:LONGEST_KEY]


# Dates

FIRST_YEAR, LAST_YEAR = 1900, 2200
# Lower numbers are years and quantities rather than days counted by a spreadsheet (10000 is in 1927).
_FIRST_SERIAL = 10_000
_SERIAL_ZERO = date(1899, 12, 30)
_CLOCK = (
    r"(?:[T ]*(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d+)?)?"
    r"(?P<zone> ?Z|[+-]\d{2}:?\d{2})?)?"
)
_YEAR_FIRST = re.compile(
    rf"(?P<a>\d{{4}})(?:(?P<sep>[-/.])(?P<b>\d{{1,2}})(?P=sep)(?P<c>\d{{1,2}})"
    rf"|年 ?(?P<b2>\d{{1,2}}) ?月 ?(?P<c2>\d{{1,2}}) ?[日号]?|(?P<b3>\d{{2}})(?P<c3>\d{{2}})){_CLOCK}",
    re.ASCII,
)
_YEAR_LAST = re.compile(rf"(?P<a>\d{{1,2}})(?P<sep>[-/.])(?P<b>\d{{1,2}})(?P=sep)(?P<c>\d{{4}}){_CLOCK}", re.ASCII)
_SERIAL = re.compile(r"\d{5,6}(?:\.\d+)?", re.ASCII)


class DateOrder(StrEnum):
    """Which part of a date such as 3/1/2017 comes first; YMD takes no such dates."""

    YMD = "ymd"
    MDY = "mdy"
    DMY = "dmy"


def parse_date(text: str, *, date_order: DateOrder = DateOrder.YMD) -> date:
    """Read a day as sheets hold it: 2024-03-01, 2024/3/1, 2024年3月1日, 20240301 or a serial number.

    A time of day is left out; 3/1/2017 needs a `date_order`. Refuses what is no date, days that don't exist
    and years outside 1900 to 2200.
    """
    return _moment(text, UTC, date_order).date()


def parse_datetime(text: str, *, tz: tzinfo, date_order: DateOrder = DateOrder.YMD) -> datetime:
    """As `parse_date`, with the time of day (else midnight); what names no zone is in `tz`."""
    return _moment(text, tz, date_order)


def _moment(text: str, tz: tzinfo, date_order: DateOrder) -> datetime:
    plain = _plain(text)
    if len(plain) > _SHOWN:
        raise BadDate(value=plain[:_SHOWN])
    if _SERIAL.fullmatch(plain):
        return _from_serial(plain, tz)
    if found := _YEAR_FIRST.fullmatch(plain):
        return _from_parts(plain, found, "ymd", tz)
    if found := _YEAR_LAST.fullmatch(plain):
        if date_order is DateOrder.YMD:
            raise AmbiguousDate(value=plain)
        return _from_parts(plain, found, date_order, tz)
    raise BadDate(value=plain)


def _from_serial(plain: str, tz: tzinfo) -> datetime:
    days = float(plain)
    if not _FIRST_SERIAL <= days < (date(LAST_YEAR + 1, 1, 1) - _SERIAL_ZERO).days:
        raise BadDate(value=plain)
    return datetime.combine(_SERIAL_ZERO, time.min, tz) + timedelta(seconds=round(days * 86_400))


def _from_parts(plain: str, found: re.Match[str], order: str, tz: tzinfo) -> datetime:
    groups = found.groupdict()
    b, c = (groups[name] or groups.get(f"{name}2") or groups.get(f"{name}3") for name in "bc")
    year, month, day = (int((groups["a"], b, c)[order.index(part)] or 0) for part in "ymd")
    hour, minute, second = (int(groups[name] or 0) for name in ("hour", "minute", "second"))
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=_zone(groups["zone"]) or tz)
    except ValueError as error:
        raise ImpossibleDate(value=plain) from error
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ImpossibleDate(value=plain)
    return moment


def _zone(text: str | None) -> tzinfo | None:
    return datetime.strptime(text.strip(), "%z").tzinfo if text else None
