"""The department tree as rows that are indented, for lists and for choosing one."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from dealrail.accounts import queries as people

INDENT = "\u3000"


@dataclass(frozen=True)
class Branch:
    """A department with how deep it lies (0 at the top), and how many active people it has itself and in all."""

    unit: Any
    depth: int
    people: int = 0
    people_in_all: int = 0


def branches(*, without: Any = None) -> list[Branch]:
    """Every department, each followed by those below it; `without` leaves one out with all below it."""
    units, own = list(people.all_units()), people.people_per_unit()
    in_all: Counter[int] = Counter()
    children: dict[int | None, list[Any]] = {}
    for unit in sorted(units, key=lambda row: row.pk):
        if without is None or not unit.path.startswith(without.path):
            children.setdefault(unit.parent_id, []).append(unit)
        for above in map(int, unit.path.strip("/").split("/")):
            in_all[above] += own.get(unit.pk, 0)
    return [Branch(unit, depth, own.get(unit.pk, 0), in_all[unit.pk]) for unit, depth in _walk(children, None, 0)]


def _walk(children: dict[int | None, list[Any]], parent_id: int | None, depth: int) -> Iterator[tuple[Any, int]]:
    for unit in children.get(parent_id, []):
        yield unit, depth
        yield from _walk(children, unit.pk, depth + 1)


def indented(rows: Iterable[Branch]) -> list[tuple[int, str]]:
    """Departments as options of a select, the deeper the further in."""
    return [(row.unit.pk, f"{INDENT * row.depth}{row.unit.name}") for row in rows]
