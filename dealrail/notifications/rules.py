"""Who is told what about an event: from its kind, its payload and who acted; pure."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

KEPT_FOR = timedelta(days=90)
"""How long what was read is kept; what wasn't read stays."""

MOST_WORDS = 200
"""How much of a note or comment a notification quotes."""

WORTH_TELLING = 20
"""From how many records on the end of one step for many is news."""

FAREWELLS = frozenset(
    {
        "deal_taken",
        "customer_taken",
        "approval_withdrawn",
        "approval_recalled",
        "approval_needless",
        "approval_migrated",
        "approval_vacant",
        "approval_told_yes",
        "approval_told_no",
    }
)
"""Told to who can't see the record any more, just because of it: by its name, without a link."""

ENDINGS = frozenset({"import_finished", "import_failed", "bulk_finished", "migration_finished"})
"""Work that the program did for somebody, in their name: its end is news to them all the same."""

HANDED = frozenset({"bulk_given", "bulk_taken"})
"""Told once of many records handed over; forgotten when that was taken back before it was read."""

OWN = ENDINGS | HANDED | {"task_given"}
"""About something of the reader's own, whoever may see the record it belongs to."""

FORM_LINK = "form"
"""The way in of what somebody without a login filled in by a link."""

Payload = Mapping[str, Any]


@dataclass(frozen=True)
class Happened:
    """What of an event matters here."""

    kind: str
    payload: Payload
    actor_id: int
    actor_name: str
    channel: str


@dataclass(frozen=True)
class Telling:
    """One thing one person is to be told; the sentence is made from `kind` and `params` when it is shown."""

    user_id: int
    kind: str
    subject_kind: str = ""
    subject_id: int | None = None
    params: Mapping[str, Any] = field(default_factory=dict)


Teller = Callable[[Happened], Iterator[Telling]]


def tellings(happened: Happened) -> list[Telling]:
    """Whom this event concerns and what they are told: each person one thing, and nobody what they did themselves."""
    teller = TELLERS.get(happened.kind)
    found: dict[int, Telling] = {}
    for telling in teller(happened) if teller else ():
        is_news = telling.user_id != happened.actor_id or telling.kind in ENDINGS
        if telling.user_id and is_news:
            found.setdefault(telling.user_id, telling)
    return list(found.values())


def quoted(text: str) -> str:
    """The beginning of a text, for a line."""
    return text if len(text) <= MOST_WORDS else text[: MOST_WORDS - 1] + "…"


def _about_deal(happened: Happened, user_id: int | None, kind: str, **params: Any) -> Telling:
    payload = happened.payload
    named = {"name": payload["deal_name"], "who": happened.actor_name, **params}
    return Telling(user_id or 0, kind, "deal", payload["deal_id"], named)


def _about_customer(happened: Happened, user_id: int | None, kind: str, **params: Any) -> Telling:
    payload = happened.payload
    named = {"name": payload["customer_name"], "who": happened.actor_name, **params}
    return Telling(user_id or 0, kind, "customer", payload["customer_id"], named)


def _deal_made(happened: Happened) -> Iterator[Telling]:
    if happened.channel != "import":  # a sheet brings hundreds; its own end is told
        yield _about_deal(happened, happened.payload["owner_id"], "deal_given", how="created")


def _is_one_of_many(happened: Happened) -> bool:
    """Whether this is part of a step for many that hands records over; its end tells each person once."""
    return happened.channel == "bulk" and happened.payload.get("how", "transferred") == "transferred"


def _deal_handed(happened: Happened) -> Iterator[Telling]:
    payload = happened.payload
    if _is_one_of_many(happened):
        return
    words = {"how": payload["how"], "note": quoted(payload["note"])}
    yield _about_deal(happened, payload["owner_id"], "deal_given", **words)
    yield _about_deal(happened, payload["from_owner_id"], "deal_taken", **words)


def _customer_handed(happened: Happened) -> Iterator[Telling]:
    payload = happened.payload
    if _is_one_of_many(happened):
        return
    words = {"how": payload["how"], "note": quoted(payload["note"])}
    yield _about_customer(happened, payload["to_owner_id"], "customer_given", **words)
    yield _about_customer(happened, payload["from_owner_id"], "customer_taken", **words)


