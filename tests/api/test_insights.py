"""Funnel and execution rate over the API: every figure opens its deals."""

from datetime import timedelta

import pytest
from django.utils import timezone

from dealrail.accounts.models import User
from tests.api.client import Api
from tests.cast import Company, MakeDeal, walk_to


@pytest.fixture
def some_deals(make_deal: MakeDeal, as_rep: Api) -> None:
    """One still a lead, one lost in the talk, one parked, one won."""
    make_deal(name="线索", region="华东")
    lost, parked = walk_to(make_deal(name="丢单"), "talk"), make_deal(name="搁置")
    as_rep.post(f"deals/{lost.pk}/lose", reason="price")
    as_rep.post(f"deals/{parked.pk}/park")
    walk_to(make_deal(name="赢单", product="P1"), "work")


@pytest.mark.usefixtures("some_deals")
def test_every_figure_opens_its_deals(as_manager: Api) -> None:
    funnel = as_manager.get("insights/funnel", process="trial").body
    for stage in funnel["stages"]:
        for figure in ("reached", "here", "moved_on", "lost", "parked"):
            behind = as_manager.get("insights/funnel/deals", process="trial", stage=stage["key"], figure=figure)
            assert len(behind.body["items"]) == stage[figure], (stage["key"], figure)
    for figure in ("open", "won", "lost", "parked"):
        behind = as_manager.get("insights/funnel/deals", process="trial", figure=figure)
        assert len(behind.body["items"]) == funnel["totals"][figure]
    assert (funnel["totals"]["deals"], funnel["totals"]["won_amount"]) == (4, "98000.50")


@pytest.mark.usefixtures("some_deals")
def test_the_funnel_is_narrowed_by_every_parameter(as_manager: Api, rep: User, company: Company) -> None:
    def count(**asked: object) -> int:
        return int(as_manager.get("insights/funnel", process="trial", **asked).body["totals"]["deals"])

    today = timezone.localdate()
    assert count(owner=rep.pk) == count(owner="rep") == 4
    assert count(owner="me") == count(owner=10**17) == 0
    assert count(product="协同平台") == count(region="华东") == 1
    assert count(unit="销售部") == count(unit=company.units["华东组"].pk) == 4
    assert count(unit="华北组") == 0
    assert count(**{"from": today, "to": today + timedelta(days=1)}) == 4
    assert count(to=today) == count(**{"from": today + timedelta(days=1)}) == 0


def test_a_wrong_parameter_is_refused_by_name(as_rep: Api) -> None:
    assert as_rep.get("insights/funnel").code == "process_missing"
    assert as_rep.get("insights/funnel", process="none").code == "no_such_process"
    assert as_rep.get("insights/execution", process="none").code == "no_such_process"
    assert as_rep.get("insights/funnel/deals", process="trial", stage="none").code == "unknown_stage"
    refused = as_rep.get("insights/funnel", process="trial", to="gestern")
    assert (refused.code, refused.body["errors"][0]["field"]) == ("invalid_input", "to")
    assert as_rep.get("insights/funnel", process="trial", product="Nichts").code == "unknown_choice"
    assert as_rep.get("insights/funnel/deals", process="trial", figure="best").code == "invalid_input"
    assert as_rep.get("insights/funnel", process="trial", colour="red").code == "unknown_parameter"


@pytest.mark.usefixtures("some_deals")
def test_counts_only_what_one_may_see(as_stranger: Api, company: Company) -> None:
    assert as_stranger.get("insights/funnel", process="trial").body["totals"]["deals"] == 0
    assert Api(company.people["legal"]).get("insights/funnel", process="trial").code == "not_allowed"


@pytest.mark.usefixtures("some_deals")
def test_shows_the_execution_rate_with_what_it_is_made_of(as_manager: Api) -> None:
    rate = as_manager.get("insights/execution", process="trial").body
    assert (rate["due"], rate["met"], rate["rate"], rate["debts"]) == (7, 7, 1.0, 0)
