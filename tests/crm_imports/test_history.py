"""Past deals: they stand where the sheet says, with its dates; what the SOP would have demanded is owed."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from dealrail.accounts.errors import NotAllowed
from dealrail.accounts.models import User
from dealrail.activities.models import Task
from dealrail.core import clock
from dealrail.crm.actions.deals import advance_deal
from dealrail.crm.actions.history import PastDeal, place_deals
from dealrail.crm.models import Deal, ImportJob
from dealrail.events.clocks import drain
from dealrail.events.models import Event
from dealrail.insights import queries as insights
from dealrail.insights.rules import Cohort
from dealrail.process.errors import GateBlocked
from dealrail.process.history import Placement
from dealrail.process.models import Debt, Stay
from dealrail.process.rules import State
from tests.cast import actor_of, event_kinds, last_event_id, refuses, unmet
from tests.crm_imports.bringing import Bring, counts, sentence, sentences

pytestmark = pytest.mark.django_db
HEAD = "编号,商机,阶段,线索日期,洽谈日期,交付日期,成交日期,输单原因,需求,金额,负责人\n"
LOST = {
    "name": "商机",
    "code": "编号",
    "owner": "负责人",
    "amount": "金额",
    "need": "需求",
    "closed_at": "成交日期",
} | {
    "loss_reason": "输单原因",
    "entered.lead": "线索日期",
    "entered.talk": "洽谈日期",
    "entered.work": "交付日期",
    "stage": {"column": "阶段", "aliases": {"输了": {"stage": "talk", "state": "lost"}, "赢了": "work"}},
}


def row(text: str) -> str:
    return f"{HEAD}{text}\n"


def test_a_deal_comes_in_where_it_stands_with_the_dates_of_the_sheet(bring: Bring, rep: User) -> None:
    job = bring.history(row("H1,老单,交付,2024-03-01,2024-03-04,2024-03-11,,,要软件,5万,rep"), mapping=LOST)
    assert counts(job) == (1, 0, 0), sentences(job)
    deal = Deal.objects.get(code="H1")
    assert (deal.owner, deal.run.state, deal.run.stage.key) == (rep, "won", "work")
    zone = timedelta(hours=8)
    assert deal.created_at == deal.run.started_at == datetime(2024, 3, 1, tzinfo=UTC) - zone
    assert deal.run.closed_at == datetime(2024, 3, 11, tzinfo=UTC) - zone


def test_each_placement_is_an_event_that_happened_then_and_is_recorded_now(bring: Bring) -> None:
    after, before = last_event_id(), timezone.now()
    bring.history(row("H1,老单,交付,2024-03-01,2024-03-04,2024-03-11,,,要软件,5万,rep"), mapping=LOST)
    assert event_kinds(after) == [
        "import.started",
        "deal.history_told",
        "deal.placed",
        "deal.placed",
        "deal.placed",
        "import.finished",
    ]
    placed = Event.objects.filter(kind="deal.placed").order_by("seq")
    assert [timezone.localtime(event.occurred_at).date() for event in placed] == [
        date(2024, 3, 1),
        date(2024, 3, 4),
        date(2024, 3, 11),
    ]
    assert [(event.payload["stage"], event.payload["state"]) for event in placed][-1] == ("work", "won")
    assert all(event.recorded_at >= before and event.channel == "import" for event in placed)


def test_the_stages_without_a_date_are_assumed_and_have_no_length(bring: Bring) -> None:
    bring.history(row("H1,老单,交付,,2024-03-04,2024-03-11,,,,,"), mapping=LOST)
    stays = Stay.objects.order_by("pk").values_list("stage__key", "assumed", "worked_minutes")
    assert list(stays) == [("lead", True, None), ("talk", False, 5 * 1440), ("work", False, None)]


def test_what_the_sop_would_have_demanded_is_owed_and_what_the_sheet_shows_is_not(bring: Bring) -> None:
    bring.history(row("H1,老单,交付,2024-03-01,2024-03-04,2024-03-11,,,要软件,,rep"), mapping=LOST)
    owed = Debt.objects.values_list("stage__key", "condition", "item")
    assert set(owed) == {
        ("lead", "customer_known", "customer"),
        ("talk", "customer_known", "customer"),
        ("talk", "facts", "budget"),
        ("talk", "facts", "amount"),
        ("talk", "done", "call"),
        ("talk", "done", "proposal"),
        ("talk", "followed", "followed"),
        ("talk", "known", "known"),
        ("talk", "agreed", "agreed"),
    }


def test_debts_are_counted_apart_in_the_execution_rate(bring: Bring, admin: User) -> None:
    bring.history(row("H1,老单,洽谈,2024-03-01,2024-03-04,,,,,,"), mapping=LOST)
    execution = insights.execution(actor_of(admin), Cohort(process="trial"))
    assert (execution.due, execution.met, execution.rate) == (0, 0, None)
    assert (execution.debts, execution.debts_settled) == (2, 0)


def test_a_lost_deal_without_a_reason_owes_it(bring: Bring) -> None:
    sheet = row("H1,甲,输了,,2024-03-04,,2024-03-20,,要,,\nH2,乙,输了,,2024-03-04,,2024-03-20,价格,要,,")
    assert counts(bring.history(sheet, mapping=LOST)) == (2, 0, 0)
    assert Deal.objects.get(code="H2").loss_reason == "price"
    assert [debt.run.deal.code for debt in Debt.objects.filter(condition="loss_reason")] == ["H1"]
    assert set(Deal.objects.values_list("run__state", "run__stage__key")) == {("lost", "talk")}


def test_the_next_move_is_gated_as_ever(bring: Bring, rep: User) -> None:
    bring.history(row("H1,老单,洽谈,2024-03-01,2024-03-04,,,,,,rep"), mapping=LOST)
    deal = Deal.objects.get()
    with refuses(GateBlocked):
        advance_deal(actor=actor_of(rep), deal_id=deal.pk)
    assert len(unmet(deal)) == 7


def test_nobody_gets_tasks_for_the_past(bring: Bring) -> None:
    bring.history(row("H1,老单,洽谈,2024-03-01,2024-03-04,,,,,,rep"), mapping=LOST)
    drain()
    assert not Task.objects.exists()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("H1,甲,洽谈,2024-03-09,2024-03-04,,,,,,", "2024-03-0"),  # backwards
        ("H1,甲,输了,,2024-03-04,,2024-03-01,,,,", "关闭日期"),  # closed before entered
        ("H1,甲,赢了,,2024-03-04,,2024-03-01,,,,", "洽谈"),
        ("H1,甲,洽谈,,2999-03-04,,,,,,", "2999-03-04"),
        ("H1,甲,洽谈,,2124-03-04,,,,,,", "今天"),  # in the future
        ("H1,甲,交付,,,2024-02-30,,,,,", "2024-02-30"),
        ("H1,甲,天堂,,,,,,,,", "天堂"),
        ("H1,甲,输了,,2024-03-04,,2024-03-20,缘分,,,", "缘分"),
        ("H1,甲,洽谈,,,,,,,-5,", "-5"),
        ("H1,甲,洽谈,,,,,,,,nobody", "nobody"),
    ],
)
def test_a_row_that_cannot_be_placed_is_refused_by_name_and_the_others_come_in(
    bring: Bring, line: str, said: str
) -> None:
    job = bring.history(row(f"{line}\nH2,乙,线索,,,,,,,,"), mapping=LOST)
    assert counts(job) == (1, 0, 1)
    assert list(sentences(job)) == [2]
    assert said in sentence(job)
    assert Deal.objects.get().code == "H2"


def test_history_needs_its_own_permission(bring: Bring, rep: User) -> None:
    with refuses(NotAllowed):
        bring.by(rep).start(row("H1,甲,洽谈,,,,,,,,"), mode="history", mapping=LOST)
    past = PastDeal(fields={"name": "甲"}, placement=Placement(stage="talk", state=State.OPEN))
    with refuses(NotAllowed):
        place_deals(actor=actor_of(rep), process="trial", deals=[past])


def test_a_second_import_adds_nothing_also_without_codes(bring: Bring) -> None:
    sheet = row(",甲,洽谈,,2024-03-04,,,,,1000,rep\n,甲,洽谈,,2024-03-05,,,,,1000,rep\n,甲,线索,,,,,,,2000,rep")
    assert counts(bring.history(sheet, mapping=LOST)) == (3, 0, 0)
    assert counts(bring.history(sheet, mapping=LOST)) == (0, 3, 0)


def test_the_same_code_twice_in_a_sheet_is_one_deal(bring: Bring) -> None:
    job = bring.history(row("H1,甲,洽谈,,,,,,,,\nH1,乙,洽谈,,,,,,,,"), mapping=LOST)
    assert counts(job) == (1, 0, 1)
    assert "H1" in sentence(job)


def test_placing_happens_on_the_business_clock(bring: Bring) -> None:
    with clock.at(datetime(2025, 1, 1, tzinfo=UTC)):
        job = bring.history(row("H1,甲,洽谈,,2025-02-01,,,,,,"), mapping=LOST)
    assert (job.status, job.failed) == (ImportJob.Status.DONE, 1)
