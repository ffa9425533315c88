"""A layout while somebody arranges it: read from its form, changed by one of its buttons, and shown again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from dealrail.crm.rules import LONGEST_HEADING, MOST_GROUPS, FieldGroup
from dealrail.web.inputs import whole

# what stands among the fields of the form: a heading by its number, and what begins the fields in no group
GROUP, REST = "group:", "rest"
MOST_ROWS = 400


@dataclass(frozen=True)
class Arrangement:
    """Groups in order, empty ones included, and the fields that stand in none."""

    groups: tuple[FieldGroup, ...]
    rest: tuple[str, ...]

    @property
    def rows(self) -> list[str]:
        """The form's rows from top to bottom: headings, fields, and where those in no group begin."""
        grouped = [row for number, group in enumerate(self.groups) for row in (f"{GROUP}{number}", *group.fields)]
        return [*grouped, REST, *self.rest]


def begun(groups: Iterable[FieldGroup], offered: Iterable[str]) -> Arrangement:
    """These groups with what is offered of their fields; there is always one to put something into."""
    there = dict.fromkeys(offered)
    kept = [replace(group, fields=tuple(name for name in group.fields if name in there)) for group in groups]
    placed = {name for group in kept for name in group.fields}
    return Arrangement(tuple(kept or [FieldGroup("", ())]), tuple(name for name in there if name not in placed))


def typed(posted: QueryDict, offered: Iterable[str]) -> Arrangement:
    """What was sent; a field that is gone by now drops out, one that came by now stands in no group."""
    rows = list(dict.fromkeys(posted.getlist("row")[:MOST_ROWS]))
    headings = {name: value for name, value in posted.items() if name.startswith("heading-")}
    return begun(_grouped(rows, headings), offered)


def _grouped(rows: Iterable[str], headings: Mapping[str, Any]) -> list[FieldGroup]:
    """The groups that rows say; what a drag left above the first heading stands in a group without one."""
    found: list[FieldGroup] = []
    for row in rows:
        if row == REST:
            break
        if row.startswith(GROUP):
            heading = str(headings.get(f"heading-{row.removeprefix(GROUP)}", ""))
            found.append(FieldGroup(heading[: 2 * LONGEST_HEADING], ()))
        else:
            last = found.pop() if found else FieldGroup("", ())
            found.append(replace(last, fields=(*last.fields, row)))
    return found


def done(arrangement: Arrangement, step: str) -> Arrangement:
    """The arrangement after one of its buttons was pressed; as it was where the button says nothing."""
    verb, _colon, what = step.partition(":")
    if verb == "new":
        return _with_a_group(arrangement)
    number = whole(what)
    if verb.startswith("group-") and number is not None and number < len(arrangement.groups):
        return _group_done(arrangement, verb.removeprefix("group-"), number)
    return _field_done(arrangement, verb, what) if what in _fields(arrangement) else arrangement


def _fields(arrangement: Arrangement) -> list[str]:
    return [*(name for group in arrangement.groups for name in group.fields), *arrangement.rest]


def _with_a_group(arrangement: Arrangement) -> Arrangement:
    if len(arrangement.groups) >= MOST_GROUPS:
        return arrangement
    return replace(arrangement, groups=(*arrangement.groups, FieldGroup("", ())))


def _group_done(arrangement: Arrangement, verb: str, number: int) -> Arrangement:
    groups, place = list(arrangement.groups), number + {"up": -1, "down": 1}.get(verb, 0)
    group = groups.pop(number)
    if verb == "out":
        return begun(groups, _fields(arrangement))
    groups.insert(max(place, 0), group)
    return replace(arrangement, groups=tuple(groups))


def _field_done(arrangement: Arrangement, verb: str, name: str) -> Arrangement:
    rows = arrangement.rows
    at = rows.index(name)
    if verb == "hide":
        place = rows.index(REST) + 1
    elif verb == "show":
        place = rows.index(REST)
    else:
        place = at + {"up": -1, "down": 1}.get(verb, 0)
    return arrangement if place < 1 else _moved(arrangement, at, place)


def _moved(arrangement: Arrangement, at: int, place: int) -> Arrangement:
    """A row taken out at one place and put in at another; nothing stands above the first heading."""
    rows = arrangement.rows
    name = rows.pop(at)
    rows.insert(place - 1 if place > at + 1 else place, name)
    headings = {f"heading-{number}": group.heading for number, group in enumerate(arrangement.groups)}
    return begun(_grouped(rows, headings), [*_fields(arrangement)])


def said(arrangement: Arrangement, label: str, name: str) -> str:
    """Where a field stands now, for who hears the page."""
    for group in arrangement.groups:
        if name in group.fields:
            words = {"field": label, "place": group.fields.index(name) + 1, "group": group.heading}
            return (
                _("“%(field)s” is number %(place)s of “%(group)s”.") % words
                if group.heading
                else _("“%(field)s” is number %(place)s.") % words
            )
    return _("“%(field)s” stands in no group.") % {"field": label}


def focus_after(arrangement: Arrangement, step: str) -> str:
    """What has the focus after a step, by its id: the same button where it still does something."""
    verb, _colon, what = step.partition(":")
    number = whole(what)
    if verb == "new":
        return f"heading-{len(arrangement.groups) - 1}"
    if verb in {"group-up", "group-down"} and number is not None:
        return f"heading-{number + (1 if verb == 'group-down' else -1)}"
    if what in arrangement.rest:
        return f"show-{what}"
    if verb in {"up", "down"}:
        is_first = arrangement.rows[1] == what
        return f"{'down' if is_first else verb}-{what}"
    return {"show": f"hide-{what}", "group-out": "new-group"}.get(verb, "")
