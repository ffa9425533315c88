"""How many records of a pool somebody may open on a day."""

from datetime import timedelta

import pytest

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotAllowed
from dealrail.accounts.models import User
from dealrail.core import clock
from dealrail.crm.actions.pools import (
    claim_customer,
    forget_pool_views,
    note_pool_view,
    release_customer,
    release_deal,
    replace_pool_admin,
    save_pool,
)
from dealrail.crm.errors import PoolViewsUsedUp
from dealrail.crm.models import Customer, Deal, PoolView
from tests.cast import Company, actor_of, at_once, new_customer, new_deal, refuses


@pytest.fixture
def pooled(company: Company, admin: User, manager: User) -> list[Customer]:
    """Three customers in a pool of which two may be opened a day."""
    save_pool(actor=actor_of(admin), pool_id=company.pool.pk, name=company.pool.name, daily_views=2)
    made = [new_customer(manager) for _ in range(3)]
    for customer in made:
        release_customer(actor=actor_of(manager), customer_id=customer.pk, reason="没空")
    return list(Customer.objects.filter(pk__in=[row.pk for row in made]).order_by("pk"))


def test_each_record_counts_once_a_day_and_the_next_one_beyond_the_limit_is_refused(
    pooled: list[Customer], rep: User
) -> None:
    actor = actor_of(rep)
    for customer in (*pooled[:2], *pooled[:2]):
        note_pool_view(actor=actor, record=customer)
    with refuses(PoolViewsUsedUp):
        note_pool_view(actor=actor, record=pooled[2])
    with clock.at(clock.now() + timedelta(days=1)):
        note_pool_view(actor=actor, record=pooled[2])


def test_deals_and_customers_count_together(pooled: list[Customer], rep: User, manager: User) -> None:
    deal = new_deal(manager)
    release_deal(actor=actor_of(manager), deal_id=deal.pk, reason="没空")
    note_pool_view(actor=actor_of(rep), record=pooled[0])
    note_pool_view(actor=actor_of(rep), record=Deal.objects.get(pk=deal.pk))
    with refuses(PoolViewsUsedUp):
        note_pool_view(actor=actor_of(rep), record=pooled[1])


def test_who_looks_after_the_pool_and_what_is_claimed_are_not_counted(
    pooled: list[Customer], company: Company, admin: User, manager: User, rep: User
) -> None:
    for customer in pooled:
        note_pool_view(actor=actor_of(manager), record=customer)
    company.pool.admins.add(rep)
    for customer in pooled:
        note_pool_view(actor=actor_of(rep), record=customer)
    claimed = claim_customer(actor=actor_of(rep), customer_id=pooled[0].pk)
    note_pool_view(actor=actor_of(rep), record=claimed)
    assert not PoolView.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_looks_at_once_do_not_pass_the_limit_together(pooled: list[Customer], rep: User) -> None:
    actor = actor_of(rep)
    note_pool_view(actor=actor, record=pooled[0])
    looks = at_once(*[lambda row=row: note_pool_view(actor=actor, record=row) for row in pooled[1:]])
    assert [type(look) for look in looks].count(PoolViewsUsedUp) == 1
    assert PoolView.objects.count() == 2


def test_old_counts_are_forgotten(pooled: list[Customer], rep: User) -> None:
    with clock.at(clock.now() - timedelta(days=31)):
        note_pool_view(actor=actor_of(rep), record=pooled[0])
    note_pool_view(actor=actor_of(rep), record=pooled[1])
    assert forget_pool_views(actor=Actor.system()) == 1
    assert PoolView.objects.get().record_id == pooled[1].pk
    with refuses(NotAllowed):
        forget_pool_views(actor=actor_of(rep))


def test_only_who_manages_pools_replaces_an_administrator(company: Company, rep: User, colleague: User) -> None:
    with refuses(NotAllowed):
        replace_pool_admin(actor=actor_of(rep), pool_id=company.pool.pk, leaving_id=rep.pk, successor_id=colleague.pk)
