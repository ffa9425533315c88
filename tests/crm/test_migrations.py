"""Running deals taken over to another version: mapped, filtered, now or at the next move, resumed, stopped."""

from functools import partial
from typing import Any

import pytest
from django.db import transaction
from django.db.models import F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dealrail.accounts.errors import NotAllowed, NotFound
from dealrail.accounts.models import User
from dealrail.activities.models import Task
from dealrail.core.errors import Refusal
from dealrail.core.filters import UnknownFilterField
from dealrail.crm import migrating
from dealrail.crm import queries as crm
from dealrail.crm.actions.deals import advance_deal, lose_deal, park_deal, reopen_deal
from dealrail.crm.actions.migrations import migrate_deal, preview_migration, start_migration, stop_migration
from dealrail.crm.actions.waivers import ask_waiver, waive_condition
from dealrail.crm.clocks import step_migrations
from dealrail.crm.errors import MigrationUnderWay, NothingToMigrate, OtherVersionInForce
from dealrail.crm.models import Deal, Migration
from dealrail.events import queries as log
from dealrail.events.clocks import drain
from dealrail.events.models import Event
from dealrail.process import queries as processes
from dealrail.process.errors import GateBlocked, MappingChangesWins, NoSuchProcess, NoteMissing, UnknownStage
from dealrail.process.models import ApprovalRequest, Stay, Waiver
from tests.cast import (
    MakeDeal,
    actor_of,
    at_once,
    event_kinds,
    follow_up,
    fresh,
    fulfil,
    last_event_id,
    publish,
    refuses,
    stage_of,
    trial,
    unmet,
    walk_on,
    walk_to,
)

pytestmark = pytest.mark.django_db


def second(**stages: dict[str, Any] | None) -> dict[str, Any]:
    """The trial process with these parts of stages changed, new stages behind the first one, and None left out."""
    content = trial()
    known = {stage["key"]: stage for stage in content["stages"]}
    for key, change in stages.items():
        if change is None:
            content["stages"].remove(known[key])
        elif key in known:
            known[key].update(change)
        else:
            content["stages"].insert(1, {"key": key, "name": key, **change})
    return content


def migrate(user: User, **given: Any) -> Migration:
    """Start a migration of the trial process and work it off."""
    migration = start_migration(actor=actor_of(user), process="trial", **{"note": "新打法", **given})
    while step_migrations():
        pass
    return Migration.objects.get(pk=migration.pk)


def results(migration: Migration) -> dict[str, int]:
    return {name: count for name, count in crm.results_of([migration.pk])[migration.pk].items() if count}


def version_of(deal: Deal) -> int:
    return processes.number_of(fresh(deal).run.version_id)


def stays_of(deal: Deal) -> list[tuple[int, str, str]]:
    """Version, stage and end of each stay."""
    rows = Stay.objects.filter(run=deal.run_id).order_by("entered_at", "pk")
    return list(rows.values_list("stage__version__number", "stage__key", "exit"))


def is_sound() -> bool:
    """Every run stands in one open stay of its version, and the log is whole."""
    strays = Deal.objects.exclude(run__stage__version=F("run__version"))
    return not (
        processes.runs_with_wrong_stay() or crm.deals_out_of_step() or strays.exists() or list(log.verify_log())
    )


def test_in_a_stage_of_the_same_key_the_stay_goes_over_with_its_time_and_follow_ups(
    admin: User, rep: User, make_deal: MakeDeal
) -> None:
    deal = walk_to(make_deal(), "talk")
    follow_up(deal, actor=actor_of(rep))
    since, before = fresh(deal).run.stage_entered_at, last_event_id()
    publish(second(talk={"name": "深谈"}))
    assert (version_of(deal), crm.running_deals(actor_of(admin), "trial")[0].deals) == (1, 1)
    migration = migrate(admin)
    assert (results(migration), migration.status, migration.total) == ({"done": 1}, "done", 1)
    assert (version_of(deal), fresh(deal).run.stage.name, fresh(deal).run.stage_entered_at) == (2, "深谈", since)
    assert stays_of(deal)[1:] == [(2, "talk", "")]
    assert ("followed", "followed") in unmet(deal)
    follow_up(deal, actor=actor_of(rep))
    assert ("followed", "followed") not in unmet(deal)
    told = ["process.published", "process.migration_started", "deal.migrated", "process.migration_finished"]
    assert [kind for kind in event_kinds(before) if kind in told] == told
    assert Event.objects.filter(kind="deal.migrated").get().actor_id == admin.pk
    assert is_sound()


