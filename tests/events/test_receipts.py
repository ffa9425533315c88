"""What subscribers owe is delivered once, retried when it fails, and given up in the end."""

from datetime import timedelta

import pytest
from django.utils import timezone

from dealrail.accounts.actor import Actor
from dealrail.events import clocks, rules
from dealrail.events.clocks import LEASE, deliver_batch, drain
from dealrail.events.engine import record
from dealrail.events.models import Event, Receipt
from dealrail.events.queries import owed_receipts
from tests.cast import at_once
from tests.events.things import ThingCounted, happen, subscribed


class Reaction:
    """Notes every event it is given; fails on the first few calls."""

    def __init__(self, failures: int = 0) -> None:
        self.seen: list[int] = []
        self.failures = failures

    def __call__(self, event: Event) -> None:
        record(ThingCounted(thing_id=event.subject_id), actor=Actor.system())
        if self.failures:
            self.failures -= 1
            raise RuntimeError("no luck")
        self.seen.append(event.pk)


def make_due() -> None:
    """Let the time until the next try pass."""
    Receipt.objects.update(due_at=timezone.now() - timedelta(seconds=1))


def counted() -> int:
    return Event.objects.filter(kind="thing.counted").count()


@pytest.mark.django_db
def test_an_event_is_delivered_once() -> None:
    reaction = Reaction()
    with subscribed(reaction):
        event = happen()
        drain()
        drain()
    assert reaction.seen == [event.pk]
    assert Receipt.objects.get().state == Receipt.State.DONE


@pytest.mark.django_db
def test_nobody_owes_for_kinds_nobody_subscribed_to() -> None:
    with subscribed(Reaction(), "thing.counted"):
        happen()
    assert not Receipt.objects.exists()


@pytest.mark.django_db
def test_events_are_delivered_in_order() -> None:
    reaction = Reaction()
    with subscribed(reaction):
        ids = [happen(number).pk for number in range(5)]
        drain()
    assert reaction.seen == ids


@pytest.mark.django_db
def test_a_failing_reaction_leaves_nothing_and_waits_before_the_next_try() -> None:
    with subscribed(Reaction(failures=1)):
        happen()
        drain()
    receipt = Receipt.objects.get()
    assert (receipt.state, receipt.attempts, counted()) == (Receipt.State.OWED, 1, 0)
    assert receipt.last_error == "RuntimeError: no luck"
    assert receipt.due_at > timezone.now() + rules.FIRST_RETRY - timedelta(seconds=2)


@pytest.mark.django_db
def test_a_failed_reaction_is_tried_again_when_it_is_due() -> None:
    reaction = Reaction(failures=2)
    with subscribed(reaction):
        event = happen()
        for _ in range(3):
            drain()
            make_due()
        drain()
    assert reaction.seen == [event.pk]
    assert (Receipt.objects.get().state, counted()) == (Receipt.State.DONE, 1)


@pytest.mark.django_db
def test_one_failing_reaction_does_not_hold_up_the_next_event() -> None:
    reaction = Reaction(failures=1)
    with subscribed(reaction):
        happen(1)
        second = happen(2)
        drain()
    assert reaction.seen == [second.pk]


@pytest.mark.django_db
def test_gives_up_after_the_last_attempt() -> None:
    reaction = Reaction(failures=10**6)
    with subscribed(reaction):
        happen()
        for _ in range(rules.MAX_ATTEMPTS + 3):
            drain()
            make_due()
    assert Receipt.objects.get().attempts == rules.MAX_ATTEMPTS
    assert owed_receipts() == {"owed": 0, "failed": 1}


@pytest.mark.django_db
def test_a_subscriber_that_is_gone_is_kept_on_record_as_failed() -> None:
    with subscribed(Reaction()):
        happen()
    drain()
    receipt = Receipt.objects.get()
    assert (receipt.state, receipt.attempts) == (Receipt.State.OWED, 1)
    assert "KeyError" in receipt.last_error


@pytest.mark.django_db
def test_what_another_worker_holds_is_left_to_it() -> None:
    reaction = Reaction()
    with subscribed(reaction):
        happen()
        Receipt.objects.update(lease="other", leased_until=timezone.now() + LEASE)
        assert deliver_batch() == 0
    assert reaction.seen == []


@pytest.mark.django_db
def test_the_lease_of_a_dead_worker_runs_out_and_another_takes_over() -> None:
    reaction = Reaction()
    with subscribed(reaction):
        event = happen()
        Receipt.objects.update(lease="dead", leased_until=timezone.now() - timedelta(seconds=1))
        drain()
    assert reaction.seen == [event.pk]


@pytest.mark.django_db
def test_a_worker_whose_lease_was_taken_over_delivers_nothing() -> None:
    seen: list[int] = []

    def take_the_rest(event: Event) -> None:
        seen.append(event.pk)
        Receipt.objects.exclude(event=event).update(lease="other", leased_until=timezone.now() + LEASE)

    with subscribed(take_the_rest):
        first = happen(1)
        happen(2)
        deliver_batch()
    assert seen == [first.pk]
    assert owed_receipts() == {"owed": 1, "failed": 0}


@pytest.mark.django_db
def test_a_turn_calls_every_step_and_says_whether_there_may_be_more() -> None:
    left = [True, False, False]
    clocks.register_step("tests.step", lambda: left.pop(0))
    try:
        assert (clocks.turn(), clocks.turn(), left) == (True, False, [False])
    finally:
        del clocks._steps["tests.step"]


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_never_deliver_twice() -> None:
    with subscribed(Reaction()):
        for number in range(60):
            happen(number)
        at_once(drain, drain, drain)
    assert owed_receipts() == {"owed": 0, "failed": 0}
    assert counted() == 60


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 5), (2, 10), (5, 80), (10, 2560), (11, 3600)])
def test_waits_twice_as_long_after_each_failure_up_to_an_hour(attempts: int, seconds: int) -> None:
    assert rules.retry_delay(attempts) == timedelta(seconds=seconds)


@pytest.mark.django_db
def test_what_was_done_long_ago_is_forgotten_and_the_log_stays() -> None:
    with subscribed(Reaction()):
        old, fresh, owed = happen(), happen(), happen()
    long_ago = timezone.now() - rules.RECEIPTS_KEPT_FOR - timedelta(days=1)
    Receipt.objects.exclude(event=owed).update(state=Receipt.State.DONE)
    Receipt.objects.filter(event__in=[old, owed]).update(due_at=long_ago)
    assert clocks.forget_receipts() is True
    assert clocks.forget_receipts() is False
    assert set(Receipt.objects.values_list("event", flat=True)) == {fresh.pk, owed.pk}
    assert Event.objects.filter(pk=old.pk).exists()


def test_a_step_that_found_nothing_is_left_alone_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[bool] = []
    answers = iter([True, False, True])

    def step() -> bool:
        calls.append(next(answers))
        return calls[-1]

    monkeypatch.setattr(clocks, "_steps", {})
    clocks.register_step("seldom", step, every=timedelta(hours=1))
    (seldom,) = clocks._steps.values()
    assert [seldom() for _ in range(4)] == [True, False, False, False]
    assert calls == [True, False]
