"""What a card of the board shows: how long it waits, what its gate still lacks, and where it may go."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from dealrail.accounts.actor import Actor
from dealrail.core import clock
from dealrail.crm import policy
from dealrail.crm.permissions import DEALS_MOVE
from dealrail.process import engine
from dealrail.process.engine import Gate


@dataclass(frozen=True)
class Card:
    """A deal on the board."""

    deal: Any
    gate: Gate
    days: int
    is_late: bool
    targets: str
    may_move: bool

    @property
    def met(self) -> int:
        """How many of the gate's demands are met or waived."""
        return len(self.gate.demands) - len(self.gate.unmet) - len(self.gate.approvals)

    @property
    def left(self) -> int:
        """How many are not."""
        return len(self.gate.unmet) + len(self.gate.approvals)

    @property
    def missing(self) -> str:
        """All of them, in words."""
        return " · ".join(demand.message for demand in (*self.gate.unmet, *self.gate.approvals))


def cards(actor: Actor, deals: Iterable[Any]) -> list[Card]:
    """The cards of these open deals; their gates are judged in as few statements as for one."""
    rows = list(deals)
    gates = engine.gates([(deal.run, None, deal) for deal in rows])
    return [_card(actor, deal, gate) for deal, gate in zip(rows, gates, strict=True)]


def days_since(moment: Any) -> int:
    """Whole calendar days between then and today."""
    return days_between(moment, clock.now())


def days_between(start: Any, end: Any) -> int:
    """Whole calendar days between two moments; none when they stand the other way round."""
    return max((timezone.localdate(end) - timezone.localdate(start)).days, 0)


def _card(actor: Actor, deal: Any, gate: Gate) -> Card:
    _spec, stage = engine.spec_and_stage(deal.run)
    days = days_since(deal.run.stage_entered_at)
    return Card(
        deal=deal,
        gate=gate,
        days=days,
        is_late=stage.time_limit_days is not None and days > stage.time_limit_days,
        targets=" ".join((*stage.next, *stage.back)),
        may_move=policy.may(actor, DEALS_MOVE, deal),
    )
