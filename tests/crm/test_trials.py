"""A text of a process tried on running deals, and on the moves of the past by what was on record then."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotAllowed
from dealrail.accounts.models import User
from dealrail.core import clock
from dealrail.core.errors import Refusal
from dealrail.crm import queries as crm
from dealrail.crm.actions.customers import create_contact
from dealrail.crm.actions.deals import advance_deal, change_deal, lose_deal, park_deal
from dealrail.crm.actions.merging import merge_customers, undo_merge
from dealrail.crm.actions.trials import KEPT, start_dry_run, start_replay, step_trial, stop_trial
from dealrail.crm.actions.waivers import waive_condition
from dealrail.crm.clocks import step_trials
from dealrail.crm.errors import DatesCrossed, NothingToTry
from dealrail.crm.models import Deal, Trial
from dealrail.events.models import Event
from dealrail.process.errors import BadDefinition, MappingChangesWins, NoSuchProcess, OtherProcess, UnknownStage
from tests.cast import MakeCustomer, MakeDeal, actor_of, fresh, fulfil, publish, refuses, trial, walk_on, walk_to

pytestmark = pytest.mark.django_db


def changed(**stages: dict[str, Any]) -> dict[str, Any]:
    """The trial process with these parts of stages changed."""
    content = trial()
    for stage in content["stages"]:
        stage.update(stages.get(stage["key"], {}))
    return content


def strict(*fields: str, **more: Any) -> dict[str, Any]:
    """A stage whose gate also demands these fields."""
    return {"conditions": [{"key": "strict", "kind": "fields.filled", "fields": list(fields), **more}]}


def worked_off(started: Trial) -> Trial:
    while step_trials():
        pass
    return Trial.objects.get(pk=started.pk)


def dry_run(user: User, content: Any = None, **given: Any) -> Trial:
    return worked_off(start_dry_run(actor=actor_of(user), process="trial", content=content, **given))


def replay(user: User, content: Any = None, **given: Any) -> Trial:
    return worked_off(start_replay(actor=actor_of(user), process="trial", content=content, **given))


def verdicts(user: User, tried: Trial) -> dict[str, list[int]]:
    """The deals of each verdict."""
    found: dict[str, list[int]] = {}
    for row in crm.tried(actor_of(user), tried.pk):
        found.setdefault(row.verdict, []).append(row.deal_id)
    return found


def test_a_dry_run_says_of_each_deal_where_it_would_stand_and_what_would_hold_it_up(
    admin: User, rep: User, make_deal: MakeDeal
) -> None:
    ready, unready, parked, homeless, lost = (make_deal() for _ in range(5))
    fulfil(ready)
    park_deal(actor=actor_of(rep), deal_id=parked.pk)
    walk_to(homeless, "talk")
    lose_deal(actor=actor_of(rep), deal_id=lost.pk, reason="price")
    content = changed(lead=strict("urgency", "need"), talk={"key": "offer"})
    before = [(row.run_id, row.run.revision) for row in Deal.objects.select_related("run").order_by("pk")]
    tried = dry_run(admin, content)
    expected = {"stuck": [ready.pk], "blocked": [unready.pk], "parked": [parked.pk], "stays": [homeless.pk]}
    assert verdicts(admin, tried) == expected
    assert (tried.status, tried.total, tried.looked_at) == ("done", 4, 4)
    assert tried.figures["stages"] == {"stuck:lead": 1, "blocked:lead": 1, "parked:lead": 1, "stays:talk": 1}
    counted = {"stuck:lead:strict": 1, "blocked:lead:strict": 1, "blocked:lead:customer_known": 1}
    assert tried.figures["conditions"] == counted
    behind = crm.tried(actor_of(admin), tried.pk, verdict="stuck", stage="lead", condition="strict")
    assert [row.deal_id for row in behind] == [ready.pk]
    assert not crm.tried(actor_of(User.objects.get(login="stranger")), tried.pk)
    assert [(row.run_id, row.run.revision) for row in Deal.objects.select_related("run").order_by("pk")] == before
    mapped = dry_run(
        admin, content, mapping={"talk": "offer"}, wanted={"field": "name", "op": "eq", "value": homeless.name}
    )
    assert verdicts(admin, mapped) == {"blocked": [homeless.pk]}


def test_a_dry_run_counts_what_would_stay_good_and_no_more(admin: User, manager: User, make_deal: MakeDeal) -> None:
    same, other = make_deal(), make_deal()
    for deal in (same, other):
        waive_condition(actor=actor_of(manager), deal_id=deal.pk, condition="basics", reason="老客户")
        change_deal(actor=actor_of(manager), deal_id=deal.pk, fields={"customer": None})
        fulfil(deal)
    assert list(verdicts(admin, dry_run(admin, changed(talk={"name": "深谈"})))) == ["open"]
    reworded = changed(lead={"conditions": [{"key": "basics", "kind": "fields.filled", "fields": ["need", "region"]}]})
    assert list(verdicts(admin, dry_run(admin, reworded))) == ["stuck"]
    number = publish(reworded).number
    assert list(verdicts(admin, dry_run(admin, version=number))) == ["stuck"]
    with refuses(NothingToTry):
        start_dry_run(actor=actor_of(admin), process="trial", version=1)


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"process": "none"}, NoSuchProcess),
        ({"version": 7}, NoSuchProcess),
        ({"content": {"process": "trial"}}, BadDefinition),
        ({"content": trial(process="other")}, OtherProcess),
        ({"content": trial(), "mapping": {"lead": "moon"}}, UnknownStage),
        ({"content": trial(), "mapping": {"lead": "work"}}, MappingChangesWins),
        ({"content": trial(), "wanted": {"field": "name", "op": "eq", "value": "-"}}, NothingToTry),
    ],
)
def test_what_can_not_be_tried_is_refused(
    admin: User, make_deal: MakeDeal, given: dict[str, Any], refusal: type[Refusal]
) -> None:
    make_deal()
    with refuses(refusal):
        start_dry_run(actor=actor_of(admin), **{"process": "trial", **given})


def test_only_designers_try_and_a_few_trials_are_kept(admin: User, rep: User, make_deal: MakeDeal) -> None:
    make_deal()
    with refuses(NotAllowed):
        start_dry_run(actor=actor_of(rep), process="trial", content=trial())
    with refuses(NothingToTry):
        start_replay(actor=actor_of(admin), process="trial")
    first = start_dry_run(actor=actor_of(admin), process="trial", content=trial())
    assert stop_trial(actor=actor_of(admin), process="trial", trial_id=first.pk).status == "stopped"
    assert not step_trial(actor=actor_of(None), trial_id=first.pk)
    for _ in range(KEPT):
        start_dry_run(actor=actor_of(admin), process="trial", content=trial())
    assert (Trial.objects.count(), Trial.objects.filter(pk=first.pk).exists()) == (KEPT, False)
    assert Event.objects.filter(kind="process.tried").count() == KEPT + 1


def test_a_replay_counts_the_moves_that_would_have_been_stopped_and_those_of_deals_later_won(
    admin: User, rep: User, make_deal: MakeDeal
) -> None:
    won, early, told = walk_to(make_deal(urgency="高"), "work"), walk_to(make_deal(), "talk"), make_deal()
    walk_to(told, "talk")
    change_deal(actor=actor_of(rep), deal_id=told.pk, fields={"urgency": "低"})  # filled in too late to count
    lost = walk_to(make_deal(), "talk")
    lose_deal(actor=actor_of(rep), deal_id=lost.pk, reason="price")
    tried = replay(admin, changed(lead=strict("urgency"), talk=strict("urgency", "signed_on")))
    assert verdicts(admin, tried) == {"stopped": [lost.pk, told.pk, early.pk, won.pk], "passed": [won.pk]}
    assert tried.figures["won"] == {"passed": 1, "stopped": 1}
    assert tried.figures["conditions"] == {"stopped:lead:strict": 3, "stopped:talk:strict": 1}
    few = replay(admin, changed(lead=strict("urgency")), moves=2)
    assert (few.total, verdicts(admin, few)) == (2, {"stopped": [lost.pk, told.pk]})
    gone = replay(admin, changed(talk={"key": "offer"}))
    assert {name: len(ids) for name, ids in verdicts(admin, gone).items()} == {"gone": 5}


def test_a_replay_looks_at_the_moves_of_some_days(admin: User, make_deal: MakeDeal) -> None:
    today = timezone.localdate(clock.now())
    moved = walk_to(make_deal(), "work")
    yesterday = today - timedelta(days=1)
    assert (replay(admin, since=yesterday, until=today).total, replay(admin, since=today, moves=1).total) == (2, 1)
    tried = replay(admin, until=today)
    assert verdicts(admin, tried) == {"passed": [moved.pk, moved.pk]}
    assert (tried.since, tried.until) == (None, today)
    with refuses(NothingToTry):
        start_replay(actor=actor_of(admin), process="trial", until=yesterday)
    with refuses(DatesCrossed):
        start_replay(actor=actor_of(admin), process="trial", since=today, until=yesterday)


@pytest.mark.parametrize("try_it", [dry_run, replay])
def test_a_piece_takes_as_many_statements_for_many_deals_as_for_few(
    try_it: Any, admin: User, make_deal: MakeDeal
) -> None:
    content = changed(lead=strict("urgency"), talk=strict("urgency"))
    counted = []
    for count in (2, 8):
        for _ in range(count):
            walk_to(make_deal(urgency="高"), "talk")
        begin = start_dry_run if try_it is dry_run else start_replay
        started = begin(actor=actor_of(admin), process="trial", content=content)
        with CaptureQueriesContext(connection) as caught:
            step_trial(actor=Actor.system(), trial_id=started.pk)
        counted.append(len(caught))
        worked_off(started)
    assert counted[0] == counted[1]
    assert counted[0] < 40


def test_a_replay_goes_by_what_was_on_record_at_the_move(admin: User, rep: User, make_deal: MakeDeal) -> None:
    deal = walk_to(make_deal(amount="1000"), "work")
    for number in range(3):
        fields = {"name": f"后来的{number}", "role": "decision_maker"}
        create_contact(actor=actor_of(rep), customer_id=fresh(deal).customer_id or 0, fields=fields)
    cases: dict[str, dict[str, Any]] = {
        "contacts.known": {"at_least": 2},
        "activities.follow_ups": {"at_least": 3},
        "process.cooling": {"days": 1},
        "activities.done": {"actions": ["celebrate"]},
        "customer.filled": {"fields": ["website"]},
        "files.attached": {"at_least": 3},
    }
    for kind, config in cases.items():
        content = changed(talk={"conditions": [{"key": "new", "kind": kind, **config}]})
        assert "stopped" in verdicts(admin, replay(admin, content, moves=1)), kind
    approval = {"key": "new", "kind": "process.approval", "by": {"role": "legal"}}
    asked = replay(admin, changed(talk={"conditions": [*trial()["stages"][1]["conditions"], approval]}), moves=1)
    assert verdicts(admin, asked) == {"asked": [deal.pk]}


def test_a_replay_says_where_nothing_is_known_any_more(admin: User, rep: User, make_deal: MakeDeal) -> None:
    deal = walk_to(make_deal(amount="1000"), "talk")
    limited = changed(lead=strict("urgency", when={"field": "amount", "op": "gt", "value": 500}))
    dated = changed(lead=strict("urgency", when={"field": "created_at", "op": "gt", "value": "-7d"}))
    assert verdicts(admin, replay(admin, limited)) == {"stopped": [deal.pk]}
    assert verdicts(admin, replay(admin, dated)) == {"unknown": [deal.pk]}
    change_deal(actor=actor_of(rep), deal_id=deal.pk, fields={"amount": "2000"})
    tried = replay(admin, limited)
    assert verdicts(admin, tried) == {"unknown": [deal.pk]}
    assert tried.figures["conditions"] == {"unknown:lead:strict": 1}


@pytest.mark.parametrize("is_kept", [True, False])
def test_a_replay_does_not_know_what_customers_held_before_they_were_made_one(
    is_kept: bool, admin: User, make_deal: MakeDeal, make_customer: MakeCustomer
) -> None:
    deal = walk_to(make_deal(), "talk")
    customer, other = fresh(deal).customer, make_customer(website="https://example.com", industry="汽车")
    wanted = {"key": "new", "kind": "customer.filled", "fields": ["website"]}
    contents = [
        changed(lead={"conditions": [wanted]}),
        changed(lead=strict("urgency", when={"field": "customer_industry", "op": "is_empty"})),
    ]
    kept, gone = (customer, other) if is_kept else (other, customer)
    assert [verdicts(admin, replay(admin, content)) for content in contents] == [{"stopped": [deal.pk]}] * 2
    made = merge_customers(actor=actor_of(admin), kept_id=kept.pk, gone_id=gone.pk)
    assert [verdicts(admin, replay(admin, content)) for content in contents] == [{"unknown": [deal.pk]}] * 2
    undo_merge(actor=actor_of(admin), merge_id=made.pk)
    assert [verdicts(admin, replay(admin, content)) for content in contents] == [{"unknown": [deal.pk]}] * 2


STEPS = ("walk", "waive", "back", "clear", "contact", "lose")


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 2)), min_size=4, max_size=9))
def test_replayed_with_the_same_version_every_move_passes_as_it_did(
    steps: list[tuple[str, int]], admin: User, manager: User, make_deal: MakeDeal
) -> None:
    deals, actor, now = [make_deal() for _ in range(3)], actor_of(admin), clock.now()
    calls: dict[str, Any] = {
        "walk": walk_on,
        "waive": lambda deal: [
            waive_condition(actor=actor_of(manager), deal_id=deal.pk, condition=key, reason="老客户")
            for key in ("followed", "known")
        ],
        "back": lambda deal: advance_deal(actor=actor, deal_id=deal.pk, to="lead"),
        "clear": lambda deal: change_deal(actor=actor, deal_id=deal.pk, fields={"need": "", "budget": None}),
        "contact": lambda deal: create_contact(
            actor=actor, customer_id=fresh(deal).customer_id or 0, fields={"name": "甲"}
        ),
        "lose": lambda deal: lose_deal(actor=actor, deal_id=deal.pk, reason="price"),
    }
    for number, (step, which) in enumerate(steps, 1):
        with clock.at(now + timedelta(minutes=number)):
            try:
                calls[step](deals[which])
            except (Refusal, AssertionError):
                continue
    walk_on(make_deal())
    assert list(verdicts(admin, replay(admin))) == ["passed"]
