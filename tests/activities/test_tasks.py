"""Tasks: given, changed, ticked off; and those an SOP plans by itself."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotAllowed, NotFound, UnknownPerson
from dealrail.accounts.models import User
from dealrail.activities import queries
from dealrail.activities.actions.sop import complete_action
from dealrail.activities.actions.tasks import change_task, create_task, finish_task, reopen_task
from dealrail.activities.errors import (
    CustomerElsewhere,
    InThePast,
    PlanWithoutTime,
    TaskClosed,
    TaskIsAction,
    TitleMissing,
    UnknownKind,
)
from dealrail.activities.models import Task
from dealrail.core import clock
from dealrail.crm.actions.deals import advance_deal, lose_deal, park_deal, reopen_deal, transfer_deal
from dealrail.crm.errors import FieldRefused
from dealrail.crm.models import Deal
from dealrail.events.clocks import drain
from dealrail.events.models import Event
from dealrail.web.today.rows import my_day
from tests.cast import (
    Company,
    MakeCustomer,
    MakeDeal,
    actor_of,
    event_kinds,
    fresh,
    last_event_id,
    new_deal,
    publish,
    refuses,
    trial,
    walk_on,
)

TOMORROW = timezone.now() + timedelta(days=1)


@pytest.fixture
def northerner(company: Company) -> User:
    """Sells in the northern group, below the manager's department."""
    return company.people["northerner"]


@pytest.fixture
def task(rep: User) -> Task:
    """A task of the rep's own."""
    return create_task(actor=actor_of(rep), title="打电话给张经理", due_at=TOMORROW)


def open_actions(deal: Deal) -> list[tuple[str, str]]:
    rows = Task.objects.filter(deal=deal, kind=Task.Kind.ACTION, done_at__isnull=True).order_by("action")
    return [(row.action, row.owner.login) for row in rows]


def test_a_task_is_given_to_oneself(task: Task, rep: User) -> None:
    assert (task.owner, task.kind, task.due_at) == (rep, Task.Kind.TASK, TOMORROW)
    assert Event.objects.latest("pk").kind == "task.created"


def test_a_task_about_a_deal_is_about_its_customer_too(
    make_deal: MakeDeal, make_customer: MakeCustomer, rep: User
) -> None:
    deal = make_deal(customer=make_customer().pk)
    task = create_task(actor=actor_of(rep), title="回访", kind="plan", due_at=TOMORROW, deal_id=deal.pk)
    assert (task.deal, task.customer) == (deal, deal.customer)


def test_a_manager_gives_tasks_to_others(rep: User, manager: User) -> None:
    task = create_task(actor=actor_of(manager), title="补资料", owner_id=rep.pk)
    assert task in queries.tasks(actor_of(rep))
    assert task in queries.tasks(actor_of(manager))


def test_refuses_to_give_a_task_to_somebody_out_of_reach(
    task: Task, rep: User, manager: User, stranger: User, northerner: User
) -> None:
    assert create_task(actor=actor_of(manager), title="补资料", owner_id=northerner.pk).owner == northerner
    with refuses(NotAllowed):
        create_task(actor=actor_of(manager), title="补资料", owner_id=stranger.pk)
    with refuses(NotAllowed):
        change_task(actor=actor_of(manager), task_id=task.pk, owner_id=stranger.pk)


def test_somebody_without_department_is_in_reach_of_who_reaches_everybody(
    admin: User, manager: User, stranger: User
) -> None:
    User.objects.filter(pk=stranger.pk).update(unit=None)
    with refuses(NotAllowed):
        create_task(actor=actor_of(manager), title="补资料", owner_id=stranger.pk)
    assert create_task(actor=actor_of(admin), title="补资料", owner_id=stranger.pk).owner == stranger


def test_a_task_about_a_deal_is_about_no_other_customer(
    make_deal: MakeDeal, make_customer: MakeCustomer, rep: User
) -> None:
    customer, other = make_customer(), make_customer()
    deal, lead = make_deal(customer=customer.pk), make_deal()
    task = create_task(actor=actor_of(rep), title="回访", deal_id=deal.pk, customer_id=customer.pk)
    assert (task.deal, task.customer) == (deal, customer)
    for about in (deal, lead):
        with refuses(CustomerElsewhere):
            create_task(actor=actor_of(rep), title="回访", deal_id=about.pk, customer_id=other.pk)


