"""The audit log on screen: who did what when, narrowed by the address, as a sheet too."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from dealrail.accounts import policy
from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import permission_name
from dealrail.accounts.permissions import LOG_READ
from dealrail.core.texts import listed
from dealrail.crm import queries as crm
from dealrail.crm.actions.exports import note_log_export
from dealrail.events import queries as log
from dealrail.web.exports.sheets import check_format, table_answer
from dealrail.web.inputs import whole
from dealrail.web.lists.filters import Picker, address, chips, picker
from dealrail.web.people.naming import role_name
from dealrail.web.settings.audit_words import (
    KIND_WORDS,
    KINDS,
    SUBJECTS,
    field_name,
    field_value,
    kind_name,
    subject_name,
)
from dealrail.web.signed_in import actor_of
from dealrail.web.timeline import told
from dealrail.web.who import called

SHOWN = 50
CHUNK = 2000
CHANNELS: dict[str, Any] = {
    "web": _("Screen"),
    "api": _("API"),
    "import": _("Import"),
    "cli": _("Command line"),
    "system": _("System"),
    "demo": _("Demo"),
}
TIMELINES = {"deal", "customer"}  # of these, the timeline tells what changed
PAGES = {
    "deal": "deal",
    "customer": "customer",
    "user": "person",
    "unit": "unit",
    "pool": "pool",
    "line": "line_change",
    "import": "import_job",
}
HEADS = (_("When"), _("Who"), _("By way of"), _("What"), _("About"), _("Number"), _("Details"))


def _changed(event: Any, key: str, values: Iterable[str | None]) -> str:
    place = str(event.payload.get("place", ""))
    old, new = (field_value(key, value, place) for value in values)
    return f"{field_name(event.kind, key)}: {old} → {new}"


@dataclass(frozen=True)
class _Names:
    """What those are called whom events without a name are about: people by id, roles by key."""

    people: Mapping[int, str]
    roles: Mapping[str, str]

    @classmethod
    def of(cls, events: Iterable[Any]) -> "_Names":
        rows = list(events)
        persons = people.names_of(event.subject_id for event in rows if event.subject_kind == "user")
        roles = people.every_role() if any(event.subject_kind == "layout" for event in rows) else ()
        return cls(persons, {role.key: role_name(role.key, role.name) for role in roles})

    def about(self, event: Any) -> str:
        """The name of what an event is about."""
        return subject_name(event.payload, self.roles) or (
            self.people.get(event.subject_id, "") if event.subject_kind == "user" else ""
        )


@dataclass(frozen=True)
class Entry:
    """One event as a row of the log."""

    event: Any
    who: str
    what: str
    about: str
    kind: Any
    href: str
    channel: Any
    details: str


def audit_log(request: HttpRequest) -> HttpResponse:
    """What happened, the latest on top."""
    actor, params = actor_of(request), request.GET
    policy.require(actor, LOG_READ)
    rows = list(_asked(params, before=whole(params.get("before")))[: SHOWN + 1])
    pickers = _pickers(params)
    context = {
        "entries": _entries(crm.events_as_seen(actor, rows[:SHOWN])),
        "pickers": pickers,
        "chips": chips(params, pickers, {"from": _("From"), "to": _("To"), "number": _("Number")}),
        "params": params,
        "query": address(params, without=["before"]),
        "earlier": address(params, without=["before"], before=str(rows[SHOWN - 1].pk)) if len(rows) > SHOWN else "",
    }
    return render(request, "settings/audit.html", context)


def audit_log_export(request: HttpRequest) -> HttpResponseBase:
    """The same events as a sheet, which goes on record itself."""
    actor, form = actor_of(request), request.GET.get("as", "xlsx")
    policy.require(actor, LOG_READ)
    check_format(form)
    rows = _asked(request.GET)
    note_log_export(actor=actor, rows=rows.count(), filter_=request.GET.dict())
    return table_answer(f"log-{timezone.localdate():%Y%m%d}", HEADS, _cells(actor, rows), kind=form)


def _cells(actor: Actor, rows: Any) -> Iterator[list[Any]]:
    left = rows.iterator(chunk_size=CHUNK)
    while chunk := list(islice(left, CHUNK)):
        events = crm.in_words(crm.events_as_seen(actor, chunk))
        names = _Names.of(events)
        yield from (_row(event, names) for event in events)


def _row(event: Any, names: _Names) -> list[Any]:
    entry = _entry(event, "", names)
    when = f"{timezone.localtime(event.occurred_at):%Y-%m-%d %H:%M:%S}"
    kind = kind_name(event.kind)
    return [when, entry.who, entry.channel, kind, entry.about, event.subject_id, entry.details]


def _asked(params: QueryDict, *, before: int | None = None) -> Any:
    return log.audit(
        before=before,
        actor_id=whole(params.get("person")),
        kind=params.get("kind", ""),
        subject_kind=params.get("subject", ""),
        subject_id=whole(params.get("number")),
        since=_midnight(params.get("from", "")),
        until=_midnight(params.get("to", ""), days=1),
    )


def _midnight(text: str, *, days: int = 0) -> datetime | None:
    """When a day begins in the company's time zone, or the one so many days later; None for nonsense."""
    try:
        day: date | None = parse_date(text.strip())
        return timezone.make_aware(datetime.combine(day + timedelta(days=days), time.min)) if day else None
    except (ValueError, OverflowError):
        return None


def _pickers(params: QueryDict) -> list[Picker]:
    persons = [(0, _("System")), *people.everybody().values_list("pk", "name")]
    return [
        picker(params, "person", _("Who"), persons),
        picker(params, "subject", _("About"), SUBJECTS.items()),
        picker(params, "kind", _("What"), KINDS.items()),
    ]


def _entries(events: list[Any]) -> list[Entry]:
    names, lines = _Names.of(events), told(events, each=True)
    return [_entry(event, line.sentence, names, line.changes) for event, line in zip(events, lines, strict=True)]


def _entry(event: Any, sentence: str, names: _Names, changes: list[tuple[str, str, str]] | None = None) -> Entry:
    page = PAGES.get(event.subject_kind)
    return Entry(
        event=event,
        who=called(event.actor_name),
        what=sentence if sentence and sentence != event.kind else kind_name(event.kind),
        about=names.about(event),
        kind=SUBJECTS.get(event.subject_kind, event.subject_kind),
        href=reverse(page, args=[event.subject_id]) if page and event.subject_id > 0 else "",
        channel=CHANNELS.get(event.channel, event.channel),
        details=_told(changes) if changes and event.subject_kind in TIMELINES else _details(event),
    )


def _told(changes: list[tuple[str, str, str]]) -> str:
    return "; ".join(f"{label}: {old} → {new}" for label, old, new in changes)


def _details(event: Any) -> str:
    """What changed, or the reason or note that was given."""
    payload = event.payload
    told = [
        words % {"names": listed(map(permission_name, payload[key]))}
        for key, words in (("added", gettext("Allowed now: %(names)s")), ("removed", gettext("Taken away: %(names)s")))
        if isinstance(payload.get(key), list) and payload[key]
    ]
    changes = payload.get("changes")
    if isinstance(changes, dict):
        told += [_changed(event, key, values) for key, values in changes.items()]
    if told:
        return "; ".join(told)
    if event.kind == "export.taken":
        rows = ngettext("%(n)s row", "%(n)s rows", payload["rows"]) % {"n": payload["rows"]}
        return f"{KIND_WORDS.get(payload['what'], payload['what'])}: {rows}"
    return str(payload.get("reason_name") or payload.get("reason") or payload.get("note") or "")
