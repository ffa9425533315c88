"""The rollup says at any moment what a recount says, however far behind the worker is, and mends itself."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dealrail.core import clock
from dealrail.core.errors import Refusal
from dealrail.crm import queries as crm
from dealrail.crm.actions.collaborators import add_collaborator, remove_collaborator
from dealrail.crm.actions.deals import advance_deal, change_deal, lose_deal, park_deal, reopen_deal, transfer_deal
from dealrail.crm.actions.pools import claim_deal, release_deal
from dealrail.crm.actions.recycling import delete_deal, purge_deleted, restore_deal
from dealrail.crm.actions.waivers import waive_condition
from dealrail.crm.models import Deal
from dealrail.events import queries as log
from dealrail.events.clocks import drain
from dealrail.events.models import Event
from dealrail.insights import indexing
from dealrail.insights.models import FunnelCell, FunnelFact, FunnelState
from dealrail.insights.queries import cohort_deals, funnel, rollup
from dealrail.insights.queries.counting import by_stage
from dealrail.insights.rules import Cohort, Tally, middle_tenths, packed, tenths_of, unpacked, whole_months
from dealrail.process.models import Debt
from tests.cast import Company, actor_of, new_customer, new_deal, walk_on

START = datetime(2026, 1, 30, 2, tzinfo=UTC)
ALL = Cohort(process="trial")


# For what another test writes into its own database of the same server.
PATIENCE, PAUSE = 60.0, 0.05


def fold() -> None:
    """Fold all there is."""
    assert in_time(lambda: not indexing.step() and not is_behind())


def is_behind() -> bool:
    state = FunnelState.objects.get()
    return not state.is_built or Event.objects.filter(pk__gt=state.folded_to).exists()


def in_time(is_so: Callable[[], bool]) -> bool:
    until = time.monotonic() + PATIENCE
    while not is_so():
        if time.monotonic() > until:
            return False
        time.sleep(PAUSE)
    return True


def cohorts(company: Company) -> list[Cohort]:
    """Every filter by itself, some together, and periods that do and don't cut months."""
    unit, rep = company.units["华东组"].pk, company.people["rep"].pk
    product, region = crm.products()[0].pk, crm.regions()[0].pk
    return [
        ALL,
        replace(ALL, start=date(2026, 2, 1)),
        replace(ALL, start=date(2026, 1, 31), end=date(2026, 2, 2)),
        replace(ALL, start=date(2026, 2, 2), end=date(2026, 2, 4), region_id=region),
        replace(ALL, unit_id=unit),
        replace(ALL, owner_id=rep, end=date(2026, 2, 1)),
        replace(ALL, product_id=product),
        replace(ALL, region_id=region),
        replace(ALL, product_id=product, region_id=region, unit_id=unit),
    ]


def assert_as_recounted(company: Company) -> None:
    assert rollup.usable()
    for login in ("admin", "manager", "rep", "colleague", "legal"):
        actor = actor_of(company.people[login])
        if not actor.may("insights.read"):
            continue
        for cohort in cohorts(company):
            recount = by_stage(cohort_deals(actor, cohort))
            assert shown(rollup.counted(actor, cohort)) == shown(recount), (login, cohort)


def shown(tallies: dict[str, Tally]) -> dict[str, list[Any]]:
    return {stage: tally.pack() for stage, tally in tallies.items() if tally.pack() != Tally().pack()}


def sheet(deal: Deal, company: Company) -> dict[str, Callable[[], object]]:
    """What may happen to a deal; what is refused just doesn't happen."""
    owner, manager = actor_of(deal.owner or company.people["rep"]), actor_of(company.people["manager"])
    admin, colleague = actor_of(company.people["admin"]), company.people["colleague"]
    product, region = crm.products()[0].name, crm.regions()[0].name
    one: dict[str, Any] = {"deal_id": deal.pk}

    @transaction.atomic  # as an action: no debt without an event of its deal
    def owe() -> None:
        Debt.objects.get_or_create(run=deal.run, stage=deal.run.stage, condition="basics", code="x", item="need")
        change_deal(actor=admin, **one, fields={"need": f"{deal.run.debts.count()} of {deal.pk}"})

    return {
        "on": lambda: walk_on(deal),
        "back": lambda: advance_deal(actor=owner, **one, to="lead"),
        "lose": lambda: lose_deal(actor=owner, **one, reason="price"),
        "park": lambda: park_deal(actor=owner, **one),
        "reopen": lambda: reopen_deal(actor=owner, **one),
        "transfer": lambda: transfer_deal(actor=admin, **one, owner_id=colleague.pk),
        "north": lambda: transfer_deal(actor=admin, **one, owner_id=company.people["northerner"].pk),
        "release": lambda: release_deal(actor=owner, **one, reason="没有时间"),
        "claim": lambda: claim_deal(actor=actor_of(colleague), **one),
        "change": lambda: change_deal(
            actor=admin, **one, fields={"amount": "500", "product": product, "region": region}
        ),
        "delete": lambda: delete_deal(actor=admin, **one),
        "restore": lambda: restore_deal(actor=admin, **one),
        "purge": lambda: purge_deleted(actor=admin),
        "waive": lambda: waive_condition(actor=manager, **one, condition="basics", reason="老客户"),
        "share": lambda: add_collaborator(actor=admin, **one, user_id=company.people["rep"].pk),
        "unshare": lambda: remove_collaborator(actor=admin, **one, user_id=company.people["rep"].pk),
        "owe": owe,
        "fold": fold,
        "drain": drain,
        "rebuild": lambda: indexing.rebuild(lambda done, of: None),
        "check": lambda: assert_as_recounted(company),
    }


