"""What a record is found by: tokens of its names, codes and phones, and what a typed text asks of them.

A name in Chinese is held as pairs of characters, so that any two in a row find it, and as its pinyin and initials.
Phones stand behind marks that nobody can type, so that they are only found by who asks for phones.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, pairwise

from dealrail.core.companies import after_place, company_core
from dealrail.core.pinyin import is_han, readings

PHONE, PHONE_END, COMPANY = "\ue000", "\ue001", "\ue002"
LONGEST_TOKEN, LONGEST_ASKED, MOST_CHUNKS = 80, 60, 6
FEWEST_DIGITS = 4
FEWEST_CHARACTERS = 2
# What nearly every company's name holds: it tells nothing as long as something else is asked for as well.
COMMON = {
    "".join(pair)
    for word in ("股份有限责任公司", "有限公司", "科技有限", "集团有限", "集团公司")
    for pair in pairwise(word)
}
_DIALLED = re.compile(r"[\d\s\-+().]+")


@dataclass(frozen=True)
class Term:
    """A token that must be there, whole or as the beginning of one."""

    token: str
    is_prefix: bool = False


@dataclass(frozen=True)
class Asked:
    """What a text asks for: in each chunk all terms must hold; or else a phone begins or ends with these digits."""

    chunks: tuple[tuple[Term, ...], ...] = ()
    phone: tuple[Term, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.chunks)


def tokens(
    *, names: Iterable[str], codes: Iterable[str] = (), phones: Iterable[str] = (), company: bool = False
) -> str:
    """All that a record is found by, separated by blanks; a company is also found by what its name comes down to."""
    names = list(names)
    found = {token for name in names for token in _of_name(name)}
    found |= {token for code in codes for token in _of_word(fold(code).replace(" ", "-"))}
    found |= {token for phone in phones for token in _of_phone(phone)}
    if company:
        found |= {core_token(name) for name in names}
    return " ".join(sorted(token[:LONGEST_TOKEN] for token in found if token))


def asked(text: str) -> Asked:
    """What a typed text asks for; nothing is asked for by a text without letters and digits."""
    folded = fold(text)[:LONGEST_ASKED]
    chunks = [chunk for word in folded.split()[:MOST_CHUNKS] if (chunk := tuple(_asked_of(word)))]
    return Asked(chunks=_telling(chunks), phone=_asked_phone(folded) if chunks else ())


def is_enough(text: str) -> bool:
    """Whether enough is typed to look it up: two Chinese characters, letters or digits."""
    return sum(character.isalnum() for character in fold(text)) >= FEWEST_CHARACTERS


def core_token(name: str) -> str:
    """What companies of nearly the same name share."""
    core = company_core(name)
    return f"{COMPANY}{core}"[:LONGEST_TOKEN] if core else ""


def fold(text: str) -> str:
    """One width, one case, no accents."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return unicodedata.normalize("NFC", "".join(char for char in plain if unicodedata.category(char) != "Mn"))


def finds(text: str, name: str) -> bool:
    """Whether a text finds what is called like this, as the databases do and by the pinyin of any part of it."""
    wanted, has = asked(text), _words(name)
    terms = [term for chunk in wanted.chunks for term in chunk]
    return bool(terms) and all(
        any(word.startswith(term.token) if term.is_prefix else word == term.token for word in has) for term in terms
    )


@lru_cache(maxsize=10_000)
def _words(name: str) -> list[str]:
    """Of names of a list that are asked for again and again; from each Chinese character on."""
    starts = [name, *(name[place:] for place, character in enumerate(name) if place and is_han(character))]
    return tokens(names=starts).split()


def rank(name: str, text: str) -> int:
    """How near a name is to what was typed: 0 the same, 1 begins so, 2 holds it, 3 found in another way."""
    name, text = fold(name), fold(text).strip()
    if name == text:
        return 0
    return 1 if name.startswith(text) else 2 if text in name else 3


def _is_dense(character: str) -> bool:
    """Of scripts without blanks between the words any two characters in a row can be asked for."""
    return is_han(character) or "\u3040" <= character <= "\u30ff" or "\uac00" <= character <= "\ud7af"


def _runs(word: str) -> Iterator[tuple[bool, str]]:
    for dense, characters in groupby(word, key=_is_dense):
        yield dense, "".join(characters)


def _of_name(name: str) -> Iterator[str]:
    folded = fold(name)
    for word in folded.split():
        for dense, run in _runs(word):
            yield from _of_dense(run) if dense else _of_word(run)
    yield from _joined(folded)


def _of_dense(run: str) -> Iterator[str]:
    yield from ("".join(pair) for pair in pairwise(run))
    yield run[-1]
    for part in {run, after_place(run)} - {""}:
        for syllables in readings(part):
            yield "".join(syllables)
            yield "".join(syllable[0] for syllable in syllables)


def _of_word(run: str) -> Iterator[str]:
    parts = re.split(r"[\W_]+", run)
    yield from parts
    yield "".join(parts)


def _joined(folded: str) -> Iterator[str]:
    """The whole name in one: words of several scripts as they are said one after the other, with and without vowels."""
    runs = [(is_dense, run) for is_dense, run in _runs("".join(filter(str.isalnum, folded)))]
    if len(runs) > 1:
        said = [readings(run)[0] if is_dense else [run] for is_dense, run in runs]
        yield "".join(syllable for syllables in said for syllable in syllables)
        yield "".join(
            "".join(syllable[0] for syllable in syllables) if is_dense else syllables[0]
            for (is_dense, _run), syllables in zip(runs, said, strict=True)
        )
    elif runs and not runs[0][0]:
        yield runs[0][1]


def _of_phone(phone: str) -> Iterator[str]:
    digits = "".join(filter(str.isdecimal, phone))
    if digits:
        yield PHONE + digits
        yield PHONE_END + digits[::-1]


def _asked_of(word: str) -> Iterator[Term]:
    for dense, run in _runs(word):
        if not dense:
            if letters := "".join(filter(str.isalnum, run)):
                yield Term(letters[:LONGEST_TOKEN], is_prefix=True)
        elif len(run) == 1:
            yield Term(run, is_prefix=True)
        else:
            yield from (Term("".join(pair)) for pair in pairwise(run))


def _telling(chunks: list[tuple[Term, ...]]) -> tuple[tuple[Term, ...], ...]:
    """Without the pairs that nearly every name holds, as long as others remain."""
    kept = [tuple(term for term in chunk if term.is_prefix or term.token not in COMMON) for chunk in chunks]
    kept = [chunk for chunk in kept if chunk]
    return tuple(kept or chunks)


def _asked_phone(folded: str) -> tuple[Term, ...]:
    digits = "".join(filter(str.isdecimal, folded))
    if len(digits) < FEWEST_DIGITS or not _DIALLED.fullmatch(folded):
        return ()
    return (Term(PHONE + digits, is_prefix=True), Term(PHONE_END + digits[::-1], is_prefix=True))
