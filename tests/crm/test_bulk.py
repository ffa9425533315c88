"""One step for many records: each by its own action, a result per row, stopped, resumed, undone."""

from decimal import Decimal
from typing import Any

import pytest

from dealrail.accounts.errors import NotAllowed, NotFound
from dealrail.accounts.models import User
from dealrail.activities.actions.tasks import create_task
from dealrail.activities.errors import DueMissing
from dealrail.core import clock
from dealrail.core.errors import Refusal
from dealrail.crm import bulk
from dealrail.crm.actions.bulk import MOST_ROWS, start_bulk, step_bulk, stop_bulk, undo_bulk
from dealrail.crm.actions.deals import change_deal, transfer_deal
from dealrail.crm.actions.pools import release_deal
from dealrail.crm.clocks import finish_bulk, step_bulk_jobs
from dealrail.crm.errors import (
    BulkNotUndoable,
    NothingChosen,
    NothingToUndo,
    TooManyChosen,
    UnknownBulkStep,
    UnknownField,
)
from dealrail.crm.models import BulkJob, Customer, Deal
from dealrail.process.errors import ReasonMissing
from tests.cast import (
    Company,
    MakeCustomer,
    MakeDeal,
    actor_of,
    event_kinds,
    fresh,
    fulfil,
    last_event_id,
    refuses,
    stage_of,
    unmet,
)

pytestmark = pytest.mark.django_db


def run(user: User, step: str, *records: Any, kind: str = "deals", **params: str) -> BulkJob:
    """Start a job and work it off."""
    chosen = [(record.pk, None) for record in records]
    job = start_bulk(actor=actor_of(user), kind=kind, step=step, records=chosen, params=params)
    return finish_bulk(job.pk)


def results(job: BulkJob) -> list[str]:
    return [row.result for row in bulk.rows_of(job)]


def undone(user: User, job: BulkJob) -> BulkJob:
    return finish_bulk(undo_bulk(actor=actor_of(user), job_id=job.pk).pk)


def test_each_record_gets_an_answer_of_its_own(rep: User, make_deal: MakeDeal) -> None:
    ready, blocked = make_deal(), make_deal()
    fulfil(ready)
    before = last_event_id()
    job = run(rep, "advance", ready, blocked)
    assert results(job) == ["done", "refused"]
    assert (job.status, job.total, job.done, job.succeeded, job.refused) == ("done", 2, 2, 1, 1)
    assert [stage_of(ready), stage_of(blocked)] == ["talk", "lead"]
    assert len(bulk.rows_of(job, "refused")[0].message.split("\n")) == 1 + len(unmet(blocked))
    kinds = event_kinds(before)
    assert (kinds[0], kinds[-1]) == ("bulk.started", "bulk.finished")
    assert "deal.stage_changed" in kinds


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"step": "dance"}, UnknownBulkStep),
        ({"kind": "moons"}, UnknownBulkStep),
        ({"records": []}, NothingChosen),
        ({"records": [(number, None) for number in range(MOST_ROWS + 1)]}, TooManyChosen),
    ],
)
def test_what_can_not_be_started_is_refused_as_a_whole(
    rep: User, given: dict[str, Any], refusal: type[Refusal]
) -> None:
    with refuses(refusal):
        start_bulk(actor=actor_of(rep), **{"kind": "deals", "step": "advance", "records": [(1, None)], **given})


def test_who_lacks_the_permission_starts_nothing(legal: User) -> None:
    with refuses(NotAllowed):
        start_bulk(actor=actor_of(legal), kind="deals", step="lose", records=[(1, None)])


def test_a_record_out_of_sight_is_refused_without_its_name(stranger: User, make_deal: MakeDeal) -> None:
    deal = make_deal(name="新厂看板")
    job = run(stranger, "lose", deal, reason="price")
    row = bulk.rows_of(job)[0]
    assert (row.result, row.name) == ("refused", f"#{deal.pk}")
    assert fresh(deal).run.state == "open"