def test_refuses_a_task_that_makes_no_sense(rep: User, manager: User, make_deal: MakeDeal, stranger: User) -> None:
    with refuses(TitleMissing):
        create_task(actor=actor_of(rep), title=" ")
    with refuses(UnknownKind):
        create_task(actor=actor_of(rep), title="x", kind="action")
    with refuses(UnknownPerson):
        create_task(actor=actor_of(manager), title="x", owner_id=10**9)
    with refuses(NotAllowed):
        create_task(actor=actor_of(rep), title="x", owner_id=manager.pk)
    deal = make_deal()
    with refuses(NotFound):
        create_task(actor=actor_of(stranger), title="x", deal_id=deal.pk)


def test_a_plan_needs_a_time_and_is_then_the_next_step(rep: User, make_deal: MakeDeal) -> None:
    deal, before = make_deal(), last_event_id()
    with refuses(PlanWithoutTime):
        create_task(actor=actor_of(rep), title="回访", kind="plan", deal_id=deal.pk)
    assert event_kinds(before) == []
    create_task(actor=actor_of(rep), title="回访", kind="plan", due_at=TOMORROW, deal_id=deal.pk)
    deal.refresh_from_db()
    assert deal.next_step_at == TOMORROW


def test_a_task_is_changed_and_handed_on(task: Task, rep: User, manager: User, colleague: User) -> None:
    before = last_event_id()
    change_task(actor=actor_of(rep), task_id=task.pk, title="改约", due_at=TOMORROW + timedelta(days=1))
    change_task(actor=actor_of(manager), task_id=task.pk, owner_id=colleague.pk)
    task.refresh_from_db()
    assert (task.title, task.owner) == ("改约", colleague)
    assert event_kinds(before) == ["task.changed", "task.changed"]


@pytest.mark.parametrize(("dropped", "how"), [(False, "done"), (True, "dropped")])
def test_a_task_is_ticked_off_once(dropped: bool, how: str, task: Task, rep: User) -> None:
    finish_task(actor=actor_of(rep), task_id=task.pk, dropped=dropped)
    assert Event.objects.latest("pk").payload["how"] == how
    with refuses(TaskClosed):
        finish_task(actor=actor_of(rep), task_id=task.pk)
    with refuses(TaskClosed):
        change_task(actor=actor_of(rep), task_id=task.pk, title="晚了")


def test_hides_the_tasks_of_others(task: Task, colleague: User, stranger: User) -> None:
    for user in (colleague, stranger):
        with refuses(NotFound):
            finish_task(actor=actor_of(user), task_id=task.pk)
        with refuses(NotFound):
            change_task(actor=actor_of(user), task_id=task.pk, title="x")


def test_refuses_to_hand_a_task_to_others_without_the_permission(task: Task, rep: User, colleague: User) -> None:
    with refuses(NotAllowed):
        change_task(actor=actor_of(rep), task_id=task.pk, owner_id=colleague.pk)


# What the SOP plans


def test_entering_a_stage_plans_its_actions_for_the_owner(make_deal: MakeDeal) -> None:
    deal = walk_on(make_deal())
    drain()
    assert open_actions(deal) == [("call", "rep"), ("proposal", "rep")]


def test_planning_twice_plans_once(make_deal: MakeDeal) -> None:
    deal = walk_on(make_deal())
    drain()
    for receipt in Event.objects.filter(subject_id=deal.pk, kind="deal.stage_changed").get().receipts.all():
        receipt.state = "owed"
        receipt.save()
    drain()
    assert len(open_actions(deal)) == 2


def test_doing_the_action_closes_its_task(make_deal: MakeDeal, rep: User) -> None:
    deal = walk_on(make_deal())
    drain()
    complete_action(actor=actor_of(rep), deal_id=deal.pk, action="call", note="打通了")
    assert open_actions(deal) == [("proposal", "rep")]


def test_an_action_done_before_is_not_planned(make_deal: MakeDeal, rep: User) -> None:
    deal = make_deal()
    complete_action(actor=actor_of(rep), deal_id=deal.pk, action="call", note="打通了")
    walk_on(deal)
    drain()
    assert open_actions(deal) == [("proposal", "rep")]


