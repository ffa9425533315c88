"""The funnel's page: every figure opens the deals behind it, those of the execution rate too."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dealrail.accounts.models import User
from dealrail.core import clock
from dealrail.crm.actions.waivers import waive_condition
from dealrail.crm.models import Deal
from dealrail.process.models import Debt
from tests.cast import MakeDeal, actor_of, publish, trial, walk_on
from tests.web.conftest import LogIn

pytestmark = pytest.mark.django_db

START = datetime(2026, 3, 2, 1, tzinfo=UTC)


@pytest.fixture
def deals(make_deal: MakeDeal, manager: User) -> dict[str, Deal]:
    """A deal that passed its gate in time, one late, one by waiver, and one brought in with a debt."""
    with clock.at(START):
        found = {name: make_deal(name=name) for name in ("in time", "late", "waived", "owing")}
        reason = "老客户，需求已知"
        waive_condition(actor=actor_of(manager), deal_id=found["waived"].pk, condition="basics", reason=reason)
    with clock.at(START + timedelta(days=1)):
        walk_on(found["in time"])
        walk_on(found["waived"])
    with clock.at(START + timedelta(days=30)):
        walk_on(found["late"])
    owing = found["owing"].run
    Debt.objects.create(run=owing, stage=owing.stage, condition="basics", code="field_missing", item="need")
    return found


def figures(page: Any) -> dict[str, dict[str, Any]]:
    return {str(figure["label"]): figure for figure in page.context["execution_links"]}


@pytest.mark.parametrize(
    ("label", "count", "names"),
    [
        ("Conditions due", 3, {"in time", "late", "waived"}),
        ("Met in time", 1, {"in time"}),
        ("Waived", 1, {"waived"}),
        ("Late", 1, {"late"}),
        ("Outstanding steps of imported history", 1, {"owing"}),
    ],
)
def test_a_figure_of_the_execution_rate_opens_its_deals(
    log_in: LogIn, manager: User, deals: dict[str, Deal], label: str, count: int, names: set[str]
) -> None:
    client = log_in(manager)
    figure = figures(client.get("/insights/funnel/?process=trial"))[label]
    assert figure["count"] == count
    page = client.get(figure["href"])
    assert {deal.name for deal in page.context["page"].rows} == names
    assert label in page.content.decode()


def test_without_a_time_limit_nothing_is_late(log_in: LogIn, manager: User, make_deal: MakeDeal) -> None:
    content = trial()
    del content["stages"][0]["time_limit_days"]
    publish(content)
    with clock.at(START):
        deal = make_deal(name="no limit")
    with clock.at(START + timedelta(days=90)):
        walk_on(deal)
    client = log_in(manager)
    shown = figures(client.get("/insights/funnel/?process=trial"))
    assert [row.name for row in client.get(shown["Met in time"]["href"]).context["page"].rows] == ["no limit"]
    assert shown["Late"]["count"] == 0


def test_its_dates_have_labels_to_read(log_in: LogIn, manager: User) -> None:
    text = log_in(manager).get("/insights/funnel/?process=trial").content.decode()
    assert '<label class="entered-date"><span>Entered from</span>' in text
    assert '<label class="entered-date"><span>Entered before</span>' in text