def test_a_version_seen_before_a_change_is_refused(rep: User, make_deal: MakeDeal) -> None:
    deal = make_deal()
    seen = deal.run.revision
    change_deal(actor=actor_of(rep), deal_id=deal.pk, fields={"amount": "5"})
    chosen = [(deal.pk, seen)]
    job = start_bulk(actor=actor_of(rep), kind="deals", step="lose", records=chosen, params={"reason": "price"})
    assert results(finish_bulk(job.pk)) == ["refused"]


def test_a_transfer_is_undone_but_for_what_somebody_changed_since(
    manager: User, rep: User, colleague: User, make_deal: MakeDeal
) -> None:
    first, second = make_deal(), make_deal()
    job = run(manager, "transfer", first, second, owner=str(colleague.pk))
    assert [fresh(deal).owner for deal in (first, second)] == [colleague, colleague]
    transfer_deal(actor=actor_of(manager), deal_id=second.pk, owner_id=manager.pk)
    back = undone(manager, job)
    assert results(back) == ["done", "refused"]
    assert [fresh(deal).owner for deal in (first, second)] == [rep, manager]
    assert bulk.rows_of(back)[1].message
    transfer_deal(actor=actor_of(manager), deal_id=second.pk, owner_id=colleague.pk)
    assert results(undone(manager, job)) == ["done"]
    with refuses(NothingToUndo):
        undo_bulk(actor=actor_of(manager), job_id=job.pk)


def test_a_deal_handed_out_of_a_pool_goes_back_into_it(
    manager: User, rep: User, colleague: User, make_deal: MakeDeal, company: Company
) -> None:
    deal = make_deal()
    release_deal(actor=actor_of(rep), deal_id=deal.pk, reason="没有预算")
    job = run(manager, "transfer", deal, owner=str(colleague.pk))
    undone(manager, job)
    assert Deal.objects.get(pk=deal.pk).pool == company.pool


@pytest.mark.parametrize(
    ("field", "value", "was"), [("amount", "5000", "120000"), ("seats", "30", "12"), ("amount", "", "120000")]
)
def test_an_edit_is_undone(rep: User, make_deal: MakeDeal, field: str, value: str, was: str) -> None:
    deal = make_deal(**{field: was})
    job = run(rep, "change", deal, field=field, value=value, clear="" if value else "1")
    assert results(job) == ["done"]
    assert results(undone(rep, job)) == ["done"]
    now = fresh(deal)
    assert Decimal(str(now.amount) if field == "amount" else now.extra[field]) == Decimal(was)


def test_an_edit_that_changed_nothing_leaves_nothing_to_undo(rep: User, make_deal: MakeDeal) -> None:
    job = run(rep, "change", make_deal(amount="5000"), field="amount", value="5000")
    assert not bulk.can_be_undone(actor_of(rep), job)


@pytest.mark.parametrize(
    ("kind", "field"),
    [("deals", "name"), ("customers", "phone"), ("customers", "name"), ("contacts", "phone"), ("contacts", "wechat")],
)
def test_a_change_of_many_sets_only_what_its_bar_offers(rep: User, make_deal: MakeDeal, kind: str, field: str) -> None:
    deal = make_deal()
    with refuses(UnknownField) as caught:
        run(rep, "change", deal, kind=kind, field=field, value="13800001111")
    assert caught.value.params["field"] == field


def test_moves_say_that_they_are_not_undone(rep: User, make_deal: MakeDeal) -> None:
    deal = make_deal()
    fulfil(deal)
    job = run(rep, "advance", deal)
    with refuses(BulkNotUndoable) as caught:
        undo_bulk(actor=actor_of(rep), job_id=job.pk)
    assert "退回" in str(caught.value)


