"""What events and approvals tell of added fields: as far as the reader may see it, and in words."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from dealrail.accounts.actor import Actor
from dealrail.crm import policy
from dealrail.crm.models import CustomField
from dealrail.crm.queries.custom import YES_NO, custom_fields, field_name, fields_ever
from dealrail.crm.queries.pointing import HIDDEN, SEEN_BY_ALL, points_to, told_names
from dealrail.crm.rules import Access, is_custom

# what an approval is about names fields too
_PARTS = ("fields", "changes", "about")


def told_about(actor: Actor, about: Mapping[str, str | None], *, pooled: bool) -> dict[str, str | None]:
    """What an approval of a deal is about as this reader gets to see it today, whenever it was asked for.

    Without the fields that are hidden from them; how to reach somebody is masked while the deal lies in a pool
    (`pooled`).
    """
    if not any(map(is_custom, about)):
        return dict(about)
    fields = fields_ever("deal")
    seen = {name for name, field in fields.items() if policy.access_to(actor, field) is not Access.HIDDEN}
    masked = (
        {name for name in seen if fields[name].format in policy.WAYS} if policy.hides_ways(actor, pooled) else set()
    )
    told = {name: value for name, value in about.items() if name in seen or not is_custom(name)}
    return {name: policy.masked_way(value) if value and name in masked else value for name, value in told.items()}


def without_hidden(actor: Actor, events: Iterable[Any]) -> list[Any]:
    """These events without the fields that the actor may not see, and without those that tell of nothing else.

    What a link led to and isn't theirs to see is not told either.
    """
    rows = list(events)
    if not any(map(_tells_custom, rows)):
        return rows
    fields = {(field.kind, field_name(field)): field for field in custom_fields()}
    hidden = {key for key, field in fields.items() if policy.access_to(actor, field) is Access.HIDDEN}
    kept = [row for row in rows if not _tells_custom(row) or _stripped(row, hidden)]
    links = {key: points_to(field) for key, field in fields.items() if field.type == CustomField.Type.LINK}
    names = told_names(actor, _told(kept, links))
    _retell(kept, links, lambda what, text: text if text in names[what] else str(HIDDEN))
    return kept


def event_kind(event: Any) -> str:
    """The kind of record whose fields an event tells of: that of contact.changed is contact."""
    about = str(event.kind).partition(".")[0]
    return "deal" if about == "approval" else about


def _tells_custom(event: Any) -> bool:
    return any(is_custom(name) for part in _PARTS for name in _part(event, part))


def _part(event: Any, part: str) -> Mapping[str, Any]:
    found = event.payload.get(part)
    return found if isinstance(found, Mapping) else {}


# what fields that point at something point at, by kind of record and name
Pointed = Mapping[tuple[str, str], str]


def _told(events: Iterable[Any], pointed: Pointed) -> dict[str, set[str]]:
    """The ids that events tell of, for each kind of what is pointed at."""
    found: dict[str, set[str]] = {}
    for row in events if pointed else ():
        for part in _PARTS:
            for name, value in _part(row, part).items():
                if what := pointed.get((event_kind(row), name)):
                    found.setdefault(what, set()).update(filter(None, value if isinstance(value, list) else [value]))
    return found


def _retell(events: Iterable[Any], pointed: Pointed, say: Callable[[str, str], str]) -> None:
    """Say otherwise what events tell that was pointed at."""
    for row in events if pointed else ():
        parts = {part: _part(row, part) for part in _PARTS if part in row.payload}
        told = {part: _resaid(values, event_kind(row), pointed, say) for part, values in parts.items() if values}
        row.payload = {**row.payload, **told}


def _resaid(values: Mapping[str, Any], kind: str, pointed: Pointed, say: Callable[[str, str], str]) -> dict[str, Any]:
    told = dict(values)
    for name in values:
        if what := pointed.get((kind, name)):
            given = values[name] if isinstance(values[name], list) else [values[name]]
            said = [say(what, text) if text else text for text in given]
            told[name] = said if isinstance(values[name], list) else said[0]
    return told


def _stripped(event: Any, hidden: set[tuple[str, str]]) -> bool:
    """Take what is hidden out of an event; whether anything is left to tell."""
    kind = event_kind(event)
    kept = {
        part: {name: value for name, value in _part(event, part).items() if (kind, name) not in hidden}
        for part in _PARTS
        if part in event.payload
    }
    was_all = str(event.kind).endswith(".changed") and not kept.get("changes")
    event.payload = {**event.payload, **kept}
    return not was_all


def with_ways_masked(events: Iterable[Any]) -> list[Any]:
    """These events with the ways to reach somebody masked, in fields that were added too."""
    rows = list(events)
    is_asked = any(map(_tells_custom, rows))
    fields = custom_fields().filter(format__in=policy.WAYS) if is_asked else ()
    ways = {(field.kind, field_name(field)) for field in fields}
    for row in rows:
        row.payload = policy.masked(row.payload, {name for kind, name in ways if kind == event_kind(row)})
    return rows


def told_in_words(
    kind: str, told: Iterable[Mapping[str, str | None]], actor: Actor | None = None
) -> list[dict[str, str | None]]:
    """Values of records as they were told, by field, with what they pointed at by its name; all read at once.

    Where no reader is known, what a link led to isn't told.
    """
    rows = [dict(row) for row in told]
    fields = fields_ever(kind) if any(is_custom(name) for row in rows for name in row) else {}
    pointed = {name: what for name, field in fields.items() if (what := points_to(field))}
    asked: dict[str, list[str | None]] = {}
    for _name, value, what in _pointing(rows, pointed):
        asked.setdefault(what, []).append(value)
    names = told_names(actor, asked)
    for row in rows:
        for name, value, what in list(_pointing([row], pointed)):
            is_kept = actor is None and what not in SEEN_BY_ALL
            row[name] = str(HIDDEN) if is_kept else names[what].get(str(value), str(HIDDEN))
    return rows


def _pointing(rows: Iterable[Mapping[str, str | None]], pointed: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Each filled field that points at something: its name, what it holds, what that is."""
    for row in rows:
        yield from ((name, value, pointed[name]) for name, value in row.items() if value and name in pointed)


def in_words(events: Iterable[Any]) -> list[Any]:
    """These events with the fields that were added called by their names, and what they hold in words."""
    rows = list(events)
    if not any(map(_tells_custom, rows)):
        return rows
    fields = {(field.kind, field_name(field)): field for field in custom_fields()}
    pointed = {key: what for key, field in fields.items() if (what := points_to(field))}
    names = told_names(None, _told(rows, pointed))
    _retell(rows, pointed, lambda what, text: names[what].get(text, text))
    for row in rows:
        kind, changes, about = event_kind(row), _part(row, "changes"), _part(row, "about")
        if changes:
            row.payload = {**row.payload, "changes": dict(_named(fields, kind, *one) for one in changes.items())}
        if about:
            told = (_named(fields, kind, name, [value]) for name, value in about.items())
            row.payload = {**row.payload, "about": {label: value for label, [value] in told}}
    return rows


def _named(
    fields: Mapping[tuple[str, str], CustomField], kind: str, name: str, values: list[str | None]
) -> tuple[str, list[str | None]]:
    field = fields.get((kind, name))
    if field is None:
        return name, values
    words = YES_NO if field.holds == CustomField.Type.YES_NO else {}
    return field.name, [None if value is None else str(words.get(value, value)) for value in values]
