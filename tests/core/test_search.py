"""What names are found by: pairs of characters, pinyin, initials, codes, phones; and what a text asks for."""

import pytest

from dealrail.core.companies import after_place, company_core
from dealrail.core.search import PHONE, PHONE_END, asked, core_token, finds, is_enough, rank, tokens


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("新芽", "苏州新芽科技有限公司"),
        ("芽科", "苏州新芽科技有限公司"),
        ("司", "苏州新芽科技有限公司"),
        ("苏州 科技", "苏州新芽科技有限公司"),
        ("suzhou", "苏州新芽科技有限公司"),
        ("xinyake", "苏州新芽科技有限公司"),
        ("xykj", "江苏省苏州市新芽科技有限公司"),
        ("SZXY", "苏州新芽科技有限公司"),
        ("dz", "大寨村合作社"),
        ("dazhai", "大寨村合作社"),
        ("zeng", "曾国藩"),
        ("zgf", "曾国藩"),
        ("cengguo", "曾国藩"),
        ("ouyang", "欧阳修"),
        ("3m中国", "3M中国有限公司"),
        ("3mzg", "3M中国有限公司"),
        ("coca-cola", "Coca-Cola China"),
        ("cocacola", "Coca Cola China"),
        ("cola", "Coca-Cola China"),
        ("café", "Cafe Zürich"),
        ("ＡＢＣ", "abc公司"),
        ("王", "王"),
        ("wang", "王"),
        ("有限公司", "苏州新芽科技有限公司"),
        ("トヨ", "トヨタ自動車"),
    ],
)
def test_a_name_is_found_by(text: str, name: str) -> None:
    assert finds(text, name)


@pytest.mark.parametrize(("text", "name"), [("新科", "苏州新芽科技"), ("芽新", "苏州新芽科技"), ("xk", "苏州新芽科技")])
def test_a_name_is_not_found_by(text: str, name: str) -> None:
    assert not finds(text, name)


def test_a_code_is_found_by_its_beginning_with_or_without_dashes() -> None:
    words = tokens(names=["x"], codes=["C-2024-001"]).split()
    asked_for = [asked(text).chunks[0][0].token for text in ("C-2024", "c2024001", "2024")]
    assert all(any(word.startswith(token) for word in words) for token in asked_for)


def test_a_phone_is_found_by_beginning_and_end_but_never_as_a_word() -> None:
    words = tokens(names=["x"], phones=["138 0000-1234"])
    assert {PHONE + "13800001234", PHONE_END + "43210000831"} <= set(words.split())
    assert [term.token for term in asked("0000 1234").phone] == [PHONE + "00001234", PHONE_END + "43210000"]
    assert not any(word.startswith("1234") for word in words.split())
    assert asked(PHONE + "138").chunks == asked("138").chunks


def test_fewer_than_four_digits_ask_for_no_phone() -> None:
    assert asked("123").phone == ()
    assert asked("王1234").phone == ()


@pytest.mark.parametrize("text", ["", "  ", "—— !", "\ue000", "*", '"'])
def test_nothing_is_asked_without_letters_and_digits(text: str) -> None:
    assert not asked(text)


def test_what_every_company_has_in_its_name_is_left_out_when_something_else_is_asked() -> None:
    assert [term.token for term in asked("苏州有限公司").chunks[0]] == ["苏州", "州有"]
    assert [term.token for term in asked("有限").chunks[0]] == ["有限"]


def test_two_characters_are_enough() -> None:
    texts = ("新", "新芽", "a", "ab", "a新", "  ", "1", "12", "-1")
    assert [is_enough(text) for text in texts] == [False, True, False, True, True, False, False, True, False]


def test_nearest_is_the_same_name_then_its_beginning_then_its_middle() -> None:
    names = ["苏州新芽科技", "新芽", "新芽科技", "上海信雅"]
    assert sorted(names, key=lambda name: rank(name, "新芽")) == ["新芽", "新芽科技", "苏州新芽科技", "上海信雅"]


@pytest.mark.parametrize(
    "name",
    [
        "新芽科技",
        "苏州新芽科技有限公司",
        "新芽科技（苏州）有限责任公司",
        "江苏省苏州市新芽科技股份有限公司",
        "新芽科技集团",
        "新芽 科技",
    ],
)
def test_spellings_of_one_company_come_down_to_the_same(name: str) -> None:
    assert company_core(name) == "新芽科技"
    assert core_token(name) in tokens(names=["苏州新芽科技有限公司"], company=True).split()


@pytest.mark.parametrize(
    ("name", "core"), [("Acme Co., Ltd.", "acme"), ("北京公司", "北京"), ("公司", "公司"), ("IBM", "ibm")]
)
def test_something_of_a_name_always_remains(name: str, core: str) -> None:
    assert company_core(name) == core


def test_a_name_goes_on_after_its_places() -> None:
    assert after_place("广东省深圳市新芽") == "新芽"
    assert after_place("新芽") == ""
    assert after_place("苏州") == ""
