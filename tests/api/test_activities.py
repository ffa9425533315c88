"""Follow-ups and tasks over the API."""

from dealrail.accounts.models import User
from dealrail.activities.models import Activity, Task
from tests.api.client import Api
from tests.cast import MakeCustomer, MakeDeal


def test_records_a_follow_up_with_a_next_step(as_rep: Api, make_deal: MakeDeal) -> None:
    deal = make_deal()
    made = as_rep.post(
        "activities",
        kind="call",
        text="聊了预算",
        deal=deal.pk,
        occurred_at="2026-03-01T10:00:00+08:00",
        next_step="发方案",
        next_step_at="2030-12-01T10:00:00",
    )
    assert made.status == 201, made.text
    assert made.body["deal"] == {"id": deal.pk, "name": deal.name}
    assert made.body["occurred_at"] == "2026-03-01T02:00:00Z"
    assert made.body["next_step_at"] == "2030-12-01T02:00:00Z"
    [task] = as_rep.get("tasks").body["items"]
    assert (task["title"], task["kind"]) == ("发方案", "plan")


def test_a_follow_up_is_about_something_that_happened(as_rep: Api, make_customer: MakeCustomer) -> None:
    customer = make_customer().pk
    assert as_rep.post("activities", kind="call", text="聊了").code == "nothing_to_follow"
    assert as_rep.post("activities", kind="dream", text="聊了", customer=customer).code == "unknown_activity_kind"
    assert as_rep.post("activities", kind="call", text="", customer=customer).code == "text_missing"
    late = as_rep.post("activities", kind="call", text="聊了", customer=customer, occurred_at="2199-01-01T00:00:00Z")
    assert late.code == "in_the_future"
    assert not Activity.objects.exists()


def test_one_corrects_ones_own_words_only(as_rep: Api, as_manager: Api, make_customer: MakeCustomer) -> None:
    made = as_rep.post("activities", kind="call", text="聊了", customer=make_customer().pk).body["id"]
    assert as_rep.patch(f"activities/{made}", text="谈了").body["text"] == "谈了"
    assert as_manager.patch(f"activities/{made}", text="改了").code == "not_allowed"
    assert as_rep.get(f"activities/{made}").body["text"] == "谈了"


def test_a_task_is_given_changed_and_finished(as_manager: Api, as_rep: Api, rep: User, make_deal: MakeDeal) -> None:
    made = as_manager.post("tasks", title="回访", owner="rep", deal=make_deal().pk, due_at="2030-12-01")
    assert (made.status, made.body["owner"]["id"]) == (201, rep.pk)
    path = f"tasks/{made.body['id']}"
    assert as_rep.patch(path, title="电话回访").body["title"] == "电话回访"
    assert as_rep.get(path).body["done_at"] is None
    assert as_rep.post(f"{path}/finish").body["done_at"]
    assert as_rep.post(f"{path}/finish", dropped=True).code == "task_closed"


def test_tasks_for_others_need_a_permission(as_rep: Api, colleague: User) -> None:
    assert as_rep.post("tasks", title="帮我", owner="colleague").code == "not_allowed"
    assert not Task.objects.exists()


def test_a_finished_task_is_opened_again(as_rep: Api) -> None:
    made = as_rep.post("tasks", title="回访")
    path = f"tasks/{made.body['id']}"
    as_rep.post(f"{path}/finish")
    assert as_rep.post(f"{path}/reopen").body["done_at"] is None


def test_a_plan_without_a_time_is_refused(as_rep: Api, make_deal: MakeDeal) -> None:
    refused = as_rep.post("tasks", kind="plan", title="回访", deal=make_deal().pk)
    assert (refused.status, refused.body["code"]) == (422, "plan_without_time")
    assert as_rep.post("tasks", title="回访").status == 201
