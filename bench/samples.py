"""Model deals, made by the same actions as everybody's: what the bulk of the data is copied from."""

from datetime import datetime, timedelta
from random import Random

from django.db import transaction

from bench.company import Company
from dealrail.crm.models import Deal
from dealrail.demo import words
from dealrail.demo.story import Story, Walk, without_garbage_collection
from dealrail.events import clocks
from dealrail.process.rules import ProcessSpec, StageSpec

# How many deals of each process are told; the shares hold for the whole data.
SHARES = {"b2b-software": 90, "equipment": 40, "general": 70}
MONTHS = 12


class BusyWalk(Walk):
    """A walk with the talks of real life, about twelve for a deal: more than the gates demand."""

    def _pass(self, spec: ProcessSpec, stage: StageSpec) -> None:
        self._talk_on(3, 6)
        super()._pass(spec, stage)

    def _end(self, spec: ProcessSpec, last: int) -> None:
        self._talk_on(2, 6)
        super()._end(spec, last)

    def _talk_on(self, fewest: int, most: int) -> None:
        for _ in range(self.story.random.randint(fewest, most)):
            self.at = min(self.at + timedelta(hours=self.story.random.randint(2, 30)), self.story.now)
            self._talk(list(words.TALKS))


def tell(company: Company, random: Random, now: datetime) -> list[int]:
    """Let the model deals happen in the model department and every subscriber react; return their ids, oldest first."""
    with without_garbage_collection(), transaction.atomic():
        story = Story(company.model, random, now, months=MONTHS, walk=BusyWalk)
        for process, count in SHARES.items():
            story.tell(process, count, lambda _number: None)
        clocks.drain()
        story.put_off()
        clocks.drain()
    return list(Deal.objects.order_by("created_at", "pk").values_list("pk", flat=True))

