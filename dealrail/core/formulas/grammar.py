"""What a formula may say: numbers, texts, {fields}, + - * / &, comparisons, and, or, not, and a few functions."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext_lazy as _

from dealrail.core.errors import Refusal

# what one may type; with keys in the place of short names it grows, and more isn't kept
LONGEST, LONGEST_KEPT = 500, 1000
DEEPEST = 20
# how many parts there may be in one: also the deepest that `1+1+1…` nests
MOST_PARTS = 150
REMEMBERED = 500


class BadFormula(Refusal):
    """A formula that says nothing that can be computed; `said` is the sentence, `place` where, from 1."""

    code = "bad_formula"
    sentence = _("The formula can't be computed.")

    def __init__(self, said: Any, **params: Any) -> None:
        super().__init__(**params)
        self.said = said

    def __str__(self) -> str:
        return str(self.said) % self.params


@dataclass(frozen=True)
class Node:
    """A part of a formula: what it does (`op`) to which parts, or what it says as number, text, flag or field."""

    op: str
    parts: tuple["Node", ...] = ()
    value: str = ""


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    place: int


# least and most parts of each function
FUNCTIONS: Mapping[str, tuple[int, int]] = {
    "if": (3, 3),
    "days": (2, 2),
    "round": (1, 2),
    "abs": (1, 1),
    "min": (1, 10),
    "max": (1, 10),
    "empty": (1, 1),
    "date": (1, 1),
}
_TOKEN = re.compile(
    r"""\s*(?:
    (?P<number>[0-9]{1,15}(?:\.[0-9]{1,6})?(?![0-9.]))
    |"(?P<text>[^"]*)"|“(?P<quoted>[^”]*)”
    |\{(?P<field>[^{}]*)\}
    |(?P<sign><=|>=|<>|!=|≤|≥|≠|[-+*/&=<>(),（），＋－×÷＝＜＞])
    |(?P<word>[A-Za-z]+)
    )""",
    re.VERBOSE,
)
_SIGNS = {
    "（": "(", "）": ")", "，": ",", "＋": "+", "－": "-", "×": "*", "÷": "/", "＝": "=", "＜": "<", "＞": ">",
    "!=": "<>", "≠": "<>", "≤": "<=", "≥": ">=",
}  # fmt: skip
_COMPARED = ("=", "<>", "<", "<=", ">", ">=")


def _tokens(text: str) -> Iterator[_Token]:
    place = 0
    while rest := text[place:].strip():
        found = _TOKEN.match(text, place)
        if found is None:
            raise BadFormula(_("Not understood from “%(rest)s” on."), rest=rest[:20])
        kind = str(found.lastgroup)
        said = found[kind]
        if kind == "sign":
            said = _SIGNS.get(said, said)
        if kind == "word":
            said = said.lower()
        yield _Token("text" if kind == "quoted" else kind, said, place + 1)
        place = found.end()


class _Reader:
    """Reads the parts one after the other; each method reads what binds tighter than the one before."""

    def __init__(self, text: str) -> None:
        self.tokens = list(_tokens(text))
        self.next = self.depth = self.count = 0

    def whole(self) -> Node:
        found = self.either()
        if self.next < len(self.tokens):
            raise self.unexpected()
        return found

    def either(self) -> Node:
        self.depth += 1
        if self.depth > DEEPEST:
            raise BadFormula(_("It is nested too deeply: at most %(most)s levels."), most=DEEPEST)
        found = self.joined(self.both, "or")
        self.depth -= 1
        return found

    def both(self) -> Node:
        return self.joined(self.negated, "and")

    def negated(self) -> Node:
        if not self.takes("not"):
            return self.compared()
        return self.made(Node("not", (self.deeper(self.negated),)))

    def compared(self) -> Node:
        left = self.concatenated()
        sign = self.takes(*_COMPARED)
        return self.made(Node(sign, (left, self.concatenated()))) if sign else left

    def concatenated(self) -> Node:
        return self.joined(self.summed, "&")

    def summed(self) -> Node:
        return self.joined(self.multiplied, "+", "-")

    def multiplied(self) -> Node:
        return self.joined(self.signed, "*", "/")

    def signed(self) -> Node:
        if not self.takes("-"):
            return self.single()
        return self.made(Node("negative", (self.deeper(self.signed),)))

    def single(self) -> Node:
        token = self.token()
        self.next += 1
        if token.kind in {"number", "text", "field"}:
            return self.made(Node(token.kind, value=token.text.strip() if token.kind == "field" else token.text))
        if token.text in {"true", "false"}:
            return self.made(Node("flag", value=token.text))
        if token.kind == "word" and token.text in FUNCTIONS:
            return self.called(token.text)
        if (token.kind, token.text) == ("sign", "("):
            found = self.either()
            self.expect(")")
            return found
        self.next -= 1
        raise self.unexpected()

    def called(self, name: str) -> Node:
        self.expect("(")
        parts = [self.either()]
        while self.takes(","):
            parts.append(self.either())
        self.expect(")")
        least, most = FUNCTIONS[name]
        if not least <= len(parts) <= most:
            said = _("%(name)s takes %(least)s to %(most)s parts, with commas between them.")
            raise BadFormula(said, name=name, least=least, most=most)
        return self.made(Node(name, tuple(parts)))

    def joined(self, read: Callable[[], Node], *signs: str) -> Node:
        found = read()
        while sign := self.takes(*signs):
            found = self.made(Node(sign, (found, read())))
        return found

    def deeper(self, read: Callable[[], Node]) -> Node:
        self.depth += 1
        if self.depth > DEEPEST:
            raise BadFormula(_("It is nested too deeply: at most %(most)s levels."), most=DEEPEST)
        found = read()
        self.depth -= 1
        return found

    def takes(self, *signs: str) -> str:
        if self.next < len(self.tokens):
            token = self.tokens[self.next]
            if token.kind in {"sign", "word"} and token.text in signs:
                self.next += 1
                return token.text
        return ""

    def expect(self, sign: str) -> None:
        if not self.takes(sign):
            raise self.unexpected(sign)

    def token(self) -> _Token:
        if self.next >= len(self.tokens):
            raise self.unexpected()
        return self.tokens[self.next]

    def made(self, node: Node) -> Node:
        self.count += 1
        if self.count > MOST_PARTS:
            raise BadFormula(_("It has too many parts: at most %(most)s."), most=MOST_PARTS)
        return node

    def unexpected(self, wanted: str = "") -> BadFormula:
        if self.next >= len(self.tokens):
            return BadFormula(_("It ends where something must follow."))
        token = self.tokens[self.next]
        if wanted:
            said = _("At character %(place)s stands “%(text)s” where “%(wanted)s” must stand.")
            return BadFormula(said, place=token.place, text=token.text[:20], wanted=wanted)
        said = _("At character %(place)s stands “%(text)s”, which can't stand there.")
        return BadFormula(said, place=token.place, text=token.text[:20])


@lru_cache(maxsize=REMEMBERED)
def parsed(text: str) -> Node:
    """A formula in its parts; refuse with BadFormula."""
    if len(text) > LONGEST_KEPT:
        raise BadFormula(_("With the keys of its fields it is longer than %(most)s characters."), most=LONGEST_KEPT)
    if not text.strip():
        raise BadFormula(_("Write a formula, such as {amount} * 0.1."))
    return _Reader(text).whole()


def fields_in(node: Node) -> list[str]:
    """The fields that a formula names, each once, in their order."""
    own = [node.value] if node.op == "field" else []
    return list(dict.fromkeys([*own, *(name for part in node.parts for name in fields_in(part))]))


_FIELD = re.compile(r'"[^"]*"|“[^”]*”|\{([^{}]*)\}')


def renamed(text: str, names: Mapping[str, str]) -> str:
    """The same formula with other names for its fields."""

    def other(found: re.Match[str]) -> str:
        name = found[1]
        return found[0] if name is None else f"{{{names.get(name.strip(), name.strip())}}}"

    return _FIELD.sub(other, text)
