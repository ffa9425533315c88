"""The public data set with 8,800 deals: brought in by its plan, counted everywhere, brought in again, taken back."""

import csv
import io
import json
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.db.models import Sum
from django.test import Client

from dealrail.accounts.models import Unit, User
from dealrail.cli import main
from dealrail.crm.actions.imports import undo_import
from dealrail.crm.clocks import finish_import
from dealrail.crm.models import Customer, Deal, ImportJob, Product, Region
from dealrail.crm.plans import run_plan
from dealrail.events.models import Event
from dealrail.events.queries import verify_log
from dealrail.insights import queries as insights
from dealrail.insights.rules import Cohort
from dealrail.process.models import Debt, Run, Stay
from tests.api.client import Api
from tests.cast import actor_of
from tests.crm_imports import maven
from tests.crm_imports.maven import STAR, Figures

ALWAYS = Cohort(process="maven-sales", start=date(2016, 1, 1), end=date(2100, 1, 1))
PERIOD = {"process": "maven-sales", "from": "2016-01-01", "to": "2100-01-01"}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The real files, or made-up ones of the same shape."""
    return maven.data(tmp_path)


def check_deals(figures: Figures) -> None:
    deals = Deal.objects.filter(run__version__definition__key="maven-sales")
    states = [deals.filter(run__state=state).count() for state in ("won", "lost", "parked")]
    assert states == [figures.stages["Won"], figures.stages["Lost"], 0]
    assert deals.count() == figures.deals
    assert deals.filter(run__state="open", customer__isnull=True).count() == figures.open_without_customer
    won = deals.filter(run__state="won")
    assert won.aggregate(all=Sum("amount"))["all"] == maven.amount(figures)
    assert won.filter(owner__name=STAR).aggregate(all=Sum("amount"))["all"] == figures.won[STAR]
    assert {deal.product.name for deal in deals.select_related("product")} == set(
        Product.objects.exclude(code__startswith="P").values_list("name", flat=True)
    )


def check_funnel(admin: User, figures: Figures) -> None:
    funnel = insights.funnel(actor_of(admin), ALWAYS)
    stages = figures.stages
    assert [(row.key, row.reached, row.here, row.lost) for row in funnel.rows] == [
        ("prospecting", figures.deals, stages["Prospecting"], 0),
        ("engaging", figures.deals - stages["Prospecting"], stages["Engaging"], stages["Lost"]),
        ("won", stages["Won"], stages["Won"], 0),
    ]
    totals = funnel.totals
    assert (totals.deals, totals.won, totals.lost) == (figures.deals, stages["Won"], stages["Lost"])
    assert totals.won_amount == maven.amount(figures)


def check_api(admin: User, figures: Figures) -> None:
    api, star = Api(admin), User.objects.get(name=STAR)
    totals = api.get("insights/funnel", **PERIOD).body["totals"]
    counted = [totals["deals"], totals["won"], totals["lost"], Decimal(totals["won_amount"])]
    assert counted == [figures.deals, figures.stages["Won"], figures.stages["Lost"], maven.amount(figures)]
    one = api.get("insights/funnel", **PERIOD, owner=star.pk).body["totals"]
    assert Decimal(one["won_amount"]) == figures.won[STAR]
    wanted = [{"field": "process", "op": "eq", "value": "maven-sales"}, {"field": "state", "op": "eq", "value": "lost"}]
    page = api.get("deals", filter=json.dumps({"all": wanted}), limit=200).body
    assert len(page["items"]) == min(200, figures.stages["Lost"])
    assert {row["state"] for row in page["items"]} == {"lost"}


def check_screen(admin: User, figures: Figures) -> None:
    client = Client()
    client.force_login(admin)
    text = client.get("/insights/funnel/", PERIOD).content.decode()
    shown = [figures.deals, figures.stages["Won"], figures.stages["Lost"], maven.amount(figures)]
    assert [number for number in shown if f"{number:,}" not in text and str(number) not in text] == []


def check_export(figures: Figures, file: Path) -> None:
    assert main(["export", "deals", "--output", str(file)]) == 0
    headers, *rows = csv.reader(io.StringIO(file.read_text("utf-8-sig")))
    deals = [dict(zip(headers, row, strict=True)) for row in rows]
    process, state, amount, owner = headers[4], headers[6], headers[7], headers[11]
    won_word = next(row[state] for row in deals if row[headers[1]] == "1C1I7A6R")
    won = [row for row in deals if row[process] == deals[0][process] and row[state] == won_word]
    assert (len(deals), len(won)) == (figures.deals, figures.stages["Won"])
    assert sum(Decimal(row[amount]) for row in won) == maven.amount(figures)
    assert sum(Decimal(row[amount]) for row in won if row[owner] == STAR) == figures.won[STAR]


def check_dates(admin: User) -> None:
    """The first row of the file: engaged on 2016-10-20, won on 2017-03-01; the log says so and when it was told."""
    deal = Deal.objects.get(code="1C1I7A6R")
    placed = Event.objects.filter(subject_kind="deal", subject_id=deal.pk, kind="deal.placed").order_by("seq")
    moments = [(row.payload["stage"], row.occurred_at.date(), row.recorded_at > admin.created_at) for row in placed]
    assert moments == [("engaging", date(2016, 10, 19), True), ("won", date(2017, 2, 28), True)]
    assert deal.run.closed_at == datetime(2017, 2, 28, 16, tzinfo=UTC)  # midnight in Shanghai
    assumed = deal.run.stays.order_by("pk").values_list("stage__key", "assumed")
    assert list(assumed) == [("prospecting", True), ("engaging", False), ("won", False)]


def made(jobs: Iterable[ImportJob]) -> list[tuple[str, int, int]]:
    return [(job.kind, job.created, job.failed) for job in jobs]


def test_the_files_are_those_that_the_figures_are_known_of(data: Path) -> None:
    assert data != maven.REAL or maven.known(maven.count(data)) == maven.KNOWN


@pytest.mark.django_db
def test_the_maven_plan_gives_its_figures_adds_nothing_twice_and_leaves_nothing_but_events(
    admin: User, data: Path, tmp_path: Path
) -> None:
    figures = maven.count(data)
    before = [model.objects.count() for model in (User, Unit, Region, Customer, Product)]
    jobs = run_plan(actor_of(admin), maven.PLAN, data)
    assert made(jobs) == [
        ("regions", figures.regions, 0),
        ("people", figures.people, 0),
        ("customers", figures.customers, 0),
        ("products", figures.products, 0),
        ("deals", figures.deals, 0),
    ]
    check_deals(figures)
    check_funnel(admin, figures)
    check_api(admin, figures)
    check_screen(admin, figures)
    check_export(figures, tmp_path / "deals.csv")
    check_dates(admin)
    assert insights.execution(actor_of(admin), ALWAYS).debts == Debt.objects.count() > figures.deals
    assert insights.execution(actor_of(admin), ALWAYS).due == 0

    again = run_plan(actor_of(admin), maven.PLAN, data)
    assert sum(job.created + job.failed for job in again) == 0
    assert Deal.objects.count() == figures.deals

    for job in reversed(jobs):
        undo_import(actor=actor_of(admin), job_id=job.pk)
        assert finish_import(job.pk).status == ImportJob.Status.UNDONE
        assert not job.rows.filter(result="kept").exists()
    assert [model.objects.count() for model in (User, Unit, Region, Customer, Product)] == before
    assert [model.objects.count() for model in (Deal, Run, Stay, Debt)] == [0, 0, 0, 0]
    assert not list(verify_log())
