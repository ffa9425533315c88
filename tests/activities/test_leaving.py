"""Stopping a person: everything they own goes to a successor, or they stay."""

from dealrail.accounts.actions.roles import save_role
from dealrail.accounts.actions.units import change_unit
from dealrail.accounts.actions.users import change_user
from dealrail.accounts.errors import LastManager, NotAllowed, SuccessorMissing, UnknownPerson
from dealrail.accounts.models import User
from dealrail.accounts.permissions import PEOPLE_MANAGE
from dealrail.activities.actions.leaving import deactivate_user
from dealrail.activities.actions.tasks import create_task
from dealrail.activities.models import Task
from dealrail.crm.actions.pools import save_pool
from dealrail.crm.models import Customer, Deal
from tests.cast import Company, actor_of, new_customer, new_deal, refuses


def test_everything_goes_to_the_successor_and_the_person_is_stopped(
    company: Company, admin: User, rep: User, colleague: User
) -> None:
    actor = actor_of(admin)
    customer = new_customer(rep)
    deal = new_deal(rep, customer=customer.pk)
    task = create_task(actor=actor_of(rep), title="回访", customer_id=customer.pk)
    pool = save_pool(actor=actor, name="新公海", admins=[rep.pk])
    unit = change_unit(actor=actor, unit_id=company.units["华北组"].pk, leader_id=rep.pk)
    left = deactivate_user(actor=actor, user_id=rep.pk, successor_id=colleague.pk)
    assert (left.named, left.hidden) == ([], 0)
    assert (left.refused, left.person.is_active) == ([], False)
    assert {row.kind for row in left.rows} == {"deal", "customer", "task", "pool", "unit"}
    assert Deal.objects.get(pk=deal.pk).owner == colleague
    assert Customer.objects.get(pk=customer.pk).owner == colleague
    assert Task.objects.get(pk=task.pk).owner == colleague
    unit.refresh_from_db()
    assert (list(pool.admins.all()), unit.leader) == ([colleague], colleague)


def test_who_owns_something_needs_a_successor_who_is_active_and_another_one(
    admin: User, rep: User, colleague: User
) -> None:
    actor = actor_of(admin)
    new_deal(rep)
    for successor in (None, rep.pk):
        with refuses(SuccessorMissing):
            deactivate_user(actor=actor, user_id=rep.pk, successor_id=successor)
    change_user(actor=actor, user_id=colleague.pk, is_active=False)
    with refuses(UnknownPerson):
        deactivate_user(actor=actor, user_id=rep.pk, successor_id=colleague.pk)


def test_who_owns_nothing_is_stopped_at_once(admin: User, stranger: User) -> None:
    left = deactivate_user(actor=actor_of(admin), user_id=stranger.pk)
    assert (left.rows, left.person.is_active) == ([], False)


def test_what_is_refused_stays_and_so_does_the_person(admin: User, legal: User, rep: User, colleague: User) -> None:
    deal, actor = new_deal(rep), actor_of(admin)
    save_role(actor=actor, key="hr", name="人事", permissions=[PEOPLE_MANAGE], scope="all")
    change_user(actor=actor, user_id=legal.pk, roles=["hr"])
    left = deactivate_user(actor=actor_of(legal), user_id=rep.pk, successor_id=colleague.pk)
    assert [row.id for row in left.refused if row.kind == "deal"] == [deal.pk]
    assert left.refused[0].problem
    assert ([row.name for row in left.refused], left.named, left.hidden) == ([""], [], 1)
    rep.refresh_from_db()
    assert rep.is_active


def test_only_who_manages_people_stops_anybody_and_never_the_last_of_them(
    admin: User, manager: User, rep: User
) -> None:
    with refuses(NotAllowed):
        deactivate_user(actor=actor_of(manager), user_id=rep.pk)
    with refuses(LastManager):
        deactivate_user(actor=actor_of(admin), user_id=admin.pk)
