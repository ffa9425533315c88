"""People to choose from: by how their names are read, each told apart from others of the same name."""

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext

from dealrail.core.pinyin import readings
from dealrail.core.search import finds, fold, rank

REMEMBERED = 10_000


def in_order(people: Iterable[Any]) -> list[Any]:
    """These people by how their names are read, surnames by their own reading."""
    return sorted(people, key=lambda person: (_read(person.name), person.name, person.pk))


@lru_cache(maxsize=REMEMBERED)
def _read(name: str) -> str:
    return " ".join(readings(name)[-1]) or name.casefold()


def people_found(rows: Iterable[Any], text: str, *, most: int) -> list[Any]:
    """Those of these people who are typed like this: by name, pinyin, initials or login; the nearest first."""
    wanted = fold(text).strip()
    found = [row for row in rows if wanted and _is_typed(row, text, wanted)]
    return sorted(in_order(found), key=lambda row: rank(row.name, text))[:most]


def _is_typed(row: Any, text: str, wanted: str) -> bool:
    return wanted in fold(row.name) or fold(row.login).startswith(wanted) or finds(text, row.name)


def named_people(people: Iterable[Any], *, whole: bool = False, joining: bool = False) -> list[tuple[int, str]]:
    """People as options: with `whole`, or where two share a name, with the department; if that is shared, the login.

    With `joining`, who was invited and hasn't come yet is marked: nobody answers in their place.
    """
    rows = in_order(people)
    names = Counter(person.name for person in rows)
    places = Counter((person.name, person.unit_id) for person in rows)
    return [
        (
            person.pk,
            " · ".join(
                [
                    person.name,
                    *([person.unit.name] if person.unit and (whole or names[person.name] > 1) else []),
                    *([person.login] if places[person.name, person.unit_id] > 1 else []),
                    *([gettext("not joined yet")] if joining and not person.has_usable_password() else []),
                ]
            ),
        )
        for person in rows
    ]
