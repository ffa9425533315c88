"""Recording facts: chains, business time, one transaction with the action."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from dealrail.accounts.actor import Actor
from dealrail.core import clock
from dealrail.events import rules
from dealrail.events.engine import record, record_many, subscribe, subscriptions
from dealrail.events.models import ChainHead, Event
from dealrail.events.queries import count_events, digest_of_heads, feed, timeline, verify_log
from tests.cast import at_once
from tests.events.things import ThingHappened, happen, subscribed

MARCH = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.mark.django_db
def test_rows_of_one_subject_are_chained_by_seq_and_hash() -> None:
    first, second = happen(1), happen(1)
    assert (first.seq, second.seq) == (1, 2)
    assert first.hash == rules.chain_hash(rules.GENESIS, first.content())
    assert second.hash == rules.chain_hash(first.hash, second.content())


@pytest.mark.django_db
def test_each_subject_has_a_chain_of_its_own() -> None:
    assert (happen(1).seq, happen(2).seq, happen(1).seq) == (1, 1, 2)


@pytest.mark.django_db
def test_the_head_of_a_chain_is_its_last_row() -> None:
    happen(1)
    last = happen(1)
    head = ChainHead.objects.get(subject_kind="thing", subject_id=1)
    assert (head.seq, head.hash) == (2, last.hash)


@pytest.mark.django_db
def test_many_facts_chain_like_one_by_one() -> None:
    facts = [(ThingHappened(thing_id=number), None) for number in (1, 2, 1, 1, 2)]
    assert [event.seq for event in record_many(facts, actor=Actor.system())] == [1, 1, 2, 3, 2]
    assert list(verify_log()) == []


@pytest.mark.django_db
def test_when_it_happened_stands_apart_from_when_it_was_written() -> None:
    before = timezone.now()
    event = Event.objects.get(pk=happen(1, occurred_at=MARCH).pk)
    assert event.occurred_at == MARCH
    assert before <= event.recorded_at <= timezone.now()


@pytest.mark.django_db
def test_the_business_clock_moves_only_when_it_happened() -> None:
    with clock.at(MARCH):
        event = happen(1)
    assert event.occurred_at == MARCH
    assert event.recorded_at > MARCH + timedelta(days=1)


@pytest.mark.django_db
def test_a_row_read_back_has_the_hash_it_was_written_with() -> None:
    event = Event.objects.get(pk=happen(1, text="中文 “引号” \\ / é 1.10", occurred_at=MARCH).pk)
    assert event.hash == rules.chain_hash(rules.GENESIS, event.content())


@pytest.mark.django_db(transaction=True)
def test_refuses_to_record_outside_a_transaction() -> None:
    with pytest.raises(RuntimeError):
        record(ThingHappened(thing_id=1), actor=Actor.system())
    assert count_events() == 0


@transaction.atomic
def _happen_and_fail() -> None:
    happen(1)
    raise ZeroDivisionError


def _ignore(event: Event) -> None:
    pass


def _overlook(event: Event) -> None:
    pass


@pytest.mark.django_db(transaction=True)
def test_an_action_that_fails_leaves_nothing_in_the_log() -> None:
    with subscribed(_ignore), pytest.raises(ZeroDivisionError):
        _happen_and_fail()
    assert (count_events(), ChainHead.objects.count()) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_first_rows_of_a_subject_written_at_once_become_one_chain() -> None:
    at_once(*[lambda: happen(1)] * 6)
    assert sorted(Event.objects.values_list("seq", flat=True)) == [1, 2, 3, 4, 5, 6]
    assert list(verify_log()) == []


def test_refuses_a_subscriber_name_used_twice() -> None:
    with subscribed(_ignore), pytest.raises(ValueError, match="two subscribers"):
        subscribe("thing.happened", name="tests.react")(_overlook)
    assert "tests.react" not in subscriptions


@pytest.mark.django_db(transaction=True)
def test_the_feed_goes_on_after_an_id_oldest_first() -> None:
    ids = [happen(number).pk for number in (1, 2, 3)]
    assert [event.pk for event in feed(after=ids[0])] == ids[1:]
    assert list(feed(after=ids[-1])) == []


@pytest.mark.django_db
def test_a_timeline_holds_the_subjects_asked_for_newest_first() -> None:
    first, _other, third = happen(1), happen(2), happen(1)
    assert list(timeline({"thing": [1]})) == [third, first]
    assert list(timeline({"thing": [1]}, before=third.pk)) == [first]
    assert list(timeline({"deal": [1]})) == []


@pytest.mark.django_db
def test_the_digest_of_heads_changes_with_every_chain() -> None:
    seen = {digest_of_heads()}
    for thing in (1, 2, 1):
        happen(thing)
        seen.add(digest_of_heads())
    assert len(seen) == 4
