"""Making, changing and retiring business lines, with their processes, people and people in charge."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dealrail.accounts import checks as naming
from dealrail.accounts import policy as accounts
from dealrail.accounts import queries as accounts_queries
from dealrail.accounts.actor import Actor
from dealrail.core.db import take_turns
from dealrail.core.problems import Problems, merged, refuse_changed
from dealrail.events.engine import record
from dealrail.process.errors import LineFieldRefused
from dealrail.process.facts import LineSaved
from dealrail.process.models import BusinessLine, Definition, Draft, LineMember
from dealrail.process.permissions import LINES_MANAGE
from dealrail.process.queries.lines import line, line_held, line_processes, line_told
from dealrail.process.rules import KEY
from dealrail.process.rules.editing import new_key

LINE_LABELS: dict[str, Any] = {
    "name": gettext_lazy("Name"),
    "key": gettext_lazy("Key"),
    "is_active": gettext_lazy("In use"),
    "processes": gettext_lazy("Processes"),
    "people": gettext_lazy("People"),
    "in_charge": gettext_lazy("In charge"),
}
MOST_LINES = 200
Setter = Callable[[BusinessLine, Any, Any], None]
# a line in words, and what it holds of which it may hold several
State = tuple[dict[str, Any], dict[str, list[Any]]]


@transaction.atomic
def create_line(*, actor: Actor, fields: Mapping[str, Any]) -> BusinessLine:
    """Make a business line; without a key it gets one from its name.

    `fields` are name, key, processes (keys), people and in_charge (ids of people). A process belongs to one line at
    most. Raises NotAllowed, NameMissing, LineFieldRefused or FieldsRefused.
    """
    accounts.require(actor, LINES_MANAGE)
    take_turns("business lines", ["all"])
    row = BusinessLine(name=_free_name(str(fields.get("name") or ""), None))
    row.key = _free_key(str(fields.get("key") or ""), row.name)
    row.save()
    return _changed(row, {name: value for name, value in fields.items() if name != "key"}, ({}, {}), None, actor)


@transaction.atomic
def change_line(
    *, actor: Actor, line_id: int, fields: Mapping[str, Any], seen: Mapping[str, Any] | None = None
) -> BusinessLine:
    """Change a business line, or retire it (`is_active`); what is not given stays, and nothing changed leaves no trace.

    `seen` is what it held when one looked: of processes and people only what differs from that is added or taken out.
    A line that is retired keeps all it has, but nothing new begins in it. Raises NotAllowed, NoSuchLine, NameMissing,
    LineFieldRefused, FieldsRefused or ChangedMeanwhile.
    """
    accounts.require(actor, LINES_MANAGE)
    take_turns("business lines", ["all"])
    row = line(line_id)
    return _changed(row, fields, _state(row), seen, actor)


def _changed(
    row: BusinessLine, fields: Mapping[str, Any], before: State, seen: Mapping[str, Any] | None, actor: Actor
) -> BusinessLine:
    held = seen or {}
    problems = Problems()
    for name, value in fields.items():
        with problems:
            _SETTERS.get(name, _refuse_unknown(name))(row, value, held.get(name))
    problems.refuse()
    row.save()
    (was, had), (now, has) = before, _state(line(row.pk))
    _refuse_stale(was, now, fields, held)
    # two people may have one name, so who was changed for whom is seen by their ids
    differ = {key for key in now if was.get(key, "") != now[key]} | {key for key in has if had.get(key, []) != has[key]}
    changes = {key: [was.get(key) or None, now[key] or None] for key in now if key in differ}
    if changes:
        fact = LineSaved(line_id=row.pk, key=row.key, name=row.name, is_active=row.is_active, changes=changes)
        record(fact, actor=actor)
    return line(row.pk)


def _refuse_stale(
    before: Mapping[str, Any], now: Mapping[str, Any], fields: Mapping[str, Any], seen: Mapping[str, Any]
) -> None:
    plain = [name for name in ("name", "is_active") if name in fields and name in before]
    refuse_changed(before, {name: now[name] for name in plain}, seen, LINE_LABELS)


def _state(row: BusinessLine) -> State:
    processes = [one for one in line_processes() if one.line_id == row.pk]
    return line_told(row, processes), line_held(row, processes)


def _refused(name: str, problem: Any) -> LineFieldRefused:
    return LineFieldRefused(field=name, label=LINE_LABELS.get(name, name), problem=problem)


def _refuse_unknown(name: str) -> Setter:
    def refuse(row: BusinessLine, value: Any, seen: Any) -> None:
        raise _refused(str(name)[:40], _("Known are: %(known)s.") % {"known": ", ".join(_SETTERS)})

    return refuse


def _free_name(text: str, row: BusinessLine | None) -> str:
    name = naming.checked_name(text)
    others = BusinessLine.objects.exclude(pk=row.pk) if row else BusinessLine.objects.all()
    if others.filter(name__iexact=name).exists():
        raise _refused("name", _("There is a business line “%(name)s” already.") % {"name": name})
    return name


def _free_key(given: str, name: str) -> str:
    taken = set(BusinessLine.objects.values_list("key", flat=True))
    if len(taken) >= MOST_LINES:
        raise _refused("name", _("There are %(most)s business lines already.") % {"most": MOST_LINES})
    if given and (not KEY.fullmatch(given) or given in taken):
        raise _refused("key", _("Write a new key of small letters, digits, - and _, a letter first."))
    return given or new_key(name, taken)


# What can be changed


def _put_name(row: BusinessLine, value: Any, seen: Any) -> None:
    row.name = _free_name(str(value or ""), row)


def _put_use(row: BusinessLine, value: Any, seen: Any) -> None:
    if not isinstance(value, bool):
        raise _refused("is_active", _("Write true or false."))
    row.is_active = value


def _put_processes(row: BusinessLine, value: Any, seen: Any) -> None:
    """Give the line these processes, and take the others out, so that they are common to all again."""
    known = {one.key: one for one in line_processes()}
    own = {key for key, one in known.items() if one.line_id == row.pk}
    wanted = {*merged(own, _texts("processes", value), seen)}
    if unknown := sorted(wanted - known.keys()):
        raise _refused("processes", _("There is no process “%(process)s”.") % {"process": unknown[0][:40]})
    if taken := [known[key] for key in sorted(wanted) if known[key].line_id not in (None, row.pk)]:
        other = line(taken[0].line_id or 0)
        problem = _("“%(process)s” belongs to “%(line)s”. Take it out there first.")
        raise _refused("processes", problem % {"process": taken[0].name, "line": other.name})
    for model in (Definition, Draft):
        model._default_manager.filter(key__in=wanted - own).update(line=row)
        model._default_manager.filter(key__in=own - wanted).update(line=None)


def _put_people(row: BusinessLine, value: Any, seen: Any) -> None:
    """Let these people belong to the line; who is taken out is in charge of it no longer."""
    own = set(row.members.values_list("user", flat=True))
    wanted = {*merged(own, _ids("people", value), seen)}
    row.members.filter(user__in=own - wanted).delete()
    _take_in(row, wanted - own, "people")


def _put_in_charge(row: BusinessLine, value: Any, seen: Any) -> None:
    """Put these people in charge; they belong to the line, if they didn't yet."""
    own = set(row.members.filter(in_charge=True).values_list("user", flat=True))
    wanted = {*merged(own, _ids("in_charge", value), seen)}
    _take_in(row, wanted - set(row.members.values_list("user", flat=True)), "in_charge")
    row.members.filter(user__in=wanted).update(in_charge=True)
    row.members.exclude(user__in=wanted).update(in_charge=False)


def _take_in(row: BusinessLine, users: Iterable[int], name: str) -> None:
    wanted = set(users)
    if wanted - set(accounts_queries.active_among(wanted)):
        raise _refused(name, _("Choose people who may log in."))
    LineMember.objects.bulk_create(LineMember(line=row, user_id=pk) for pk in sorted(wanted))


def _texts(name: str, value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise _refused(name, _("Write a list of keys."))
    return value


def _ids(name: str, value: Any) -> list[int]:
    if not isinstance(value, list) or not all(isinstance(one, int) for one in value):
        raise _refused(name, _("Choose people who may log in."))
    return value


_SETTERS: dict[str, Setter] = {
    "name": _put_name,
    "is_active": _put_use,
    "processes": _put_processes,
    "people": _put_people,
    "in_charge": _put_in_charge,
}
