"""Bulk steps on screen: the bar, results per row, trying again, undo, all that match, a sheet of the ticked rows."""

import html
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dealrail.accounts.models import User
from dealrail.activities.models import Task
from dealrail.core import clock
from dealrail.crm import bulk
from dealrail.crm import queries as crm
from dealrail.crm.actions.deals import transfer_deal
from dealrail.crm.models import BulkJob, Deal
from dealrail.events.clocks import deliver_batch
from dealrail.notifications.models import Notification
from tests.cast import MakeDeal, actor_of, fresh, fulfil, new_customer, stage_of, walk_on
from tests.web.conftest import LogIn

pytestmark = pytest.mark.django_db


def _take(client: Client, step: str, records: list[str], address: str = "/deals/", **typed: str) -> BulkJob:
    answer = client.post(f"{address}bulk/", {"record": records, "step": step, **typed})
    assert answer.status_code == 302, html.unescape(answer.content.decode())
    return BulkJob.objects.latest("pk")


def _text(client: Client, address: str) -> str:
    return html.unescape(client.get(address).content.decode())


def deliver() -> None:
    """Have the worker carry out all reactions owed."""
    while deliver_batch():
        pass


def _page(client: Client, job: BulkJob) -> str:
    return html.unescape(client.get(f"/bulk/{job.pk}/").content.decode())


