"""Taking over what a template changed into a text made from it, by the keys of stages, conditions and the like."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_OWN = {"process", "name"}  # what a line's process is called is its own
_ROWS = {"stages", "conditions", "fields", "actions", "loss_reasons", "waiver_reasons", "examples"}
# Their settings mean something only together.
_WHOLE = {"conditions", "examples"}
_MISSING: Any = object()


@dataclass(frozen=True)
class Conflict:
    """What both changed, each in another way; the text keeps its own. `where` names keys, as problems do."""

    where: str


@dataclass(frozen=True)
class Merged:
    """A text with what the template changed in it, and what both changed."""

    content: dict[str, Any]
    conflicts: tuple[Conflict, ...]


def merged(base: Mapping[str, Any], theirs: Mapping[str, Any], own: Mapping[str, Any]) -> Merged:
    """The text `own`, made from `base`, with what changed from there to `theirs`.

    What only one of them changed is as it made it, and what both changed alike is so. What both changed differently
    stays as own has it, and is a conflict. The contents are ones that `shape_problems` finds nothing wrong with.
    """
    merge = _Merge()
    apart = [{key: value for key, value in content.items() if key not in _OWN} for content in (base, theirs, own)]
    content = merge.mapping("", *apart)
    return Merged({**{key: own[key] for key in own if key in _OWN}, **content}, tuple(merge.conflicts))


class _Merge:
    """Merges value by value, and remembers what both changed."""

    def __init__(self) -> None:
        self.conflicts: list[Conflict] = []

    def mapping(
        self, where: str, base: Mapping[str, Any], theirs: Mapping[str, Any], own: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Each value under its key."""
        found = {}
        for key in dict.fromkeys([*own, *theirs]):
            inner = f"{where}.{key}".lstrip(".")
            value = self._value(inner, key, *(content.get(key, _MISSING) for content in (base, theirs, own)))
            if value is not _MISSING:
                found[key] = value
        return found

    def _value(self, where: str, name: str, base: Any, theirs: Any, own: Any) -> Any:
        if theirs in (base, own):
            return own
        if own == base:
            return theirs
        if name in _ROWS and all(_is_keyed(rows) for rows in (theirs, own)):
            return self._rows(where, name, base if _is_keyed(base) else [], theirs, own)
        self.conflicts.append(Conflict(where))
        return own

    def _rows(self, where: str, name: str, base: list[Any], theirs: list[Any], own: list[Any]) -> list[Any]:
        old, new, ours = ({row["key"]: row for row in rows} for rows in (base, theirs, own))
        kept = {}
        for key in dict.fromkeys([*ours, *new]):
            row = self._row(f"{where}.{key}", name, *(rows.get(key, _MISSING) for rows in (old, new, ours)))
            if row is not _MISSING:
                kept[key] = row
        return [kept[key] for key in self._order(where, [*old], [*new], [*ours]) if key in kept]

    def _row(self, where: str, name: str, base: Any, theirs: Any, own: Any) -> Any:
        if theirs in (base, own):
            return own
        if own == base:
            return theirs
        if name not in _WHOLE and all(isinstance(row, Mapping) for row in (base, theirs, own)):
            return self.mapping(where, base, theirs, own)
        self.conflicts.append(Conflict(where))
        return own

    def _order(self, where: str, old: list[str], new: list[str], ours: list[str]) -> list[str]:
        """The order of whoever changed it, with what the other added behind what it stands behind there."""
        both = {*old} & {*new} & {*ours}
        before, after, own = ([key for key in keys if key in both] for keys in (old, new, ours))
        if before not in (own, after) and own != after:
            self.conflicts.append(Conflict(where))
        first, second = (new, ours) if own == before else (ours, new)
        order = list(first)
        for place, key in enumerate(second):
            if key not in order:
                ahead = next((one for one in reversed(second[:place]) if one in order), None)
                order.insert(order.index(ahead) + 1 if ahead else 0, key)
        return order


def _is_keyed(rows: Any) -> bool:
    return isinstance(rows, list) and all(isinstance(row, Mapping) and "key" in row for row in rows)
