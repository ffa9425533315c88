"""Keeping the rollup of the funnel in step with the log, and building it from nothing; the worker's, never an action's.

An action writes nothing here: the log says by itself what was touched. Whoever folds locks the state, so that the facts
and the cells are changed by one at a time.
"""

import json
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from random import Random
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, Min, Model, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from dealrail.crm import policy
from dealrail.crm.models import Deal
from dealrail.events import queries as log
from dealrail.events.models import Event
from dealrail.insights.models import FunnelCell, FunnelFact, FunnelState
from dealrail.insights.queries.counting import by_deal
from dealrail.insights.queries.rollup import MOST_BEHIND, RULES, usable
from dealrail.insights.rules import COUNTS, FINEST, LEVELS, PEOPLE, Tally, packed, unpacked
from dealrail.process.models import Run

EVENTS_AT_ONCE = 1000
# Most deals of a month add to cells that another one of them adds to as well, so many at once are cheap; on SQLite
# everybody who writes waits meanwhile.
DEALS_AT_ONCE = {"postgresql": 20_000, "sqlite": 2000}
SAMPLED = 1000
PAUSE = 0.1
_NUMBERS = (*PEOPLE, "product", "region")
_PLACE = ("process", "month", *_NUMBERS)
Key = tuple[Any, ...]


def step() -> bool:
    """Fold a bounded piece of what has happened, or build one of the rollup; True when there is more to do at once."""
    state = FunnelState.objects.filter(pk=1).first()
    if state and state.rules == RULES and state.is_built and log.last_settled() <= state.folded_to:
        return False
    return _step()


@transaction.atomic
def _step() -> bool:
    FunnelState.objects.get_or_create(pk=1)
    skip = transaction.get_connection().features.has_select_for_update_skip_locked
    state = FunnelState.objects.select_for_update(skip_locked=skip).filter(pk=1).first()
    if state is None:  # another worker is at it
        return False
    if state.rules != RULES:
        start_over()
        return True
    more = _fold(state) if state.is_built else _build(state)
    state.revision += 1
    state.save()
    return more


@transaction.atomic
def start_over() -> None:
    """Throw the rollup away; the worker builds it anew, and meanwhile all is counted straight from the deals."""
    FunnelState.objects.get_or_create(pk=1)
    state = FunnelState.objects.select_for_update().get(pk=1)
    FunnelFact.objects.all()._raw_delete(FunnelFact.objects.db)
    FunnelCell.objects.all()._raw_delete(FunnelCell.objects.db)
    FunnelState(pk=1, rules=RULES, revision=state.revision + 1).save()


def _fold(state: FunnelState) -> bool:
    """Fold the deals of the next events that none can come before any more."""
    until = max(log.last_settled(), state.folded_to)
    events = Event.objects.filter(pk__gt=state.folded_to, pk__lte=until).order_by("pk")
    rows = list(events.values_list("pk", "subject_kind", "subject_id")[:EVENTS_AT_ONCE])
    fold_deals({subject_id for _, kind, subject_id in rows if kind == "deal"})
    is_full = len(rows) == EVENTS_AT_ONCE
    state.folded_to = rows[-1][0] if is_full else until
    return is_full


def _build(state: FunnelState) -> bool:
    """Fold the deals that began next, in the order of their beginning, so that each month's cells are hot once."""
    if state.built_to is None:
        state.folded_to = log.last_settled()
        if not state.folded_to and Event.objects.exists():  # others write, and no horizon is known yet
            return False
    runs = Run.objects.filter(started_at__gt=state.built_to) if state.built_to else Run.objects.all()
    last = runs.order_by("started_at")[: DEALS_AT_ONCE[connection.vendor]].aggregate(last=Max("started_at"))["last"]
    if last is None:
        state.is_built = True
        return False
    began = Deal.objects.filter(run__in=runs.filter(started_at__lte=last).values("pk"))
    fold_deals(began.values_list("pk", flat=True))
    state.built_to = last
    return True