def test_customers_are_edited_handed_over_released_and_claimed(
    manager: User, rep: User, colleague: User, make_customer: MakeCustomer, company: Company
) -> None:
    customer = make_customer(grade="A")
    edited = run(rep, "change", customer, kind="customers", field="grade", value="B")
    assert Customer.objects.get().grade == "B"
    undone(rep, edited)
    assert Customer.objects.get().grade == "A"
    handed = run(manager, "transfer", customer, kind="customers", owner=str(colleague.pk))
    undone(manager, handed)
    assert Customer.objects.get().owner == rep
    with refuses(ReasonMissing):
        run(rep, "release", customer, kind="customers")
    assert results(run(rep, "release", customer, kind="customers", note="x")) == ["refused"]
    run(rep, "release", customer, kind="customers", note="没有预算")
    assert Customer.objects.get().pool == company.pool
    assert results(run(colleague, "claim", customer, kind="customers")) == ["done"]
    assert Customer.objects.get().owner == colleague


def test_tasks_are_moved_and_moved_back_handed_over_and_ticked_off(
    manager: User, rep: User, colleague: User, company: Company
) -> None:
    due = clock.now()
    task = create_task(actor=actor_of(rep), title="打电话", due_at=due)
    endless = create_task(actor=actor_of(rep), title="有空再说")
    moved = run(rep, "due", task, endless, kind="tasks", due="2030-12-01T09:30")
    assert results(moved) == ["done", "done"]
    assert results(undone(rep, moved)) == ["done", "refused"]
    task.refresh_from_db()
    assert task.due_at == due
    with refuses(DueMissing):
        run(rep, "due", task, kind="tasks", due="bald")
    assert results(run(manager, "transfer", task, kind="tasks", owner=str(colleague.pk))) == ["done"]
    finished = run(colleague, "finish", task, kind="tasks")
    assert results(finished) == ["done"]
    assert results(run(colleague, "drop", task, kind="tasks")) == ["refused"]
    assert results(undone(colleague, finished)) == ["done"]
    task.refresh_from_db()
    assert task.done_at is None


def test_the_worker_goes_on_where_a_job_was_left(rep: User, make_deal: MakeDeal) -> None:
    chosen = [(make_deal().pk, None) for _ in range(3)]
    job = start_bulk(
        actor=actor_of(rep), kind="deals", step="change", records=chosen, params={"field": "amount", "value": "7"}
    )
    assert step_bulk(actor=actor_of(rep), job_id=job.pk)
    job.refresh_from_db()
    assert (job.status, job.done) == ("running", 1)
    while step_bulk_jobs():
        pass
    job.refresh_from_db()
    assert (job.status, job.succeeded) == ("done", 3)


def test_a_stopped_job_leaves_the_rest_alone(rep: User, colleague: User, make_deal: MakeDeal) -> None:
    chosen = [(make_deal().pk, None) for _ in range(2)]
    job = start_bulk(actor=actor_of(rep), kind="deals", step="lose", records=chosen, params={"reason": "price"})
    step_bulk(actor=actor_of(rep), job_id=job.pk)
    with refuses(NotFound):
        stop_bulk(actor=actor_of(colleague), job_id=job.pk)
    stop_bulk(actor=actor_of(rep), job_id=job.pk)
    assert not step_bulk(actor=actor_of(rep), job_id=job.pk)
    assert sorted(results(job)) == ["done", "open"]


def test_who_was_sent_away_meanwhile_does_nothing_more(rep: User, make_deal: MakeDeal) -> None:
    deal = make_deal()
    job = start_bulk(
        actor=actor_of(rep), kind="deals", step="lose", records=[(deal.pk, None)], params={"reason": "price"}
    )
    User.objects.filter(pk=rep.pk).update(is_active=False)
    assert results(finish_bulk(job.pk)) == ["refused"]
    assert fresh(deal).run.state == "open"


def test_a_move_of_many_names_who_takes_them_over(
    rep: User, colleague: User, make_deal: MakeDeal, make_customer: MakeCustomer
) -> None:
    chosen = [make_deal(customer=make_customer().pk, need="记账") for _ in range(2)]
    job = run(rep, "advance", *chosen, next_owner=str(colleague.pk), note="一起交接")
    job.refresh_from_db()
    assert job.succeeded == 2
    assert {fresh(deal).owner for deal in chosen} == {colleague}
