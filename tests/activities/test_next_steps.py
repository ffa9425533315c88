"""A deal's next step follows what its owner plans, moves and ticks off."""

from datetime import UTC, datetime, timedelta

from dealrail.accounts.models import User
from dealrail.activities.actions.tasks import change_task, create_task, finish_task
from dealrail.crm.models import Deal
from tests.cast import MakeDeal, actor_of, fresh

SOON = datetime(2030, 1, 7, 2, tzinfo=UTC)
LATER = SOON + timedelta(days=7)


def step_of(deal: Deal) -> datetime | None:
    moment: datetime | None = fresh(deal).next_step_at
    return moment


def test_a_plan_is_the_next_step_until_it_is_ticked_off(rep: User, make_deal: MakeDeal) -> None:
    actor, deal = actor_of(rep), make_deal()
    later = create_task(actor=actor, kind="plan", title="回访", due_at=LATER, deal_id=deal.pk)
    assert step_of(deal) == LATER
    soon = create_task(actor=actor, kind="plan", title="报价", due_at=SOON, deal_id=deal.pk)
    assert step_of(deal) == SOON
    finish_task(actor=actor, task_id=soon.pk)
    assert step_of(deal) == LATER
    change_task(actor=actor, task_id=later.pk, due_at=LATER + timedelta(days=1))
    assert step_of(deal) == LATER + timedelta(days=1)
    finish_task(actor=actor, task_id=later.pk, dropped=True)
    assert step_of(deal) is None


def test_tasks_and_plans_of_others_are_no_next_step(rep: User, manager: User, make_deal: MakeDeal) -> None:
    deal = make_deal()
    create_task(actor=actor_of(rep), kind="task", title="写方案", due_at=SOON, deal_id=deal.pk)
    create_task(actor=actor_of(manager), kind="plan", title="问进展", due_at=SOON, deal_id=deal.pk)
    assert step_of(deal) is None
