"""What others did with one's deals and customers since one last looked, record by record."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse

from dealrail.accounts.actor import SYSTEM_ID, Actor
from dealrail.crm import queries as crm
from dealrail.events import queries as events
from dealrail.process import queries as processes
from dealrail.web.timeline import Told, told

WITHOUT_A_LOOK = timedelta(days=7)
MOST_RECORDS = 300
MOST_EVENTS = 60
LINES = 3


@dataclass(frozen=True)
class News:
    """What happened to one record: the latest of it in words, and how much more there was."""

    name: str
    href: str
    lines: list[Told]
    more: int


def changes(actor: Actor, looked_at: datetime | None, now: datetime) -> list[News]:
    """The reader's records that others changed since then, or in the last week; the latest change on top."""
    since = looked_at or now - WITHOUT_A_LOOK
    subjects = {
        "deal": _newest(crm.deals(actor).filter(owner=actor.user_id)),
        "customer": _newest(crm.customers(actor).filter(owner=actor.user_id)),
    }
    happened = events.news(subjects, since)
    # what a sheet brought in is told as a whole, to who brought it
    theirs = happened.exclude(actor_id__in=[actor.user_id, SYSTEM_ID]).exclude(channel="import")
    rows = crm.events_as_seen(actor, theirs[:MOST_EVENTS])
    versions = crm.versions_of_deals(actor, (row.subject_id for row in rows if row.subject_kind == "deal"))
    specs = {deal_id: processes.spec_of(version_id) for deal_id, version_id in versions.items()}
    return _by_record(rows, told(rows, specs) if rows else [])


def _newest(records: Any) -> list[int]:
    return list(records.order_by("-pk").values_list("pk", flat=True)[:MOST_RECORDS])


def _by_record(rows: list[Any], lines: list[Told]) -> list[News]:
    found: dict[tuple[str, int], list[tuple[Any, Told]]] = {}
    by_event = {row.pk: row for row in rows}
    for line in lines:  # a file that came with a follow-up has no line of its own
        row = by_event[line.id]
        found.setdefault((row.subject_kind, row.subject_id), []).append((row, line))
    return [_news(kind, record_id, happened) for (kind, record_id), happened in found.items()]


def _news(kind: str, record_id: int, happened: list[tuple[Any, Told]]) -> News:
    payload = happened[0][0].payload
    return News(
        name=payload.get(f"{kind}_name", ""),
        href=reverse(kind, args=[record_id]),
        lines=[line for _, line in happened[:LINES]],
        more=max(len(happened) - LINES, 0),
    )
