"""How Chinese is read, word by word, is how pypinyin reads it whole."""

from hypothesis import given
from hypothesis import strategies as st
from pypinyin import lazy_pinyin

from dealrail.core import pinyin
from tools import pinyin as tool

# Characters read in several ways, and characters that no dictionary reads.
CHARACTERS = st.sampled_from("重庆银行长沙行长乐山音乐单于曾朝阳会计厦门都江堰参差〇㐀𠀀有限公司科技苏州锐")


@given(st.lists(CHARACTERS, max_size=16).map("".join))
def test_reading_word_by_word_is_reading_the_whole(text: str) -> None:
    assert pinyin.readings(text)[0] == (lazy_pinyin(text, errors="ignore") if text else [])


def test_a_surname_is_also_read_as_one() -> None:
    assert pinyin.readings("单雄信") == [["dan", "xiong", "xin"], ["shan", "xiong", "xin"]]


def test_says_a_text_of_two_scripts() -> None:
    assert pinyin.spoken("Anna 张伟-2") == ["Anna ", "zhang", "wei", "-2"]


def test_the_file_is_what_pypinyin_knows() -> None:
    assert tool.FILE.read_text("utf-8") == tool.written(), "write it anew: python -m tools.pinyin"
