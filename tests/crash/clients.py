"""Clients of the API that move deals, and repeat a request under its key until they get an answer."""

import json
import random
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPConnection, HTTPException
from itertools import count
from threading import Condition
from typing import Any

from django.utils import timezone

from tests.crash.running import is_listening, wait_until

TIMEOUT = 30
REFUSALS = {409, 422}
NEW_DEAL_EVERY = 20
# How often a client fills in a field, says which version it saw, and hangs up before it has heard the answer.
FILLS, SAYS_VERSION, HANGS_UP = 0.3, 0.5, 0.1
# The verb and the event it must leave.
EVENTS = {"advance": "deal.stage_changed", "park": "deal.parked", "lose": "deal.lost", "reopen": "deal.reopened"}


@dataclass
class Standing:
    """A deal as the clients last saw it."""

    deal: int
    stage: str
    version: int
    state: str = "open"

    def see(self, shown: Any) -> None:
        """Take over what the API shows."""
        self.stage, self.state, self.version = shown["stage"]["key"], shown["state"], shown["version"]


class Score:
    """What all clients together were told: which moves were accepted, which versions they made, and how it went."""

    def __init__(self, wanted: int) -> None:
        self.wanted = wanted
        self.moves: Counter[tuple[int, str, str]] = Counter()
        self.versions: Counter[tuple[int, int]] = Counter()
        self.given_up: dict[str, tuple[int, str, datetime]] = {}
        self.notes: Counter[str] = Counter()
        self._changed = Condition()

    def accept(self, deal: int, verb: str, shown: Any) -> None:
        """Note a move that was accepted, with the deal as the answer shows it."""
        with self._changed:
            self.moves[deal, EVENTS[verb], shown["stage"]["key"]] += 1
            self.versions[deal, shown["version"]] += 1
            self._changed.notify_all()

    def give_up(self, key: str, deal: int, verb: str, asked_at: datetime) -> None:
        """Note a move that was refused when it was asked for again: the first request may be on its way still.

        Had it happened before the last time of asking, that would have been answered by it.
        """
        with self._changed:
            self.given_up[key] = deal, verb, asked_at

    def note(self, what: str) -> None:
        """Count something else that happened."""
        with self._changed:
            self.notes[what] += 1

    def wait_for(self, number: int, seconds: float) -> None:
        """Return when so many moves were accepted."""
        with self._changed:
            if not self._changed.wait_for(lambda: self.moves.total() >= number, seconds):
                raise AssertionError(f"only {self.moves.total()} moves were accepted so far, not {number}")

    @property
    def is_reached(self) -> bool:
        """Whether enough moves were accepted."""
        return self.moves.total() >= self.wanted


class Client:
    """One person's program: moves deals picked at random, as it last saw them, until the score is reached."""

    def __init__(self, port: int, token: str, name: str, score: Score) -> None:
        self._port, self._token, self._name, self._score = port, token, name, score
        self._choose = random.Random(name)
        self._repeated: dict[str, datetime] = {}
        self.created: list[str] = []

    def work(self, deals: list[Standing], fields: list[str]) -> None:
        """Move deals on, now and then filling in one of these fields or creating another deal."""
        for number in count():
            if self._score.is_reached:
                return
            if number % NEW_DEAL_EVERY == 0:
                self._create(f"{self._name}-{number}")
            self._move(self._choose.choice(deals), fields, f"{self._name}-move-{number}")

    def _create(self, name: str) -> None:
        status, answer = self._ask("POST", "deals", {"name": name, "process": "relay"}, key=f"{name}-new")
        assert status == 201, answer
        self.created.append(name)

    def _move(self, seen: Standing, fields: list[str], key: str) -> None:
        verb, body = self._choose.choice(possible(seen))
        if verb == "advance" and self._choose.random() < FILLS:
            body = {**body, "fields": {self._choose.choice(fields): "已确认"}}
        if self._choose.random() < SAYS_VERSION:
            body = {**body, "seen_version": seen.version}
        status, answer = self._ask("POST", f"deals/{seen.deal}/{verb}", body, key=key)
        if status == 200:
            self._score.accept(seen.deal, verb, answer)
            seen.see(answer)
        else:
            assert status in REFUSALS, answer
            self._score.note("refused")
            if key in self._repeated:
                self._score.give_up(key, seen.deal, verb, self._repeated[key])
            self._look(seen)

    def _look(self, seen: Standing) -> None:
        """After a refusal, because somebody else was quicker."""
        status, answer = self._ask("GET", f"deals/{seen.deal}")
        assert status == 200, answer
        seen.see(answer)

    def _ask(self, method: str, path: str, body: Any = None, *, key: str = "") -> tuple[int, Any]:
        """Ask until there is an answer, always with the same key."""
        while True:
            try:
                return self._ask_once(method, path, body, key)
            except (OSError, HTTPException):
                self._score.note("repeated")
                self._repeated[key] = timezone.now()
                wait_until(lambda: is_listening(self._port), "the server listens again")

    def _ask_once(self, method: str, path: str, body: Any, key: str) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        with closing(HTTPConnection("127.0.0.1", self._port, timeout=TIMEOUT)) as connection:
            connection.request(method, f"/api/v1/{path}", json.dumps(body) if body else None, headers)
            if self._choose.random() < HANGS_UP:
                raise ConnectionAbortedError
            answer = connection.getresponse()
            said = answer.read()
        if "Idempotent-Replay" in answer.headers:
            self._score.note("replayed")
        return answer.status, json.loads(said)


def possible(seen: Standing) -> list[tuple[str, dict[str, Any]]]:
    """What can be asked of a deal that stands like this; going on and back is asked for half the time."""
    if seen.state != "open":
        return [("reopen", {})]
    to = "proof" if seen.stage == "work" else "work"
    return [*[("advance", {"to": to})] * 2, ("park", {}), ("lose", {"reason": "price"})]
