"""How Chinese is read aloud, written in Latin letters; surnames by their own reading beside the usual one."""

from functools import lru_cache

from pypinyin import lazy_pinyin
from pypinyin.seg.mmseg import seg

# Surnames that are read otherwise than the character alone; of some both readings are in use.
SURNAMES = {
    "万俟": "mo qi", "尉迟": "yu chi", "长孙": "zhang sun", "单于": "chan yu", "澹台": "tan tai", "宰父": "zai fu",
    "曾": "zeng", "单": "shan", "仇": "qiu", "区": "ou", "解": "xie", "查": "zha", "任": "ren", "盖": "ge", "华": "hua",
    "乐": "yue", "翟": "zhai", "覃": "qin", "缪": "miao", "朴": "piao", "秘": "bi", "折": "she", "员": "yun",
    "黑": "he", "种": "chong", "繁": "po", "冼": "xian", "宓": "mi", "柏": "bai", "卜": "bu", "召": "shao",
    "祭": "zhai", "重": "chong", "尹": "yin", "郇": "xun", "逄": "pang", "佴": "nai", "厍": "she", "隗": "wei",
    "晁": "chao", "会": "gui", "过": "guo", "洗": "xian", "石": "shi", "叶": "ye", "燕": "yan", "沈": "shen",
}  # fmt: skip


def is_han(character: str) -> bool:
    """Whether this is a Chinese character."""
    return "\u3400" <= character <= "\u9fff" or "\U00020000" <= character <= "\U000323af" or character == "〇"


def readings(text: str) -> list[list[str]]:
    """The syllables of a run of Chinese characters: as it is usually read, and with its surname read as one."""
    usual = _syllables(text)
    surname = next((name for name in SURNAMES if text.startswith(name)), "")
    if not surname:
        return [usual]
    as_name = [*SURNAMES[surname].split(), *_syllables(text[len(surname) :])]
    return [usual] if as_name == usual else [usual, as_name]


def _syllables(text: str) -> list[str]:
    return [syllable for phrase in seg.cut(text) for syllable in _of_phrase(phrase)]


@lru_cache(maxsize=1 << 16)
def _of_phrase(phrase: str) -> tuple[str, ...]:
    """How a word is read that pypinyin's dictionary knows, or a single character; names share most of theirs."""
    return tuple(lazy_pinyin([phrase], errors="ignore"))
