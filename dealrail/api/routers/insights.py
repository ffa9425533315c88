"""The funnel, the deals behind its figures, and the execution rate."""

from datetime import date
from functools import partial
from typing import Any

from ninja import Query, Router, Schema
from pydantic import Field

from dealrail.accounts.actor import Actor
from dealrail.api.auth import ApiRequest
from dealrail.api.paging import Page, Paged, paged
from dealrail.api.reading import is_id, person_id, row_id, unit_id
from dealrail.api.routers.deals import process_key
from dealrail.api.shapes.deals import DealOut, deals_out
from dealrail.api.shapes.insights import ExecutionOut, FunnelOut, execution_out, funnel_out
from dealrail.crm import queries as crm
from dealrail.insights import queries as insights
from dealrail.insights.rules import Cohort, Figure
from dealrail.process import queries as processes

router = Router(tags=["insights"])


class CohortQuery(Schema):
    """Which deals are counted: those that entered the process in [from, to), narrowed by the rest."""

    process: str = Field("", description="May be left out when there is only one.")
    start: date | None = Field(None, alias="from", description="The first day counted.")
    end: date | None = Field(None, alias="to", description="The first day not counted any more.")
    owner: str = Field("", description="Id, login or name, or `me`.")
    product: str = Field("", description="Id or name.")
    region: str = Field("", description="Id or name.")
    unit: str = Field("", description="Id or name of a department; those below it count too.")


class FigureQuery(CohortQuery, Paged):
    """Which figure of the funnel to open; without a stage one of the totals."""

    figure: Figure = Figure.ALL
    stage: str = ""


def _cohort(actor: Actor, asked: CohortQuery, stage: str = "") -> Cohort:
    version = processes.current_version(process_key(asked.process, processes.definitions()))
    if stage:
        processes.stage_id(version.pk, stage)
    return Cohort(
        process=version.definition.key,
        start=asked.start,
        end=asked.end,
        owner_id=_owner_id(actor, asked.owner),
        product_id=row_id(crm.products(), asked.product, field="product"),
        region_id=row_id(crm.regions(), asked.region, field="region"),
        unit_id=unit_id(asked.unit),
    )


def _owner_id(actor: Actor, given: str) -> int | None:
    """The id given, whether the person is still active or not; else the person called so."""
    if is_id(given):
        return int(given)
    return actor.user_id if given == "me" else person_id(given or None)


@router.get("/insights/funnel", response=FunnelOut)
def read_funnel(request: ApiRequest, asked: Query[CohortQuery]) -> FunnelOut:
    """A cohort stage by stage: ever reached, still there, moved on, lost, parked; conversion and median stay."""
    cohort = _cohort(request.auth, asked)
    return funnel_out(cohort.process, insights.funnel(request.auth, cohort))


@router.get("/insights/funnel/deals", response=Page[DealOut])
def list_funnel_deals(request: ApiRequest, asked: Query[FigureQuery]) -> Page[DealOut]:
    """The deals behind one figure of the funnel."""
    cohort = _cohort(request.auth, asked, asked.stage)
    rows: Any = insights.funnel_deals(request.auth, cohort, asked.figure, asked.stage or None)
    return paged(rows, asked, show=partial(deals_out, request.auth))


@router.get("/insights/execution", response=ExecutionOut)
def read_execution(request: ApiRequest, asked: Query[CohortQuery]) -> ExecutionOut:
    """How faithfully the SOP was followed by the deals of a cohort (执行率)."""
    cohort = _cohort(request.auth, asked)
    return execution_out(cohort.process, insights.execution(request.auth, cohort))