@pytest.mark.parametrize("way", ["back", "lost"])
def test_leaving_a_stage_drops_what_it_planned(way: str, make_deal: MakeDeal, rep: User) -> None:
    deal = walk_on(make_deal())
    drain()
    if way == "back":
        advance_deal(actor=actor_of(rep), deal_id=deal.pk, to="lead")
    else:
        lose_deal(actor=actor_of(rep), deal_id=deal.pk, reason="price")
    drain()
    assert open_actions(deal) == []
    assert Task.objects.filter(deal=deal, dropped=True).count() == 2


def test_a_reopened_deal_plans_anew(make_deal: MakeDeal, rep: User) -> None:
    deal = walk_on(make_deal())
    lose_deal(actor=actor_of(rep), deal_id=deal.pk, reason="price")
    reopen_deal(actor=actor_of(rep), deal_id=deal.pk)
    drain()
    assert len(open_actions(deal)) == 2


def test_planned_actions_follow_the_deal_to_its_new_owner(make_deal: MakeDeal, rep: User, colleague: User) -> None:
    deal = walk_on(make_deal())
    drain()
    transfer_deal(actor=actor_of(rep), deal_id=deal.pk, owner_id=colleague.pk)
    drain()
    assert open_actions(deal) == [("call", "colleague"), ("proposal", "colleague")]


def test_the_database_keeps_one_task_an_action_and_stay(make_deal: MakeDeal) -> None:
    deal = walk_on(make_deal())
    drain()
    planned = Task.objects.filter(deal=deal, action="call").get()
    with pytest.raises(IntegrityError, match="action"), transaction.atomic():
        Task.objects.create(title="x", action="call", stay=planned.stay, deal=deal, created_at=planned.created_at)


def test_an_action_of_the_process_is_not_ticked_off_but_carried_out(make_deal: MakeDeal, rep: User) -> None:
    deal = walk_on(make_deal())
    drain()
    task = Task.objects.get(deal=deal, action="call")
    for dropped in (False, True):
        with refuses(TaskIsAction):
            finish_task(actor=actor_of(rep), task_id=task.pk, dropped=dropped)
    complete_action(actor=actor_of(rep), deal_id=deal.pk, action="call", note="打通了")
    task.refresh_from_db()
    assert task.done_by == rep


def test_planned_follow_ups_go_with_the_deal_and_end_with_its_loss(
    make_deal: MakeDeal, rep: User, colleague: User
) -> None:
    deal = make_deal()
    create_task(actor=actor_of(rep), title="回访", kind="plan", deal_id=deal.pk, due_at=TOMORROW)
    mine = create_task(actor=actor_of(rep), title="报销", deal_id=deal.pk)
    transfer_deal(actor=Actor.system(), deal_id=deal.pk, owner_id=colleague.pk)
    drain()
    assert list(Task.objects.filter(kind="plan").values_list("owner", "done_at")) == [(colleague.pk, None)]
    lose_deal(actor=actor_of(colleague), deal_id=deal.pk, reason="price")
    drain()
    assert Task.objects.get(kind="plan").dropped
    mine.refresh_from_db()
    assert (mine.owner, mine.done_at) == (rep, None)


def test_a_task_ticked_off_is_taken_back_and_plans_the_next_step_again(rep: User, make_deal: MakeDeal) -> None:
    deal, actor = make_deal(), actor_of(rep)
    task = create_task(actor=actor, title="回访", kind="plan", deal_id=deal.pk, due_at=TOMORROW)
    finish_task(actor=actor, task_id=task.pk)
    assert fresh(deal).next_step_at is None
    before = last_event_id()
    for _ in range(2):
        assert reopen_task(actor=actor, task_id=task.pk).done_at is None
    assert event_kinds(before) == ["task.reopened"]
    assert fresh(deal).next_step_at == TOMORROW


