"""The funnel and the execution rate of a cohort, made of its tallies."""

from decimal import Decimal

from django.db.models import QuerySet

from dealrail.accounts.actor import Actor
from dealrail.core.workdays import MINUTES_PER_DAY
from dealrail.crm.models import Deal
from dealrail.insights.queries.cohorts import cohort_deals
from dealrail.insights.queries.counting import MEASURED, ByStage
from dealrail.insights.queries.rollup import counted
from dealrail.insights.rules import (
    Cohort,
    Execution,
    Funnel,
    FunnelRow,
    Tally,
    Totals,
    middle,
    middle_tenths,
    share,
)
from dealrail.process import queries as processes
from dealrail.process.models import Stay
from dealrail.process.rules import StageSpec


def funnel(actor: Actor, cohort: Cohort) -> Funnel:
    """Count a cohort stage by stage. Refuses with NotAllowed or NoSuchProcess."""
    return _funnel(cohort, cohort_deals(actor, cohort), counted(actor, cohort))


def execution(actor: Actor, cohort: Cohort) -> Execution:
    """How faithfully the SOP was followed by the deals of a cohort. Refuses with NotAllowed."""
    return _execution(counted(actor, cohort))


def funnel_and_execution(actor: Actor, cohort: Cohort) -> tuple[Funnel, Execution]:
    """Both for the price of one. Refuses with NotAllowed or NoSuchProcess."""
    tallies = counted(actor, cohort)
    return _funnel(cohort, cohort_deals(actor, cohort), tallies), _execution(tallies)


def _funnel(cohort: Cohort, deals: QuerySet[Deal], tallies: ByStage) -> Funnel:
    totals = _totals(tallies)
    rows: list[FunnelRow] = []
    for stage in processes.stages_ever(cohort.process, also=[key for key, tally in tallies.items() if tally.reached]):
        before = rows[-1].reached if rows else totals.deals
        rows.append(_row(stage, tallies.get(stage.key, Tally()), before, totals.deals, deals))
    return Funnel(totals=totals, rows=tuple(rows))


def _totals(tallies: ByStage) -> Totals:
    whole = _sum(tallies)
    return Totals(
        deals=whole.open + whole.won + whole.lost + whole.parked,
        open=whole.open,
        won=whole.won,
        lost=whole.lost,
        parked=whole.parked,
        won_amount=Decimal(whole.won_cents).scaleb(-2),
        open_amount=Decimal(whole.open_cents).scaleb(-2),
    )


def _row(stage: StageSpec, tally: Tally, before: int, start: int, deals: QuerySet[Deal]) -> FunnelRow:
    measured = sum(tally.tenths.values())
    return FunnelRow(
        key=stage.key,
        name=stage.name,
        kind=stage.kind,
        reached=tally.reached,
        here=tally.here,
        moved_on=tally.moved_on,
        lost=tally.lost,
        parked=tally.parked,
        from_before=share(tally.reached, before),
        from_start=share(tally.reached, start),
        median_days=_median_days(tally, measured, stage.key, deals),
        stays_measured=measured,
    )


def _median_days(tally: Tally, measured: int, stage_key: str, deals: QuerySet[Deal]) -> float | None:
    """Median of the stays that ended in a move forward, in working days.

    Both stays in the middle mostly have the same length in tenths; only if not, their minutes are looked up.
    """
    if not measured:
        return None
    low, high = middle_tenths(tally.tenths)
    if low == high:
        return low / 10
    stays = Stay.objects.filter(MEASURED, run__in=deals.order_by().values("run"), stage__key=stage_key)
    first, last = (measured - 1) // 2, measured // 2
    lengths = stays.order_by("worked_minutes").values_list("worked_minutes", flat=True)[first : last + 1]
    minutes = middle([length or 0 for length in lengths])
    return None if minutes is None else round(minutes / MINUTES_PER_DAY, 1)


def _execution(tallies: ByStage) -> Execution:
    whole = _sum(tallies)
    return Execution(
        due=whole.due,
        met=whole.due - whole.waived - whole.late,
        waived=whole.waived,
        late=whole.late,
        debts=whole.debts,
        debts_settled=whole.settled,
    )


def _sum(tallies: ByStage) -> Tally:
    whole = Tally()
    for tally in tallies.values():
        whole.add(tally)
    return whole
