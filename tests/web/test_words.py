"""What screens say: every event in words, money and days as the language has them, one way to address people."""

import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import polib
import pytest
from django.utils import timezone, translation

from dealrail.accounts.actions.users import set_password
from dealrail.accounts.builtin import builtin_names
from dealrail.accounts.errors import WeakPassword
from dealrail.accounts.models import User
from dealrail.crm.actions.customers import create_customer
from dealrail.crm.errors import FieldRefused
from dealrail.events.facts import Fact
from dealrail.web.people.naming import ROLE_NAMES, role_name
from dealrail.web.tellers import TELLERS
from dealrail.web.templatetags.dealrail import ago, moment, wan
from tests.architecture.source import ROOT, load_everything
from tests.cast import actor_of

CATALOGUE = ROOT / "dealrail" / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"


def facts(root: type[Fact] = Fact) -> Iterator[type[Fact]]:
    """Every kind of fact of the project."""
    for child in root.__subclasses__():
        if child.__module__.startswith("dealrail.") and "kind" in vars(child):
            yield child
        yield from facts(child)


def test_every_event_of_a_deal_or_customer_is_told_in_words() -> None:
    load_everything()
    kinds = {fact.kind for fact in facts() if fact.subject_kind in {"deal", "customer"}}
    assert "deal.history_told" in kinds
    assert kinds - set(TELLERS) == set()


@pytest.mark.parametrize(
    ("language", "value", "shown"),
    [
        ("zh-hans", "46439800", "4,643.98 万"),
        ("en", "46439800", "46.44M"),
        ("en", "120000", "120.00K"),
        ("en", "999.5", "999.50"),
        ("en", "-2500000000", "-2.50B"),
    ],
)
def test_money_is_short_in_the_units_of_the_language(language: str, value: str, shown: str) -> None:
    with translation.override(language):
        assert wan(Decimal(value)) == shown


@pytest.mark.parametrize(("days", "words"), [(-1, "yesterday"), (1, "tomorrow"), (3, "in 3 days"), (-3, "3 days ago")])
def test_days_near_by_are_said_in_words(days: int, words: str) -> None:
    with translation.override("en"):
        assert words in ago(timezone.now() + timedelta(days=days))


@pytest.mark.parametrize(("days", "words"), [(-1, "yesterday"), (0, "today"), (1, "tomorrow")])
def test_what_had_only_a_date_is_told_without_a_time(days: int, words: str) -> None:
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=days)
    with translation.override("en"):
        assert f">{words}</time>" in ago(midnight)
        assert f'title="{midnight:%Y-%m-%d}"' in ago(midnight)
        assert moment(midnight) == f"{midnight:%Y-%m-%d}"
        assert moment(midnight + timedelta(minutes=1)) == f"{midnight:%Y-%m-%d} 00:01"


def test_built_in_roles_are_called_in_the_readers_language_until_renamed() -> None:
    assert set(ROLE_NAMES) == set(builtin_names())
    for key, name in builtin_names().items():
        with translation.override("zh-hans"):
            assert role_name(key, name) == name
        with translation.override("en"):
            assert not re.search("[\u4e00-\u9fff]", role_name(key, name))
            assert role_name(key, "自己起的名") == "自己起的名"


def test_people_are_addressed_in_one_way() -> None:
    assert [entry.msgid for entry in polib.pofile(str(CATALOGUE)) if re.search("你", entry.msgstr)] == []


@pytest.mark.parametrize("password", ["short", "password", "1234567890"])
def test_what_is_wrong_with_a_password_is_said_in_chinese(admin: User, password: str) -> None:
    with translation.override("zh-hans"):
        with pytest.raises(WeakPassword) as caught:
            set_password(actor=actor_of(admin), user_id=admin.pk, password=password)
        assert re.search("[A-Za-z]", str(caught.value)) is None


def test_a_wrong_credit_code_is_named_once(rep: User) -> None:
    with translation.override("zh-hans"):
        with pytest.raises(FieldRefused) as caught:
            create_customer(actor=actor_of(rep), fields={"name": "新芽公司", "credit_code": "91110000600037341X"})
        assert str(caught.value).count("统一社会信用代码") == 1
