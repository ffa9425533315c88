"""People to choose from: by how their names are read, each told apart from others of the same name."""

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dealrail.accounts import queries as people
from dealrail.accounts.errors import UnknownPerson
from dealrail.core.pinyin import readings
from dealrail.core.search import finds, fold, rank

REMEMBERED = 10_000
# a select of more people than this is long to read and to send: they are found while one types
MOST_IN_A_SELECT = 100
PERSON_HINT = _("Type a part of the name, its pinyin or the login, and choose.")
_NUMBERED = re.compile(r"(.*)#([0-9]{1,18})", re.DOTALL)


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


def person_typed(text: str) -> str:
    """The number of whom a form names: by it, by “name #12”, by login or name; else the text as it is."""
    text = text.strip()
    if text.isdecimal() or not text:
        return text
    if found := _NUMBERED.fullmatch(text):
        rows, name = people.active_people().filter(pk=int(found[2])), found[1].strip()
        return next((str(row.pk) for row in rows if name in ("", row.name)), text)
    try:
        return str(people.person(text).pk)
    except UnknownPerson:
        return text


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