def _approval_asked(happened: Happened) -> Iterator[Telling]:
    payload = happened.payload
    for user_id in payload["approver_ids"]:
        yield _about_approval(happened, user_id, "approval_asked")
    for user_id in payload.get("told_ids", ()):  # events of earlier versions tell nobody besides
        yield _about_approval(happened, user_id, "approval_told")


def _about_approval(happened: Happened, user_id: int | None, kind: str, **params: Any) -> Telling:
    payload = happened.payload
    words = {"condition": payload["condition"], "to_stage": payload["to_stage"]}
    # events of earlier versions don't say what they are about
    about = {key: quoted(value) for key, value in payload.get("about", {}).items() if value}
    return _about_deal(happened, user_id, kind, about=about, **words, **params)


def _approval_agreed(happened: Happened) -> Iterator[Telling]:
    for user_id in happened.payload["next_ids"]:
        yield _about_approval(happened, user_id, "approval_turn")


def _approval_reminded(happened: Happened) -> Iterator[Telling]:
    for user_id in happened.payload["waiting_ids"]:
        yield _about_approval(happened, user_id, "approval_reminded")


def _approval_delegated(happened: Happened) -> Iterator[Telling]:
    payload = happened.payload
    if gone := payload.get("instead_of"):
        yield _about_approval(happened, payload["user_id"], "approval_inherited", gone=gone)
        for user_id in (payload["asked_by_id"], payload["owner_id"]):
            about = {"condition": payload["condition"], "to": payload["user_name"], "gone": gone}
            yield _about_deal(happened, user_id, "approval_taken_over", **about)
        return
    yield _about_approval(happened, payload["user_id"], "approval_passed_on")
    words = {"condition": payload["condition"], "to": payload["user_name"], "note": quoted(payload["note"])}
    yield _about_deal(happened, payload["asked_by_id"], "approval_passed_to", **words)


def _approver_added(happened: Happened) -> Iterator[Telling]:
    yield _about_approval(happened, happened.payload["user_id"], "approval_shared")


_TAKEN_BACK = {
    "recalled": "approval_recalled",
    "vacant": "approval_vacant",
    "left": "approval_needless",
    "migrated": "approval_migrated",
    "other_move": "approval_needless",
}


def _approval_withdrawn(happened: Happened) -> Iterator[Telling]:
    payload = happened.payload
    concerned = (*payload["approver_ids"], payload["asked_by_id"], payload["owner_id"])
    kind = _TAKEN_BACK.get(payload.get("how", ""), "approval_withdrawn")
    for user_id in concerned:
        words = {"condition": payload["condition"], "note": quoted(payload.get("note", ""))}
        yield _about_deal(happened, user_id, kind, **words)


def _approval_decided(happened: Happened) -> Iterator[Telling]:
    payload = happened.payload
    kind = "approval_granted" if payload["granted"] else "approval_refused"
    for user_id in (payload["asked_by_id"], payload["owner_id"]):
        yield _about_deal(happened, user_id, kind, condition=payload["condition"], note=quoted(payload["note"]))
    for user_id in payload.get("told_ids", ()):
        yield _about_deal(happened, user_id, "approval_told_yes" if payload["granted"] else "approval_told_no")


def _task_given(happened: Happened) -> Iterator[Telling]:
    payload = happened.payload
    if _is_one_of_many(happened):
        return
    if happened.kind == "task.changed" and payload.get("from_owner_id", payload["owner_id"]) == payload["owner_id"]:
        return
    kind, subject_id = ("deal", payload["deal_id"]) if payload["deal_id"] else ("customer", payload["customer_id"])
    yield Telling(
        user_id=payload["owner_id"] or 0,
        kind="task_given",
        subject_kind=kind if subject_id else "",
        subject_id=subject_id,
        params={"title": payload["title"], "who": happened.actor_name, "due_at": payload["due_at"]},
    )


def _mentioned(happened: Happened) -> Iterator[Telling]:
    about = _about_deal if happened.kind == "deal.comment_added" else _about_customer
    words = {"note": quoted(happened.payload["text"]), "comment_id": happened.payload["comment_id"]}
    for user_id in happened.payload["mentioned_ids"]:
        yield about(happened, user_id, "mentioned", **words)


def _collaborator_added(happened: Happened) -> Iterator[Telling]:
    payload = happened.payload
    yield _about_deal(happened, payload["user_id"], "collaborator_added", may_write=payload["may_write"])


