"""Reading business lines: their processes, people and people in charge, and in which processes somebody may start."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, QuerySet

from dealrail.accounts.actor import Actor
from dealrail.core.texts import listed
from dealrail.process import policy
from dealrail.process.errors import NoSuchLine
from dealrail.process.models import BusinessLine, Definition, Draft, LineMember


def lines() -> QuerySet[BusinessLine]:
    """Every business line, those in use first."""
    return BusinessLine.objects.order_by("-is_active", "name", "pk")


def lines_with_people() -> QuerySet[BusinessLine]:
    """The same, with who belongs to each."""
    members = LineMember.objects.select_related("user").order_by("user__name", "user")
    return lines().prefetch_related(Prefetch("members", members))


def line(line_id: int) -> BusinessLine:
    """One business line with its people; refuse with NoSuchLine."""
    return _found(lines_with_people().filter(pk=line_id), line_id)


def line_by_key(key: str) -> BusinessLine:
    """The same by its key; refuse with NoSuchLine."""
    return _found(lines_with_people().filter(key=key), key)


def _found(rows: QuerySet[BusinessLine], asked: Any) -> BusinessLine:
    for row in rows:
        return row
    raise NoSuchLine(line=str(asked)[:40])


@dataclass(frozen=True)
class LineProcess:
    """A process of a business line; one that isn't published yet is only a draft."""

    key: str
    name: str
    line_id: int | None
    is_published: bool = True


def line_processes() -> list[LineProcess]:
    """Every process there is, and the drafts of new ones, each with its line."""
    rows = Definition.objects.order_by("position", "pk").values_list(*_COLUMNS)
    published = [LineProcess(key, name, line_id) for key, name, line_id in rows]
    known = {row.key for row in published}
    drafts = Draft.objects.order_by("name", "pk").values_list(*_COLUMNS)
    return [
        *published,
        *(LineProcess(key, name, line_id, is_published=False) for key, name, line_id in drafts if key not in known),
    ]


_COLUMNS = ("key", "name", "line")


def processes_by_line() -> dict[int | None, list[LineProcess]]:
    """The same, line by line; those common to all under None."""
    found: dict[int | None, list[LineProcess]] = defaultdict(list)
    for row in line_processes():
        found[row.line_id].append(row)
    return found


def line_told(row: BusinessLine, processes: Iterable[LineProcess]) -> dict[str, Any]:
    """What a line is, as forms and the log say it; processes and people by name."""
    members = list(row.members.all())
    return {
        "name": row.name,
        "is_active": str(row.is_active),
        "processes": listed(one.name for one in processes),
        "people": listed(member.user.name for member in members),
        "in_charge": listed(member.user.name for member in members if member.in_charge),
    }


def line_held(row: BusinessLine, processes: Iterable[LineProcess]) -> dict[str, list[Any]]:
    """The same of which it may hold several, by what tells them apart: keys of processes, ids of people."""
    members = list(row.members.all())
    return {
        "processes": [one.key for one in processes],
        "people": [member.user_id for member in members],
        "in_charge": [member.user_id for member in members if member.in_charge],
    }


def startable(actor: Actor) -> QuerySet[Definition]:
    """The processes that this person may start deals in, in the company's order."""
    return Definition.objects.filter(policy.startable(actor)).order_by("position", "pk")


def lines_of(user_id: int) -> QuerySet[BusinessLine]:
    """The lines in use that somebody belongs to."""
    return lines().filter(is_active=True, members__user=user_id)
