"""Versions are published and mapped while two web processes move deals: each move is judged by exactly one of them."""

import json
import random
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from threading import Event as Signal
from typing import Any

import pytest
from django.db import connection

from dealrail.accounts.actions.tokens import create_token
from dealrail.crm.models import TrialRow
from dealrail.events.models import Event
from dealrail.process.models import Stay
from tests.cast import Company, actor_of, new_deal, publish
from tests.crash.running import Installation, wait_until

pytestmark = pytest.mark.django_db(transaction=True)

DEALS, CLIENTS, VERSIONS, MOVES = 12, 3, 4, 25
KEPT = "留"


def demanded(version: int) -> str:
    """The field that the gates of a version demand; a neighbour demands the other one."""
    return ("even", "odd")[version % 2]


def definition(version: int) -> dict[str, Any]:
    condition = {"key": f"v{version}", "kind": "fields.filled", "fields": [demanded(version)]}
    return {
        "process": "flip",
        "name": f"第{version}版",
        "fields": [{"key": key, "name": key, "type": "text"} for key in ("odd", "even")],
        "stages": [
            {"key": "a", "name": "甲", "kind": "lead", "next": ["b"], "conditions": [condition]},
            {"key": "b", "name": "乙", "kind": "lead", "next": ["a", "end"], "conditions": [condition]},
        ],
        "loss_reasons": [{"key": "price", "name": "价格"}],
    }


class Web:
    """The API as a program with a token asks it; counts what its moves came to."""

    def __init__(self, port: int, token: str) -> None:
        self.port, self.token = port, token
        self.moved: Counter[int] = Counter()
        self.refused: list[list[str]] = []

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=30)) as asked:
            asked.request(method, f"/api/v1/{path}", json.dumps(body) if body is not None else None, headers)
            answer = asked.getresponse()
            return answer.status, json.loads(answer.read())

    def move(self, deal: int, filled: str) -> int:
        """Move a deal on with one of both fields filled, and the other one emptied."""
        fields = {"odd": "", "even": "", filled: "有"}
        status, said = self.ask("POST", f"deals/{deal}/advance", {"fields": fields})
        if status == 200:
            self.moved[deal] += 1
        else:
            assert (status, said["code"]) in {(422, "gate_blocked"), (409, "stale_version")}, said
            self.refused.append([row["condition"] for row in said.get("unmet", [])])
        return status

    def keep_moving(self, deals: list[int], seed: int, enough: Signal) -> None:
        choose = random.Random(seed)
        while not enough.is_set():
            self.move(choose.choice(deals), choose.choice(("odd", "even")))


def test_no_move_is_judged_by_a_mixture_of_versions(company: Company, installation: Installation) -> None:
    publish(definition(1))
    rep = company.people["rep"]
    deals = [new_deal(rep, "flip", name=f"{KEPT if number < 3 else '走'}{number}").pk for number in range(DEALS)]
    token = create_token(actor=actor_of(company.people["admin"]), user_id=company.people["admin"].pk, name="tests")
    connection.close()
    installation.serve()
    web, enough = Web(installation.port, token), Signal()
    with ThreadPoolExecutor(CLIENTS) as pool:
        working = [pool.submit(web.keep_moving, deals, seed, enough) for seed in range(CLIENTS)]
        try:
            _publish_and_map(web)
        finally:
            enough.set()
    for ended in working:
        ended.result()
    assert {len(conditions) for conditions in web.refused} <= {0, 1}
    _judged_by_one_version_each(deals)
    installation.stop()
    installation.serve()
    _replayed_as_judged(web)
    assert (web.move(deals[0], "even"), web.refused[-1]) == (422, ["v1"])
    assert (web.move(deals[0], "odd"), web.move(deals[-1], "even")) == (200, 200)
    _judged_by_one_version_each(deals)


def _publish_and_map(web: Web) -> None:
    for version in range(2, VERSIONS + 1):
        _wait_for_moves(web)
        assert web.ask("POST", "processes/flip/draft", {"content": definition(version)})[0] == 201
        assert web.ask("POST", "processes/flip/draft/publish", {"seen": 1, "note": f"第{version}版"})[0] == 201
        _wait_for_moves(web)
        kept = {"not": {"field": "name", "op": "starts_with", "value": KEPT}}
        status, started = web.ask(
            "POST", "processes/flip/migrations", {"version": version, "filter": kept, "note": "新打法"}
        )
        assert status == 201, started
        path = f"processes/flip/migrations/{started['id']}"
        wait_until(lambda path=path: web.ask("GET", path)[1]["status"] == "done", "the deals went over", every=0.1)  # type: ignore[misc]
    _wait_for_moves(web)


def _wait_for_moves(web: Web) -> None:
    wanted = web.moved.total() + MOVES
    wait_until(lambda: web.moved.total() >= wanted, "deals move")


def _replayed_as_judged(web: Web) -> None:
    """Processes that were started since judge history by the version of its day: what passed under it passes again."""
    moves = Event.objects.filter(kind="deal.stage_changed").values_list("pk", "payload__version")
    versions = dict(moves)
    for version in range(1, VERSIONS + 1):
        status, started = web.ask("POST", "processes/flip/draft/replay", {"version": version, "moves": 10_000})
        assert status == 201, started
        path = f"processes/flip/trials/{started['id']}"
        wait_until(lambda path=path: web.ask("GET", path)[1]["status"] == "done", "moves are replayed", every=0.1)  # type: ignore[misc]
        judged = TrialRow.objects.filter(trial=started["id"]).values_list("event_id", "verdict", "blocking")
        verdicts = Counter((verdict, blocking) for event, verdict, blocking in judged if versions[event] == version)
        assert set(verdicts) == {("passed", "")}, version


def _judged_by_one_version_each(deals: list[int]) -> None:
    """Each move tells the version its deal followed then, had what exactly this one demands, and ended a stay in it."""
    told: Counter[int] = Counter()
    for deal in deals:
        version, values, moves = 1, {"odd": "", "even": ""}, []
        for event in Event.objects.filter(subject_kind="deal", subject_id=deal).order_by("seq"):
            match event.kind:
                case "deal.changed":
                    values |= {name: new or "" for name, (_old, new) in event.payload["changes"].items()}
                case "deal.migrated":
                    version = event.payload["to_version"]
                case "deal.stage_changed":
                    assert (event.payload["version"], bool(values[demanded(version)])) == (version, True), event
                    moves.append(version)
        left = Stay.objects.filter(run__deal=deal, left_at__isnull=False).order_by("left_at", "pk")
        assert list(left.values_list("stage__version__number", flat=True)) == moves
        told.update(moves)
    assert set(told) == set(range(1, VERSIONS + 1))