NAMES = st.sampled_from(
    (
        *("on", "on", "on", "back", "lose", "park", "reopen", "transfer", "north", "release", "claim", "change"),
        *("delete", "restore", "purge", "waive", "share", "unshare", "owe"),
        *("fold", "fold", "drain", "rebuild", "check"),
    )
)
STEPS = st.lists(st.tuples(st.integers(0, 3), NAMES), max_size=14)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=STEPS)
def test_says_what_a_recount_says_whatever_happens(steps: list[tuple[int, str]], company: Company) -> None:
    fold()
    rep, northerner = company.people["rep"], company.people["northerner"]
    deals = []
    for number, owner in enumerate((rep, company.people["colleague"], northerner, northerner)):
        with clock.at(START + timedelta(days=number)):
            deals.append(new_deal(owner, need="有", customer=new_customer(owner).pk, amount="100"))
    add_collaborator(actor=actor_of(company.people["admin"]), deal_id=deals[2].pk, user_id=rep.pk)
    for number, (which, name) in enumerate(steps):
        deal = Deal.objects.select_related("owner", "run__stage").filter(pk=deals[which].pk).first()
        if deal is not None:
            with suppress(Refusal), clock.at(START + timedelta(days=4 + 2 * number)):
                sheet(deal, company)[name]()
    assert_as_recounted(company)
    fold()
    assert not log.subjects_after(FunnelState.objects.get().folded_to, kind="deal", most=10)
    assert_as_recounted(company)
    assert indexing.faults() == 0


def test_is_not_read_until_it_is_built(company: Company, rep: Any) -> None:
    new_deal(rep)
    indexing.start_over()
    assert rollup.usable() is None
    assert funnel(actor_of(rep), ALL).totals.deals == 1
    fold()
    assert rollup.usable()
    assert funnel(actor_of(rep), ALL).totals.deals == 1


def test_a_rollup_of_other_rules_is_built_anew(company: Company, rep: Any) -> None:
    new_deal(rep)
    fold()
    FunnelState.objects.update(rules="0 Mars/Olympus")
    assert rollup.usable() is None
    fold()
    assert rollup.usable()
    assert_as_recounted(company)


def test_counts_straight_when_too_much_is_to_be_folded(
    company: Company, rep: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fold()
    monkeypatch.setattr(rollup, "MOST_BEHIND", 1)
    for _ in range(3):
        new_deal(rep)
    assert funnel(actor_of(rep), ALL).totals.deals == 3


def test_what_was_changed_behind_the_log_is_found_and_mended(company: Company, rep: Any) -> None:
    deal = new_deal(rep)
    fold()
    assert indexing.faults() == 0
    Deal.objects.filter(pk=deal.pk).update(amount=7)
    assert indexing.faults() == 1
    FunnelCell.objects.filter(level=0).update(reached=9)
    assert indexing.faults() == 2
    indexing.rebuild(lambda done, of: None)
    assert indexing.faults() == 0


def test_rebuilding_leaves_what_folding_left(company: Company, rep: Any) -> None:
    fold()
    for _ in range(2):
        walk_on(new_deal(rep, customer=new_customer(rep).pk))
        fold()
    folded = everything()
    assert indexing.rebuild(lambda done, of: None) == 2
    assert everything() == folded


def everything() -> list[Any]:
    facts = FunnelFact.objects.order_by("pk").values_list("pk", "month", "owner", "tallies")
    cells = FunnelCell.objects.exclude(reached=0).order_by("pk").values_list("pk", "reached", "here", "tenths")
    return [*facts, *cells]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (None, None, (None, None, [])),
        ((3, 1), (5, 1), ((3, 1), (5, 1), [])),
        ((3, 5), (5, 7), ((4, 1), (5, 1), [((3, 5), (4, 1)), ((5, 1), (5, 7))])),
        ((3, 5), (3, 7), ((4, 1), (3, 1), [((3, 5), (3, 7))])),
        ((3, 5), (4, 1), ((4, 1), (4, 1), [((3, 5), (4, 1))])),
        ((3, 1), (3, 7), ((3, 1), (3, 1), [((3, 1), (3, 7))])),
        ((3, 5), None, ((4, 1), None, [((3, 5), (4, 1))])),
        (None, (3, 7), (None, (3, 1), [((3, 1), (3, 7))])),
    ],
)
def test_a_period_is_whole_months_and_the_rest(start: Any, end: Any, expected: Any) -> None:
    def day(given: Any) -> Any:
        return given and date(2026, *given)

    first, last, cuts = expected
    spans = [(day(one), day(other)) for one, other in cuts]
    assert whole_months(day(start), day(end)) == (day(first), day(last), spans)


@given(st.lists(st.integers(0, 40_000), min_size=1, max_size=9))
def test_the_middle_of_tenths_is_that_of_minutes(minutes: list[int]) -> None:
    lengths = unpacked(",".join(packed({tenths_of(one): 1}) for one in minutes))
    low, high = middle_tenths(lengths)
    ordered = sorted(minutes)
    assert (low, high) == (
        tenths_of(ordered[(len(ordered) - 1) // 2]),
        tenths_of(ordered[len(ordered) // 2]),
    )
    if low == high:
        middle = (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2
        assert low / 10 == round(middle / 1440, 1)
