"""Whoever changes the log behind the program's back is named by `verify_log`."""

from typing import Any

import pytest
from django.db import connection

from dealrail.accounts.actor import Actor
from dealrail.crm.models import Deal
from dealrail.events import rules
from dealrail.events.models import ChainHead, Event
from dealrail.events.queries import verify_log
from tests.cast import MakeDeal, walk_on
from tests.events.things import happen

FORGED = """'{"thing_id": 1, "text": "forged"}'"""
ROW = "UPDATE events_event SET {} WHERE subject_kind = 'thing' AND subject_id = 1 AND seq = {}"
CUT = "DELETE FROM events_event WHERE subject_kind = 'thing' AND subject_id = {} AND seq = {}"

# The thing 1 has three rows, the thing 2 one. What is done to them → the fault named.
TAMPERINGS: dict[str, tuple[list[str], tuple[str, int, str]]] = {
    "payload of the first": ([ROW.format(f"payload = {FORGED}", 1)], ("thing:1", 1, "changed")),
    "payload in the middle": ([ROW.format(f"payload = {FORGED}", 2)], ("thing:1", 2, "changed")),
    "payload of the last": ([ROW.format(f"payload = {FORGED}", 3)], ("thing:1", 3, "changed")),
    "kind": ([ROW.format("kind = 'thing.counted'", 2)], ("thing:1", 2, "changed")),
    "who": ([ROW.format("actor_name = 'x'", 2)], ("thing:1", 2, "changed")),
    "who, by id": ([ROW.format("actor_id = 7", 2)], ("thing:1", 2, "changed")),
    "way in": ([ROW.format("channel = 'api'", 2)], ("thing:1", 2, "changed")),
    "when it happened": ([ROW.format("occurred_at = '2020-01-01 00:00:00'", 2)], ("thing:1", 2, "changed")),
    "when it was written": ([ROW.format("recorded_at = '2020-01-01 00:00:00'", 3)], ("thing:1", 3, "changed")),
    "hash": ([ROW.format("hash = 'x'", 2)], ("thing:1", 2, "changed")),
    "first deleted": ([CUT.format(1, 1)], ("thing:1", 2, "missing before")),
    "middle deleted": ([CUT.format(1, 2)], ("thing:1", 3, "missing before")),
    "last deleted": ([CUT.format(1, 3)], ("thing:1", 3, "missing")),
    "last two deleted": ([CUT.format(1, 3), CUT.format(1, 2)], ("thing:1", 2, "missing")),
    "all of a subject deleted": ([CUT.format(2, 1)], ("thing:2", 1, "missing")),
    "numbered anew after a deletion": ([CUT.format(1, 2), ROW.format("seq = 2", 3)], ("thing:1", 2, "changed")),
    "two swapped": (
        [ROW.format("seq = 9", 2), ROW.format("seq = 2", 3), ROW.format("seq = 3", 9)],
        ("thing:1", 2, "changed"),
    ),
    "copied to the end": (
        [
            (
                "INSERT INTO events_event (subject_kind, subject_id, seq, kind, payload, actor_id, actor_name,"
                " channel, occurred_at, recorded_at, hash) SELECT subject_kind, subject_id, 4, kind, payload,"
                " actor_id, actor_name, channel, occurred_at, recorded_at, hash FROM events_event"
                " WHERE subject_id = 1 AND seq = 3"
            )
        ],
        ("thing:1", 4, "inserted"),
    ),
    "head rewritten": (["UPDATE events_chainhead SET hash = 'x' WHERE subject_id = 1"], ("thing:1", 3, "changed")),
    "head set back": (["UPDATE events_chainhead SET seq = 2 WHERE subject_id = 1"], ("thing:1", 3, "inserted")),
    "head deleted": (["DELETE FROM events_chainhead WHERE subject_id = 2"], ("thing:2", 1, "inserted")),
}


def faults() -> list[tuple[str, int, str]]:
    return [(fault.subject, fault.seq, fault.problem) for fault in verify_log()]


def run_sql(*statements: str, values: list[Any] | None = None) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement, values)


@pytest.fixture(autouse=True)
def chains(db: None) -> None:
    """Two untouched chains."""
    for thing in (1, 1, 2, 1):
        happen(thing, text="as it was")


def test_an_untouched_log_has_no_fault() -> None:
    assert faults() == []


@pytest.mark.parametrize("name", TAMPERINGS)
def test_names_the_row_that_was_tampered_with(name: str) -> None:
    statements, expected = TAMPERINGS[name]
    run_sql(*statements)
    assert faults() == [expected]


def test_names_the_row_of_a_fault() -> None:
    run_sql(ROW.format(f"payload = {FORGED}", 2))
    [fault] = verify_log()
    assert fault.event_id == Event.objects.get(subject_id=1, seq=2).pk


def test_names_a_forged_row_even_when_its_hash_is_right() -> None:
    last = Event.objects.get(subject_id=1, seq=3)
    forged = Event.objects.get(pk=last.pk)
    forged.pk, forged.seq = None, 4
    forged.hash = rules.chain_hash(last.hash, forged.content())
    Event.objects.bulk_create([forged])
    assert faults() == [("thing:1", 4, "inserted")]


def test_names_a_chain_that_was_written_anew_from_the_middle() -> None:
    second, third = Event.objects.filter(subject_id=1, seq__gt=1).order_by("seq")
    second.payload = {"thing_id": 1, "text": "forged"}
    previous = Event.objects.get(subject_id=1, seq=1).hash
    for row in (second, third):
        row.hash = previous = rules.chain_hash(previous, row.content())
    Event.objects.bulk_update([second, third], ["payload", "hash"])
    assert faults() == [("thing:1", 3, "changed")]


def test_names_rows_that_changed_places_in_the_table() -> None:
    second, third = Event.objects.filter(subject_id=1, seq__gt=1).order_by("seq").values_list("pk", flat=True)
    for old, new in ((second, -1), (third, second), (-1, third)):
        run_sql("UPDATE events_event SET id = %s WHERE id = %s", values=[new, old])
    assert faults() == [("thing:1", 3, "swapped")]


def test_names_both_subjects_when_a_row_is_moved_to_another() -> None:
    run_sql("UPDATE events_event SET subject_id = 5 WHERE subject_id = 2")
    assert faults() == [("thing:5", 1, "changed"), ("thing:2", 1, "missing")]


def test_names_every_broken_chain_once() -> None:
    run_sql("UPDATE events_event SET actor_name = 'x'")
    assert [fault[:2] for fault in faults()] == [("thing:1", 1), ("thing:2", 1)]


def test_the_chains_of_real_work_are_whole(make_deal: MakeDeal) -> None:
    deal: Deal = make_deal()
    walk_on(walk_on(deal))
    assert faults() == []
    assert (
        ChainHead.objects.get(subject_kind="deal", subject_id=deal.pk).seq
        == Event.objects.filter(subject_kind="deal", subject_id=deal.pk).count()
    )
    assert Actor.system().user_id == 0
