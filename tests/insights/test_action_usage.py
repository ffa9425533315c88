"""How actions are carried out, counted by hand on a handful of deals."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from dealrail.accounts.errors import NotAllowed
from dealrail.accounts.models import User
from dealrail.activities.actions.library import create_action_template
from dealrail.activities.actions.sop import complete_action
from dealrail.core import clock
from dealrail.crm.actions.deals import advance_deal
from dealrail.crm.actions.history import PastDeal, place_deals
from dealrail.crm.actions.waivers import waive_condition
from dealrail.crm.models import Deal
from dealrail.insights import queries
from dealrail.insights.rules import ActionFigure, Passed, action_usage
from dealrail.process.history import Placement
from dealrail.process.models import Stay
from dealrail.process.rules import State
from tests.api.client import Api
from tests.cast import Company, actor_of, new_deal, publish, refuses

MONDAY = datetime(2026, 3, 2, 2, tzinfo=UTC)
MARCH = (date(2026, 3, 1), date(2026, 4, 1))
PROCESS: dict[str, Any] = {
    "process": "probe",
    "name": "探路",
    "actions": [{"key": "call", "name": "打电话"}, {"key": "visit", "name": "拜访"}],
    "stages": [
        {
            "key": "lead",
            "name": "线索",
            "kind": "lead",
            "time_limit_days": 2,
            "actions": ["call", "visit"],
            "conditions": [{"key": "called", "kind": "activities.done", "actions": ["call"]}],
        },
        {"key": "rest", "name": "其余", "kind": "lead", "actions": ["visit"]},
    ],
}


def passed(owner: User, *, called: int | None = None, left: int = 4, days: int = 0) -> Deal:
    """A deal that left its first stage so many days after the Monday, called by then or waived."""
    start = MONDAY + timedelta(days=days)
    with clock.at(start):
        deal = new_deal(owner, "probe")
    if called is not None:
        with clock.at(start + timedelta(days=called)):
            complete_action(actor=actor_of(owner), deal_id=deal.pk, action="call")
    with clock.at(start + timedelta(days=left)):
        if called is None:
            boss = User.objects.get(login="admin")
            waive_condition(actor=actor_of(boss), deal_id=deal.pk, condition="called", reason="老客户")
        advance_deal(actor=actor_of(owner), deal_id=deal.pk)
    return deal


@pytest.fixture(autouse=True)
def deals(company: Company) -> dict[str, Deal]:
    """Five deals of March and one of February; one is somebody else's, one has not moved."""
    publish(PROCESS)
    rep, colleague = company.people["rep"], company.people["colleague"]
    found = {
        "prompt": passed(rep, called=1),
        "late": passed(rep, called=3),
        "waived": passed(rep),
        "theirs": passed(colleague, called=2),
        "february": passed(rep, called=1, days=-20),
    }
    with clock.at(MONDAY):
        found["here"] = new_deal(rep, "probe")
    return found


def counts(user: User, action: str) -> list[int]:
    usage = queries.action_usages(actor_of(user), action, *MARCH)["probe"]
    return [usage.count(figure) for figure in ActionFigure]


def test_tells_done_waived_skipped_and_on_time_apart(manager: User, rep: User, stranger: User) -> None:
    # due, done, waived, skipped, timed, on time
    assert counts(manager, "call") == [4, 3, 1, 0, 3, 2]
    assert counts(manager, "visit") == [4, 0, 0, 4, 0, 0]
    assert counts(rep, "call") == [3, 2, 1, 0, 2, 1]
    assert counts(stranger, "call") == [0] * 6
    usage = queries.action_usages(actor_of(manager), "call", *MARCH)["probe"]
    assert (usage.done_rate, usage.on_time_rate, usage.has_more) == (0.75, 0.6667, False)
    assert "probe" not in queries.action_usages(actor_of(manager), "celebrate", *MARCH)


