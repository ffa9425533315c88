"""Public pools: claiming within limits, releasing with a reason, and who belongs to them."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NameMissing, NotAllowed, NotFound, UnknownPerson, UnknownUnit
from dealrail.accounts.models import User
from dealrail.core import clock
from dealrail.crm import queries as crm
from dealrail.crm.actions.customers import transfer_customer
from dealrail.crm.actions.deals import transfer_deal
from dealrail.crm.actions.pools import (
    claim_customer,
    claim_deal,
    release_customer,
    release_deal,
    save_pool,
)
from dealrail.crm.errors import (
    AlreadyInPool,
    ClaimLimitReached,
    CoolingDown,
    NoPool,
    NotInPool,
    PoolCapacityReached,
    PoolNameTaken,
    UnknownPool,
)
from dealrail.crm.models import Claim, Customer, Deal, Pool
from dealrail.events.models import Event
from dealrail.process.errors import ReasonMissing
from tests.cast import (
    Company,
    MakeDeal,
    actor_of,
    at_once,
    event_kinds,
    fresh,
    last_event_id,
    new_customer,
    new_deal,
    refuses,
)


def in_pool(owner: User, pool: Pool | None = None) -> Deal:
    """A deal that its owner has put into a pool."""
    deal = new_deal(owner)
    return release_deal(actor=actor_of(owner), deal_id=deal.pk, reason="联系不上", pool_id=pool.pk if pool else None)


def limited(company: Company, **limits: Any) -> Pool:
    """The company's pool with these limits."""
    return save_pool(actor=actor_of(company.people["admin"]), pool_id=company.pool.pk, name="公海", **limits)


def claim(user: User, deal: Deal) -> Deal:
    return claim_deal(actor=actor_of(user), deal_id=deal.pk)


# Releasing


def test_a_released_deal_lies_in_the_default_pool_for_everybody(company: Company, rep: User, stranger: User) -> None:
    deal = fresh(in_pool(rep))
    assert (deal.owner, deal.pool, deal.last_owner) == (None, company.pool, rep)
    payload = Event.objects.latest("pk").payload
    assert (payload["how"], payload["note"], payload["pool_id"]) == ("released", "联系不上", company.pool.pk)
    assert deal in crm.deals(actor_of(stranger))


def test_a_deal_is_released_into_the_pool_that_is_named(company: Company, admin: User, rep: User) -> None:
    other = save_pool(actor=actor_of(admin), name="华东公海")
    assert in_pool(rep, other).pool == other


def test_refuses_to_release_without_reason_or_into_no_pool(make_deal: MakeDeal, rep: User) -> None:
    deal = make_deal()
    with refuses(ReasonMissing):
        release_deal(actor=actor_of(rep), deal_id=deal.pk, reason=" ")
    with refuses(UnknownPool):
        release_deal(actor=actor_of(rep), deal_id=deal.pk, reason="联系不上", pool_id=0)
    Pool.objects.all().delete()
    with refuses(NoPool):
        release_deal(actor=actor_of(rep), deal_id=deal.pk, reason="联系不上")


def test_refuses_to_release_what_lies_in_a_pool(company: Company, rep: User, manager: User) -> None:
    deal = in_pool(rep)
    with refuses(AlreadyInPool):
        release_deal(actor=actor_of(manager), deal_id=deal.pk, reason="联系不上")
    customer = new_customer(rep)
    release_customer(actor=actor_of(rep), customer_id=customer.pk, reason="联系不上")
    with refuses(AlreadyInPool):
        release_customer(actor=actor_of(manager), customer_id=customer.pk, reason="联系不上")


# Claiming


def test_a_claimed_deal_is_ones_own(company: Company, rep: User, stranger: User) -> None:
    deal, before = in_pool(rep), last_event_id()
    claim(stranger, deal)
    assert (fresh(deal).owner, fresh(deal).pool) == (stranger, None)
    assert event_kinds(before) == ["deal.owner_changed"]
    assert Event.objects.latest("pk").payload["how"] == "claimed"
    assert Claim.objects.get().user == stranger


def test_a_claimed_customer_is_ones_own(company: Company, rep: User, stranger: User) -> None:
    customer = new_customer(rep)
    release_customer(actor=actor_of(rep), customer_id=customer.pk, reason="联系不上")
    claim_customer(actor=actor_of(stranger), customer_id=customer.pk)
    assert Customer.objects.get(pk=customer.pk).owner == stranger
    assert Event.objects.latest("pk").payload["how"] == "claimed"


