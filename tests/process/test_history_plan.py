"""Laying out the stays of a past run: assumed ones, lengths, the order of dates, and what the log is told."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from dealrail.accounts.actor import Actor
from dealrail.core.workdays import WorkingTime
from dealrail.process import history, queries
from dealrail.process.errors import DatesOutOfOrder, UnknownStage
from dealrail.process.history import Placed, Placement
from dealrail.process.models import Run, Stay
from dealrail.process.rules import State
from tests.cast import Company, publish, trial

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 6, 1, tzinfo=UTC)
WORKING_DAY = 1440


def day(number: int) -> datetime:
    """So many days after Monday, 2 March 2026."""
    return datetime(2026, 3, 2 + number, tzinfo=UTC)


def plan(
    stage: str,
    state: State = State.OPEN,
    entered: Mapping[str, datetime] | None = None,
    closed_at: datetime | None = None,
) -> Placed:
    placement = Placement(stage=stage, state=state, entered=entered or {}, closed_at=closed_at)
    placed = history.plan(queries.current_version("trial"), placement, by=Actor.system(), now=NOW)
    history.measure(placed.stays, WorkingTime())
    return placed


def test_a_dated_way_gets_its_stays_with_their_lengths(company: Company) -> None:
    placed = plan("work", entered={"lead": day(0), "talk": day(1), "work": day(4)})
    assert [(stay.entered_at, stay.assumed, stay.worked_minutes) for stay in placed.stays] == [
        (day(0), False, WORKING_DAY),
        (day(1), False, 3 * WORKING_DAY),
        (day(4), False, None),
    ]
    assert (placed.run.state, placed.run.started_at, placed.run.closed_at) == (State.WON, day(0), day(4))
    assert placed.dated == [
        ("lead", State.OPEN, day(0)),
        ("talk", State.OPEN, day(1)),
        ("work", State.WON, day(4)),
    ]


def test_an_undated_stage_takes_the_next_date_and_has_no_length(company: Company) -> None:
    placed = plan("talk", entered={"talk": day(3)})
    assert [(stay.entered_at, stay.assumed, stay.worked_minutes) for stay in placed.stays] == [
        (day(3), True, None),
        (day(3), False, None),
    ]
    assert placed.dated == [("talk", State.OPEN, day(3))]


def test_without_any_date_it_stands_there_since_now_and_tells_of_no_date(company: Company) -> None:
    placed = plan("talk")
    assert placed.run.stage_entered_at == placed.run.started_at == NOW
    assert all(stay.assumed for stay in placed.stays)
    assert placed.dated == []


def test_the_date_of_the_win_dates_the_won_stage(company: Company) -> None:
    placed = plan("work", State.WON, {"talk": day(1)}, day(4))
    assert placed.run.closed_at == placed.stays[-1].entered_at == day(4)
    assert placed.stays[1].worked_minutes == 3 * WORKING_DAY
    assert placed.dated == [("talk", State.OPEN, day(1)), ("work", State.WON, day(4))]


def test_a_won_stage_that_is_dated_itself_was_won_then(company: Company) -> None:
    assert plan("work", State.WON, {"work": day(3)}, day(4)).run.closed_at == day(3)


def test_a_lost_run_ends_in_the_stage_it_left(company: Company) -> None:
    placed = plan("talk", State.LOST, {"lead": day(0), "talk": day(1)}, day(4))
    last = placed.stays[-1]
    assert (placed.run.state, placed.run.closed_at) == (State.LOST, day(4))
    assert (last.exit, last.left_at, last.worked_minutes) == ("lost", day(4), 3 * WORKING_DAY)
    assert placed.dated[-1] == ("talk", State.LOST, day(4))


def test_a_parked_run_is_not_closed(company: Company) -> None:
    placed = plan("talk", State.PARKED, {"talk": day(1)})
    assert (placed.run.state, placed.run.closed_at) == (State.PARKED, None)
    assert (placed.stays[-1].exit, placed.stays[-1].left_at) == ("parked", day(1))


def test_dates_of_stages_beyond_its_own_say_nothing(company: Company) -> None:
    placed = plan("lead", entered={"lead": day(0), "work": day(4)})
    assert placed.dated == [("lead", State.OPEN, day(0))]


@pytest.mark.parametrize(
    ("stage", "state", "entered", "closed"),
    [
        ("talk", State.OPEN, {"lead": 4, "talk": 1}, None),  # backwards
        ("talk", State.LOST, {"talk": 4}, 1),  # lost before entered
        ("talk", State.PARKED, {"talk": 4}, 1),  # parked before entered
        ("work", State.WON, {"work": 4}, 1),  # won before entered
        ("work", State.WON, {"talk": 4}, 1),
        ("talk", State.OPEN, {"talk": 150}, None),  # in the future
        ("talk", State.LOST, {"talk": 1}, 150),
        ("work", State.WON, {"work": 1}, 150),
    ],
)
def test_dates_that_do_not_follow_each_other_are_refused(
    company: Company, stage: str, state: State, entered: Mapping[str, int], closed: int | None
) -> None:
    def moment(number: int) -> datetime:
        return day(number) if number < 28 else NOW.replace(year=2027)

    with pytest.raises(DatesOutOfOrder) as caught:
        plan(
            stage,
            state,
            {key: moment(number) for key, number in entered.items()},
            None if closed is None else moment(closed),
        )
    assert "(20" in str(caught.value)


def test_an_unknown_stage_is_refused(company: Company) -> None:
    with pytest.raises(UnknownStage):
        plan("nirvana")


def test_a_plan_writes_nothing(company: Company) -> None:
    plan("work", entered={"lead": day(0)})
    assert not Run.objects.exists()
    assert not Stay.objects.exists()


def test_where_a_process_forks_only_the_way_taken_is_implied(company: Company) -> None:
    content = trial(process="fork")
    content["stages"][0]["next"] = ["talk", "work"]
    version = publish(content)
    placed = history.plan(version, Placement(stage="work", state=State.WON), by=Actor.system(), now=NOW)
    assert [stay.stage.key for stay in placed.stays] == ["lead", "work"]


def test_where_it_stands_is_told_also_when_only_earlier_stages_are_dated(company: Company) -> None:
    assert plan("talk", entered={"lead": day(1)}).dated == [("lead", State.OPEN, day(1)), ("talk", State.OPEN, day(1))]
