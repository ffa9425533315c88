"""Who may do what to a deal and a customer: one table over every action."""

from collections.abc import Callable
from typing import Any

import pytest

from dealrail.accounts.actions.roles import save_role
from dealrail.accounts.actions.users import change_user
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotAllowed, NotFound
from dealrail.accounts.models import User
from dealrail.activities.actions.activities import record_activity
from dealrail.activities.actions.sop import complete_action
from dealrail.crm.actions import customers, deals, pools, waivers
from dealrail.crm.models import Deal
from tests.cast import Company, actor_of, event_kinds, last_event_id, new_customer, new_deal, refuses

Call = Callable[[Actor, Deal], Any]

# What is done to an open deal of the rep with a customer of theirs → the permission it needs, the first event of it
ACTIONS: dict[str, tuple[Call, str, str]] = {
    "change_deal": (
        lambda actor, deal: deals.change_deal(actor=actor, deal_id=deal.pk, fields={"name": "新名"}),
        "deals.change",
        "deal.changed",
    ),
    "advance_deal": (
        lambda actor, deal: deals.advance_deal(actor=actor, deal_id=deal.pk),
        "deals.move",
        "deal.stage_changed",
    ),
    "advance_deal with fields": (
        lambda actor, deal: deals.advance_deal(actor=actor, deal_id=deal.pk, fields={"amount": "5"}),
        "deals.move",
        "deal.changed",
    ),
    "lose_deal": (
        lambda actor, deal: deals.lose_deal(actor=actor, deal_id=deal.pk, reason="price"),
        "deals.move",
        "deal.lost",
    ),
    "park_deal": (lambda actor, deal: deals.park_deal(actor=actor, deal_id=deal.pk), "deals.move", "deal.parked"),
    "transfer_deal": (
        lambda actor, deal: deals.transfer_deal(actor=actor, deal_id=deal.pk, owner_id=_colleague()),
        "deals.transfer",
        "deal.owner_changed",
    ),
    "release_deal": (
        lambda actor, deal: pools.release_deal(actor=actor, deal_id=deal.pk, reason="联系不上"),
        "deals.transfer",
        "deal.owner_changed",
    ),
    "waive_condition": (
        lambda actor, deal: waivers.waive_condition(actor=actor, deal_id=deal.pk, condition="basics", reason="老客户"),
        "process.waive",
        "condition.waived",
    ),
    "record_activity": (
        lambda actor, deal: record_activity(actor=actor, deal_id=deal.pk, kind="call", text="聊了"),
        "activities.record",
        "activity.recorded",
    ),
    "complete_action": (
        lambda actor, deal: complete_action(actor=actor, deal_id=deal.pk, action="call", note="聊了"),
        "activities.record",
        "action.completed",
    ),
    "change_customer": (
        lambda actor, deal: customers.change_customer(
            actor=actor, customer_id=deal.customer_id or 0, fields={"industry": "软件"}
        ),
        "customers.change",
        "customer.changed",
    ),
    "create_contact": (
        lambda actor, deal: customers.create_contact(
            actor=actor, customer_id=deal.customer_id or 0, fields={"name": "张经理"}
        ),
        "customers.change",
        "contact.created",
    ),
    "transfer_customer": (
        lambda actor, deal: customers.transfer_customer(
            actor=actor, customer_id=deal.customer_id or 0, owner_id=_colleague()
        ),
        "customers.transfer",
        "customer.owner_changed",
    ),
    "release_customer": (
        lambda actor, deal: pools.release_customer(actor=actor, customer_id=deal.customer_id or 0, reason="联系不上"),
        "customers.transfer",
        "customer.owner_changed",
    ),
    "record_activity for a customer": (
        lambda actor, deal: record_activity(actor=actor, customer_id=deal.customer_id or 0, kind="call", text="聊了"),
        "activities.record",
        "activity.recorded_for_customer",
    ),
}
EVERYTHING = sorted({permission for _, permission, _ in ACTIONS.values()} | {"deals.read", "customers.read"})


def _colleague() -> int:
    return User.objects.get(login="colleague").pk


@pytest.fixture
def deal(company: Company, rep: User) -> Deal:
    """A deal of the rep whose first gate is open, with a customer of theirs."""
    return new_deal(rep, need="有需求", customer=new_customer(rep).pk)


def holding(user: User, permissions: list[str], scope: str) -> Actor:
    """Let a person hold exactly these permissions."""
    save_role(actor=Actor.system(), key="probe", name="试", permissions=permissions, scope=scope)
    change_user(actor=Actor.system(), user_id=user.pk, roles=["probe"])
    return actor_of(user)


@pytest.mark.parametrize("name", ACTIONS)
def test_the_permission_alone_is_enough_for_ones_own(name: str, deal: Deal, rep: User) -> None:
    call, permission, event = ACTIONS[name]
    also = ["deals.change"] if name == "advance_deal with fields" else []
    actor, before = holding(rep, ["deals.read", "customers.read", permission, *also], "own"), last_event_id()
    call(actor, deal)
    assert event_kinds(before)[0] == event


@pytest.mark.parametrize("name", ACTIONS)
def test_refuses_who_lacks_just_this_permission(name: str, deal: Deal, rep: User) -> None:
    call, permission, _ = ACTIONS[name]
    actor = holding(rep, [key for key in EVERYTHING if key != permission], "all")
    with refuses(NotAllowed) as caught:
        call(actor, deal)
    assert caught.value.params == {"permission": permission}


@pytest.mark.parametrize("name", ACTIONS)
@pytest.mark.parametrize("login", ["stranger", "colleague", "legal"])
def test_hides_from_others_that_there_is_anything(login: str, name: str, deal: Deal, company: Company) -> None:
    call, _, _ = ACTIONS[name]
    with refuses(NotFound):
        call(actor_of(company.people[login]), deal)


@pytest.mark.parametrize("name", ACTIONS)
def test_the_manager_may_in_the_subtree(name: str, deal: Deal, manager: User) -> None:
    call, _, event = ACTIONS[name]
    before = last_event_id()
    call(actor_of(manager), deal)
    assert event_kinds(before)[0] == event


@pytest.mark.parametrize("name", ACTIONS)
def test_refuses_what_one_sees_but_does_not_reach(name: str, deal: Deal, stranger: User) -> None:
    call, permission, _ = ACTIONS[name]
    save_role(actor=Actor.system(), key="reader", name="看", permissions=["deals.read", "customers.read"], scope="all")
    change_user(actor=Actor.system(), user_id=stranger.pk, roles=["sales", "reader"])
    with refuses(NotAllowed) as caught:
        call(actor_of(stranger), deal)
    assert caught.value.params == {"permission": permission}


@pytest.mark.parametrize("name", ACTIONS)
def test_what_is_not_there_is_not_found(name: str, deal: Deal, admin: User) -> None:
    call, _, _ = ACTIONS[name]
    with refuses(NotFound):
        call(actor_of(admin), Deal(pk=0, customer_id=0))


def test_filling_in_while_moving_needs_both_permissions(deal: Deal, rep: User) -> None:
    actor = holding(rep, ["deals.read", "deals.move"], "own")
    with refuses(NotAllowed) as caught:
        ACTIONS["advance_deal with fields"][0](actor, deal)
    assert caught.value.params == {"permission": "deals.change"}