def test_refuses_to_claim_what_lies_in_no_pool(make_deal: MakeDeal, rep: User, manager: User) -> None:
    deal, customer = make_deal(), new_customer(rep)
    with refuses(NotInPool):
        claim(manager, deal)
    with refuses(NotInPool):
        claim_customer(actor=actor_of(manager), customer_id=customer.pk)


def test_refuses_to_claim_what_somebody_has_claimed(company: Company, rep: User, colleague: User) -> None:
    deal = in_pool(rep)
    claim(colleague, deal)
    with refuses(NotFound):
        claim(rep, deal)


def test_refuses_to_claim_without_the_permission(company: Company, rep: User, admin: User) -> None:
    deal = in_pool(rep)
    with refuses(NotFound):
        claim(company.people["legal"], deal)
    with refuses(NotAllowed):
        claim(company.people["finance"], deal)


@pytest.mark.django_db(transaction=True)
def test_of_ten_claims_at_once_one_succeeds(company: Company, rep: User, colleague: User, stranger: User) -> None:
    deal = in_pool(rep)
    actors = [actor_of(user) for user in (colleague, stranger)] * 5
    results = at_once(*[lambda actor=actor: claim_deal(actor=actor, deal_id=deal.pk) for actor in actors])
    assert sum(isinstance(result, Deal) for result in results) == 1
    assert Claim.objects.count() == 1


# Limits


def test_refuses_more_claims_than_the_limit_in_its_days(company: Company, rep: User, colleague: User) -> None:
    limited(company, claim_limit=2, claim_days=3)
    deals = [in_pool(rep) for _ in range(4)]
    claim(colleague, deals[0])
    claim(colleague, deals[1])
    with refuses(ClaimLimitReached):
        claim(colleague, deals[2])
    claim(company.people["northerner"], deals[2])
    with clock.at(timezone.now() + timedelta(days=3, minutes=1)):
        claim(colleague, deals[3])


def test_customers_and_deals_count_together(company: Company, rep: User, colleague: User) -> None:
    limited(company, claim_limit=1)
    claim(colleague, in_pool(rep))
    customer = new_customer(rep)
    release_customer(actor=actor_of(rep), customer_id=customer.pk, reason="联系不上")
    with refuses(ClaimLimitReached):
        claim_customer(actor=actor_of(colleague), customer_id=customer.pk)


@pytest.mark.django_db(transaction=True)
def test_claims_at_once_never_pass_the_limit(company: Company, rep: User, colleague: User) -> None:
    limited(company, claim_limit=3)
    deals, actor = [in_pool(rep) for _ in range(8)], actor_of(colleague)
    results = at_once(*[lambda deal=deal: claim_deal(actor=actor, deal_id=deal.pk) for deal in deals])
    assert sum(isinstance(result, ClaimLimitReached) for result in results) == 5
    assert Deal.objects.filter(owner=colleague).count() == Claim.objects.count() == 3


def test_refuses_more_open_deals_than_one_may_hold(company: Company, rep: User, colleague: User) -> None:
    limited(company, capacity=2)
    new_deal(colleague)
    claim(colleague, in_pool(rep))
    deal = in_pool(rep)
    with refuses(PoolCapacityReached):
        claim(colleague, deal)


def test_refuses_more_customers_than_one_may_hold(company: Company, rep: User, colleague: User) -> None:
    limited(company, capacity=1)
    new_customer(colleague)
    customer = new_customer(rep)
    release_customer(actor=actor_of(rep), customer_id=customer.pk, reason="联系不上")
    with refuses(PoolCapacityReached):
        claim_customer(actor=actor_of(colleague), customer_id=customer.pk)


def test_the_last_owner_waits_before_claiming_again(company: Company, rep: User, colleague: User) -> None:
    limited(company, cooldown_days=7)
    deal = in_pool(rep)
    with refuses(CoolingDown):
        claim(rep, deal)
    with clock.at(timezone.now() + timedelta(days=7, minutes=1)):
        claim(rep, deal)
    assert fresh(deal).owner == rep
    claim(colleague, in_pool(rep))