def test_the_same_figures_open_their_deals(deals: dict[str, Deal], manager: User) -> None:
    def behind(figure: ActionFigure) -> set[str]:
        found = set(queries.action_deals(actor_of(manager), "call", "probe", figure, *MARCH))
        return {name for name, deal in deals.items() if deal in found}

    assert behind(ActionFigure.ON_TIME) == {"prompt", "theirs"}
    assert behind(ActionFigure.WAIVED) == {"waived"}
    assert behind(ActionFigure.DUE) == {"prompt", "late", "waived", "theirs"}


def test_a_deal_counts_once_by_the_last_time_and_assumed_history_not_at_all(
    deals: dict[str, Deal], manager: User, rep: User
) -> None:
    with clock.at(MONDAY + timedelta(days=5)):
        advance_deal(actor=actor_of(rep), deal_id=deals["prompt"].pk, to="lead")
    with clock.at(MONDAY + timedelta(days=7)):
        advance_deal(actor=actor_of(rep), deal_id=deals["prompt"].pk)
    assert counts(manager, "call") == [4, 3, 1, 0, 3, 2]
    Stay.objects.filter(run=deals["late"].run_id).update(assumed=True)
    assert counts(manager, "call") == [3, 2, 1, 0, 2, 2]


def test_a_sheet_of_old_deals_skipped_nothing(deals: dict[str, Deal], manager: User, rep: User) -> None:
    before = counts(manager, "call")
    entered = {"lead": MONDAY, "rest": MONDAY + timedelta(days=1)}
    placement = Placement(stage="rest", state=State.OPEN, entered=entered)
    past = PastDeal(fields={"name": "旧单"}, placement=placement, owner_id=rep.pk)
    place_deals(actor=actor_of(None), process="probe", deals=[past])
    assert counts(manager, "call") == before


def test_counts_the_latest_and_says_that_there_are_more(manager: User) -> None:
    usage = queries.action_usages(actor_of(manager), "call", *MARCH, most=2)["probe"]
    assert (usage.count(ActionFigure.DUE), usage.has_more) == (2, True)


def test_needs_the_permission(legal: User) -> None:
    with refuses(NotAllowed):
        queries.action_usages(actor_of(legal), "call", *MARCH)
    with refuses(NotAllowed):
        queries.action_deals(actor_of(legal), "call", "probe", ActionFigure.DUE, *MARCH)


def test_every_figure_on_the_page_opens_as_many_deals(admin: User, manager: User, legal: User, client: Client) -> None:
    create_action_template(actor=actor_of(admin), key="call", fields={"name": "打电话"})
    client.force_login(manager)
    address = "/library/actions/call/?from=2026-03-01&to=2026-04-01"
    page = client.get(address).content.decode()
    links = re.findall(r'href="(/deals/\?action=call[^"]*)">(\d+)<', page)
    assert [count for _, count in links] == ["4", "3", "1", "2", "3"]
    for link, count in links:
        shown = client.get(link.replace("&amp;", "&")).content.decode()
        assert len(set(re.findall(r'href="/deals/(\d+)/"', shown))) == int(count)
    assert client.get("/deals/?action=call&process=probe&figure=x").status_code == 404
    client.force_login(legal)
    assert "usage-heading" not in client.get(address).content.decode()


def test_the_api_tells_the_figures(admin: User, manager: User) -> None:
    create_action_template(actor=actor_of(admin), key="call", fields={"name": "打电话"})
    told = Api(manager).get("actions-library/call/usage", **{"from": "2026-03-01", "to": "2026-04-01"}).body
    (probe,) = (row for row in told["processes"] if row["process"] == "probe")
    assert (probe["due"], probe["done"], probe["waived"], probe["done_rate"]) == (4, 3, 1, 0.75)
    assert (told["from"], told["to"]) == ("2026-03-01", "2026-04-01")


def test_what_is_due_is_done_waived_or_skipped() -> None:
    rows = [Passed(1, done=True, on_time=True), Passed(2, done=False, waived=True), Passed(3, done=False)]
    usage = action_usage(rows, has_more=False)
    parts = (ActionFigure.DONE, ActionFigure.WAIVED, ActionFigure.SKIPPED)
    assert [usage.runs[part] for part in parts] == [(1,), (2,), (3,)]
    assert action_usage([], has_more=False).done_rate is None
