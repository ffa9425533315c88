"""The public data set with 8,800 deals: brought in by its plan, counted, brought in again, and taken back."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.db.models import Sum

from dealrail.accounts.models import Unit, User
from dealrail.crm.actions.imports import undo_import
from dealrail.crm.clocks import finish_import
from dealrail.crm.models import Customer, Deal, ImportJob, Product, Region
from dealrail.crm.plans import run_plan
from dealrail.events.models import Event
from dealrail.events.queries import verify_log
from dealrail.insights import queries as insights
from dealrail.insights.rules import Cohort
from dealrail.process.models import Debt, Run, Stay
from tests.cast import actor_of

ROOT = Path(__file__).parents[2]
PLAN = ROOT / "docs" / "examples" / "maven.yaml"
DATA = ROOT.parent / "shared" / "data" / "maven"
ALWAYS = Cohort(process="maven-sales", start=date(2016, 1, 1), end=date(2100, 1, 1))


def check_deals() -> None:
    """The figures of the data set, counted in the file itself."""
    deals = Deal.objects.filter(run__version__definition__key="maven-sales")
    states = [deals.filter(run__state=state).count() for state in ("won", "lost", "open", "parked")]
    assert states == [4238, 2473, 2089, 0]
    assert deals.filter(run__state="open", customer__isnull=True).count() == 1425
    won = deals.filter(run__state="won")
    assert won.aggregate(all=Sum("amount"))["all"] == Decimal(10005534)
    assert won.filter(owner__name="Darcel Schlecht").aggregate(all=Sum("amount"))["all"] == Decimal(1153214)
    assert {deal.product.name for deal in deals.select_related("product")} == set(
        Product.objects.exclude(code__startswith="P").values_list("name", flat=True)
    )


def check_funnel(admin: User) -> None:
    funnel = insights.funnel(actor_of(admin), ALWAYS)
    totals = funnel.totals
    assert (totals.deals, totals.won, totals.lost, totals.won_amount) == (8800, 4238, 2473, Decimal(10005534))
    assert [(row.key, row.reached, row.here, row.lost) for row in funnel.rows] == [
        ("prospecting", 8800, 500, 0),
        ("engaging", 8300, 1589, 2473),
        ("won", 4238, 4238, 0),
    ]


def check_dates(admin: User) -> None:
    """The first row of the file: engaged on 2016-10-20, won on 2017-03-01; the log says so and when it was told."""
    deal = Deal.objects.get(code="1C1I7A6R")
    placed = Event.objects.filter(subject_kind="deal", subject_id=deal.pk, kind="deal.placed").order_by("seq")
    moments = [(row.payload["stage"], row.occurred_at.date(), row.recorded_at > admin.created_at) for row in placed]
    assert moments == [("engaging", date(2016, 10, 19), True), ("won", date(2017, 2, 28), True)]
    assert deal.run.closed_at == datetime(2017, 2, 28, 16, tzinfo=UTC)  # midnight in Shanghai
    assumed = deal.run.stays.order_by("pk").values_list("stage__key", "assumed")
    assert list(assumed) == [("prospecting", True), ("engaging", False), ("won", False)]


def figures(jobs: Iterable[ImportJob]) -> list[tuple[str, int, int]]:
    return [(job.kind, job.created, job.failed) for job in jobs]


@pytest.mark.django_db
def test_the_maven_plan_gives_its_figures_adds_nothing_twice_and_leaves_nothing_but_events(admin: User) -> None:
    before = [model.objects.count() for model in (User, Unit, Region, Customer, Product)]
    jobs = run_plan(actor_of(admin), PLAN, DATA)
    assert figures(jobs) == [
        ("regions", 3, 0),
        ("people", 35, 0),
        ("customers", 85, 0),
        ("products", 7, 0),
        ("deals", 8800, 0),
    ]
    check_deals()
    check_funnel(admin)
    check_dates(admin)
    assert insights.execution(actor_of(admin), ALWAYS).debts == Debt.objects.count() > 8800
    assert insights.execution(actor_of(admin), ALWAYS).due == 0

    again = run_plan(actor_of(admin), PLAN, DATA)
    assert sum(job.created + job.failed for job in again) == 0
    assert Deal.objects.count() == 8800

    for job in reversed(jobs):
        undo_import(actor=actor_of(admin), job_id=job.pk)
        assert finish_import(job.pk).status == ImportJob.Status.UNDONE
        assert not job.rows.filter(result="kept").exists()
    assert [model.objects.count() for model in (User, Unit, Region, Customer, Product)] == before
    assert [model.objects.count() for model in (Deal, Run, Stay, Debt)] == [0, 0, 0, 0]
    assert not list(verify_log())
