"""A form that was filled in is withdrawn: it stays to be read, and counts for no gate, action or figure any more."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from dealrail.accounts.errors import NotAllowed, NotFound
from dealrail.accounts.models import User
from dealrail.activities import queries as activities
from dealrail.activities.actions.sop import Answers, complete_action
from dealrail.activities.errors import EvidenceMissing
from dealrail.activities.models import ActionDone, Task
from dealrail.core import clock
from dealrail.crm.actions.deals import advance_deal, lose_deal
from dealrail.crm.models import Deal
from dealrail.events.models import Event
from dealrail.forms import queries
from dealrail.forms.actions.filling import fill_form, withdraw_record
from dealrail.forms.errors import WithdrawnWithoutReason
from dealrail.forms.models import FormRecord
from dealrail.forms.tallies import tallies
from dealrail.process import engine
from dealrail.process.conditions import Case, kinds
from tests.cast import (
    Company,
    actor_of,
    at_once,
    event_kinds,
    fresh,
    last_event_id,
    new_deal,
    publish,
    refuses,
    stage_of,
    trial,
    unmet,
)
from tests.forms.making import ANSWERED, demand_survey, make_form, surveyed_deal

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company")]


def withdraw(by: User, kept: FormRecord, reason: str = "填错了客户") -> FormRecord:
    return withdraw_record(actor=actor_of(by), record_id=kept.pk, reason=reason)


def test_a_withdrawn_form_opens_no_gate_and_stays_to_be_read(rep: User) -> None:
    make_form()
    content = trial()
    content["stages"][0]["conditions"] = [{"key": "asked", "kind": "form.filled", "form": "survey"}]
    publish(content)
    deal = surveyed_deal(rep)
    kept = fill_form(actor=actor_of(rep), key="survey", deal_id=deal.pk, answers=ANSWERED)
    assert unmet(deal) == []
    before = last_event_id()
    withdraw(rep, kept)
    gone = withdraw(rep, kept, "再撤回一次")  # changes nothing
    assert (gone.withdrawn_by, gone.withdrawn_why) == (rep, "填错了客户")
    assert unmet(deal) == [("asked", "asked")]
    assert event_kinds(before) == ["deal.form_withdrawn"]
    told = Event.objects.latest("pk").payload
    assert (told["form_record_id"], told["reason"], told["owner_id"]) == (kept.pk, "填错了客户", rep.pk)
    assert queries.record(actor_of(rep), kept.pk).custom["goal"] == "降低成本"
    assert tallies(actor_of(rep), kept.form)[0].answered == 0


def test_a_moment_of_the_past_is_judged_by_what_counted_then(rep: User) -> None:
    make_form()
    content = trial()
    content["stages"][0]["conditions"] = [{"key": "asked", "kind": "form.filled", "form": "survey"}]
    publish(content)
    deal = surveyed_deal(rep)
    kept = fill_form(actor=actor_of(rep), key="survey", deal_id=deal.pk, answers=ANSWERED)
    end = withdraw(rep, kept).withdrawn_at
    assert end is not None
    spec, stage = engine.spec_and_stage(fresh(deal).run)
    moments = (kept.filled_at - timedelta(seconds=1), kept.filled_at, end)
    cases = [Case(run=deal.run, spec=spec, stage=stage, subject=fresh(deal), at=at) for at in moments]
    kind: Any = kinds["form.filled"]
    kind.load_past(cases)
    assert [row.met for case in cases for row in kind.demands(case, stage.conditions[0])] == [False, True, False]


def test_the_action_it_proves_is_to_be_done_again(rep: User) -> None:
    make_form()
    demand_survey()
    deal = surveyed_deal(rep)
    stay = deal.run.stays.get()
    task = Task.objects.create(
        kind="action", title="做调研", action="surveyed", deal=deal, stay=stay, owner=rep, created_at=clock.now()
    )
    done = complete_action(actor=actor_of(rep), deal_id=deal.pk, action="surveyed", answers=Answers(ANSWERED))
    before = last_event_id()
    assert done.form_record
    withdraw(rep, done.form_record)
    assert event_kinds(before) == ["deal.form_withdrawn", "action.taken_back"]
    assert unmet(deal) == [("done", "surveyed")]
    task.refresh_from_db()
    assert task.done_at is None
    assert not activities.is_done(deal, "surveyed")
    assert [row.done for row in activities.actions_of(fresh(deal))] == [None]
    again = complete_action(actor=actor_of(rep), deal_id=deal.pk, action="surveyed", answers=Answers(ANSWERED))
    assert ActionDone.objects.filter(action="surveyed").count() == 2
    advance_deal(actor=actor_of(rep), deal_id=deal.pk)
    assert again.form_record
    withdraw(rep, again.form_record)  # the deal stays where it is
    assert fresh(deal).run.stage.key == "talk"


def test_refuses_without_a_reason_and_whom_it_is_not_for(company: Company) -> None:
    make_form()
    rep, boss, stranger = (company.people[name] for name in ("rep", "boss", "stranger"))
    deal = new_deal(rep)
    kept = fill_form(actor=actor_of(rep), key="survey", deal_id=deal.pk, answers=ANSWERED)
    for reason in ("", " 错 ", "错" * 501):
        with refuses(WithdrawnWithoutReason):
            withdraw(rep, kept, reason)
    with refuses(NotFound):
        withdraw(stranger, kept)
    with refuses(NotAllowed):
        withdraw(boss, kept)
    withdraw(company.people["manager"], kept)


def test_the_database_keeps_a_reason_with_each_withdrawal(rep: User) -> None:
    make_form()
    kept = fill_form(actor=actor_of(rep), key="survey", deal_id=new_deal(rep).pk, answers=ANSWERED)
    for changed in ({"withdrawn_at": clock.now()}, {"withdrawn_why": "没有时间"}):
        with pytest.raises(IntegrityError, match="form_record"), transaction.atomic():
            FormRecord.objects.filter(pk=kept.pk).update(**changed)


def test_one_form_about_a_customer_is_taken_back_for_each_deal_it_proved(rep: User) -> None:
    make_form(about="customer")
    demand_survey()
    first = surveyed_deal(rep)
    second, lost = (new_deal(rep, customer=first.customer_id) for _number in range(2))
    kept = fill_form(actor=actor_of(rep), key="survey", customer_id=first.customer_id, answers=ANSWERED)
    for deal in (first, second, lost):
        complete_action(actor=actor_of(rep), deal_id=deal.pk, action="surveyed")
    lose_deal(actor=actor_of(rep), deal_id=lost.pk, reason="price")
    before = last_event_id()
    withdraw(rep, kept)
    assert event_kinds(before) == ["customer.form_withdrawn", *["action.taken_back"] * 3]
    assert [activities.is_done(deal, "surveyed") for deal in (first, second, lost)] == [False] * 3
    assert stage_of(lost) == stage_of(first)
    with refuses(EvidenceMissing):
        complete_action(actor=actor_of(rep), deal_id=first.pk, action="surveyed", form_record_id=kept.pk)


def test_of_a_deal_in_the_recycle_bin_nothing_is_withdrawn(rep: User) -> None:
    make_form()
    deal = new_deal(rep)
    kept = fill_form(actor=actor_of(rep), key="survey", deal_id=deal.pk, answers=ANSWERED)
    Deal.objects.filter(pk=deal.pk).update(deleted_at=clock.now())
    with refuses(NotFound):
        withdraw(rep, kept)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_withdraw_it_once(rep: User) -> None:
    make_form()
    kept = fill_form(actor=actor_of(rep), key="survey", deal_id=new_deal(rep).pk, answers=ANSWERED)
    before = last_event_id()
    at_once(*[lambda reason=reason: withdraw(rep, kept, reason) for reason in ("填错了", "又填错了")])
    assert event_kinds(before) == ["deal.form_withdrawn"]
