"""The cohort funnel and the execution rate, counted by hand on a small cohort."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotAllowed
from dealrail.accounts.models import User
from dealrail.core import clock
from dealrail.crm import queries as crm
from dealrail.crm.actions.deals import (
    advance_deal,
    change_deal,
    lose_deal,
    park_deal,
    reopen_deal,
    transfer_deal,
)
from dealrail.crm.actions.waivers import waive_condition
from dealrail.crm.models import Deal
from dealrail.insights import queries
from dealrail.insights.rules import Cohort, Figure, Funnel, middle, share
from dealrail.process.errors import NoSuchProcess
from dealrail.process.models import Debt, Stay
from tests.cast import (
    Company,
    actor_of,
    fulfil,
    grant,
    new_customer,
    new_deal,
    publish,
    refuses,
    trial,
    walk_on,
    walk_to,
)

# Monday; a working day later is one day later until Friday.
MONDAY = datetime(2026, 3, 2, 2, tzinfo=UTC)
MARCH = Cohort(process="trial", start=date(2026, 3, 1), end=date(2026, 4, 1))
EXECUTION = (Figure.DUE, Figure.WAIVED, Figure.LATE, Figure.OWING)
PER_STAGE = (Figure.REACHED, Figure.HERE, Figure.MOVED_ON, Figure.LOST, Figure.PARKED)


def day(number: int) -> datetime:
    """So many days after the Monday."""
    return MONDAY + timedelta(days=number)


def started(owner: User, number: int = 0, **fields: Any) -> Deal:
    with clock.at(day(number)):
        return new_deal(owner, need="有", customer=new_customer(owner).pk, **fields)


def on(number: int, act: Callable[..., Any], deal: Deal, **fields: Any) -> None:
    """Have the owner do this to the deal so many days after the Monday."""
    with clock.at(day(number)):
        if act is walk_on:
            walk_on(deal)
        else:
            act(actor=actor_of(deal.owner), deal_id=deal.pk, **fields)


@pytest.fixture
def cohort(company: Company) -> dict[str, Deal]:
    """Eight deals of March, each with a walk of its own, and one of February."""
    rep, colleague = company.people["rep"], company.people["colleague"]
    names = ("fresh", "talking", "won", "lost", "parked", "back", "reopened")
    deals = {name: started(rep, amount="100") for name in names}
    deals["other"] = started(colleague, amount="1000", region="华东")
    deals["february"] = started(rep, -20)
    for name, days in {"talking": 1, "won": 2, "lost": 3, "back": 4, "reopened": 1, "other": 1}.items():
        on(days, walk_on, deals[name])
    on(4, walk_on, deals["won"])
    on(4, lose_deal, deals["lost"], reason="price")
    on(1, park_deal, deals["parked"])
    on(4, advance_deal, deals["back"], to="lead")
    on(2, lose_deal, deals["reopened"], reason="price")
    on(3, reopen_deal, deals["reopened"])
    return deals


def rows(funnel: Funnel) -> dict[str, tuple[int, int, int, int, int]]:
    return {row.key: (row.reached, row.here, row.moved_on, row.lost, row.parked) for row in funnel.rows}


def test_counts_each_stage_of_a_cohort(cohort: dict[str, Deal], manager: User) -> None:
    funnel = queries.funnel(actor_of(manager), MARCH)
    # reached, here, moved on, lost, parked
    assert rows(funnel) == {"lead": (8, 2, 6, 0, 1), "talk": (6, 3, 1, 1, 0), "work": (1, 1, 0, 0, 0)}


def test_adds_up_the_cohort_as_a_whole(cohort: dict[str, Deal], manager: User) -> None:
    totals = queries.funnel(actor_of(manager), MARCH).totals
    assert (totals.deals, totals.open, totals.won, totals.lost, totals.parked) == (8, 5, 1, 1, 1)
    assert totals.open_amount == Decimal(1400)
    assert totals.won_amount == Deal.objects.get(pk=cohort["won"].pk).amount


def test_converts_from_the_stage_before_and_from_the_start(cohort: dict[str, Deal], manager: User) -> None:
    shares = [(row.from_before, row.from_start) for row in queries.funnel(actor_of(manager), MARCH).rows]
    assert shares == [(1.0, 1.0), (0.75, 0.75), (0.1667, 0.125)]


def test_takes_the_median_of_working_days_until_the_move(cohort: dict[str, Deal], manager: User) -> None:
    lead, talk, work = queries.funnel(actor_of(manager), MARCH).rows
    # 1, 2, 3, 4, 1, 1 days
    assert (lead.median_days, lead.stays_measured) == (1.5, 6)
    assert (talk.median_days, talk.stays_measured) == (2.0, 1)
    assert (work.median_days, work.stays_measured) == (None, 0)


def test_a_weekend_is_no_working_time(company: Company, rep: User) -> None:
    deal = started(rep, 4)
    on(7, walk_on, deal)
    assert queries.funnel(actor_of(rep), MARCH).rows[0].median_days == 1.0


@pytest.mark.parametrize(
    ("narrowed", "count"),
    [
        ({}, 8),
        ({"end": date(2026, 3, 2)}, 0),
        ({"start": date(2026, 3, 3)}, 0),
        ({"start": date(2026, 2, 1)}, 9),
        ({"start": None, "end": None}, 9),
        ({"unit_id": "华东组"}, 8),
        ({"unit_id": "销售部"}, 8),
        ({"unit_id": "华北组"}, 0),
        ({"owner_id": "colleague"}, 1),
        ({"region_id": "华东"}, 1),
    ],
)
def test_narrows_the_cohort(
    narrowed: dict[str, Any], count: int, cohort: dict[str, Deal], company: Company, manager: User
) -> None:
    ids = {
        **{name: unit.pk for name, unit in company.units.items()},
        **{login: user.pk for login, user in company.people.items()},
        "华东": crm.regions().get(name="华东").pk,
    }
    wanted = {key: ids.get(value, value) for key, value in narrowed.items()}
    assert queries.funnel(actor_of(manager), replace(MARCH, **wanted)).totals.deals == count


def test_a_day_begins_at_midnight_in_the_companys_time_zone(company: Company, rep: User) -> None:
    with clock.at(datetime(2026, 2, 28, 16, 30, tzinfo=UTC)):  # 00:30 on 1 March in Shanghai
        new_deal(rep)
    assert queries.funnel(actor_of(rep), MARCH).totals.deals == 1


def test_one_counts_only_what_one_sees(cohort: dict[str, Deal], company: Company) -> None:
    seen = {
        login: queries.funnel(actor_of(company.people[login]), MARCH).totals.deals
        for login in ("rep", "colleague", "northerner", "manager", "admin")
    }
    assert seen == {"rep": 7, "colleague": 1, "northerner": 0, "manager": 8, "admin": 8}


def test_every_figure_opens_exactly_the_deals_it_counts(cohort: dict[str, Deal], manager: User) -> None:
    assert_figures_open(manager)
    opened = {
        (stage, figure): {name for name, deal in cohort.items() if deal in open_figure(manager, figure, stage)}
        for stage in ("lead", "talk")
        for figure in PER_STAGE
    }
    assert opened["lead", Figure.HERE] == {"fresh", "back"}
    assert opened["lead", Figure.PARKED] == {"parked"}
    assert opened["talk", Figure.HERE] == {"talking", "reopened", "other"}
    assert opened["talk", Figure.LOST] == {"lost"}
    assert opened["talk", Figure.MOVED_ON] == {"won"}


def open_figure(user: User, figure: Figure, stage: str | None = None) -> set[Deal]:
    found = list(queries.funnel_deals(actor_of(user), MARCH, figure, stage))
    assert len(found) == len(set(found))
    return set(found)


def assert_figures_open(user: User) -> None:
    funnel = queries.funnel(actor_of(user), MARCH)
    for row in funnel.rows:
        for figure in PER_STAGE:
            assert len(open_figure(user, figure, row.key)) == getattr(row, figure.value), (row.key, figure)
    totals = {Figure.ALL: funnel.totals.deals}
    totals |= {figure: getattr(funnel.totals, figure.value) for figure in (Figure.OPEN, Figure.WON)}
    totals |= {Figure.LOST: funnel.totals.lost, Figure.PARKED: funnel.totals.parked}
    for figure, count in totals.items():
        assert len(open_figure(user, figure)) == count, figure


STEPS = st.lists(st.sampled_from(["on", "back", "lose", "park", "reopen"]), max_size=7)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(walks=st.lists(STEPS, min_size=1, max_size=3))
def test_figures_agree_with_their_deals_whatever_happened(walks: list[list[str]], company: Company) -> None:
    rep = company.people["rep"]
    for walk in walks:
        deal = started(rep)
        for number, step in enumerate(walk, 1):
            _try(deal, step, number)
    assert_figures_open(rep)
    for row in queries.funnel(actor_of(rep), MARCH).rows:
        assert row.here + row.lost + row.parked <= row.reached
        assert row.moved_on <= row.reached


def _try(deal: Deal, step: str, number: int) -> None:
    deal = Deal.objects.select_related("run__stage", "owner").get(pk=deal.pk)
    running = deal.run.finished_at is None and deal.run.state in {"open", "won"}
    if step == "on" and running:
        on(number, walk_on, deal)
    elif step == "back" and running and deal.run.stage.key != "lead":
        on(number, advance_deal, deal, to="lead")
    elif step == "lose" and running:
        on(number, lose_deal, deal, reason="price")
    elif step == "park" and running:
        on(number, park_deal, deal)
    elif step == "reopen" and deal.run.state in {"lost", "parked"}:
        on(number, reopen_deal, deal)


def test_refuses_without_the_permission_or_a_process(legal: User, rep: User) -> None:
    with refuses(NotAllowed):
        queries.funnel(actor_of(legal), MARCH)
    with refuses(NotAllowed):
        queries.execution(actor_of(legal), MARCH)
    with refuses(NoSuchProcess):
        queries.funnel(actor_of(rep), Cohort(process="nonsense"))


# Execution rate


def test_counts_conditions_met_waived_and_late_of_those_due(company: Company, rep: User, manager: User) -> None:
    prompt, slow = started(rep), started(rep)
    on(1, walk_on, prompt)  # 1 due and met
    on(1, walk_on, slow)  # 1 due and met
    with clock.at(day(2)):
        waive_condition(actor=actor_of(manager), deal_id=prompt.pk, condition="followed", reason="当面谈过")
    on(3, walk_on, prompt)  # 5 due, 1 waived
    on(30, walk_on, slow)  # 5 due, after more than 7 working days
    execution = queries.execution(actor_of(rep), MARCH)
    assert (execution.due, execution.met, execution.waived, execution.late) == (12, 6, 1, 5)
    assert execution.rate == 0.5


def test_moves_back_losses_and_assumed_stays_do_not_count(company: Company, rep: User) -> None:
    back, lost, assumed = started(rep), started(rep), started(rep)
    for deal in (back, lost, assumed):
        on(1, walk_on, deal)
    on(2, advance_deal, back, to="lead")
    on(2, lose_deal, lost, reason="price")
    Stay.objects.filter(run=assumed.run_id).update(assumed=True)
    assert queries.execution(actor_of(rep), MARCH).due == 2


def test_debts_of_imported_history_stand_apart(company: Company, rep: User) -> None:
    deal = started(rep)
    for item, settled_at in (("a", None), ("b", None), ("c", MONDAY)):
        Debt.objects.create(
            run=deal.run, stage=deal.run.stage, condition="x", code="y", item=item, settled_at=settled_at
        )
    execution = queries.execution(actor_of(rep), MARCH)
    assert (execution.due, execution.rate, execution.debts, execution.debts_settled) == (0, None, 3, 1)


def test_an_approval_given_counts_as_met(company: Company, rep: User) -> None:
    deal = started(rep)
    with clock.at(day(1)):
        walk_to(deal, "talk")
        fulfil(deal)
        advance_deal(actor=actor_of(rep), deal_id=deal.pk)
        grant(deal.run.approvals.get())
    execution = queries.execution(actor_of(rep), MARCH)
    assert (execution.due, execution.met) == (6, 6)


@pytest.mark.parametrize(
    ("part", "whole", "expected"), [(0, 0, None), (0, 5, 0.0), (1, 3, 0.3333), (5, 5, 1.0), (2, 1, 2.0)]
)
def test_a_share_has_four_places_and_none_without_a_whole(part: int, whole: int, expected: float | None) -> None:
    assert share(part, whole) == expected


@pytest.mark.parametrize(("values", "expected"), [([], None), ([3], 3.0), ([3, 4], 3.5)])
def test_the_middle_of_what_a_sorted_query_returned(values: list[int], expected: float | None) -> None:
    assert middle(values) == expected


def test_stages_of_older_versions_stay_in_the_funnel(cohort: dict[str, Deal], manager: User) -> None:
    content = trial()
    content["stages"][1]["key"] = "negotiation"
    publish(content)
    funnel = queries.funnel(actor_of(manager), MARCH)
    assert [(row.key, row.reached) for row in funnel.rows] == [
        ("lead", 8),
        ("negotiation", 0),
        ("work", 1),
        ("talk", 6),
    ]
    talking = queries.funnel_deals(actor_of(manager), MARCH, Figure.REACHED, "talk")
    assert talking.count() == 6


def test_days_beyond_all_calendars_are_no_failure(cohort: dict[str, Deal], manager: User) -> None:
    ever = replace(MARCH, start=date.min, end=date.max)
    assert queries.funnel(actor_of(manager), ever).totals.deals == 9


def test_a_win_stays_with_who_won_it_when_others_deliver(
    cohort: dict[str, Deal], company: Company, rep: User, manager: User
) -> None:
    won, deliverer = cohort["won"], company.people["stranger"]
    transfer_deal(actor=Actor.system(), deal_id=won.pk, owner_id=deliverer.pk)
    for user in (rep, manager):
        assert queries.funnel(actor_of(user), replace(MARCH, owner_id=rep.pk)).totals.won == 1
        assert crm.deal(actor_of(user), won.pk) == won
        with refuses(NotAllowed):
            change_deal(actor=actor_of(user), deal_id=won.pk, fields={"amount": "1"})
    assert queries.funnel(actor_of(manager), replace(MARCH, owner_id=deliverer.pk)).totals.deals == 0


def test_a_win_taken_back_is_nobodys(cohort: dict[str, Deal], rep: User) -> None:
    won = cohort["won"]
    advance_deal(actor=actor_of(rep), deal_id=won.pk, to="talk")
    won.refresh_from_db()
    assert won.won_by is None


def test_every_figure_of_the_execution_rate_opens_its_deals(
    cohort: dict[str, Deal], manager: User, company: Company
) -> None:
    late = started(company.people["rep"])
    on(30, walk_on, late)
    Debt.objects.create(run=cohort["other"].run, stage=late.run.stage, condition="x", code="x", item="x")
    excused = started(company.people["rep"])
    with clock.at(day(1)):
        change_deal(actor=actor_of(excused.owner), deal_id=excused.pk, fields={"need": ""})
        waive_condition(actor=actor_of(manager), deal_id=excused.pk, condition="basics", reason="老客户")
        advance_deal(actor=actor_of(excused.owner), deal_id=excused.pk)
    figures = {figure: set(queries.funnel_deals(actor_of(manager), MARCH, figure)) for figure in EXECUTION}
    assert late in figures[Figure.DUE]
    assert figures[Figure.LATE] == {late}
    assert figures[Figure.WAIVED] == {excused}
    assert figures[Figure.OWING] == {cohort["other"]}
