"""Writes down what pypinyin knows of how Chinese is read, without tones: `python -m tools.pinyin`.

The program reads this file instead of pypinyin's dictionaries, which take a dozen times the memory.
"""

from collections import defaultdict
from collections.abc import Iterator
from importlib.metadata import distribution
from itertools import groupby

from pypinyin import lazy_pinyin
from pypinyin.constants import PHRASES_DICT, PINYIN_DICT

from tools.freshness import ROOT

FILE = ROOT / "dealrail" / "core" / "pinyin.txt"


def written() -> str:
    """The file's parts, a blank line between them: its licence, characters, phrases, phrases read otherwise."""
    by_syllable = defaultdict(list)
    for number in sorted(PINYIN_DICT):
        by_syllable[_read(chr(number))[0]].append(chr(number))
    characters = {character: syllable for syllable, those in by_syllable.items() for character in those}
    parts = [
        _licence(),
        (f"{syllable} {''.join(those)}" for syllable, those in sorted(by_syllable.items())),
        (" ".join(those) for _first, those in groupby(sorted(PHRASES_DICT), key=lambda phrase: phrase[0])),
        _read_otherwise(characters),
    ]
    return "\n".join("".join(f"{line}\n" for line in part) for part in parts)


def _licence() -> Iterator[str]:
    package = distribution("pypinyin")
    yield f"# From the dictionaries of pypinyin {package.version}, under this licence:"
    text = next(path for path in package.files or () if path.name.startswith("LICENSE")).read_text("utf-8")
    yield from (f"# {line}".rstrip() for line in text.strip().splitlines())


def _read_otherwise(characters: dict[str, str]) -> Iterator[str]:
    for phrase in sorted(PHRASES_DICT):
        said = _read(phrase)
        if said != [characters[character] for character in phrase]:
            yield f"{phrase} {' '.join(said)}"


def _read(phrase: str) -> list[str]:
    return lazy_pinyin([phrase], errors="ignore")


if __name__ == "__main__":
    FILE.write_text(written(), "utf-8")
