"""What a formula results in for one record; what can't be computed, as a division by zero, is empty."""

import operator
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

from dealrail.core.formulas.checking import Kind
from dealrail.core.formulas.grammar import Node

Value = Decimal | str | date | bool | None
Values = Mapping[str, Value]
LONGEST_RESULT = 200
# the greatest number that comes of it has so many places before the point, and so many behind it
PLACES, DECIMALS = 15, 6
FIRST_YEAR, LAST_YEAR = 1900, 2199


def computed(node: Node, kind: Kind, values: Values) -> Value:
    """The result, of this kind, for fields that hold these values; None for nothing."""
    with localcontext(prec=40):
        try:
            return _fitting(_value(node, values), kind)
        except (ArithmeticError, OverflowError):
            return None


def _fitting(found: Value, kind: Kind) -> Value:
    if isinstance(found, str):
        return found.strip()[:LONGEST_RESULT].strip() or None
    if isinstance(found, Decimal):
        if not found.is_finite() or (found and found.adjusted() >= PLACES):
            return None
        places = Decimal("0.01") if kind is Kind.MONEY else Decimal(1).scaleb(-DECIMALS)
        return found.quantize(places, ROUND_HALF_UP) + 0  # never “-0”
    if isinstance(found, date) and not FIRST_YEAR <= found.year <= LAST_YEAR:
        return None
    return found


def _value(node: Node, values: Values) -> Value:
    if node.op in _PLAIN:
        return _PLAIN[node.op](node.value)
    if node.op == "field":
        return values.get(node.value)
    if node.op == "if":
        return _value(node.parts[1 if _value(node.parts[0], values) else 2], values)
    parts = [_value(part, values) for part in node.parts]
    if node.op in _WITH_EMPTY:
        return _WITH_EMPTY[node.op](parts)
    return None if None in parts else _COMPUTED[node.op](*parts)


_PLAIN: Mapping[str, Callable[[str], Value]] = {
    "number": Decimal,
    "text": str,
    "flag": lambda text: text == "true",
}
# what is empty counts as a text without letters, and as not so
_WITH_EMPTY: Mapping[str, Callable[[list[Value]], Value]] = {
    "&": lambda parts: "".join(map(_text, parts)),
    "and": lambda parts: all(parts),
    "or": lambda parts: any(parts),
    "not": lambda parts: not parts[0],
    "empty": lambda parts: parts[0] is None,
    "min": lambda parts: _extreme(min, parts),
    "max": lambda parts: _extreme(max, parts),
}


def _text(value: Value) -> str:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return "" if value is None else value.isoformat() if isinstance(value, date) else str(value)


def _extreme(choose: Callable[..., Any], parts: list[Value]) -> Value:
    there: list[Any] = [part for part in parts if part is not None]
    found: Value = choose(there) if there else None
    return found


def _added(first: Any, second: Any) -> Value:
    if isinstance(second, date):
        first, second = second, first
    result: Value = _moved(first, second) if isinstance(first, date) else first + second
    return result


def _taken(first: Any, second: Any) -> Value:
    if not isinstance(first, date):
        result: Value = first - second
        return result
    return Decimal((first - second).days) if isinstance(second, date) else _moved(first, -second)


def _moved(day: date, days: Decimal) -> date:
    return day + timedelta(days=int(days))


def _rounded(number: Decimal, places: Decimal = Decimal(0)) -> Decimal:
    return number.quantize(Decimal(1).scaleb(-min(int(places), DECIMALS)), ROUND_HALF_UP)


_COMPUTED: Mapping[str, Callable[..., Value]] = {
    "+": _added,
    "-": _taken,
    "*": operator.mul,
    "/": operator.truediv,
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "negative": operator.neg,
    "abs": abs,
    "round": _rounded,
    "days": lambda first, second: Decimal((second - first).days),
    "date": date.fromisoformat,
}