def rebuild(progress: Callable[[int, int], None]) -> int:
    """Throw the rollup away and build it anew, while others work on; return how many deals are in it.

    `progress` is told how many days of how many are done.
    """
    start_over()
    span = Run.objects.aggregate(first=Min("started_at"), last=Max("started_at"))
    while not (state := FunnelState.objects.get(pk=1)).is_built:
        if not _step():
            time.sleep(PAUSE)
        if state.built_to:
            progress((state.built_to - span["first"]).days, (span["last"] - span["first"]).days)
    return FunnelFact.objects.count()


def fold_deals(deal_ids: Iterable[int]) -> None:
    """Bring facts and cells to what these deals count now; in the transaction that holds the state."""
    ids = set(deal_ids)
    old, new = FunnelFact.objects.in_bulk(ids), facts_of(ids)
    changed = [fact for pk, fact in new.items() if pk not in old or not _is_same(fact, old[pk])]
    gone = [fact for pk, fact in old.items() if pk not in new]
    before = [old[fact.pk] for fact in changed if fact.pk in old] + gone
    FunnelFact.objects.filter(pk__in=[fact.pk for fact in gone]).delete()
    _write(FunnelFact, [_row(fact) for fact in changed], ["tallies", *_PLACE])
    _change_cells(_differences(before, changed))


def facts_of(deal_ids: Collection[int]) -> dict[int, FunnelFact]:
    """What these deals count now; nothing for one that is deleted or gone."""
    deals = Deal.objects.filter(policy.LIVING, pk__in=deal_ids)
    tallies = by_deal(deals)
    places = deals.annotate(credited=Coalesce("won_by", "owner")).values_list(
        *("pk", "run__version__definition__key", "run__started_at"),
        *("owner", "credited", "pool", "product", "region"),
    )
    return {
        pk: FunnelFact(
            deal_id=pk,
            process=process,
            month=timezone.localdate(began).replace(day=1),
            **{name: number or 0 for name, number in zip(_NUMBERS, numbers, strict=True)},
            tallies={stage: tally.pack() for stage, tally in sorted(tallies[pk].items())},
        )
        for pk, process, began, *numbers in places
    }


def _is_same(one: FunnelFact, other: FunnelFact) -> bool:
    return one.tallies == other.tallies and _place(one) == _place(other)


def _place(fact: FunnelFact) -> Key:
    return tuple(getattr(fact, name) for name in _PLACE)


def _differences(before: Iterable[FunnelFact], after: Iterable[FunnelFact]) -> dict[Key, Tally]:
    """What is to be added to the cells of the finest level, by place and stage."""
    changes: defaultdict[Key, Tally] = defaultdict(Tally)
    for facts, sign in ((before, -1), (after, 1)):
        for fact in facts:
            for stage, plain in fact.tallies.items():
                changes[*_place(fact), stage].add(Tally.unpack(plain), sign)
    return changes


def _change_cells(changes: Mapping[Key, Tally]) -> None:
    """Add this to the cells of every level."""
    cells: dict[str, tuple[dict[str, Any], Tally]] = {}
    for level, sums in _by_level(changes).items():
        for place, tally in sums.items():
            key = ":".join(map(str, (level, *place)))
            where = dict(zip((*_PLACE, "stage"), place, strict=True))
            cells[key] = {"key": key, "level": level, **where, "month": where["month"].isoformat()}, tally
    for key, held in FunnelCell.objects.in_bulk(cells).items():
        cells[key][1].add(_tally(held))
    rows = [
        {**where, **dict(zip(COUNTS, tally.counts, strict=True)), "tenths": packed(tally.tenths)}
        for _key, (where, tally) in sorted(cells.items())
    ]
    _write(FunnelCell, rows, [*COUNTS, "tenths"])


