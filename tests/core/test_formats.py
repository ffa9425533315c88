"""Phones, credit codes, names and dates as people and sheets write them."""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealrail.core.formats import (
    AmbiguousDate,
    BadCreditCode,
    BadDate,
    BadMobile,
    BadPhone,
    DateOrder,
    ImpossibleDate,
    WrongCheckDigit,
    credit_code,
    mask_phone,
    mobile,
    name_key,
    parse_date,
    parse_datetime,
    phone,
)

CHINA = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    "text",
    [
        "13800001111",
        "138 0000 1111",
        "+86-138-0000-1111",
        "0086 13800001111",
        "8613800001111",
        "１３８００００１１１１",
    ],
)
def test_one_spelling_for_a_mobile(text: str) -> None:
    assert mobile(text) == phone(text) == "13800001111"


@pytest.mark.parametrize("text", ["", "12800001111", "1380000111", "138000011112", "010-12345678", "13800001111/2"])
def test_refuses_what_is_no_mobile(text: str) -> None:
    with pytest.raises(BadMobile):
        mobile(text)


@pytest.mark.parametrize(
    ("text", "spelling"),
    [
        ("010-12345678", "010-12345678"),
        ("(010) 1234 5678", "010-12345678"),
        ("+86 10 6552 9988", "010-65529988"),
        ("0571—88776655", "0571-88776655"),
        ("0755-1234567", "0755-1234567"),
        ("0755-12345678 转 801", "0755-12345678-801"),
        ("400-123-4567", "4001234567"),
        ("+1 (415) 555-0100", "+14155550100"),
    ],
)
def test_one_spelling_for_landlines_and_foreign_numbers(text: str, spelling: str) -> None:
    assert phone(text) == spelling


@pytest.mark.parametrize("text", ["", "12345678", "ask him", "+86 1", "00" + "3" * 30])
def test_refuses_what_is_no_phone(text: str) -> None:
    with pytest.raises(BadPhone):
        phone(text)


@pytest.mark.parametrize(
    ("number", "masked"),
    [("13800001111", "138****1111"), ("010-12345678", "010*****5678"), ("12345678", "123*****"), ("", "")],
)
def test_masks_the_middle_of_a_phone(number: str, masked: str) -> None:
    assert mask_phone(number) == masked


@pytest.mark.parametrize(
    "text",
    [
        "91110000600037341L",
        " 91110000600037341l",
        "9111 0000 6000 3734 1L",
        "９１１１００００６０００３７３４１Ｌ",
    ],
)
def test_reads_a_credit_code(text: str) -> None:
    code = credit_code(text)
    assert (code.value, code.warning) == ("91110000600037341L", "")


@pytest.mark.parametrize("text", ["", "91110000600037341", "9I110000600037341L", "91110000600037341L0"])
def test_refuses_a_malformed_credit_code(text: str) -> None:
    with pytest.raises(BadCreditCode):
        credit_code(text)


@given(st.sampled_from("0123456789ABCDEFGHJKMNPQRTUWXY"))
def test_refuses_every_wrong_check_digit(digit: str) -> None:
    with pytest.raises(WrongCheckDigit):
        credit_code("91110000600037341" + digit)


def test_warns_of_an_unknown_prefix_without_refusing() -> None:
    code = credit_code("98110000600037341Y")
    assert code.value == "98110000600037341Y"
    assert "prefix" in str(code.warning)


def test_knows_rural_collectives_whose_code_begins_with_a_letter() -> None:
    assert credit_code("N21100006000373414").warning == ""


def test_names_that_differ_in_width_case_and_punctuation_share_a_key() -> None:
    assert name_key("ＡＢＣ（中国） Co., Ltd. ") == name_key("abc(中国)CO LTD") == "abc中国coltd"
    assert name_key("中国银行") != name_key("中国人民银行")
    assert name_key(" -- ") == ""


@pytest.mark.parametrize(
    "text",
    [
        "2024-03-01",
        "2024/3/1",
        "2024.3.1",
        "20240301",
        "2024年3月1日",
        "２０２４年３月１号 9:30",
        "2024-03-01 09:30:00",
        "2024-03-01T23:30:00Z",
        "45352",
        "45352.75",
    ],
)
def test_reads_dates_as_sheets_hold_them(text: str) -> None:
    assert parse_date(text) == date(2024, 3, 1)


@pytest.mark.parametrize(("order", "found"), [(DateOrder.MDY, date(2017, 3, 1)), (DateOrder.DMY, date(2017, 1, 3))])
def test_reads_month_and_day_in_the_order_told(order: DateOrder, found: date) -> None:
    assert parse_date("3/1/2017", date_order=order) == found
    assert parse_date("2017-03-01", date_order=order) == date(2017, 3, 1)


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("", BadDate),
        ("soon", BadDate),
        ("2024", BadDate),
        ("24/3/1", BadDate),
        ("2024/3-1", BadDate),
        ("999999", BadDate),
        ("2024-02-30", ImpossibleDate),
        ("2024年13月1日", ImpossibleDate),
        ("2024-03-01 25:00", ImpossibleDate),
        ("1899-12-31", ImpossibleDate),
        ("2201-01-01", ImpossibleDate),
        ("3/1/2017", AmbiguousDate),
    ],
)
def test_refuses_what_is_no_day_and_names_it(text: str, refusal: type[BadDate]) -> None:
    with pytest.raises(refusal) as caught:
        parse_date(text)
    assert type(caught.value) is refusal
    assert caught.value.params == {"value": text}


def test_refuses_a_month_beyond_twelve_in_the_order_told() -> None:
    with pytest.raises(ImpossibleDate, match="13/1/2017"):
        parse_date("13/1/2017", date_order=DateOrder.MDY)


@given(st.dates(date(1927, 6, 1), date(2200, 12, 31)))
def test_reads_iso_and_serial_numbers_alike(day: date) -> None:
    assert parse_date(day.isoformat()) == parse_date(str((day - date(1899, 12, 30)).days)) == day


@given(st.text(max_size=50))
def test_answers_any_text_with_a_date_or_a_refusal(text: str) -> None:
    with suppress(BadDate):
        assert 1900 <= parse_date(text).year <= 2200


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-03-01", datetime(2024, 3, 1, tzinfo=CHINA)),
        ("2024/3/1 9:30", datetime(2024, 3, 1, 9, 30, tzinfo=CHINA)),
        ("45352.75", datetime(2024, 3, 1, 18, tzinfo=CHINA)),
        ("2024-03-01T09:30:00Z", datetime(2024, 3, 1, 9, 30, tzinfo=UTC)),
        ("2024-03-01 09:30:00+08:00", datetime(2024, 3, 1, 9, 30, tzinfo=CHINA)),
    ],
)
def test_reads_moments_in_the_time_zone_given(text: str, moment: datetime) -> None:
    found: Any = parse_datetime(text, tz=CHINA)
    assert found == moment
    assert found.utcoffset() - moment.utcoffset() == timedelta()
