"""Reading the log: timelines, the feed, and whether anybody tampered with it."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import OrderBy

from dealrail.events import rules
from dealrail.events.models import ChainHead, Event, Receipt

# In the business, not in the log: what a sheet brings in, or is told late, stands where it happened.
NEWEST = (OrderBy(F("occurred_at"), descending=True), OrderBy(F("pk"), descending=True))


@dataclass(frozen=True)
class Fault:
    """The first place of one chain that is not as it was written."""

    subject: str
    seq: int
    event_id: int | None
    problem: str


def timeline(subjects: dict[str, QuerySet[Event] | list[int]], *, before: int | None = None) -> QuerySet[Event]:
    """Events of these subjects (kind → ids), the latest to have happened first; `before` is the id to go on after."""
    events = Event.objects.filter(_of(subjects))
    if before is not None:
        last = Subquery(Event.objects.filter(pk=before).values("occurred_at"))
        events = events.filter(Q(occurred_at__lt=last) | Q(occurred_at=last, pk__lt=before))
    return events.order_by(*NEWEST)


def news(subjects: dict[str, list[int]], since: datetime) -> QuerySet[Event]:
    """Events of these subjects (kind → ids) recorded after a moment, the latest first.

    Subjects whose latest event is older are left out at once, by one look-up for each. The order is one that no index
    has: where the latest of many subjects are wanted, PostgreSQL would walk back through the whole log to find them.
    """
    latest = Event.objects.filter(**{name: OuterRef(name) for name in ("subject_kind", "subject_id", "seq")})
    heads = ChainHead.objects.filter(_of(subjects)).annotate(told_at=Subquery(latest.values("recorded_at")[:1]))
    stirred: dict[str, list[int]] = {kind: [] for kind in subjects}
    for kind, subject_id in heads.filter(told_at__gt=since).values_list("subject_kind", "subject_id"):
        stirred[kind].append(subject_id)
    return Event.objects.filter(_of(stirred), recorded_at__gt=since).order_by((F("pk") + 0).desc())


def _of(subjects: Mapping[str, QuerySet[Event] | list[int]]) -> Q:
    mine = Q(pk__in=[])
    for kind, ids in subjects.items():
        if not isinstance(ids, list) or ids:
            mine |= Q(subject_kind=kind, subject_id__in=ids)
    return mine


def audit(
    *,
    before: int | None = None,
    actor_id: int | None = None,
    kind: str = "",
    subject_kind: str = "",
    subject_id: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> QuerySet[Event]:
    """Events that fit all that is given, the latest recorded first; a period goes by when they were recorded."""
    given = {
        "pk__lt": before,
        "actor_id": actor_id,
        "kind": kind or None,
        "subject_kind": subject_kind or None,
        "subject_id": subject_id,
        "recorded_at__gte": since,
        "recorded_at__lt": until,
    }
    return Event.objects.filter(**{key: value for key, value in given.items() if value is not None}).order_by("-pk")


def feed(*, after: int) -> QuerySet[Event]:
    """Events after this id, oldest first, before none of which another one can appear; one statement for none."""
    settled = last_settled()
    return (
        Event.objects.filter(pk__gt=after, pk__lte=settled).order_by("pk") if settled > after else Event.objects.none()
    )


def last_settled() -> int:
    """The id of the latest event that none with a smaller id can follow; 0 for an empty log.

    On PostgreSQL ids are drawn before the commit, and not in the order of transactions: it is the latest event while
    nobody else writes, and else the horizon. Whoever draws an id has a transaction by then that others can see, as an
    action locks the head of a chain first; so if nobody has one after the latest event was looked up, all that belongs
    before it is there for the next statement. SQLite has one writer at a time.
    """
    if connection.vendor != "postgresql":
        return latest()
    with connection.cursor() as cursor:
        cursor.execute(_LAST_SETTLED)
        return int(cursor.fetchone()[0])


def latest() -> int:
    """The id of the latest event one can see, whatever may appear before it; 0 for an empty log."""
    return Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


# Who else writes to this database at this very moment, whatever the snapshot of the statement knows of them. What other
# roles do is hidden from one who may not see it, so they count as writing. A vacuum has a transaction too, but writes
# no event.
_WRITERS = """
    SELECT FROM pg_stat_activity AS other
    WHERE datname = current_database() AND pid <> pg_backend_pid()
    AND (backend_type = 'client backend' AND backend_xid IS NOT NULL OR backend_type IS NULL)
"""
_LAST_SETTLED = f"""
    SELECT CASE WHEN EXISTS ({_WRITERS}) THEN COALESCE((SELECT max(event_id) FROM events_horizon), 0) ELSE latest END
    FROM (SELECT COALESCE(max(id), 0) AS latest FROM events_event) AS log
"""


def own_transaction() -> int:
    """The number of the transaction one is in; every one that begins to write later has a larger one (PostgreSQL)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        return int(cursor.fetchone()[0])


def have_ended(xid: int) -> bool:
    """Whether all transactions that began to write before this one have ended (PostgreSQL)."""
    with connection.cursor() as cursor:
        cursor.execute(_RUNNING_BEFORE, {"xid": xid})
        return not cursor.fetchone()[0]


# A transaction shows the lower half of its number only; ages compare these halves as long as neither is too old. A
# number that came with a backup of another server means nothing here, and all its events came with it.
_RUNNING_BEFORE = f"""
    SELECT EXISTS ({_WRITERS} AND (backend_xid IS NULL
                                   OR age(backend_xid) > age((%(xid)s %% 4294967296)::text::xid)))
"""


def subjects_after(event_id: int, *, kind: str, most: int) -> set[int] | None:
    """Whom of this kind any event after this id tells of; None when there are more than so many events."""
    events = Event.objects.filter(pk__gt=event_id).order_by("pk").values_list("subject_kind", "subject_id")
    rows = list(events[: most + 1])
    return None if len(rows) > most else {subject_id for subject_kind, subject_id in rows if subject_kind == kind}


def owed_receipts() -> dict[str, int]:
    """How many receipts are owed and how many were given up."""
    return {
        "owed": Receipt.objects.filter(state=Receipt.State.OWED).count(),
        "failed": Receipt.objects.filter(state=Receipt.State.FAILED).count(),
    }


def count_events() -> int:
    """How many rows the log has."""
    return Event.objects.count()


def digest_of_heads() -> str:
    """One SHA-256 over all chain heads, to be posted outside: it changes if any chain is rewritten."""
    digest = hashlib.sha256()
    rows = ChainHead.objects.order_by("subject_kind", "subject_id").values_list(
        "subject_kind", "subject_id", "seq", "hash"
    )
    for row in sorted(rows):
        digest.update(repr(row).encode())
    return digest.hexdigest()


def verify_log() -> Iterator[Fault]:
    """Walk every chain and yield the first fault of each that is not whole."""
    head = ChainHead.objects.filter(subject_kind=OuterRef("subject_kind"), subject_id=OuterRef("subject_id"))
    rows = (
        Event.objects.annotate(head_seq=Subquery(head.values("seq")), head_hash=Subquery(head.values("hash")))
        .order_by("subject_kind", "subject_id", "seq", "pk")
        .iterator(chunk_size=2000)
    )
    for subject, chain in groupby(rows, key=lambda event: f"{event.subject_kind}:{event.subject_id}"):
        if fault := _first_fault(subject, chain):
            yield fault
    of_head = Event.objects.filter(subject_kind=OuterRef("subject_kind"), subject_id=OuterRef("subject_id"))
    for lost in ChainHead.objects.filter(~Exists(of_head)).iterator():
        yield Fault(f"{lost.subject_kind}:{lost.subject_id}", 1, None, "missing")


def _first_fault(subject: str, chain: Iterator[Any]) -> Fault | None:
    seq, last_hash, last_id = 0, rules.GENESIS, 0
    head_seq, head_hash = None, None
    for event in chain:
        head_seq, head_hash = event.head_seq, event.head_hash
        problem = _problem(event, seq, last_hash, last_id)
        if problem:
            return Fault(subject, event.seq, event.pk, problem)
        seq, last_hash, last_id = event.seq, event.hash, event.pk
    return _fault_at_end(subject, seq, last_id, last_hash, head_seq, head_hash)


def _problem(event: Any, seq: int, last_hash: str, last_id: int) -> str | None:
    if event.head_seq is not None and event.seq > event.head_seq:
        return "inserted"
    if event.seq > seq + 1:
        return "missing before"
    if event.hash != rules.chain_hash(last_hash, event.content()):
        return "changed"
    return "swapped" if event.pk < last_id else None


def _fault_at_end(
    subject: str, seq: int, last_id: int, last_hash: str, head_seq: int | None, head_hash: str | None
) -> Fault | None:
    if head_seq is None or seq > head_seq:
        return Fault(subject, seq, last_id, "inserted")
    if seq < head_seq:
        return Fault(subject, seq + 1, None, "missing")
    return Fault(subject, seq, last_id, "changed") if last_hash != head_hash else None


def touched_since(kind: str, record_ids: Iterable[int]) -> set[int]:
    """Those of these records to which anybody but an import, or a reaction of the system, ever did something."""
    events = Event.objects.filter(subject_kind=kind, subject_id__in=list(record_ids))
    return set(events.exclude(channel__in=["import", "system"]).values_list("subject_id", flat=True))
