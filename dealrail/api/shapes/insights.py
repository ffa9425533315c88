"""Funnel and execution rate as JSON."""

from pydantic import BaseModel

from dealrail.api.shapes.parts import Money
from dealrail.insights.rules import Execution, Funnel, FunnelRow, Totals


class TotalsOut(BaseModel):
    """The cohort as a whole; money in yuan."""

    deals: int
    open: int
    won: int
    lost: int
    parked: int
    won_amount: Money
    open_amount: Money


class FunnelRowOut(BaseModel):
    """One stage, in deals; conversions are shares of 1, the median is in working days."""

    key: str
    name: str
    kind: str
    reached: int
    here: int
    moved_on: int
    lost: int
    parked: int
    from_before: float | None
    from_start: float | None
    median_days: float | None
    stays_measured: int


class FunnelOut(BaseModel):
    """A cohort, stage by stage; `insights/funnel/deals` opens every figure."""

    process: str
    totals: TotalsOut
    stages: list[FunnelRowOut]


class ExecutionOut(BaseModel):
    """How faithfully the SOP was followed: met ÷ due; debts of imported history stand apart."""

    process: str
    due: int
    met: int
    waived: int
    late: int
    rate: float | None
    debts: int
    debts_settled: int


def funnel_out(process: str, funnel: Funnel) -> FunnelOut:
    """A funnel."""
    return FunnelOut(process=process, totals=_totals(funnel.totals), stages=[_stage(row) for row in funnel.rows])


def _totals(totals: Totals) -> TotalsOut:
    return TotalsOut(**vars(totals))


def _stage(row: FunnelRow) -> FunnelRowOut:
    return FunnelRowOut(**vars(row))


def execution_out(process: str, execution: Execution) -> ExecutionOut:
    """An execution rate with what it is made of."""
    return ExecutionOut(process=process, rate=execution.rate, **vars(execution))
