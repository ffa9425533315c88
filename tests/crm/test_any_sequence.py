"""Whatever is edited, published, mapped and moved, in any order: every run stands in one stay, as the log explains.

Each move was judged by the version of its day, and a replay of that version says the same.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import pairwise
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from dealrail.accounts.actor import Actor
from dealrail.accounts.models import User
from dealrail.core.errors import Refusal
from dealrail.crm.actions import deals, migrations, recycling
from dealrail.crm.actions.trials import start_replay
from dealrail.crm.actions.waivers import waive_condition
from dealrail.crm.clocks import step_migrations, step_trials
from dealrail.crm.models import Deal, Migration, TrialRow
from dealrail.events.models import Event
from dealrail.process import engine
from dealrail.process import queries as processes
from dealrail.process.actions import drafts
from dealrail.process.models import Draft, Stay
from dealrail.process.rules import editing
from tests.cast import actor_of, new_customer, new_deal, publish
from tests.crm.test_migrations import is_sound, stages_entered

KEY = "shape"
FIELDS = ("need", "budget", "urgency")
FULL = {"need": "报表", "budget": "1", "urgency": "高"}
ONE = {"key": "one", "kind": "fields.filled", "fields": ["need"]}
BASE: dict[str, Any] = {
    "process": KEY,
    "name": "形",
    "fields": [{"key": key, "name": key, "type": "text"} for key in FIELDS],
    "stages": [
        {"key": "a", "name": "甲", "kind": "lead", "conditions": [ONE]},
        {"key": "b", "name": "乙", "conditions": [{"key": "yes", "kind": "process.approval", "by": {"leader": True}}]},
        {"key": "c", "name": "丙", "kind": "won"},
    ],
    "loss_reasons": [{"key": "price", "name": "价格"}],
}  # fmt: skip
NUMBERS = st.integers(0, 5)


# One edit of a draft: its content, a stage of it, and a number that says the rest.


def added(content: Mapping[str, Any], key: str, number: int) -> dict[str, Any]:
    """A stage put in at some place, under the first free key: one that was taken out may come back."""
    taken = [row["key"] for row in content["stages"]]
    new = editing.new_key("阶段", taken)
    grown = editing.add_row(content, "stages", {"key": new, "name": new, "kind": ("lead", "open")[number % 2]})
    return editing.move_stage(grown, new, number)


def demanding(content: Mapping[str, Any], key: str, number: int) -> dict[str, Any]:
    fields = [FIELDS[number % len(FIELDS)]]
    return editing.put_condition(content, key, {"key": f"c{number % 2}", "kind": "fields.filled", "fields": fields})


EDITS: dict[str, Callable[[Mapping[str, Any], str, int], dict[str, Any]]] = {
    "add": added,
    "remove": lambda content, key, number: editing.remove_stage(content, key),
    "move": editing.move_stage,
    "rename": lambda content, key, number: editing.change_row(content, "stages", key, {"name": f"名{number}"}),
    "demand": demanding,
    "approve": lambda content, key, number: editing.put_condition(
        content, key, {"key": "yes", "kind": "process.approval", "by": {"leader": True}}
    ),
    "demand less": lambda content, key, number: editing.remove_condition(content, key, f"c{number % 2}"),
}


class AnySequence(RuleBasedStateMachine):
    """One company in which people edit, publish, map and move as they like; taken back at the end."""

    def __init__(self) -> None:
        super().__init__()
        self.all = transaction.atomic()
        self.all.__enter__()
        processes.forget_cached_versions()
        self.admin, self.rep, self.leader = (
            actor_of(User.objects.get(login=login)) for login in ("admin", "rep", "manager")
        )
        publish(BASE)
        owner = User.objects.get(login="rep")
        customer = new_customer(owner)
        self.deals = [
            new_deal(owner, KEY, customer=customer.pk),
            new_deal(owner, KEY, customer=customer.pk, need="报表"),
        ]

    def teardown(self) -> None:
        try:
            self.worked_off()
            self.explained_by_the_log()
            self.replayed_as_judged()
        finally:
            transaction.set_rollback(True)
            self.all.__exit__(None, None, None)
            processes.forget_cached_versions()

    # Editing and publishing

    @rule(what=st.sampled_from([*EDITS]), stage=NUMBERS, number=NUMBERS, version=NUMBERS)
    def edit(self, what: str, stage: int, number: int, version: int) -> None:
        with _refused(), _drafted(self.admin, version) as draft:
            keys = [row["key"] for row in draft.content["stages"]]
            content = EDITS[what](draft.content, keys[stage % len(keys)], number)
            drafts.save_draft(actor=self.admin, key=KEY, seen=draft.revision, content=content)

    @rule(step=st.sampled_from([drafts.undo_draft, drafts.redo_draft]))
    def step_back_or_forth(self, step: Callable[..., Draft]) -> None:
        with _refused(), _drafted(self.admin, 0) as draft:
            step(actor=self.admin, key=KEY, seen=draft.revision)

    @rule(number=NUMBERS)
    def publish(self, number: int) -> None:
        """What a draft says; one that is wrong is thrown away now and then, or nothing would be published any more."""
        with _refused(), _drafted(self.admin, number) as draft:
            current = processes.current_version(KEY).number
            try:
                drafts.publish_draft(actor=self.admin, key=KEY, seen=draft.revision, note="改一改", over=current)
            except Refusal:
                if number % 2:
                    drafts.discard_draft(actor=self.admin, key=KEY, seen=draft.revision)

    # Moving

    @rule(which=NUMBERS, way=NUMBERS, fields=st.sampled_from([{}, FULL, {"need": "报表"}, {"need": ""}]))
    def move(self, which: int, way: int, fields: dict[str, str]) -> None:
        deal = self._deal(which)
        _spec, stage = engine.spec_and_stage(deal.run)
        ways = [*stage.next, *stage.next, *stage.back]
        with _refused():
            deals.advance_deal(actor=self.rep, deal_id=deal.pk, to=ways[way % len(ways)], fields=fields)

    @rule(which=NUMBERS, granted=st.booleans())
    def answer(self, which: int, granted: bool) -> None:
        deal = self._deal(which)
        for request in processes.pending_approvals([deal.run_id])[:1]:
            with _refused():
                deals.decide_approval(
                    actor=self.leader, deal_id=deal.pk, request_id=request.pk, granted=granted, note="就这样"
                )

    @rule(which=NUMBERS, fields=st.sampled_from([FULL, dict.fromkeys(FIELDS, ""), {"amount": "7"}]))
    def change(self, which: int, fields: dict[str, str]) -> None:
        with _refused():
            deals.change_deal(actor=self.rep, deal_id=self._deal(which).pk, fields=fields)

    @rule(which=NUMBERS, number=NUMBERS)
    def waive(self, which: int, number: int) -> None:
        deal = self._deal(which)
        conditions = engine.spec_and_stage(deal.run)[1].conditions
        if conditions:
            key = conditions[number % len(conditions)].key
            with _refused():
                waive_condition(actor=self.leader, deal_id=deal.pk, condition=key, reason="老客户")

    @rule(which=NUMBERS, how=st.sampled_from(["park", "lose", "reopen", "reopen", "delete", "restore", "restore"]))
    def set_aside_or_take_up(self, which: int, how: str) -> None:
        calls: dict[str, Callable[..., Any]] = {
            "park": deals.park_deal,
            "lose": deals.lose_deal,
            "reopen": deals.reopen_deal,
            "delete": recycling.delete_deal,
            "restore": recycling.restore_deal,
        }
        more = {"reason": "price"} if how == "lose" else {}
        with _refused():
            calls[how](actor=self.admin, deal_id=self._deal(which).pk, **more)

    # Going over

    @rule(version=NUMBERS, leads=st.lists(st.tuples(NUMBERS, NUMBERS), max_size=3), later=st.booleans())
    def go_over(self, version: int, leads: list[tuple[int, int]], later: bool) -> None:
        """To some version; some of the stages there ever were lead to some of its own, or to nowhere."""
        count = processes.current_version(KEY).number
        number = 1 + version % count
        old = [*processes.stage_ids_ever(KEY)]
        new = ["", *(stage.key for stage in processes.spec_of(processes.version(KEY, number).pk).stages)]
        mapping = {old[left % len(old)]: new[right % len(new)] for left, right in leads}
        with _refused():
            migrations.start_migration(
                actor=self.admin, process=KEY, version=number, mapping=mapping, at_next_move=later, note="新打法"
            )

    @rule(number=NUMBERS)
    def stop(self, number: int) -> None:
        found = list(Migration.objects.values_list("pk", flat=True))
        if found:
            with _refused():
                migrations.stop_migration(actor=self.admin, process=KEY, migration_id=found[number % len(found)])

    @rule()
    def work(self) -> None:
        step_migrations()

    # What always holds

    @invariant()
    def stands_in_one_stay_of_its_version(self) -> None:
        assert is_sound()

    @invariant()
    def stays_follow_on_each_other(self) -> None:
        for deal in self.deals:
            rows = list(Stay.objects.filter(run=deal.run_id).order_by("entered_at", "pk"))
            assert all(left.left_at and left.left_at <= later.entered_at for left, later in pairwise(rows)), deal

    def worked_off(self) -> None:
        while step_migrations():
            pass
        assert is_sound()

    def explained_by_the_log(self) -> None:
        """The log tells of every stay, and each move of the version that the deal followed then."""
        for deal in self.deals:
            told, version = list[str](), 0
            for event in Event.objects.filter(subject_kind="deal", subject_id=deal.pk).order_by("seq"):
                told += stages_entered(event.kind, event.payload)
                version = event.payload["to_version"] if event.kind == "deal.migrated" else version
                version = event.payload["version"] if event.kind == "deal.created" else version
                if event.kind == "deal.stage_changed":
                    assert event.payload["version"] == version, event
            stays = Stay.objects.filter(run=deal.run_id).order_by("entered_at", "pk")
            assert told == list(stays.values_list("stage__key", flat=True)), deal
            assert version == processes.number_of(self._fresh(deal).run.version_id), deal

    def replayed_as_judged(self) -> None:
        """Each version asked again about the moves made under it lets them all pass, as it did."""
        moves = Event.objects.filter(kind="deal.stage_changed", subject_id__in=[deal.pk for deal in self.deals])
        versions = dict(moves.filter(payload__how__in=["forward", "end"]).values_list("pk", "payload__version"))
        for number in set(versions.values()):
            try:
                trial = start_replay(actor=self.admin, process=KEY, version=number)
            except Refusal:  # what was moved lies in the recycle bin
                continue
            while step_trials():
                pass
            rows = TrialRow.objects.filter(trial=trial).values_list("event_id", "verdict", "blocking")
            judged = [row for row in rows if versions.get(row[0]) == number]
            assert [row for row in judged if row[1] != "passed"] == []

    def _deal(self, which: int) -> Deal:
        return self._fresh(self.deals[which % len(self.deals)])

    @staticmethod
    def _fresh(deal: Deal) -> Deal:
        return Deal.objects.select_related("run").get(pk=deal.pk)


@contextmanager
def _refused() -> Iterator[None]:
    """Much of what is tried isn't possible as things stand; refused, it leaves them so. What isn't there is no key."""
    with suppress(Refusal, KeyError, IndexError, ZeroDivisionError), transaction.atomic():
        yield


@contextmanager
def _drafted(actor: Actor, version: int) -> Iterator[Draft]:
    """The draft; begun from some version where there is none."""
    draft = Draft.objects.filter(key=KEY).first()
    if draft is None:
        number = 1 + version % processes.current_version(KEY).number
        draft = drafts.start_draft(actor=actor, key=KEY, version=number)
    yield draft


@pytest.mark.django_db
@pytest.mark.usefixtures("company")
def test_any_sequence_leaves_every_run_in_one_stay_that_the_log_explains() -> None:
    run_state_machine_as_test(
        AnySequence,
        settings=settings(
            max_examples=5,
            stateful_step_count=16,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )
