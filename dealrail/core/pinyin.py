"""How Chinese is read aloud, written in Latin letters; surnames by their own reading beside the usual one."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby
from pathlib import Path

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
    surname = next((text[:length] for length in (2, 1) if text[:length] in SURNAMES), "")
    if not surname:
        return [usual]
    as_name = [*SURNAMES[surname].split(), *_syllables(text[len(surname) :])]
    return [usual] if as_name == usual else [usual, as_name]


def spoken(text: str) -> list[str]:
    """A text as one says it: the syllables of what is Chinese, and what stands between as it is."""
    runs = [(is_chinese, "".join(run)) for is_chinese, run in groupby(text, key=is_han)]
    return [part for is_chinese, run in runs for part in (_syllables(run) if is_chinese else [run])]


def _syllables(text: str) -> list[str]:
    return [syllable for phrase in _phrases(text) for syllable in _of_phrase(phrase)]


def _phrases(text: str) -> Iterator[str]:
    """The text cut into the longest phrases known, from the front; single characters between them."""
    while text:
        known = _dictionary().phrases.get(text[0], "")
        longest = 1
        for length in range(2, len(text) + 1):
            if f" {text[:length]}" not in known:
                break
            if f" {text[:length]} " in known:
                longest = length
        else:
            if longest == 1:
                # the beginning of a phrase that doesn't end: pypinyin looks for no other in it
                yield from text
                return
        yield text[:longest]
        text = text[longest:]


@lru_cache(maxsize=1 << 16)
def _of_phrase(phrase: str) -> tuple[str, ...]:
    """How a phrase is read, or a single character; names share most of theirs."""
    known = _dictionary()
    said = known.read_otherwise.get(phrase)
    return tuple(said.split() if said else filter(None, map(known.characters.get, phrase)))


@dataclass(frozen=True)
class _Dictionary:
    """How characters are read, phrases by their first character with blanks around each, and phrases read otherwise."""

    characters: dict[str, str]
    phrases: dict[str, str]
    read_otherwise: dict[str, str]


@cache
def _dictionary() -> _Dictionary:
    """What tools/pinyin.py wrote down; loaded when the first name is read."""
    _licence, characters, phrases, otherwise = Path(__file__).with_suffix(".txt").read_text("utf-8").split("\n\n")
    return _Dictionary(
        {character: syllable for syllable, those in map(str.split, characters.splitlines()) for character in those},
        {line[0]: f" {line} " for line in phrases.splitlines()},
        dict(line.split(maxsplit=1) for line in otherwise.splitlines()),
    )