def test_in_another_stage_a_new_stay_begins_and_what_was_asked_and_waived_ends(
    admin: User, rep: User, manager: User, make_deal: MakeDeal
) -> None:
    deal = walk_to(make_deal(), "talk")
    fulfil(deal)
    advance_deal(actor=actor_of(rep), deal_id=deal.pk)
    waive_condition(actor=actor_of(manager), deal_id=deal.pk, condition="known", reason="老客户")
    publish(second(talk=None, offer={"conditions": [{"key": "known", "kind": "fields.filled", "fields": ["region"]}]}))
    migrate(admin, mapping={"talk": "offer"})
    assert stays_of(deal)[1:] == [(1, "talk", "migrated"), (2, "offer", "")]
    assert fresh(deal).run.stage_entered_at == Stay.objects.get(run=deal.run_id, left_at=None).entered_at
    assert list(ApprovalRequest.objects.values_list("status", flat=True)) == ["withdrawn"]
    assert Event.objects.filter(kind="approval.withdrawn").get().payload["changes"] == {}
    assert Event.objects.filter(kind="deal.migrated").get().payload["waivers_ended"] == ["known"]
    assert unmet(deal) == [("known", "region")]
    assert is_sound()


def test_what_a_condition_that_changed_was_excused_from_is_asked_again_and_the_rest_stays(
    admin: User, rep: User, manager: User, make_deal: MakeDeal
) -> None:
    deal = walk_to(make_deal(), "talk")
    for key in ("followed", "known"):
        waive_condition(actor=actor_of(manager), deal_id=deal.pk, condition=key, reason="老客户")
    for key in ("facts", "done"):
        ask_waiver(actor=actor_of(rep), deal_id=deal.pk, condition=key, reason="赶时间")
    conditions = trial()["stages"][1]["conditions"]
    changed = [
        {**row, "at_least": 3} if row["key"] == "followed" else row for row in conditions if row["key"] != "done"
    ]
    publish(second(talk={"conditions": changed}))
    migrate(admin)
    assert {key for key, _ in unmet(deal)} == {"facts", "followed"}
    asked = processes.pending_waiver_requests([deal.run_id]).values_list("condition", flat=True)
    assert list(asked) == ["facts"]
    told = Event.objects.get(kind="deal.waiver_withdrawn").payload
    assert (told["condition"], told["stage"], told["how"]) == ("done", "talk", "migrated")
    waive_condition(actor=actor_of(manager), deal_id=deal.pk, condition="followed", reason="还是老客户")
    assert Waiver.objects.filter(condition="followed", ended_at=None).count() == 1
    drain()
    assert not Task.objects.filter(deal=deal, kind=Task.Kind.ACTION, done_at=None).exists()
    assert is_sound()


def test_deals_set_aside_go_over_for_when_they_are_taken_up_and_lost_ones_stay(
    admin: User, rep: User, make_deal: MakeDeal
) -> None:
    parked, lost, won = walk_to(make_deal(), "talk"), walk_to(make_deal(), "talk"), walk_to(make_deal(), "work")
    park_deal(actor=actor_of(rep), deal_id=parked.pk)
    lose_deal(actor=actor_of(rep), deal_id=lost.pk, reason="price")
    won_at = fresh(won).run.closed_at
    publish(second(talk=None, offer={}))
    migration = migrate(admin, mapping={"talk": "offer"})
    assert (results(migration), version_of(lost)) == ({"done": 2}, 1)
    assert (fresh(won).state, fresh(won).run.closed_at, version_of(won)) == ("won", won_at, 2)
    for deal, stage in ((parked, "offer"), (lost, "talk")):
        reopen_deal(actor=actor_of(rep), deal_id=deal.pk)
        assert (stage_of(deal), fresh(deal).state) == (stage, "open")
    lose_deal(actor=actor_of(admin), deal_id=won.pk, reason="price")
    reopen_deal(actor=actor_of(admin), deal_id=won.pk)
    assert (fresh(won).state, fresh(won).run.closed_at) == ("won", won_at)
    assert is_sound()


