"""Deleting, restoring and purging deals, customers and contacts."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotAllowed, NotFound
from dealrail.accounts.models import User
from dealrail.activities import queries as activities
from dealrail.activities.actions.tasks import create_task
from dealrail.core import clock
from dealrail.crm import queries as crm
from dealrail.crm.actions import customers, deals
from dealrail.crm.actions.merging import merge_customers
from dealrail.crm.actions.pools import release_deal
from dealrail.crm.actions.recycling import (
    delete_contact,
    delete_customer,
    delete_deal,
    purge_deleted,
    restore_contact,
    restore_customer,
    restore_deal,
    restore_record,
)
from dealrail.crm.errors import CustomerHasOpenDeals, CustomerIsDeleted, DuplicateCode, DuplicateCustomer
from dealrail.crm.models import Contact, Customer, Deal
from dealrail.crm.queries.deleted import deleted, is_any_overdue
from dealrail.events.clocks import drain
from dealrail.events.models import Event
from dealrail.process.errors import StaleVersion
from dealrail.process.rules import State
from tests.cast import actor_of, event_kinds, follow_up, last_event_id, new_customer, new_deal, refuses, walk_to


def test_a_deleted_deal_is_gone_from_every_list_until_it_is_restored(admin: User, rep: User) -> None:
    deal = new_deal(rep, name="误建")
    follow_up(deal, actor=actor_of(rep))
    create_task(actor=actor_of(rep), title="回访", deal_id=deal.pk)
    before = last_event_id()
    delete_deal(actor=actor_of(admin), deal_id=deal.pk)
    assert event_kinds(before) == ["deal.deleted"]
    for user in (admin, rep):
        actor = actor_of(user)
        assert not crm.deals(actor).filter(pk=deal.pk).exists()
        assert not activities.activities(actor).filter(deal=deal.pk).exists()
        assert not activities.tasks(actor).filter(deal=deal.pk).exists()
        assert not activities.open_tasks_of(actor).filter(deal=deal.pk).exists()
        with pytest.raises(NotFound):
            crm.deal(actor, deal.pk)
    restore_deal(actor=actor_of(admin), deal_id=deal.pk)
    assert crm.deal(actor_of(rep), deal.pk).name == "误建"
    assert activities.open_tasks_of(actor_of(rep)).filter(deal=deal.pk).exists()
    assert event_kinds(before) == ["deal.deleted", "deal.restored"]


def test_what_is_overdue_on_deleted_records_is_counted_nowhere(admin: User, rep: User) -> None:
    deal, customer, now = new_deal(rep), new_customer(rep), clock.now()
    about: list[dict[str, Any]] = [{"deal_id": deal.pk}, {"customer_id": customer.pk}, {}]
    for subject in about:
        create_task(actor=actor_of(rep), title="回访", due_at=now - timedelta(days=1), **subject)
    assert activities.overdue_tasks(actor_of(rep), [rep.pk], now) == {rep.pk: 3}
    delete_deal(actor=actor_of(admin), deal_id=deal.pk)
    delete_customer(actor=actor_of(admin), customer_id=customer.pk)
    assert activities.overdue_tasks(actor_of(rep), [rep.pk], now) == {rep.pk: 1}


def test_nothing_can_be_done_with_a_deleted_deal(admin: User, rep: User) -> None:
    deal = new_deal(rep)
    delete_deal(actor=actor_of(admin), deal_id=deal.pk)
    calls: list[Callable[[], Any]] = [
        lambda: deals.change_deal(actor=actor_of(rep), deal_id=deal.pk, fields={"amount": "1"}),
        lambda: deals.advance_deal(actor=actor_of(rep), deal_id=deal.pk),
        lambda: release_deal(actor=actor_of(rep), deal_id=deal.pk, reason="没空"),
        lambda: follow_up(deal, actor=actor_of(rep)),
        lambda: delete_deal(actor=actor_of(admin), deal_id=deal.pk),
    ]
    for call in calls:
        with refuses(NotFound):
            call()


def test_deleting_takes_the_permission_within_its_scope_and_the_version_seen(
    admin: User, manager: User, rep: User, stranger: User
) -> None:
    deal, customer = new_deal(rep), new_customer(rep)
    for user, refusal in ((rep, NotAllowed), (stranger, NotFound)):
        with refuses(refusal):
            delete_deal(actor=actor_of(user), deal_id=deal.pk)
        with refuses(refusal):
            delete_customer(actor=actor_of(user), customer_id=customer.pk)
    with refuses(StaleVersion):
        delete_deal(actor=actor_of(manager), deal_id=deal.pk, seen_version=deal.run.revision + 9)
    delete_deal(actor=actor_of(manager), deal_id=deal.pk)
    with refuses(NotFound):
        restore_deal(actor=actor_of(rep), deal_id=deal.pk)
    assert [row.key for row in deleted(actor_of(manager))] == [f"deal:{deal.pk}"]
    assert deleted(actor_of(stranger)) == []


def test_a_customer_with_open_deals_stays(admin: User, rep: User) -> None:
    customer = new_customer(rep)
    deal = new_deal(rep, customer=customer.pk)
    with refuses(CustomerHasOpenDeals) as caught:
        delete_customer(actor=actor_of(admin), customer_id=customer.pk)
    assert caught.value.params["count"] == 1
    deals.lose_deal(actor=actor_of(rep), deal_id=deal.pk, reason="price")
    delete_customer(actor=actor_of(admin), customer_id=customer.pk)
    assert crm.deal(actor_of(rep), deal.pk).customer == customer


def test_a_customer_whose_deal_is_won_and_still_delivered_stays(admin: User, rep: User) -> None:
    customer = new_customer(rep)
    deal = walk_to(new_deal(rep, customer=customer.pk), "work")
    assert deal.run.state == State.WON
    with refuses(CustomerHasOpenDeals):
        delete_customer(actor=actor_of(admin), customer_id=customer.pk)


def test_a_lost_deal_of_a_deleted_customer_is_not_reopened(admin: User, rep: User) -> None:
    customer = new_customer(rep)
    deal = new_deal(rep, customer=customer.pk)
    deals.lose_deal(actor=actor_of(rep), deal_id=deal.pk, reason="price")
    delete_customer(actor=actor_of(admin), customer_id=customer.pk)
    with refuses(CustomerIsDeleted):
        deals.reopen_deal(actor=actor_of(rep), deal_id=deal.pk)
    restore_customer(actor=actor_of(admin), customer_id=customer.pk)
    assert deals.reopen_deal(actor=actor_of(rep), deal_id=deal.pk).run.state == State.OPEN


def test_a_deleted_customer_takes_its_contacts_along_and_brings_them_back(admin: User, rep: User) -> None:
    customer = new_customer(rep, name="华东精工")
    actor = actor_of(admin)
    contact = customers.create_contact(actor=actor, customer_id=customer.pk, fields={"name": "王工"})
    gone = customers.create_contact(actor=actor, customer_id=customer.pk, fields={"name": "李工"})
    delete_contact(actor=actor, contact_id=gone.pk)
    delete_customer(actor=actor, customer_id=customer.pk)
    assert not crm.contacts(actor).filter(customer=customer.pk).exists()
    assert not crm.same_customer(name_key=customer.name_key).exists()
    with refuses(CustomerIsDeleted):
        restore_contact(actor=actor, contact_id=gone.pk)
    restore_customer(actor=actor, customer_id=customer.pk)
    assert list(crm.contacts_of(customer.pk)) == [contact]
    restore_contact(actor=actor_of(rep), contact_id=gone.pk)
    assert crm.contacts_of(customer.pk).count() == 2


def test_a_code_taken_meanwhile_stands_in_the_way_of_restoring(admin: User, rep: User) -> None:
    actor = actor_of(admin)
    customer = new_customer(rep, name="甲", code="K1")
    deal = deals.create_deal(actor=actor_of(rep), process="trial", fields={"name": "乙"}, code="D1")
    delete_customer(actor=actor, customer_id=customer.pk)
    delete_deal(actor=actor, deal_id=deal.pk)
    new_customer(rep, name="丙", code="K1")
    deals.create_deal(actor=actor_of(rep), process="trial", fields={"name": "丁"}, code="D1")
    with refuses(DuplicateCustomer):
        restore_customer(actor=actor, customer_id=customer.pk)
    with refuses(DuplicateCode):
        restore_deal(actor=actor, deal_id=deal.pk)


def test_a_deal_waits_for_its_customer_to_be_restored(admin: User, rep: User) -> None:
    actor, customer = actor_of(admin), new_customer(rep)
    deal = new_deal(rep, customer=customer.pk)
    delete_deal(actor=actor, deal_id=deal.pk)
    delete_customer(actor=actor, customer_id=customer.pk)
    with refuses(CustomerIsDeleted):
        restore_record(actor=actor, kind="deal", record_id=deal.pk)
    restore_record(actor=actor, kind="customer", record_id=customer.pk)
    restore_record(actor=actor, kind="deal", record_id=deal.pk)
    assert crm.deals(actor).filter(pk=deal.pk, customer=customer.pk).exists()


def test_what_is_no_record_or_not_deleted_is_not_restored(admin: User, rep: User) -> None:
    deal, actor = new_deal(rep), actor_of(admin)
    for kind, record_id in (("deal", deal.pk), ("customer", 0), ("user", rep.pk)):
        with refuses(NotFound):
            restore_record(actor=actor, kind=kind, record_id=record_id)


def test_after_thirty_days_everything_goes_and_the_log_keeps_it(admin: User, rep: User) -> None:
    actor, customer = actor_of(admin), new_customer(rep)
    contact = customers.create_contact(actor=actor, customer_id=customer.pk, fields={"name": "王工"})
    deal = new_deal(rep, customer=customer.pk)
    kept = new_deal(rep)
    drain()  # of what the founding of the company left to do
    with clock.at(clock.now() - timedelta(days=31)):
        delete_contact(actor=actor, contact_id=contact.pk)
        delete_deal(actor=actor, deal_id=deal.pk)
        delete_customer(actor=actor, customer_id=customer.pk)
    delete_deal(actor=actor, deal_id=kept.pk)
    before = last_event_id()
    drain()
    assert sorted(event_kinds(before)) == ["contact.removed", "customer.removed", "deal.removed"]
    assert not Contact.objects.filter(pk=contact.pk).exists()
    assert not Deal.objects.filter(pk=deal.pk).exists()
    assert not Customer.objects.filter(pk=customer.pk).exists()
    assert Event.objects.filter(subject_kind="deal", subject_id=deal.pk).count() == 3
    restore_deal(actor=actor, deal_id=kept.pk)


def test_a_customer_that_closed_deals_still_name_is_never_removed(admin: User, rep: User) -> None:
    customer = new_customer(rep)
    deal = new_deal(rep, customer=customer.pk)
    deals.lose_deal(actor=actor_of(rep), deal_id=deal.pk, reason="price")
    with clock.at(clock.now() - timedelta(days=31)):
        delete_customer(actor=actor_of(admin), customer_id=customer.pk)
    assert not is_any_overdue(clock.now())
    assert purge_deleted(actor=Actor.system()) == 0
    assert Customer.objects.filter(pk=customer.pk).exists()


def test_a_customer_merged_into_another_never_waits_to_be_removed(rep: User) -> None:
    kept, gone = new_customer(rep), new_customer(rep)
    with clock.at(clock.now() - timedelta(days=31)):
        merge_customers(actor=actor_of(rep), kept_id=kept.pk, gone_id=gone.pk)
    assert not is_any_overdue(clock.now())


def test_only_who_may_delete_purges(rep: User) -> None:
    with refuses(NotAllowed):
        purge_deleted(actor=actor_of(rep))