def test_the_last_owner_of_a_customer_waits_as_well(company: Company, rep: User, colleague: User) -> None:
    limited(company, cooldown_days=7)
    customer = new_customer(rep)
    release_customer(actor=actor_of(rep), customer_id=customer.pk, reason="联系不上")
    with refuses(CoolingDown):
        claim_customer(actor=actor_of(rep), customer_id=customer.pk)
    assert claim_customer(actor=actor_of(colleague), customer_id=customer.pk).owner == colleague
    transfer_customer(actor=Actor.system(), customer_id=customer.pk, owner_id=rep.pk)
    release_customer(actor=actor_of(rep), customer_id=customer.pk, reason="联系不上")
    with clock.at(timezone.now() + timedelta(days=7, minutes=1)):
        assert claim_customer(actor=actor_of(rep), customer_id=customer.pk).owner == rep


# Members and administrators


def test_only_members_see_and_claim_from_a_pool_of_departments(
    company: Company, admin: User, rep: User, colleague: User, stranger: User
) -> None:
    pool = save_pool(actor=actor_of(admin), name="华东公海", units=[company.units["华东组"].pk])
    deal = in_pool(rep, pool)
    assert pool not in crm.pools(actor_of(stranger))
    with refuses(NotFound):
        claim(stranger, deal)
    claim(colleague, deal)


def test_an_administrator_of_a_pool_claims_and_assigns_from_it(
    company: Company, admin: User, rep: User, colleague: User, stranger: User
) -> None:
    units = [company.units["华东组"].pk]
    pool = save_pool(actor=actor_of(admin), name="华东公海", units=units, admins=[stranger.pk])
    deal = in_pool(rep, pool)
    transfer_deal(actor=actor_of(stranger), deal_id=deal.pk, owner_id=colleague.pk)
    assert (fresh(deal).owner, fresh(deal).pool) == (colleague, None)
    claim(stranger, in_pool(rep, pool))


def test_who_manages_pools_assigns_from_them(company: Company, rep: User, manager: User, colleague: User) -> None:
    deal, customer = in_pool(rep), new_customer(rep)
    release_customer(actor=actor_of(rep), customer_id=customer.pk, reason="联系不上")
    transfer_deal(actor=actor_of(manager), deal_id=deal.pk, owner_id=colleague.pk)
    transfer_customer(actor=actor_of(manager), customer_id=customer.pk, owner_id=colleague.pk)
    assert fresh(deal).owner == Customer.objects.get(pk=customer.pk).owner == colleague


def test_members_claim_but_do_not_assign(company: Company, rep: User, colleague: User, stranger: User) -> None:
    deal = in_pool(rep)
    with refuses(NotAllowed):
        transfer_deal(actor=actor_of(colleague), deal_id=deal.pk, owner_id=stranger.pk)


# Setting up


def test_a_pool_is_saved_with_its_limits(company: Company, admin: User, rep: User) -> None:
    pool = save_pool(
        actor=actor_of(admin),
        name=" 新公海 ",
        units=[company.units["市场部"].pk],
        admins=[rep.pk],
        claim_limit=5,
        claim_days=0,
        capacity=-3,
        cooldown_days=10**12,
    )
    assert (pool.name, pool.claim_limit, pool.claim_days, pool.capacity, pool.is_default) == ("新公海", 5, 1, 0, False)
    fact = Event.objects.latest("pk")
    assert (fact.kind, fact.payload["limits"]) == (
        "pool.saved",
        {"claim_limit": 5, "claim_days": 1, "capacity": 0, "cooldown_days": 100_000, "daily_views": 0},
    )


def test_refuses_a_pool_that_makes_no_sense(company: Company, admin: User) -> None:
    actor = actor_of(admin)
    with refuses(NameMissing):
        save_pool(actor=actor, name=" ")
    with refuses(PoolNameTaken):
        save_pool(actor=actor, name=" 公海 ")
    with refuses(UnknownUnit):
        save_pool(actor=actor, name="新", units=[0])
    with refuses(UnknownPerson):
        save_pool(actor=actor, name="新", admins=[0])
    with refuses(UnknownPool):
        save_pool(actor=actor, name="新", pool_id=10**6)


def test_refuses_to_save_pools_without_the_permission(rep: User) -> None:
    with refuses(NotAllowed):
        save_pool(actor=actor_of(rep), name="新公海")


def test_the_database_keeps_one_default_pool_and_names_apart(company: Company) -> None:
    with pytest.raises(IntegrityError, match=r"is_default|one_default_pool"), transaction.atomic():
        Pool.objects.create(name="又一个", is_default=True)
    with pytest.raises(IntegrityError, match="name"), transaction.atomic():
        Pool.objects.create(name=company.pool.name)
