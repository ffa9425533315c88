"""Django's own words for dates stay as they are: no message of ours is called like a month or a weekday."""

import pytest
from django.utils.dates import MONTHS, WEEKDAYS
from django.utils.translation import override


@pytest.mark.parametrize("number", MONTHS)
def test_a_month_is_called_a_month(number: int) -> None:
    with override("zh-hans"):
        assert str(MONTHS[number]).endswith("月")


@pytest.mark.parametrize("number", WEEKDAYS)
def test_a_weekday_is_called_a_weekday(number: int) -> None:
    with override("zh-hans"):
        assert str(WEEKDAYS[number]).startswith("星期")
