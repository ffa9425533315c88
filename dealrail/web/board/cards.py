"""What a card of the board shows: how long it waits, what its gate still lacks, and where it may go."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from dealrail.accounts.actor import Actor
from dealrail.core import clock
from dealrail.crm import policy
from dealrail.crm import queries as crm
from dealrail.crm.permissions import DEALS_MOVE
from dealrail.crm.queries import point, pointers
from dealrail.process import engine
from dealrail.process.engine import Gate
from dealrail.process.rules import END
from dealrail.web.board.laid_out import CardGroup, CardLayout, card_groups, card_layout
from dealrail.web.templatetags.dealrail import NOTHING, step_kind


@dataclass(frozen=True)
class Card:
    """A deal on the board: all that its card shows, so that equal ones look the same."""

    pk: int
    name: str
    amount: Decimal | None
    owner: str
    customer: str
    stage: str
    version: int
    days: int
    is_late: bool
    step: str
    next_step_at: datetime | None
    next_name: str
    """Of the stage that follows; empty before the end."""
    demands: int
    unmet: int
    approvals: int
    missing: str
    """All that the gate still lacks, in words."""
    targets: str
    may_move: bool
    groups: tuple[CardGroup, ...] | None
    """As the reader's layout has them; None where nobody laid cards out."""


def cards(actor: Actor, deals: Iterable[Any]) -> list[Card]:
    """The cards of these open deals; their gates are judged in as few statements as for one."""
    rows = list(deals)
    gates = engine.gates([(deal.run, None, deal) for deal in rows])
    layout = card_layout(actor)
    if layout is not None:
        point(actor, rows, pointers(layout.shown))
    return [_card(actor, deal, gate, layout) for deal, gate in zip(rows, gates, strict=True)]


def days_since(moment: Any) -> int:
    """Whole calendar days between then and today."""
    return days_between(moment, clock.now())


def days_between(start: Any, end: Any) -> int:
    """Whole calendar days between two moments; none when they stand the other way round."""
    return max((timezone.localdate(end) - timezone.localdate(start)).days, 0)


def _card(actor: Actor, deal: Any, gate: Gate, layout: CardLayout | None) -> Card:
    spec, stage = engine.spec_and_stage(deal.run)
    days = days_since(deal.run.stage_entered_at)
    is_late = crm.is_over_limit(deal, stage.time_limit_days, clock.now())
    unmet, approvals = gate.unmet, gate.approvals
    return Card(
        pk=deal.pk,
        name=deal.name,
        amount=deal.amount,
        owner=(deal.owner and deal.owner.name) or NOTHING,
        customer=deal.customer.name if deal.customer else "",
        stage=stage.key,
        version=deal.run.revision,
        days=days,
        is_late=is_late,
        step=step_kind(deal.next_step_at),
        next_step_at=deal.next_step_at,
        next_name=gate.to_name if gate.to != END else "",
        demands=len(gate.demands),
        unmet=len(unmet),
        approvals=len(approvals),
        missing=" · ".join(demand.message for demand in (*unmet, *approvals)),
        targets=" ".join((*stage.next, *stage.back)),
        may_move=policy.may(actor, DEALS_MOVE, deal),
        groups=card_groups(layout, actor, deal, spec, days=days, is_late=is_late) if layout else None,
    )
