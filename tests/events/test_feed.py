"""The feed never steps over a row that commits late, and doesn't wait for ever either."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event as Signal

import pytest
from django.db import connection, transaction

from dealrail.accounts.actor import Actor
from dealrail.events.clocks import move_horizon
from dealrail.events.engine import record
from dealrail.events.models import Horizon
from dealrail.events.queries import feed
from tests.events.things import ThingHappened, happen

HOLDS_WRITERS_BACK = connection.vendor == "sqlite"


def _record_and_wait(written: Signal, go_on: Signal) -> int:
    try:
        with transaction.atomic():
            event = record(ThingHappened(thing_id=1), actor=Actor.system())
            written.set()
            go_on.wait(20)
        return event.pk
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_a_row_that_commits_late_is_not_stepped_over() -> None:
    written, go_on = Signal(), Signal()
    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(_record_and_wait, written, go_on)
        written.wait(20)
        # SQLite has one writer at a time, so there nobody can overtake
        early = None if HOLDS_WRITERS_BACK else happen(2).pk
        seen = [event.pk for event in feed(after=0)]
        go_on.set()
        late_id = late.result()
    assert seen == []
    assert [event.pk for event in feed(after=0)] == [late_id, *([early] if early else [])]


def _begin_and_record_later(begun: Signal, go_on: Signal) -> int:
    """Have a transaction of one's own before one draws the id of an event."""
    try:
        with transaction.atomic():
            if not HOLDS_WRITERS_BACK:
                Horizon.objects.create(pk=2)
            begun.set()
            go_on.wait(20)
            # within one transaction, as actions do: a savepoint would have a younger number of its own
            return record(ThingHappened(thing_id=2), actor=Actor.system()).pk
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_of_two_transactions_the_older_may_draw_the_larger_id() -> None:
    begun, write, written, go_on = Signal(), Signal(), Signal(), Signal()
    if HOLDS_WRITERS_BACK:
        write.set()
    with ThreadPoolExecutor(2) as pool:
        older = pool.submit(_begin_and_record_later, begun, write)
        begun.wait(20)
        younger = pool.submit(_record_and_wait, written, go_on)
        if HOLDS_WRITERS_BACK:
            go_on.set()
        written.wait(20)
        write.set()
        larger = older.result()
        for _ in ("sets a mark", "doesn't reach it"):
            move_horizon()
        seen = [event.pk for event in feed(after=0)]
        go_on.set()
        smaller = younger.result()
    if not HOLDS_WRITERS_BACK:
        assert smaller < larger
        assert seen == []
    assert [event.pk for event in feed(after=0)] == sorted([smaller, larger])


@pytest.mark.django_db(transaction=True)
def test_what_the_worker_found_whole_is_shown_while_others_write() -> None:
    early = happen(3).pk
    for _ in ("sets the mark", "reaches it", "has nothing to do"):
        assert not move_horizon()
    written, go_on = Signal(), Signal()
    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(_record_and_wait, written, go_on)
        written.wait(20)
        move_horizon()
        seen = [event.pk for event in feed(after=0)]
        go_on.set()
        late_id = late.result()
    assert seen == [early]
    assert [event.pk for event in feed(after=0)] == [early, late_id]