def _waiver_asked(happened: Happened) -> Iterator[Telling]:
    payload = happened.payload
    for user_id in payload["decider_ids"]:
        words = {"condition": payload["condition"], "note": quoted(payload["reason"])}
        yield _about_deal(happened, user_id, "waiver_asked", **words)


def _waiver_answered(happened: Happened) -> Iterator[Telling]:
    payload = happened.payload
    kind = "waiver_granted" if payload["granted"] else "waiver_refused"
    for user_id in (payload["asked_by_id"], payload["owner_id"]):
        yield _about_deal(happened, user_id, kind, condition=payload["condition"], note=quoted(payload["note"]))


def _form_filled(happened: Happened) -> Iterator[Telling]:
    """By somebody without a login; what colleagues fill in stands on the record."""
    if happened.channel == FORM_LINK:
        about = _about_deal if happened.kind.startswith("deal.") else _about_customer
        yield about(happened, happened.payload["owner_id"], "form_filled", form=happened.payload["form_name"])


def _import_ended(happened: Happened) -> Iterator[Telling]:
    payload = happened.payload
    counts = {key: payload[key] for key in ("created", "changed", "skipped", "failed") if key in payload}
    # events of earlier versions don't say who started it
    yield Telling(
        user_id=payload.get("started_by_id") or 0,
        kind=happened.kind.replace(".", "_"),
        subject_kind="import",
        subject_id=payload["import_id"],
        params={"name": payload["name"], **counts, "problem": quoted(payload.get("problem", ""))},
    )


def _migration_ended(happened: Happened) -> Iterator[Telling]:
    payload = happened.payload
    said = {key: payload[key] for key in ("key", "name", "version", "stopped", "done", "waiting", "refused")}
    # events of earlier versions don't say who started it
    started_by = payload.get("started_by_id") or 0
    yield Telling(started_by, "migration_finished", "migration", payload["migration_id"], said)


def _bulk_ended(happened: Happened) -> Iterator[Telling]:
    payload = happened.payload
    yield from _handed_many(happened)
    counts = {key: payload[key] for key in ("succeeded", "waiting", "refused")}
    if sum(counts.values()) >= WORTH_TELLING:  # of a few, the end was seen on the screen
        yield Telling(happened.actor_id, "bulk_finished", "bulk", payload["bulk_id"], counts)


def _handed_many(happened: Happened) -> Iterator[Telling]:
    """Each person once: how many they got, or how many went to whom."""
    payload = happened.payload
    handed = payload.get("handed", [])
    about = {"who": happened.actor_name, "of": payload.get("of", ""), "bulk_id": payload["bulk_id"]}
    about["undone"] = bool(payload.get("undo_of_id"))
    for kind, one, other in (("bulk_given", "to", "from"), ("bulk_taken", "from", "to")):
        for user_id in dict.fromkeys(row[f"{one}_id"] for row in handed):
            rows = [row for row in handed if row[f"{one}_id"] == user_id]
            names = [row[f"{other}_name"] for row in rows if row[f"{other}_name"]]
            yield Telling(
                user_id or 0, kind, params={**about, "count": sum(row["count"] for row in rows), "names": names[:3]}
            )


TELLERS: dict[str, Teller] = {
    "deal.created": _deal_made,
    "deal.owner_changed": _deal_handed,
    "customer.owner_changed": _customer_handed,
    "approval.asked": _approval_asked,
    "approval.agreed": _approval_agreed,
    "approval.decided": _approval_decided,
    "approval.delegated": _approval_delegated,
    "approval.reminded": _approval_reminded,
    "approval.approver_added": _approver_added,
    "approval.withdrawn": _approval_withdrawn,
    "deal.comment_added": _mentioned,
    "customer.comment_added": _mentioned,
    "deal.collaborator_added": _collaborator_added,
    "deal.waiver_asked": _waiver_asked,
    "deal.waiver_answered": _waiver_answered,
    "task.created": _task_given,
    "task.changed": _task_given,
    "deal.form_filled": _form_filled,
    "customer.form_filled": _form_filled,
    "bulk.finished": _bulk_ended,
    "process.migration_finished": _migration_ended,
    "import.finished": _import_ended,
    "import.failed": _import_ended,
}