def _by_level(changes: Mapping[Key, Tally]) -> dict[int, Mapping[Key, Tally]]:
    """The same changes summed for every level, each from the smallest that still tells enough apart."""
    levels = {FINEST: changes}
    for level in reversed(range(FINEST)):
        finer = [sums for other, sums in levels.items() if set(LEVELS[level]) <= set(LEVELS[other])]
        levels[level] = _summed(min(finer, key=len), [name in LEVELS[level] for name in _NUMBERS])
    return levels


def _summed(sums: Mapping[Key, Tally], told: Sequence[bool]) -> dict[Key, Tally]:
    """Sums in which the numbers that aren't told are 0."""
    coarser: defaultdict[Key, Tally] = defaultdict(Tally)
    for (process, month, *numbers, stage), tally in sums.items():
        place = [number * is_told for number, is_told in zip(numbers, told, strict=True)]
        coarser[process, month, *place, stage].add(tally)
    return coarser


def _tally(cell: FunnelCell) -> Tally:
    return Tally.of((getattr(cell, name) for name in COUNTS), unpacked(cell.tenths))


def _row(fact: FunnelFact) -> dict[str, Any]:
    place = dict(zip(_PLACE, _place(fact), strict=True))
    return {"deal_id": fact.deal_id, "tallies": fact.tallies, **place, "month": fact.month.isoformat()}


def _write(table: type[Model], rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> None:
    """Insert these rows, or change these columns of those that are there.

    Plain SQL, and on PostgreSQL all rows as one JSON value: by the ORM it took most of the time of a rebuild.
    """
    if not rows:
        return
    meta, names = table._meta, list(rows[0])
    into = f"INSERT INTO {meta.db_table} ({', '.join(names)})"
    sets = ", ".join(f"{column} = excluded.{column}" for column in columns)
    change = f"ON CONFLICT ({meta.pk.column}) DO UPDATE SET {sets}"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            records = f"SELECT {', '.join(names)} FROM json_populate_recordset(NULL::{meta.db_table}, %s)"
            cursor.execute(f"{into} {records} {change}", [json.dumps(rows)])
        else:
            values = [[_as_text(value) for value in row.values()] for row in rows]
            cursor.executemany(f"{into} VALUES ({', '.join(['%s'] * len(names))}) {change}", values)


def _as_text(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, dict) else value


def faults() -> int:
    """How many of a sample of deals are not in the rollup as a recount says, and how many of its levels don't agree.

    What was touched lately is left out, as the worker is still to fold it; 0 while the rollup is being built.
    """
    if (state := usable()) is None:
        return 0
    sample = _around_a_random_one()
    recount = facts_of(sample)
    folded = FunnelFact.objects.filter(pk__range=(min(sample, default=0), max(sample, default=0))).in_bulk()
    touched = log.subjects_after(state[0], kind="deal", most=MOST_BEHIND)
    if touched is None:
        return 0
    wrong = [
        pk
        for pk in (folded.keys() | recount.keys()) - touched
        if pk not in folded or pk not in recount or not _is_same(folded[pk], recount[pk])
    ]
    return len(wrong) + _levels_apart()


def _around_a_random_one() -> set[int]:
    """The deals before and after one, all of them where there are few."""
    deals = Deal.objects.order_by("pk").values_list("pk", flat=True)
    span = deals.aggregate(first=Min("pk"), last=Max("pk"))
    start = Random().randint(span["first"] or 0, span["last"] or 0)
    return {*deals.filter(pk__gte=start)[:SAMPLED], *deals.filter(pk__lt=start).reverse()[:SAMPLED]}


def _levels_apart() -> int:
    """How many levels hold other sums than the finest."""
    sums = {name: Sum(name) for name in COUNTS}
    rows = FunnelCell.objects.values("level", "process", "month", "stage").annotate(**sums).order_by()
    levels: defaultdict[int, set[Any]] = defaultdict(set)
    for level, *row in rows.values_list("level", "process", "month", "stage", *sums):
        levels[level].add(tuple(row))
    return sum(levels[level] != levels[FINEST] for level in range(FINEST))
