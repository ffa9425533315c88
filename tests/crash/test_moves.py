"""Kill -9 of web and worker during a thousand moves: no half move, no lost or doubled reaction, the chain verifies."""

import json
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from dealrail.accounts.actions.tokens import create_token
from dealrail.accounts.models import IdempotentAnswer, User
from dealrail.crm.actions.history import PastDeal, place_deals
from dealrail.crm.models import Deal
from dealrail.events.models import Event, Receipt
from dealrail.events.queries import owed_receipts
from dealrail.process.history import Placement
from dealrail.process.rules import State
from tests.cast import Company, actor_of, new_customer, publish
from tests.crash.aftermath import check_everything, moves_in_log
from tests.crash.clients import EVENTS, Client, Score, Standing
from tests.crash.running import PATIENCE, Installation, wait_until

pytestmark = pytest.mark.django_db(transaction=True)

MOVES, DEALS, CLIENTS = 1000, 40, 4
SEED = 20260302
KILLS = ["web", "worker", "server", "worker", "all", "web"]
BEGAN = datetime(2026, 3, 2, 1, tzinfo=UTC)
FIELDS = [f"f{number}" for number in range(12)]
# Imported deals stand in the third stage and owe all fields of the first two; those go on and back without a gate.
RELAY: dict[str, Any] = {
    "process": "relay",
    "name": "接力",
    "fields": [{"key": key, "name": key, "type": "text"} for key in FIELDS],
    "actions": [{"key": "call", "name": "打电话"}, {"key": "visit", "name": "拜访"}],
    "stages": [
        {
            "key": "lead",
            "name": "线索",
            "kind": "lead",
            "conditions": [{"key": "basics", "kind": "fields.filled", "fields": FIELDS[:6]}],
        },
        {
            "key": "talk",
            "name": "洽谈",
            "conditions": [{"key": "facts", "kind": "fields.filled", "fields": FIELDS[6:]}],
        },
        {"key": "work", "name": "方案"},
        {
            "key": "proof",
            "name": "验证",
            "conditions": [{"key": "done", "kind": "activities.done", "actions": ["call", "visit"]}],
        },
        {"key": "won", "name": "成交", "kind": "won"},
    ],
    "loss_reasons": [{"key": "price", "name": "价格"}],
}


def test_kill_9_of_web_and_worker_leaves_no_half_move_and_no_lost_or_doubled_reaction(
    company: Company, installation: Installation
) -> None:
    deals, score = _past_deals(company.people["rep"]), Score(MOVES)
    installation.serve()
    clients = [Client(installation.port, _token(company.people["admin"]), f"client-{n}", score) for n in range(CLIENTS)]
    _work_while_processes_die(installation, clients, deals, score)
    _drain(installation)
    _accept_what_came_late(score)
    _check_each_answer_happened_once(score, [name for client in clients for name in client.created])
    check_everything()
    for command in ("verify-log", "doctor"):
        done = installation.run(command)
        assert done.status == 0, done.said


def _accept_what_came_late(score: Score) -> None:
    """A refusal leaves its key free, so the request that a client hung up on may still happen after its repeat."""
    kept = IdempotentAnswer.objects.filter(key__in=score.given_up)
    for key, body in kept.values_list("key", "body"):
        deal, verb, asked_at = score.given_up[key]
        moved = Event.objects.filter(subject_kind="deal", subject_id=deal, kind=EVENTS[verb])
        assert moved.filter(recorded_at__gte=asked_at).exists(), "it had happened, and was refused when asked again"
        score.accept(deal, verb, json.loads(body))


def _check_each_answer_happened_once(score: Score, created: list[str]) -> None:
    assert moves_in_log() == score.moves
    assert set(score.versions.values()) == {1}
    names = Deal.objects.filter(name__startswith="client-").values_list("name", flat=True)
    assert Counter(names) == Counter(created)
    assert score.notes["repeated"] > 0
    assert score.notes["replayed"] > 0


def _past_deals(owner: User) -> list[Standing]:
    publish(RELAY)
    customer = new_customer(owner)
    past = [
        PastDeal(
            fields={"name": f"老单{number}", "customer": customer.pk},
            placement=Placement(stage="work", state=State.OPEN, entered={"work": BEGAN}),
            owner_id=owner.pk,
        )
        for number in range(DEALS)
    ]
    placed = place_deals(actor=actor_of(None), process="relay", deals=past)
    return [Standing(deal.pk, "work", 1) for deal in placed if isinstance(deal, Deal)]


def _token(user: User) -> str:
    return create_token(actor=actor_of(user), user_id=user.pk, name="tests")


def _work_while_processes_die(
    installation: Installation, clients: list[Client], deals: list[Standing], score: Score
) -> None:
    connection.close()  # or what is killed would not be the last to leave the database
    with ThreadPoolExecutor(len(clients) + 1) as pool:
        killing = pool.submit(_kill_now_and_then, installation, score)
        working = [pool.submit(client.work, deals, FIELDS) for client in clients]
    for ended in [killing, *working]:
        ended.result()


def _kill_now_and_then(installation: Installation, score: Score) -> None:
    choose = random.Random(SEED)
    moments = sorted(choose.sample(range(50, MOVES - 100), len(KILLS)))
    try:
        for moment, role in zip(moments, KILLS, strict=True):
            score.wait_for(moment, PATIENCE)
            installation.kill(role, choose)
            _let_leases_run_out()
    finally:
        connection.close()


def _let_leases_run_out() -> None:
    """As if two minutes had passed: what a killed worker had taken is free again."""
    Receipt.objects.filter(state=Receipt.State.OWED).update(leased_until=timezone.now() - timedelta(seconds=1))


def _drain(installation: Installation) -> None:
    _let_leases_run_out()
    wait_until(lambda: owed_receipts()["owed"] == 0, "the worker has nothing left to do")
    installation.stop()