def test_deals_stay_where_their_stage_is_not_mapped_or_the_filter_leaves_them_out(
    admin: User, make_deal: MakeDeal
) -> None:
    small, large, early = make_deal(amount="1000"), make_deal(amount="900000"), walk_to(make_deal(), "talk")
    publish(second(talk=None, offer={}))
    migration = migrate(admin, wanted={"field": "amount", "op": "gt", "value": 500000})
    assert [version_of(deal) for deal in (small, large, early)] == [1, 2, 1]
    assert (migration.mapping, results(migration)) == ({"lead": "lead", "talk": "", "work": "work"}, {"done": 1})
    assert is_sound()


def test_a_lead_without_customer_stays_until_it_has_one(admin: User, make_deal: MakeDeal) -> None:
    lacking, known = make_deal(), make_deal()
    fulfil(known)
    publish(second(lead=None, talk={"kind": "open"}))
    migration = migrate(admin, mapping={"lead": "talk"})
    assert results(migration) == {"done": 1, "refused": 1}
    assert crm.migrated_deals(actor_of(admin), migration.pk, "refused").get().why == "no_customer"
    assert [version_of(deal) for deal in (lacking, known)] == [1, 2]
    assert is_sound()


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"process": "none"}, NoSuchProcess),
        ({"version": 9}, NoSuchProcess),
        ({"mapping": {"moon": "lead"}}, UnknownStage),
        ({"mapping": {"lead": "moon"}}, UnknownStage),
        ({"mapping": {"lead": "work"}}, MappingChangesWins),
        ({"mapping": {"lead": ""}}, NothingToMigrate),
        ({"wanted": {"field": "moon", "op": "eq", "value": 1}}, UnknownFilterField),
    ],
)
def test_what_can_not_be_started_is_refused_with_a_sentence(
    admin: User, make_deal: MakeDeal, given: dict[str, Any], refusal: type[Refusal]
) -> None:
    make_deal()
    publish(second(offer={}))
    with refuses(refusal):
        start_migration(actor=actor_of(admin), **{"process": "trial", "note": "新打法", **given})


def test_only_who_may_publish_starts_sees_and_stops_and_one_at_a_time(
    admin: User, rep: User, make_deal: MakeDeal
) -> None:
    make_deal()
    publish(second(offer={}))
    with refuses(NotAllowed):
        start_migration(actor=actor_of(rep), note="新打法", process="trial")
    migration = start_migration(actor=actor_of(admin), note="新打法", process="trial")
    with refuses(MigrationUnderWay):
        start_migration(actor=actor_of(admin), note="新打法", process="trial")
    for process, by, refusal in (("trial", rep, NotAllowed), ("general-seven-stages", admin, Refusal)):
        with refuses(refusal):
            stop_migration(actor=actor_of(by), process=process, migration_id=migration.pk)
    with refuses(NotFound):
        stop_migration(actor=actor_of(admin), process="trial", migration_id=migration.pk + 1)
    assert stop_migration(actor=actor_of(admin), process="trial", migration_id=migration.pk).status == "stopped"
    assert not step_migrations()
    assert event_kinds()[-1] == "process.migration_finished"


def test_at_its_next_move_a_deal_is_judged_by_the_old_version_and_then_goes_over(
    admin: User, rep: User, make_deal: MakeDeal
) -> None:
    deal, other = make_deal(), make_deal()
    fulfil(deal)
    publish(second(lead={"conditions": [{"key": "strict", "kind": "fields.filled", "fields": ["budget"]}]}))
    migration = migrate(admin, at_next_move=True)
    assert (results(migration), version_of(deal)) == ({"waiting": 2}, 1)
    before = last_event_id()
    advance_deal(actor=actor_of(rep), deal_id=deal.pk)
    assert (version_of(deal), stage_of(deal), results(migration)) == (2, "talk", {"waiting": 1, "done": 1})
    assert event_kinds(before) == ["deal.stage_changed", "deal.migrated"]
    assert stays_of(deal) == [(1, "lead", "forward"), (2, "talk", "")]
    before = last_event_id()
    for _ in range(2):  # the second time there is nothing to stop
        stopped = stop_migration(actor=actor_of(admin), process="trial", migration_id=migration.pk)
        assert (stopped.status, event_kinds(before)) == ("stopped", ["process.migration_finished"])
    told = Event.objects.latest("pk").payload
    assert (told["stopped"], told["done"], told["waiting"]) == (True, 1, 0)
    walk_on(other)
    assert (version_of(other), results(migration)) == (1, {"dropped": 1, "done": 1})
    assert is_sound()


@pytest.mark.parametrize("has_worker_run", [False, True])
def test_nobody_goes_over_to_a_version_that_was_rolled_back_meanwhile(
    has_worker_run: bool, admin: User, rep: User, make_deal: MakeDeal
) -> None:
    deal = make_deal()
    fulfil(deal)
    publish(second(lead={"name": "新线索"}))
    migration = migrate(admin, at_next_move=True)
    publish(second())
    if has_worker_run:
        drain()
        assert results(migration) == {"dropped": 1}
    advance_deal(actor=actor_of(rep), deal_id=deal.pk)
    assert (version_of(deal), stage_of(deal), results(migration)) == (1, "talk", {"dropped": 1})
    assert is_sound()


def test_deals_go_over_only_with_a_reason_and_to_what_somebody_saw(admin: User, make_deal: MakeDeal) -> None:
    make_deal()
    publish(second(lead={"name": "新线索"}))
    for note in ("", " 新 ", "很" * 201):
        with refuses(NoteMissing):
            start_migration(actor=actor_of(admin), process="trial", note=note)
    with refuses(OtherVersionInForce):
        start_migration(actor=actor_of(admin), process="trial", note="新打法", seen_in_force=1)
    preview = preview_migration(actor=actor_of(admin), process="trial")
    assert (preview.version, preview.in_force, preview.deals) == (2, 2, 1)
    assert (preview.ways, preview.approvals) == ([("lead", "lead", 1)], 0)
    start_migration(actor=actor_of(admin), process="trial", note="新打法", seen_in_force=2)


def test_one_that_can_not_go_over_at_its_next_move_stays_and_says_why(
    admin: User, rep: User, make_deal: MakeDeal
) -> None:
    publish(second(early={"kind": "lead"}))
    deal = make_deal()
    publish(second(early={"kind": "open"}))
    migration = migrate(admin, at_next_move=True)
    fulfil(deal)
    before = last_event_id()
    advance_deal(actor=actor_of(rep), deal_id=deal.pk)
    assert (version_of(deal), stage_of(deal), event_kinds(before)) == (2, "early", ["deal.stage_changed"])
    assert results(migration) == {"refused": 1}
    assert crm.migrated_deals(actor_of(admin), migration.pk).get().why == "no_customer"
    assert is_sound()


def test_one_whose_migration_is_stopped_while_it_moves_stays_on_its_version(admin: User, make_deal: MakeDeal) -> None:
    deal = make_deal()
    publish(second(lead={"name": "新线索"}))
    migration = migrate(admin, at_next_move=True)
    with transaction.atomic():
        moving = crm.deal_for_change(actor_of(admin), deal.pk)
        stop_migration(actor=actor_of(admin), process="trial", migration_id=migration.pk)
        assert migrating.migrate_after_move(moving, "lead", actor=actor_of(admin)) == "lead"
    assert (version_of(deal), results(migration)) == (1, {"dropped": 1})


def test_one_that_waits_for_its_next_move_may_be_taken_over_at_once_and_moves_on_where_its_stage_is_unknown(
    admin: User, make_deal: MakeDeal
) -> None:
    deal = make_deal()
    publish(second(talk=None, offer={}))
    first = migrate(admin, at_next_move=True)
    walk_to(deal, "talk")
    assert (version_of(deal), results(first)) == (1, {"waiting": 1})
    migrate(admin, mapping={"talk": "offer"})
    assert (version_of(deal), stage_of(deal), results(first)) == (2, "offer", {"dropped": 1})
    assert is_sound()


