"""What is measured: how the program is asked, and the least SQL that could do the same work (the limit)."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import cycle
from urllib.parse import quote

from django.utils import timezone

from bench import limits
from bench.driving import Ask, writes
from bench.limits import Limit
from bench.report import BARE
from bench.world import NAMES, PROCESS, World


@dataclass(frozen=True)
class Measure:
    """`asks` gives up to so many requests; `limit` yields the statements of one of them, in one transaction."""

    name: str
    asks: Callable[[World, int], list[Ask]]
    limit: Limit


def _moves(world: World, most: int) -> list[Ask]:
    return [
        world.visitor(deal.owner).write(f"/deals/{deal.pk}/advance", {}, str(uuid.uuid4()))
        for deal in world.ready(most)
    ]


def _follow_ups(world: World, most: int) -> list[Ask]:
    due = (timezone.now() + timedelta(days=3)).isoformat()
    body = {"kind": "call", "text": "电话确认了预算和时间表。", "next_step": "发送报价", "next_step_at": due}
    deals = [world.deals[number % len(world.deals)] for number in range(most)]
    return [world.rep.write("/activities", {**body, "deal": deal}, str(uuid.uuid4())) for deal in deals]


def _pages(*addresses: str, by: str = "manager") -> Callable[[World, int], list[Ask]]:
    def asks(world: World, _most: int) -> list[Ask]:
        return [getattr(world, by).page(address) for address in addresses]

    return asks


def _records(kind: str) -> Callable[[World, int], list[Ask]]:
    return lambda world, _most: [world.rep.page(f"/{kind}/{pk}/") for pk in getattr(world, kind)]


def _funnels(world: World, _most: int) -> list[Ask]:
    start = timezone.now().date().replace(month=1, day=1).isoformat()
    quarter = timezone.now().date() - timedelta(days=100)
    filters = ("", f"&from={start}", "&region=1", "&product=1", f"&owner={world.rep.user.pk}")
    asked = [world.admin.read(f"/insights/funnel?process={PROCESS}{chosen}") for chosen in filters]
    return [*asked, world.manager.read(f"/insights/funnel?process={PROCESS}&from={quarter.replace(day=16)}")]


def _searches(world: World, _most: int) -> list[Ask]:
    return [world.admin.read(f"/search?q={quote(name)}") for name in NAMES]


def _mix(world: World, most: int) -> list[Ask]:
    """A day's work over and over, as often as it can be written."""
    measures = {measure.limit: measure for measure in MEASURES.values()}
    asked = {limit: measures[limit].asks(world, most * limits.DAY.count(limit)) for limit in limits.DAY}
    sources = {limit: iter(asks) if writes(asks) else cycle(asks) for limit, asks in asked.items()}
    found: list[Ask] = []
    while len(found) < most * len(limits.DAY):
        day = [next(sources[limit], None) for limit in limits.DAY]
        if None in day:
            break
        found += filter(None, day)
    return found


MEASURES = {
    measure.name: measure
    for measure in (
        Measure(BARE, _pages("/login/", by="stranger"), limits.bare),
        Measure("move", _moves, limits.move),
        Measure("follow-up", _follow_ups, limits.follow_up),
        Measure("board", _pages(f"/board/?process={PROCESS}", "/board/?process=general"), limits.board),
        Measure("whole-board", _pages(f"/board/?process={PROCESS}", by="admin"), limits.whole_board),
        Measure("deals", _pages("/deals/"), limits.deals),
        Measure("deal", _records("deals"), limits.deal),
        Measure("customer", _records("customers"), limits.customer),
        Measure("workbench", _pages("/?mine=1", by="rep"), limits.workbench),
        Measure("team", _pages("/team/"), limits.team),
        Measure("funnel", _funnels, limits.funnel),
        Measure("search", _searches, limits.search),
        Measure("mix", _mix, limits.mix),
    )
}
