"""The first page: tasks by urgency, deals without a next step."""

from datetime import timedelta

import pytest
from django.utils import timezone

from dealrail.accounts.models import User
from dealrail.activities import queries as activities
from dealrail.activities.actions.tasks import create_task
from tests.cast import MakeDeal, actor_of
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
