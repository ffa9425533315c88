"""What becomes of deals in each business line, within the actor's sight."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, Q, Sum

from dealrail.accounts import policy as accounts
from dealrail.accounts.actor import Actor
from dealrail.crm import queries as crm
from dealrail.insights.permissions import INSIGHTS_READ
from dealrail.insights.queries.cohorts import midnight
from dealrail.insights.rules import share
from dealrail.process.models import DefinitionVersion
from dealrail.process.queries.lines import lines
from dealrail.process.rules import State


@dataclass
class LineFigures:
    """The deals of one business line that began in a period, by what became of them; no line: common to all."""

    line_id: int | None
    name: str
    deals: int = 0
    open: int = 0
    won: int = 0
    lost: int = 0
    parked: int = 0
    open_amount: Decimal = Decimal(0)
    won_amount: Decimal = Decimal(0)

    @property
    def won_share(self) -> float | None:
        """How many of those decided were won; None while none is."""
        return share(self.won, self.won + self.lost)


def figures_by_line(actor: Actor, start: date | None, end: date | None) -> list[LineFigures]:
    """Every business line, and what is common to all, with its deals that began in [start, end).

    Three statements, however many there are. Refuses with NotAllowed.
    """
    accounts.require(actor, INSIGHTS_READ)
    found: dict[int | None, LineFigures] = {row.pk: LineFigures(row.pk, row.name) for row in lines()}
    found[None] = LineFigures(None, "")
    line_of = dict(DefinitionVersion.objects.values_list("pk", "definition__line"))
    wanted = Q(run__started_at__gte=midnight(start)) if start else Q()
    wanted &= Q(run__started_at__lt=midnight(end)) if end else Q()
    rows = crm.deals(actor).filter(wanted).order_by().values("run__version", "state")
    for version, state, count, amount in rows.annotate(count=Count("pk"), sum=Sum("amount")).values_list(
        "run__version", "state", "count", "sum"
    ):
        _add(found[line_of[version]], state, count, amount or Decimal(0))
    return list(found.values())


def _add(row: LineFigures, state: str, count: int, amount: Decimal) -> None:
    row.deals += count
    setattr(row, state, getattr(row, state) + count)
    if state == State.OPEN:
        row.open_amount += amount
    elif state == State.WON:
        row.won_amount += amount
