"""Model deals, made by the same actions as everybody's: what the bulk of the data is copied from."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.db import transaction

from bench.company import Company
from dealrail.crm.actions import deals
from dealrail.demo import words
from dealrail.demo.story import Story, Walk, without_garbage_collection
from dealrail.events import clocks
from dealrail.process import engine
from dealrail.process.rules import ProcessSpec, StageSpec, State

# How many deals of each process are told; the shares hold for the whole data.
SHARES = {"b2b-software": 90, "equipment": 40, "general": 70}
MONTHS = 12
# The share of the open deals that stands before an open gate.
READY = 0.6


class BusyWalk(Walk):
    """A walk with the talks of real life, about twelve for a deal: more than the gates demand."""

    def _pass(self, spec: ProcessSpec, stage: StageSpec, *, decide: bool = True) -> None:
        self._talk_on(3, 6)
        super()._pass(spec, stage, decide=decide)

    def _end(self, spec: ProcessSpec, last: int) -> None:
        self._talk_on(2, 6)
        super()._end(spec, last)
        self.deal.refresh_from_db()
        is_ours = self.deal.owner_id == self.by.user_id and self.deal.run.state == State.OPEN
        if is_ours and self.story.random.random() < READY:
            self._make_ready(spec)

    def _make_ready(self, spec: ProcessSpec) -> None:
        """Do all that the next gate demands and leave the move to whoever measures it, unless somebody must approve."""
        _spec, stage = engine.spec_and_stage(self.deal.run)
        demanded = list(stage.demanded_by_default)
        if any(condition.kind == "process.approval" for condition in demanded):
            return
        fields: dict[str, Any] = {}
        for condition in demanded:
            fields |= self._meet(spec, condition)
        if fields:
            with self._moment():
                deals.change_deal(actor=self.by, deal_id=self.deal.pk, fields=fields)

    def _talk_on(self, fewest: int, most: int) -> None:
        for _ in range(self.story.random.randint(fewest, most)):
            self.at = min(self.at + timedelta(hours=self.story.random.randint(2, 30)), self.story.now)
            self._talk(list(words.TALKS))


def tell(company: Company, random: Random, now: datetime, shares: Mapping[str, int] = SHARES) -> None:
    """Let the model deals happen in the model department and every subscriber react."""
    with without_garbage_collection(), transaction.atomic():
        story = Story(company.model, random, now, months=MONTHS, walk=BusyWalk)
        for process, count in shares.items():
            story.tell(process, count, lambda _number: None)
        clocks.drain()
        story.put_off()
        clocks.drain()
