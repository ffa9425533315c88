"""Judging running deals, and moves of the past, by another text of their process; reads only."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from dealrail.crm.models import CustomerMerge, Deal, Trial, TrialRow
from dealrail.crm.rules import DEAL_FIELDS, custom_key, is_custom
from dealrail.events.models import Event
from dealrail.process import engine
from dealrail.process.engine import Gate, PastMove, TriedGate
from dealrail.process.models import Stay
from dealrail.process.rules import Exit, Outcome, ProcessSpec, State, target

Verdict = TrialRow.Verdict


@dataclass(frozen=True)
class Judged:
    """The verdict on one deal or move."""

    deal_id: int
    stage: str
    verdict: str
    blocking: tuple[str, ...] = ()
    won: bool = False
    event_id: int = 0
    moved_at: datetime | None = None


def try_deals(deals: Sequence[Deal], spec: ProcessSpec, mapping: Mapping[str, str]) -> list[Judged]:
    """Where running deals (with run, and customer) would stand, and whether they could move on from there today."""
    places = {deal.pk: engine.spec_and_stage(deal.run)[1] for deal in deals}
    goals = {deal.pk: target(mapping, places[deal.pk], spec) for deal in deals}
    asked = [deal for deal in deals if goals[deal.pk] and deal.state != State.PARKED]
    after = engine.gates_after([(deal.run, spec.stage(goals[deal.pk]), deal) for deal in asked], spec)
    today = engine.gates([(deal.run, None, deal) for deal in asked])
    gates = {deal.pk: pair for deal, *pair in zip(asked, after, today, strict=True)}
    return [_judged(deal, goals[deal.pk] or places[deal.pk].key, gates.get(deal.pk), goals[deal.pk]) for deal in deals]


def _judged(deal: Deal, stage: str, gates: list[Gate] | None, goal: str) -> Judged:
    if gates is None:
        return Judged(deal.pk, stage, Verdict.PARKED if goal else Verdict.STAYS)
    after, today = gates
    if after.outcome is not Outcome.BLOCKED:
        return Judged(deal.pk, stage, Verdict.OPEN if after.outcome is Outcome.OPEN else Verdict.APPROVAL)
    is_blocked_today = today.outcome is Outcome.BLOCKED
    return Judged(deal.pk, stage, Verdict.BLOCKED if is_blocked_today else Verdict.STUCK, _blocking(after))


def _blocking(gate: Gate) -> tuple[str, ...]:
    return tuple(sorted({demand.condition for demand in gate.unmet}))


def replay_moves(events: Sequence[Event], spec: ProcessSpec) -> list[Judged]:
    """What the gates of a text would have said to these moves forward, by what was on record at each moment."""
    ids = {event.subject_id for event in events}
    deals = {deal.pk: deal for deal in Deal.objects.filter(pk__in=ids).select_related("run")}
    stays = _stays_left([deal.run_id for deal in deals.values()])
    since = _changes_since(events, deals)
    found = [(event, _stay_of(event, stays[deals[event.subject_id].run_id])) for event in events]
    told = {event.pk: _past_move(event, stay, deals[event.subject_id], since) for event, stay in found if stay}
    gates = dict(zip(told, engine.past_gates(list(told.values()), spec), strict=True))
    return [_replayed(event, deals[event.subject_id], gates.get(event.pk), event.pk in told) for event in events]


def _stays_left(run_ids: list[int]) -> dict[int, list[Stay]]:
    """The stays that these runs left forward, the last first."""
    found: dict[int, list[Stay]] = defaultdict(list)
    rows = Stay.objects.filter(run__in=run_ids, exit__in=[Exit.FORWARD, Exit.END], assumed=False)
    for stay in rows.select_related("stage").order_by("-left_at", "-pk"):
        found[stay.run_id].append(stay)
    return found


def _stay_of(event: Event, left: Sequence[Stay]) -> Stay | None:
    """The stay that ended with this move: it is closed a moment before the event is recorded."""
    key = event.payload["from_stage"]
    ended = (stay for stay in left if stay.left_at and stay.left_at <= event.occurred_at and stay.stage.key == key)
    return next(ended, None)


@dataclass(frozen=True)
class _Change:
    """Something about a deal that happened after a move: when in its chain, what it is about, and fields as before.

    What happened around the deal has no place (`seq` 0) in its chain, but a time.
    """

    seq: int
    at: datetime
    about: frozenset[str]
    before: Mapping[str, str | None] = field(default_factory=dict)


def _changes_since(events: Sequence[Event], deals: Mapping[int, Deal]) -> dict[int, list[_Change]]:
    """What changed of these deals, and of their customers and contacts, after the first of these moves; last first."""
    first = min((event.occurred_at for event in events), default=None)
    found: dict[int, list[_Change]] = defaultdict(list)
    if first is None:
        return found
    rows = Event.objects.filter(subject_kind="deal", subject_id__in=list(deals), recorded_at__gte=first)
    for row in rows.filter(kind__in=["deal.changed", *_ABOUT]).order_by("-seq"):
        before = {name: old for name, (old, _new) in row.payload.get("changes", {}).items()}
        about = frozenset([*before, *_ABOUT.get(row.kind, ())])
        found[row.subject_id].append(_Change(row.seq, row.recorded_at, about, before))
    around = _around_customers({deal.customer_id for deal in deals.values() if deal.customer_id}, first)
    for deal in deals.values():
        found[deal.pk] += [_Change(0, at, about) for at, about in around.get(deal.customer_id or 0, ())]
    return found


_ABOUT = {"deal.owner_changed": ("owner",), "deal.file_restored": ("files",)}
# What customers hold that were made one, or two again, nobody can say of the time before.
_MERGED = frozenset({"customer", "customer_facts", "contacts"})
_AROUND: dict[str, frozenset[str]] = {
    "customer.changed": frozenset({"customer_facts"}),
    **dict.fromkeys(("contact.changed", "contact.restored", "contact.removed"), frozenset({"contacts"})),
    **dict.fromkeys(("customer.merged", "customer.merge_undone"), _MERGED),
}


def _around_customers(ids: set[int], first: datetime) -> dict[int, list[tuple[datetime, frozenset[str]]]]:
    rows = Event.objects.filter(subject_kind="customer", subject_id__in=ids, recorded_at__gte=first)
    found: dict[int, list[tuple[datetime, frozenset[str]]]] = defaultdict(list)
    told = rows.filter(kind__in=list(_AROUND)).values_list("subject_id", "kind", "recorded_at")
    for customer_id, kind, at in told:
        found[customer_id].append((at, _AROUND[kind]))
    # of one that was merged into another and is itself again, the log tells under the name of the other
    parted = CustomerMerge.objects.filter(gone__in=ids, undone_at__gte=first).values_list("gone", "undone_at")
    for customer_id, parted_at in parted:
        if parted_at is not None:
            found[customer_id].append((parted_at, _MERGED))
    return found


def _past_move(event: Event, stay: Stay, deal: Deal, since: Mapping[int, list[_Change]]) -> PastMove:
    later = [
        row for row in since.get(deal.pk, ()) if row.seq > event.seq or (not row.seq and row.at > event.recorded_at)
    ]
    then: Any = copy(deal)
    for row in later:
        for name, old in row.before.items():
            _put_back(then, name, old)
    changed = frozenset(name for row in later for name in row.about)
    return PastMove(
        run=deal.run, stay=stay, to=event.payload["to_stage"], at=event.occurred_at, subject=then, changed=changed
    )


# Some record that is another one by now; which one, the log tells only by its name.
_ANOTHER = -1


def _put_back(deal: Any, name: str, old: str | None) -> None:
    """Let a field hold what it held, as far as a gate asks: whether there is something, and what text."""
    if name in DEAL_FIELDS and hasattr(deal, f"{name}_id"):
        setattr(deal, f"{name}_id", _ANOTHER if old else None)
    elif name in DEAL_FIELDS:
        setattr(deal, name, old)
    elif is_custom(name):
        deal.custom = {**deal.custom, custom_key(name): old}
    else:
        deal.extra = {**deal.extra, name: old}


def _replayed(event: Event, deal: Deal, past: TriedGate | None, is_told: bool) -> Judged:
    known: dict[str, Any] = {"event_id": event.pk, "moved_at": event.occurred_at, "won": _was_won_later(event, deal)}
    stage = event.payload["from_stage"]
    if past is None:
        return Judged(deal.pk, stage, Verdict.GONE if is_told else Verdict.UNKNOWN, **known)
    if past.gate.outcome is Outcome.BLOCKED:
        return Judged(deal.pk, stage, Verdict.STOPPED, _blocking(past.gate), **known)
    if past.unknown:
        return Judged(deal.pk, stage, Verdict.UNKNOWN, past.unknown, **known)
    if past.gate.outcome is Outcome.NEEDS_APPROVAL:
        asked = tuple(sorted({demand.condition for demand in past.gate.approvals}))
        return Judged(deal.pk, stage, Verdict.ASKED, asked, **known)
    return Judged(deal.pk, stage, Verdict.PASSED, **known)


def _was_won_later(event: Event, deal: Deal) -> bool:
    """By this move or after it, and still so."""
    closed_at = deal.run.closed_at
    is_later = closed_at is not None and closed_at >= event.occurred_at
    return deal.run.state == State.WON and (is_later or bool(event.payload["won"]))


def add_up(figures: Mapping[str, Any], judged: Sequence[Judged]) -> dict[str, Any]:
    """The sums of a trial with these verdicts added: by verdict and stage, by condition of a stage, and won later."""
    sums: dict[str, Any] = {name: dict(figures.get(name, {})) for name in ("stages", "conditions", "won")}
    for row in judged:
        places = [("stages", f"{row.verdict}:{row.stage}")]
        places += [("conditions", f"{row.verdict}:{row.stage}:{key}") for key in row.blocking]
        places += [("won", row.verdict)] if row.won else []
        for name, place in places:
            sums[name][place] = sums[name].get(place, 0) + 1
    return sums


def as_row(trial: Trial, row: Judged) -> TrialRow:
    """A verdict as it is kept."""
    return TrialRow(
        trial=trial,
        deal_id=row.deal_id,
        event_id=row.event_id,
        moved_at=row.moved_at,
        stage=row.stage,
        verdict=row.verdict,
        blocking=f",{','.join(row.blocking)}," if row.blocking else "",
        won=row.won,
    )
