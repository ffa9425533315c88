"""What the measures ask about: deals that are ready to move, records that everybody looks at, and whose doors open."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from random import Random

from django.conf import settings
from django.db.models import Count, QuerySet
from django.test import Client

from bench.company import ADMIN, MANAGER, REP
from bench.driving import Ask
from dealrail.accounts.actions.tokens import create_token
from dealrail.accounts.models import User
from dealrail.accounts.queries import actor_for
from dealrail.core.errors import Refusal
from dealrail.crm.models import Customer, Deal
from dealrail.process import engine
from dealrail.process import queries as processes
from dealrail.process.rules import Outcome, State

SEED = 1
PROCESS = "b2b-software"
NAMES = ("苏州", "恒瑞", "锐科", "精密", "星辰", "hrd", "szrk", "嘉业", "8888", "2046")
LOOKED_AT = 200
BATCH = 500


class NothingLoaded(Refusal):
    """Measures need the reference data."""

    code = "nothing_loaded"
    sentence = "There is no reference data here. Run “dealrail-bench load” first."


@dataclass(frozen=True)
class Visitor:
    """Somebody with an open session and a token."""

    user: User
    cookie: str
    token: str

    def page(self, address: str) -> Ask:
        """Open a page."""
        headers = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={self.cookie}", "Accept-Encoding": "gzip"}
        return "GET", address, b"", headers

    def read(self, address: str) -> Ask:
        """Ask the API."""
        return "GET", f"/api/v1{address}", b"", {"Authorization": f"Bearer {self.token}"}

    def write(self, address: str, body: dict[str, object], key: str) -> Ask:
        """Change something over the API, once."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json", "Idempotency-Key": key}
        return "POST", f"/api/v1{address}", json.dumps(body).encode(), headers


class Stranger:
    """Somebody who isn't logged in."""

    def page(self, address: str) -> Ask:
        """Open a page."""
        return "GET", address, b"", {"Accept-Encoding": "gzip"}


class World:
    """The loaded data as the measures see it."""

    def __init__(self) -> None:
        self.random = Random(SEED)
        self.stranger = Stranger()
        self._visitors: dict[int, Visitor] = {}
        self.rep, self.manager, self.admin = (self._called(login) for login in (REP, MANAGER, ADMIN))
        self._ready, self._part = _ready_deals(), 1.0
        self.names = NAMES
        self.team = list(User.objects.filter(unit=self.manager.user.unit_id).values_list("pk", flat=True))
        self.everybody = list(User.objects.values_list("pk", flat=True))
        version = processes.current_version(PROCESS)
        self.board = version.pk, list(version.stages.order_by("position").values_list("pk", flat=True))
        self.deals = self._some(Deal.objects.all())
        self.customers = self._some(Customer.objects.alias(size=Count("deals")).order_by("-size"))

    def visitor(self, user: User) -> Visitor:
        """Let somebody in, once."""
        if user.pk not in self._visitors:
            client = Client()
            client.force_login(user)
            token = create_token(actor=actor_for(user, channel="cli"), user_id=user.pk, name="bench", days=1)
            self._visitors[user.pk] = Visitor(user, client.cookies[settings.SESSION_COOKIE_NAME].value, token)
        return self._visitors[user.pk]

    def ration(self, wanted: int) -> None:
        """Look for so many deals whose next gate is open. Where there are fewer, everybody gets a smaller part."""
        found = list(islice(_ready_deals(), wanted))
        self._ready, self._part = iter(found), min(1.0, len(found) / wanted) if wanted else 1.0

    def ready(self, count: int) -> list[Deal]:
        """As many as there are for somebody who wants so many; none is handed out twice."""
        return list(islice(self._ready, int(count * self._part)))

    def _called(self, login: str) -> Visitor:
        user = User.objects.filter(login=login).first()
        if user is None:
            raise NothingLoaded()
        return self.visitor(user)

    def _some(self, records: "QuerySet[Deal] | QuerySet[Customer]") -> list[int]:
        """Some of the rep's, from all their years; the first of them always."""
        ids = list(records.filter(owner=self.rep.user).values_list("pk", flat=True))
        return [*ids[:1], *self.random.sample(ids[1:], min(LOOKED_AT, len(ids)) - 1)]


def _ready_deals() -> Iterator[Deal]:
    last = 0
    while True:
        rows = Deal.objects.filter(run__state=State.OPEN, owner__is_active=True, pk__gt=last)
        deals = list(rows.select_related("run", "owner", "customer").order_by("pk")[:BATCH])
        if not deals:
            return
        last = deals[-1].pk
        gates = engine.gates([(deal.run, None, deal) for deal in deals])
        yield from (deal for deal, gate in zip(deals, gates, strict=True) if gate.outcome is Outcome.OPEN)
