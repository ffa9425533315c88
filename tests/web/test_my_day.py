"""The first page: tasks by urgency, deals without a next step."""

from datetime import timedelta

import pytest
from django.utils import timezone

from dealrail.accounts.models import User
from dealrail.activities import queries as activities
from dealrail.activities.actions.activities import record_activity
from dealrail.activities.actions.tasks import create_task
from dealrail.crm.actions.deals import lose_deal, park_deal, transfer_deal
from dealrail.crm.actions.pools import release_deal
from dealrail.crm.models import Deal
from dealrail.events.clocks import deliver_batch
from tests.cast import MakeDeal, actor_of, unmet, walk_to
from tests.web.conftest import LogIn

pytestmark = pytest.mark.django_db


def test_sorts_tasks_by_urgency(log_in: LogIn, rep: User) -> None:
    now = timezone.now()
    for title, due in [("昨天的", now - timedelta(days=1)), ("后天的", now + timedelta(days=2))]:
        create_task(actor=actor_of(rep), title=title, due_at=due)
    page = log_in(rep).get("/")
    assert [task.title for task in page.context["overdue"]] == ["昨天的"]
    assert [task.title for task in page.context["later"]] == ["后天的"]


def test_names_my_deals_without_a_next_step(log_in: LogIn, rep: User, colleague: User, make_deal: MakeDeal) -> None:
    make_deal(name="闲置商机")
    make_deal(owner=colleague, name="同事商机")
    text = log_in(rep).get("/").content.decode()
    assert "闲置商机" in text
    assert "同事商机" not in text


def test_ticks_off_and_moves_tasks(log_in: LogIn, rep: User) -> None:
    client, actor = log_in(rep), actor_of(rep)
    moved, done = (create_task(actor=actor, title=title) for title in ("改期的", "做完的"))
    client.post(f"/tasks/{moved.pk}/move/", {"due_at": "2030-02-01T09:00"})
    client.post(f"/tasks/{done.pk}/finish/", {})
    left = list(activities.open_tasks_of(actor))
    assert [task.title for task in left] == ["改期的"]
    assert left[0].due_at is not None


def test_a_strangers_task_is_not_found(log_in: LogIn, rep: User, stranger: User) -> None:
    task = create_task(actor=actor_of(rep), title="我的")
    assert log_in(stranger).post(f"/tasks/{task.pk}/finish/", {}).status_code == 404


def deliver() -> None:
    """Have the worker carry out all reactions owed."""
    while deliver_batch():
        pass


def titles(log_in: LogIn, user: User) -> set[str]:
    page = log_in(user).get("/")
    return {task.title for part in ("overdue", "today", "later") for task in page.context[part]}


def planned(make_deal: MakeDeal, rep: User, title: str) -> Deal:
    """A deal of the rep's with a next step planned for tomorrow."""
    deal = make_deal()
    record_activity(
        actor=actor_of(rep),
        deal_id=deal.pk,
        kind="call",
        text="聊过",
        next_step=title,
        next_step_at=timezone.now() + timedelta(days=1),
    )
    return deal


def test_leaves_out_next_steps_of_deals_that_are_closed_or_gone(
    log_in: LogIn, rep: User, colleague: User, make_deal: MakeDeal
) -> None:
    actor = actor_of(rep)
    lost, parked, released, kept = (planned(make_deal, rep, name) for name in ("输了", "搁置", "放回公海", "还在"))
    lose_deal(actor=actor, deal_id=lost.pk, reason="price")
    park_deal(actor=actor, deal_id=parked.pk)
    release_deal(actor=actor, deal_id=released.pk, reason="客户不回复")
    assert kept.owner == rep
    assert titles(log_in, rep) == {"还在"}


def test_a_deal_handed_over_takes_ones_own_plans_along_but_not_tasks_given_by_others(
    log_in: LogIn, rep: User, colleague: User, manager: User, make_deal: MakeDeal
) -> None:
    deal = planned(make_deal, rep, "回访")
    create_task(actor=actor_of(manager), title="写方案", owner_id=rep.pk, deal_id=deal.pk)
    transfer_deal(actor=actor_of(manager), deal_id=deal.pk, owner_id=colleague.pk)
    assert titles(log_in, rep) == {"写方案"}


def test_ticking_an_action_leads_to_its_form_and_closes_nothing(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    deal, client = walk_to(make_deal(), "talk"), log_in(rep)
    deliver()
    task = next(row for row in activities.open_tasks_of(actor_of(rep)) if row.action == "call")
    form = f"/deals/{deal.pk}/actions/call/?next="
    for address in ("/", f"/deals/{deal.pk}/"):
        text = client.get(address).content.decode()
        assert form in text, address
        assert f"/tasks/{task.pk}/finish/" not in text, address
    answer = client.post(f"/tasks/{task.pk}/finish/", {"next": "/"})
    assert answer.headers["Location"] == f"/deals/{deal.pk}/actions/call/?next=%2F"
    assert ("done", "call") in unmet(deal)
    assert task in activities.open_tasks_of(actor_of(rep))
    done = client.post(answer.headers["Location"], {"note": "打过了", "next": "/"})
    assert done.headers["Location"] == "/"
    assert task not in activities.open_tasks_of(actor_of(rep))


def test_plans_from_the_first_page(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    deal, client = make_deal(), log_in(rep)
    assert f"/deals/{deal.pk}/task/" in client.get("/").content.decode()
