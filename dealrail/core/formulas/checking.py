"""Of which kind the result of a formula is, and which kinds don't go together."""

from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dealrail.core.formulas.grammar import BadFormula, Node


class Kind(StrEnum):
    """What a part of a formula is."""

    NUMBER = "number"
    MONEY = "money"
    TEXT = "text"
    DATE = "date"
    YES_NO = "yes_no"


WORDS: Mapping[Kind, Any] = {
    Kind.NUMBER: pgettext_lazy("formula", "a number"),
    Kind.MONEY: pgettext_lazy("formula", "an amount"),
    Kind.TEXT: pgettext_lazy("formula", "a text"),
    Kind.DATE: pgettext_lazy("formula", "a date"),
    Kind.YES_NO: pgettext_lazy("formula", "yes or no"),
}
_COUNTED = {Kind.NUMBER, Kind.MONEY}
Kinds = Mapping[str, Kind]


def kind_of(node: Node, kinds: Kinds) -> Kind:
    """Of which kind the result is, where fields are of these kinds; refuse with BadFormula."""
    if node.op in _PLAIN:
        return _PLAIN[node.op]
    if node.op == "field":
        if node.value not in kinds:
            raise BadFormula(_("There is no field {%(field)s} to compute with."), field=node.value[:40])
        return kinds[node.value]
    return _KINDS[node.op](node, [kind_of(part, kinds) for part in node.parts])


_PLAIN = {"number": Kind.NUMBER, "text": Kind.TEXT, "flag": Kind.YES_NO}


def _mixed(node: Node, *kinds: Kind) -> BadFormula:
    op = "-" if node.op == "negative" else node.op
    if len(kinds) == 1:
        return BadFormula(_("“%(op)s” can't be done with %(kind)s."), op=op, kind=str(WORDS[kinds[0]]))
    first, second = (str(WORDS[kind]) for kind in kinds[:2])
    said = _("“%(op)s” can't be done with %(first)s and %(second)s.")
    return BadFormula(said, op=op, first=first, second=second)


def _alike(node: Node, kinds: list[Kind]) -> Kind:
    """The one kind that all of these are; numbers and amounts together are amounts."""
    found = kinds[0]
    for kind in kinds[1:]:
        if kind != found and not {kind, found} <= _COUNTED:
            raise _mixed(node, found, kind)
        found = Kind.MONEY if Kind.MONEY in (kind, found) else found
    return found


def _summed(node: Node, kinds: list[Kind]) -> Kind:
    first, second = kinds
    if {first, second} <= _COUNTED:
        return _alike(node, kinds)
    if node.op == "-" and first == second == Kind.DATE:
        return Kind.NUMBER
    if first is Kind.DATE and second is Kind.NUMBER:
        return Kind.DATE
    if node.op == "+" and (first, second) == (Kind.NUMBER, Kind.DATE):
        return Kind.DATE
    raise _mixed(node, first, second)


def _multiplied(node: Node, kinds: list[Kind]) -> Kind:
    first, second = kinds
    if not {first, second} <= _COUNTED or (node.op == "*" and first == second == Kind.MONEY):
        raise _mixed(node, first, second)
    if node.op == "/" and second is Kind.MONEY:
        if first is Kind.NUMBER:
            raise _mixed(node, first, second)
        return Kind.NUMBER
    return _alike(node, kinds)


def _compared(node: Node, kinds: list[Kind]) -> Kind:
    if _alike(node, kinds) is Kind.YES_NO and node.op not in {"=", "<>"}:
        raise _mixed(node, Kind.YES_NO)
    return Kind.YES_NO


def _flags(node: Node, kinds: list[Kind]) -> Kind:
    for kind in kinds:
        if kind is not Kind.YES_NO:
            raise _mixed(node, kind)
    return Kind.YES_NO


def _chosen(node: Node, kinds: list[Kind]) -> Kind:
    _flags(node, kinds[:1])
    return _alike(node, kinds[1:])


def _counted(node: Node, kinds: list[Kind]) -> Kind:
    for kind in kinds:
        if kind not in _COUNTED:
            raise _mixed(node, kind)
    return _alike(node, kinds)


def _rounded(node: Node, kinds: list[Kind]) -> Kind:
    _counted(node, kinds)
    if len(kinds) == 2 and node.parts[1].op != "number":
        raise BadFormula(_("The places that round keeps are a plain number, as in round({x}, 2)."))
    return kinds[0]


def _extreme(node: Node, kinds: list[Kind]) -> Kind:
    found = _alike(node, kinds)
    if found not in _COUNTED | {Kind.DATE}:
        raise _mixed(node, found)
    return found


def _between(node: Node, kinds: list[Kind]) -> Kind:
    for kind in kinds:
        if kind is not Kind.DATE:
            raise _mixed(node, kind)
    return Kind.NUMBER


def _dated(node: Node, kinds: list[Kind]) -> Kind:
    try:
        date.fromisoformat(node.parts[0].value if node.parts[0].op == "text" else "")
    except ValueError as error:
        raise BadFormula(_('Write a day in quotes, as in date("2026-03-01").')) from error
    return Kind.DATE


def _joined(node: Node, kinds: list[Kind]) -> Kind:
    for kind in kinds:
        if kind is Kind.YES_NO:
            raise _mixed(node, kind)
    return Kind.TEXT


_KINDS: Mapping[str, Callable[[Node, list[Kind]], Kind]] = {
    **dict.fromkeys(("+", "-"), _summed),
    **dict.fromkeys(("*", "/"), _multiplied),
    **dict.fromkeys(("=", "<>", "<", "<=", ">", ">="), _compared),
    **dict.fromkeys(("and", "or", "not"), _flags),
    **dict.fromkeys(("negative", "abs"), _counted),
    **dict.fromkeys(("min", "max"), _extreme),
    "&": _joined,
    "if": _chosen,
    "round": _rounded,
    "days": _between,
    "date": _dated,
    "empty": lambda node, kinds: Kind.YES_NO,
}