def test_what_others_do_or_an_sop_asks_for_is_not_reopened(
    rep: User, stranger: User, colleague: User, make_deal: MakeDeal
) -> None:
    task = create_task(actor=actor_of(rep), title="回访", kind="plan", deal_id=make_deal().pk, due_at=TOMORROW)
    finish_task(actor=actor_of(rep), task_id=task.pk)
    before = last_event_id()
    with refuses(NotFound):
        reopen_task(actor=actor_of(stranger), task_id=task.pk)
    Task.objects.filter(pk=task.pk).update(kind="action")
    with refuses(TaskIsAction):
        reopen_task(actor=actor_of(rep), task_id=task.pk)
    Task.objects.filter(pk=task.pk).update(kind="plan", dropped=True, done_by=None)
    with refuses(TaskClosed):
        reopen_task(actor=actor_of(rep), task_id=task.pk)
    assert last_event_id() == before


def test_nothing_is_planned_for_or_moved_to_a_day_that_is_over(rep: User, make_deal: MakeDeal) -> None:
    actor, deal, yesterday = actor_of(rep), make_deal(), timezone.now() - timedelta(days=1)
    task = create_task(actor=actor, title="回访", due_at=TOMORROW)
    before = last_event_id()
    with refuses(InThePast):
        change_task(actor=actor, task_id=task.pk, due_at=yesterday)
    with refuses(InThePast):
        create_task(actor=actor, title="回访", kind="plan", deal_id=deal.pk, due_at=yesterday)
    assert event_kinds(before) == []
    today = timezone.localtime().replace(hour=0, minute=1)
    assert change_task(actor=actor, task_id=task.pk, due_at=today).due_at == today
    assert change_task(actor=actor, task_id=task.pk, due_at=yesterday, puts_back=True).due_at == yesterday
    assert change_task(actor=actor, task_id=task.pk, due_at=yesterday, title="改个名").title == "改个名"


def test_a_deal_set_aside_until_a_day_is_planned_for_its_owner(make_deal: MakeDeal, rep: User, manager: User) -> None:
    deal, day = make_deal(), timezone.localdate(clock.now()) + timedelta(days=30)
    park_deal(actor=actor_of(manager), deal_id=deal.pk, note="明年预算", again_on=day)
    assert Event.objects.latest("pk").payload["again_on"] == day.isoformat()
    drain()
    plan = Task.objects.get(deal=deal, kind=Task.Kind.PLAN)
    assert (plan.owner, timezone.localtime(plan.due_at).date(), plan.title.endswith(": 明年预算")) == (rep, day, True)
    deal.refresh_from_db()
    assert deal.next_step_at == plan.due_at
    assert plan in my_day(actor_of(rep))["later"]
    reopen_deal(actor=actor_of(rep), deal_id=deal.pk)
    park_deal(actor=actor_of(rep), deal_id=deal.pk, again_on=day + timedelta(days=9))
    drain()
    assert Task.objects.filter(deal=deal, kind=Task.Kind.PLAN, done_at__isnull=True).count() == 1


def test_a_deal_set_aside_without_a_day_plans_nothing(make_deal: MakeDeal, rep: User) -> None:
    deal = make_deal()
    park_deal(actor=actor_of(rep), deal_id=deal.pk, note="明年预算")
    drain()
    assert not Task.objects.filter(deal=deal, kind=Task.Kind.PLAN).exists()


def test_refuses_to_look_again_on_a_day_that_is_over(make_deal: MakeDeal, rep: User) -> None:
    deal = make_deal()
    with refuses(FieldRefused) as caught:
        park_deal(actor=actor_of(rep), deal_id=deal.pk, again_on=timezone.localdate(clock.now()))
    assert caught.value.params["field"] == "again_on"


def test_an_action_demanded_of_some_deals_only_is_planned_for_those(rep: User) -> None:
    big = {"field": "amount", "op": "gt", "value": 500000}
    called = {"key": "called", "kind": "activities.done", "actions": ["call"], "when": big}
    stages = [{"key": "only", "name": "唯一", "kind": "lead", "actions": ["call"], "conditions": [called]}]
    publish(trial(process="probe", stages=[*stages, {"key": "rest", "name": "其余", "kind": "lead"}]))
    deals = [new_deal(rep, "probe", amount=amount) for amount in ("1000", "600000")]
    drain()
    assert [open_actions(deal) for deal in deals] == [[], [("call", rep.login)]]
    assert [[row.demanded for row in queries.actions_of(fresh(deal))] for deal in deals] == [[False], [True]]