def test_few_rows_are_done_at_once_and_each_is_told(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    ready, blocked = make_deal(name="齐了"), make_deal(name="还差")
    fulfil(ready)
    client = log_in(rep)
    job = _take(client, "advance", [str(ready.pk), str(blocked.pk)])
    assert job.status == "done"
    assert [stage_of(ready), stage_of(blocked)] == ["talk", "lead"]
    page = _page(client, job)
    for line in bulk.rows_of(job, "refused")[0].message.split("\n"):
        assert line in page
    assert "Moves are not undone" in page


def test_refused_rows_can_be_tried_again(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    deal = make_deal()
    client = log_in(rep)
    job = _take(client, "advance", [str(deal.pk)])
    fulfil(deal)
    answer = client.post(f"/bulk/{job.pk}/again/", {"record": [str(deal.pk)]})
    assert answer.status_code == 302
    assert stage_of(deal) == "talk"
    assert client.post(f"/bulk/{job.pk}/again/", {"record": ["x"]}).status_code == 422


def test_a_row_that_somebody_moved_meanwhile_is_refused(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    deal = make_deal()
    seen = f"{deal.pk}:{deal.run.revision}"
    walk_on(deal)
    job = _take(log_in(rep), "lose", [seen], **{"lose.reason": "price"})
    assert (job.succeeded, job.refused) == (0, 1)
    assert fresh(deal).run.state == "open"


def test_a_transfer_is_undone_by_a_button(
    log_in: LogIn, manager: User, rep: User, colleague: User, make_deal: MakeDeal
) -> None:
    deal = make_deal()
    client = log_in(manager)
    job = _take(client, "transfer", [str(deal.pk)], **{"transfer.owner": str(colleague.pk), "lose.note": "x"})
    assert fresh(deal).owner == colleague
    assert f'action="/bulk/{job.pk}/undo/"' in _page(client, job)
    client.post(f"/bulk/{job.pk}/undo/")
    assert fresh(deal).owner == rep


def test_the_bar_warns_before_what_is_handed_over_is_out_of_reach(
    log_in: LogIn, rep: User, manager: User, admin: User, make_deal: MakeDeal
) -> None:
    make_deal()
    assert "What you hand over is no longer yours" in _text(log_in(rep), "/deals/")
    assert "What goes to somebody outside your departments" in _text(log_in(manager), "/deals/")
    page = _text(log_in(admin), "/deals/")
    assert "you can’t take it back" not in page
    assert '<optgroup label="Others">' in page


def test_an_action_of_the_process_is_refused_with_the_way_to_its_deal(
    log_in: LogIn, rep: User, make_deal: MakeDeal
) -> None:
    deal = make_deal()
    told: dict[str, Any] = {"kind": "action", "action": "call", "title": "打电话"}
    task = Task.objects.create(deal=deal, owner=rep, created_at=clock.now(), **told)
    client = log_in(rep)
    job = _take(client, "finish", [str(task.pk)], "/tasks/")
    assert job.refused == 1
    page = _page(client, job)
    assert f'<a href="/deals/{deal.pk}/">打电话</a>' in page
    assert f'href="/deals/{deal.pk}/actions/call/?next=/bulk/{job.pk}/"' in page
    assert "Try these again" not in page


def test_what_one_handed_out_of_reach_has_no_undo_and_says_why(
    log_in: LogIn, rep: User, colleague: User, make_deal: MakeDeal
) -> None:
    deal, client = make_deal(), log_in(rep)
    job = _take(client, "transfer", [str(deal.pk)], **{"transfer.owner": str(colleague.pk)})
    assert fresh(deal).owner == colleague
    page = _page(client, job)
    assert f'action="/bulk/{job.pk}/undo/"' not in page
    assert "no longer yours to take back" in page
    refused = client.post(f"/bulk/{job.pk}/undo/")
    assert "no longer yours to take back" in html.unescape(refused.content.decode())
    assert not BulkJob.objects.filter(undo_of=job).exists()


def test_an_undo_is_not_tried_again_as_a_step_forward(
    log_in: LogIn, manager: User, rep: User, colleague: User, make_deal: MakeDeal
) -> None:
    deal, client = make_deal(), log_in(manager)
    job = _take(client, "transfer", [str(deal.pk)], **{"transfer.owner": str(colleague.pk)})
    transfer_deal(actor=actor_of(manager), deal_id=deal.pk, owner_id=manager.pk)
    client.post(f"/bulk/{job.pk}/undo/")
    back = BulkJob.objects.latest("pk")
    assert back.undo_of == job
    assert client.post(f"/bulk/{back.pk}/again/", {"all": "1"}).status_code == 404
    assert fresh(deal).owner == manager


def test_a_refused_bulk_names_no_deal_that_the_reader_may_not_see(
    log_in: LogIn, stranger: User, make_deal: MakeDeal
) -> None:
    deal = make_deal(name="新厂看板")
    client = log_in(stranger)
    job = _take(client, "advance", [str(deal.pk)])
    assert "新厂看板" not in _page(client, job)
    assert stage_of(deal) == "lead"


@pytest.mark.parametrize(
    "typed", [{"step": "advance"}, {"step": "dance", "record": "1"}, {"step": "advance", "record": "x"}]
)
def test_without_rows_or_a_step_the_list_comes_back(
    log_in: LogIn, rep: User, make_deal: MakeDeal, typed: dict[str, str]
) -> None:
    make_deal(name="新厂看板")
    answer = log_in(rep).post("/deals/bulk/?process=trial", typed)
    assert answer.status_code >= 400
    assert "新厂看板" in answer.content.decode()
    assert 'role="alert"' in answer.content.decode()


def test_all_that_match_are_worked_off_in_the_background(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    for number in range(52):
        make_deal(name=f"有 {number}")
    other = make_deal(name="别的")
    client = log_in(rep)
    typed = {"all": "1", "change.field": "amount", "change.value": "7"}
    client.post("/deals/bulk/?q=有", {"step": "change", **typed})
    job = BulkJob.objects.get()
    assert (job.total, job.status) == (52, "running")
    page = _page(client, job)
    assert 'hx-trigger="every 2s"' in page
    assert f'action="/bulk/{job.pk}/stop/"' in page
    client.post(f"/bulk/{job.pk}/stop/")
    client.post(f"/bulk/{job.pk}/again/", {"all": "1"})
    assert BulkJob.objects.latest("pk").total == 52
    assert fresh(other).amount is None


def test_a_job_of_somebody_else_is_not_there(log_in: LogIn, rep: User, colleague: User, make_deal: MakeDeal) -> None:
    job = _take(log_in(rep), "advance", [str(make_deal().pk)])
    client = log_in(colleague)
    assert client.get(f"/bulk/{job.pk}/").status_code == 404
    for step in ("stop", "undo", "again"):
        assert client.post(f"/bulk/{job.pk}/{step}/").status_code == 404
    assert f'href="/bulk/{job.pk}/"' not in client.get("/bulk/").content.decode()


def test_a_sheet_of_the_ticked_rows(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    one, _other = make_deal(name="要的"), make_deal(name="不要的")
    answer = log_in(rep).post("/deals/bulk/?as=csv", {"step": "export", "record": [str(one.pk)]})
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    assert "要的" in text
    assert "不要的" not in text


@pytest.mark.parametrize(
    ("kind", "field", "control"),
    [
        ("deals", "expected_close", 'type="date"'),
        ("deals", "region", "<select"),
        ("customers", "grade", "<select"),
        ("contacts", "title", 'type="text"'),
    ],
)
def test_the_value_of_a_change_is_typed_as_its_field_asks(
    log_in: LogIn, rep: User, kind: str, field: str, control: str
) -> None:
    page = log_in(rep).get(f"/{kind}/bulk/value/?change.field={field}").content.decode()
    assert 'id="bulk-value" hx-swap-oob="true"' in page
    assert control in page


def test_customers_have_their_own_steps(log_in: LogIn, rep: User) -> None:
    customer = new_customer(rep)
    client = log_in(rep)
    page = client.get("/customers/").content.decode()
    assert 'value="claim"' in page
    assert 'value="advance"' not in page
    _take(client, "change", [str(customer.pk)], "/customers/", **{"change.field": "grade", "change.value": "B"})
    customer.refresh_from_db()
    assert customer.grade == "B"


def test_a_job_page_takes_as_many_statements_for_many_rows(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    client = log_in(rep)
    few = _take(client, "lose", [str(make_deal().pk)], **{"lose.reason": "price"})
    many = _take(client, "lose", [str(make_deal().pk) for _ in range(20)], **{"lose.reason": "price"})
    counts: list[Any] = []
    for job in (few, few, many):
        with CaptureQueriesContext(connection) as asked:
            _page(client, job)
        counts.append(len(asked))
    assert counts[1] == counts[2]
    assert Deal.objects.filter(run__state="lost").count() == 21


@pytest.mark.parametrize(
    ("step", "field", "said"),
    [
        ("transfer", "owner", "Choose who takes them over."),
        ("change", "value", "tick “Empty the field”"),
        ("lose", "reason", "Write a reason"),
        ("release", "note", "Write a reason"),
    ],
)
def test_what_a_step_lacks_is_said_at_its_field_before_any_row_is_touched(
    log_in: LogIn, manager: User, make_deal: MakeDeal, step: str, field: str, said: str
) -> None:
    deal = make_deal(amount="100")
    typed = {
        "record": [f"{deal.pk}:{deal.run.revision}"],
        "step": step,
        "change.field": "amount",
        "transfer.note": "请跟进",
    }
    answer = log_in(manager).post("/deals/bulk/", typed)
    page = html.unescape(answer.content.decode())
    assert answer.status_code == 422
    assert said in page
    assert "field-error" in page
    assert f'value="{deal.pk}:{deal.run.revision}" form="bulk" checked' in page
    assert 'value="请跟进"' in page
    assert not BulkJob.objects.exists()
    assert str(fresh(deal).amount) == "100.00"


def test_a_changed_field_tells_what_it_was_and_is_emptied_only_when_told(
    log_in: LogIn, rep: User, make_deal: MakeDeal
) -> None:
    deal, client = make_deal(amount="100"), log_in(rep)
    job = _take(client, "change", [str(deal.pk)], **{"change.field": "amount", "change.value": "12.5万"})
    assert "Amount: 100.00 → 125,000.00" in _page(client, job)
    job = _take(client, "change", [str(deal.pk)], **{"change.field": "amount", "change.clear": "1"})
    assert "Amount: 125,000.00 → —" in _page(client, job)
    assert fresh(deal).amount is None


def test_a_new_owner_who_left_is_refused_at_the_field(log_in: LogIn, manager: User, make_deal: MakeDeal) -> None:
    deal = make_deal()
    answer = log_in(manager).post(
        "/deals/bulk/", {"record": [str(deal.pk)], "step": "transfer", "transfer.owner": "9999"}
    )
    assert answer.status_code == 422
    assert not BulkJob.objects.exists()


def test_a_hand_over_of_many_tells_each_person_once_and_its_undo_leaves_nothing(
    log_in: LogIn, manager: User, rep: User, colleague: User, make_deal: MakeDeal
) -> None:
    deals = [make_deal(name=f"商机{number}") for number in range(3)]
    client = log_in(manager)
    job = _take(client, "transfer", [str(deal.pk) for deal in deals], **{"transfer.owner": str(colleague.pk)})
    deliver()
    got, lost = (Notification.objects.filter(user=user).exclude(kind="task_given") for user in (colleague, rep))
    assert [row.kind for row in got] == ["bulk_given"]
    assert [row.kind for row in lost] == ["bulk_taken"]
    assert f"{manager.name} handed 3 deals over to you (from: {rep.name})" in _text(
        log_in(colleague), "/notifications/"
    )
    assert f"{manager.name} handed 3 deals of yours over to {colleague.name}" in _text(log_in(rep), "/notifications/")
    Notification.objects.update(read_at=None)
    client.post(f"/bulk/{job.pk}/undo/")
    deliver()
    assert not got.all().exists()
    assert not lost.all().exists()
    for deal in deals:
        assert crm.hand_over_to_see(actor_of(rep), fresh(deal)) is None


def test_an_undo_is_told_to_who_had_read_of_the_hand_over(
    log_in: LogIn, manager: User, rep: User, colleague: User, make_deal: MakeDeal
) -> None:
    client = log_in(manager)
    job = _take(client, "transfer", [str(make_deal().pk)], **{"transfer.owner": str(colleague.pk)})
    deliver()
    Notification.objects.filter(user=rep).update(read_at=clock.now())
    client.post(f"/bulk/{job.pk}/undo/")
    deliver()
    assert f"{manager.name} took a hand-over back; yours again: 1 deal" in _text(log_in(rep), "/notifications/")
    assert not Notification.objects.filter(user=colleague, kind__in=["bulk_given", "bulk_taken"]).exists()


def test_the_reasons_to_lose_are_those_of_the_deals_in_sight(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    make_deal()
    client = log_in(rep)
    assert "无法复现" not in client.get("/deals/").content.decode()
    assert "无回应" in client.get("/deals/").content.decode()
    make_deal(process="complaint-loop")
    assert "无法复现" in client.get("/deals/").content.decode()
    assert "无法复现" not in client.get("/deals/?process=trial").content.decode()