def test_a_crash_leaves_no_half_deal_and_the_next_turn_goes_on(admin: User, make_deal: MakeDeal) -> None:
    deals = [make_deal() for _ in range(3)]
    publish(second(lead={"name": "新线索"}))
    migration = start_migration(actor=actor_of(admin), note="新打法", process="trial")
    for _ in range(2):  # another worker took the same deal already
        assert migrate_deal(actor=actor_of(None), migration_id=migration.pk, deal_id=deals[0].pk)
    assert [version_of(deal) for deal in deals] == [2, 1, 1]
    walk_to(deals[1], "talk")
    lose_deal(actor=actor_of(admin), deal_id=deals[2].pk, reason="price")
    assert migrate_deal(actor=actor_of(None), migration_id=migration.pk, deal_id=deals[2].pk)
    assert (results(migration), version_of(deals[2])) == ({"done": 1}, 1)
    while step_migrations():
        pass
    assert is_sound()


@pytest.mark.django_db(transaction=True)
def test_who_moves_a_deal_while_it_goes_over_is_judged_by_one_of_both_versions(
    admin: User, rep: User, make_deal: MakeDeal
) -> None:
    strict = [{"key": "strict", "kind": "fields.filled", "fields": ["urgency"]}]
    deals = [make_deal() for _ in range(4)]
    for deal in deals:
        fulfil(deal)
    publish(second(lead={"conditions": strict}))
    migration = start_migration(actor=actor_of(admin), note="新打法", process="trial")
    for deal in deals:
        moved, _ = at_once(
            partial(advance_deal, actor=actor_of(rep), deal_id=deal.pk),
            partial(migrate_deal, actor=actor_of(None), migration_id=migration.pk, deal_id=deal.pk),
        )
        kinds = list(Event.objects.filter(subject_kind="deal", subject_id=deal.pk).values_list("kind", flat=True))
        if isinstance(moved, GateBlocked):  # it had gone over before
            assert (kinds[-1], stage_of(deal)) == ("deal.migrated", "lead")
        else:
            assert (stage_of(deal), kinds.count("deal.stage_changed")) == ("talk", 1)
            assert kinds.index("deal.stage_changed") < kinds.index("deal.migrated")
        assert version_of(deal) == 2
    assert is_sound()


STEPS = ("publish", "shrink", "migrate", "later", "back", "advance", "lose", "park", "reopen")


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from(STEPS), min_size=6, max_size=14))
def test_any_sequence_of_publishing_mapping_and_moving_leaves_every_run_in_one_stay_of_its_version(
    steps: list[str], admin: User, make_deal: MakeDeal
) -> None:
    actor, deals = actor_of(admin), [make_deal(need="报表"), make_deal(need="报表", amount="1000")]
    contents = {
        "publish": lambda number: second(talk={"name": f"洽谈{number}"}, offer={"name": f"报价{number}"}),
        "shrink": lambda number: second(talk=None, offer={"name": f"报价{number}"}),
    }
    calls: dict[str, Any] = {
        "migrate": lambda: start_migration(actor=actor, note="新打法", process="trial", mapping={}),
        "later": lambda: start_migration(actor=actor, note="新打法", process="trial", at_next_move=True),
        "back": lambda: start_migration(actor=actor, note="新打法", process="trial", version=1),
        "advance": lambda: [walk_on(deal) for deal in deals],
        "lose": lambda: lose_deal(actor=actor, deal_id=deals[0].pk, reason="price"),
        "park": lambda: park_deal(actor=actor, deal_id=deals[1].pk),
        "reopen": lambda: [reopen_deal(actor=actor, deal_id=deal.pk) for deal in deals],
    }
    for number, step in enumerate(steps):
        try:
            publish(contents[step](number)) if step in contents else calls[step]()
        except Refusal:
            continue
        while step_migrations():
            pass
    assert is_sound()
    entered = Event.objects.filter(subject_kind="deal", subject_id__in=[deal.pk for deal in deals])
    for deal in deals:
        rows = entered.filter(subject_id=deal.pk).order_by("seq").values_list("kind", "payload")
        told = [place for kind, payload in rows for place in stages_entered(kind, payload)]
        assert told == [key for _, key, _ in stays_of(deal)]


def stages_entered(kind: str, payload: dict[str, Any]) -> list[str]:
    """The stage that an event says a stay began in."""
    if kind in {"deal.created", "deal.reopened"}:
        return [payload["stage"]]
    if kind == "deal.stage_changed" and payload["to_stage"] != "end":
        return [payload["to_stage"]]
    return [payload["to_stage"]] if kind == "deal.migrated" and payload["how"] == "new_stage" else []
