"""A visit may hold a check-in, and a follow-up completes the plans it fulfils."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from dealrail.accounts.models import User
from dealrail.activities.actions.activities import record_activity
from dealrail.activities.actions.tasks import create_task, finish_task
from dealrail.activities.errors import BadPlace, CheckInElsewhere, InTheFuture, PlanElsewhere
from dealrail.activities.models import Activity, Task
from dealrail.activities.queries import plans_of
from dealrail.activities.rules import CheckIn, picked_day
from dealrail.core.errors import Refusal
from dealrail.core.workdays import WorkingTime
from dealrail.crm.actions.deals import change_deal
from dealrail.events.models import Event
from tests.cast import MakeCustomer, MakeDeal, actor_of, event_kinds, fresh, last_event_id, refuses

SUZHOU = CheckIn(place="工业园", latitude=Decimal("31.2983041"), longitude=Decimal("120.58532"), accuracy=20)


def record(user: User, **fields: Any) -> Activity:
    return record_activity(actor=actor_of(user), **{"kind": "visit", "text": "看了现场", **fields})


def plan(user: User, deal: Any, days: int = 0, title: str = "回访") -> Task:
    due = timezone.now() + timedelta(days=days)
    return create_task(actor=actor_of(user), kind="plan", title=title, due_at=due, deal_id=deal.pk)


def test_a_visit_keeps_when_and_where_it_was(rep: User, make_deal: MakeDeal) -> None:
    made = record(rep, deal_id=make_deal().pk, check_in=SUZHOU)
    made.refresh_from_db()
    assert made.checked_in_at is not None
    assert (made.place, str(made.latitude), str(made.longitude), made.accuracy) == (
        "工业园", "31.298304", "120.585320", 20,
    )  # fmt: skip
    payload = Event.objects.latest("pk").payload
    assert (payload["place"], payload["latitude"]) == ("工业园", "31.298304")


def test_a_check_in_needs_no_place(rep: User, make_deal: MakeDeal) -> None:
    earlier = timezone.now() - timedelta(hours=2)
    made = record(rep, deal_id=make_deal().pk, check_in=CheckIn(at=earlier))
    assert (made.checked_in_at, made.place, made.latitude) == (earlier, "", None)


WRONG: list[tuple[dict[str, Any], type[Refusal]]] = [
    ({"kind": "call", "check_in": SUZHOU}, CheckInElsewhere),
    ({"check_in": CheckIn(latitude=Decimal("91"), longitude=Decimal("0"))}, BadPlace),
    ({"check_in": CheckIn(latitude=Decimal("31"))}, BadPlace),
    ({"check_in": CheckIn(latitude=Decimal("NaN"), longitude=Decimal("1"))}, BadPlace),
    ({"check_in": CheckIn(place="x" * 201)}, BadPlace),
    ({"check_in": CheckIn(place="a\x00")}, BadPlace),
    ({"check_in": CheckIn(accuracy=-1)}, BadPlace),
    ({"check_in": CheckIn(at=timezone.now() + timedelta(days=1))}, InTheFuture),
]


@pytest.mark.parametrize(("fields", "refusal"), WRONG)
def test_refuses_a_check_in_that_cannot_be(
    fields: dict[str, Any], refusal: type[Refusal], rep: User, make_deal: MakeDeal
) -> None:
    deal = make_deal()
    with refuses(refusal):
        record(rep, deal_id=deal.pk, **fields)


def test_a_follow_up_completes_the_plans_it_fulfils(rep: User, make_deal: MakeDeal) -> None:
    deal = make_deal()
    done, kept = plan(rep, deal), plan(rep, deal, days=3, title="报价")
    before = last_event_id()
    record(rep, deal_id=deal.pk, finishes=[done.pk])
    assert event_kinds(before) == ["activity.recorded", "task.closed"]
    assert list(Task.objects.filter(done_at__isnull=True)) == [kept]
    assert fresh(deal).next_step_at == kept.due_at


def test_a_plan_made_before_the_deal_had_its_customer_is_completed_too(
    rep: User, make_deal: MakeDeal, make_customer: MakeCustomer
) -> None:
    deal = make_deal()
    made = plan(rep, deal)
    change_deal(actor=actor_of(rep), deal_id=deal.pk, fields={"customer": make_customer().pk})
    assert plans_of(actor_of(rep), deal_id=deal.pk) == [made]
    record(rep, deal_id=deal.pk, finishes=[made.pk])
    made.refresh_from_db()
    assert made.done_at is not None


def test_a_plan_closed_in_the_meantime_hinders_nothing(rep: User, make_deal: MakeDeal) -> None:
    deal = make_deal()
    closed = plan(rep, deal)
    finish_task(actor=actor_of(rep), task_id=closed.pk)
    assert record(rep, deal_id=deal.pk, finishes=[closed.pk]).pk


def test_refuses_to_complete_plans_of_elsewhere_or_of_others(rep: User, manager: User, make_deal: MakeDeal) -> None:
    deal, other = make_deal(), make_deal()
    elsewhere = plan(rep, other)
    with refuses(PlanElsewhere):
        record(rep, deal_id=deal.pk, finishes=[elsewhere.pk])
    managers = plan(manager, deal)
    record(rep, deal_id=deal.pk, finishes=[managers.pk])
    managers.refresh_from_db()
    assert managers.done_at is None


def test_quick_picks_mean_working_days() -> None:
    working = WorkingTime()
    friday, monday = date(2026, 11, 27), date(2026, 11, 30)
    assert [picked_day(pick, friday, working) for pick in ("tomorrow", "in_three_days", "next_monday", "", "soon")] == [
        monday, monday, monday, None, None,
    ]  # fmt: skip
    assert [picked_day(pick, date(2026, 11, 26), working) for pick in ("tomorrow", "in_three_days")] == [friday, monday]
    assert picked_day("next_monday", monday, working) == date(2026, 12, 7)
    in_a_holiday = WorkingTime(off=frozenset({monday}))
    assert picked_day("tomorrow", friday, in_a_holiday) == date(2026, 12, 1)
