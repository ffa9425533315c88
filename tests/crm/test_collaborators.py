"""Collaborators: who reads a deal, or works on it, besides its owner."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotAllowed, NotFound
from dealrail.accounts.models import User
from dealrail.activities.actions.activities import record_activity
from dealrail.activities.actions.attachments import attach_file
from dealrail.activities.actions.comments import add_comment
from dealrail.activities.actions.sop import complete_action
from dealrail.activities.actions.tasks import create_task
from dealrail.crm import queries
from dealrail.crm.actions import deals, pools, waivers
from dealrail.crm.actions.collaborators import add_collaborator, remove_collaborator
from dealrail.crm.actions.customers import create_contact
from dealrail.crm.errors import OwnsItAlready
from dealrail.crm.models import Collaborator, Deal
from dealrail.events.models import Event
from tests.cast import Company, actor_of, event_kinds, last_event_id, new_customer, new_deal, refuses

Call = Callable[[Actor, Deal], Any]
SHARED: dict[str, Call] = {
    "change": lambda actor, deal: deals.change_deal(actor=actor, deal_id=deal.pk, fields={"name": "新名"}),
    "advance": lambda actor, deal: deals.advance_deal(actor=actor, deal_id=deal.pk),
    "park": lambda actor, deal: deals.park_deal(actor=actor, deal_id=deal.pk),
    "follow up": lambda actor, deal: record_activity(actor=actor, deal_id=deal.pk, kind="call", text="聊了"),
    "act": lambda actor, deal: complete_action(actor=actor, deal_id=deal.pk, action="call", note="聊了"),
    "attach": lambda actor, deal: attach_file(
        actor=actor, deal_id=deal.pk, file=SimpleUploadedFile("方案.pdf", b"%PDF")
    ),
    "ask for a waiver": lambda actor, deal: waivers.ask_waiver(
        actor=actor, deal_id=deal.pk, condition="basics", reason="老客户"
    ),
}
READING: dict[str, Call] = {
    "comment": lambda actor, deal: add_comment(actor=actor, deal_id=deal.pk, text="看过了"),
    "plan for oneself": lambda actor, deal: create_task(actor=actor, deal_id=deal.pk, title="回访"),
}
BOTH: dict[str, Call] = {**SHARED, **READING}
NEVER: dict[str, Call] = {
    "lose": lambda actor, deal: deals.lose_deal(actor=actor, deal_id=deal.pk, reason="price"),
    "transfer": lambda actor, deal: deals.transfer_deal(actor=actor, deal_id=deal.pk, owner_id=actor.user_id),
    "hand over with a move": lambda actor, deal: deals.advance_deal(
        actor=actor, deal_id=deal.pk, next_owner=actor.user_id
    ),
    "release": lambda actor, deal: pools.release_deal(actor=actor, deal_id=deal.pk, reason="没空"),
    "waive": lambda actor, deal: waivers.waive_condition(
        actor=actor, deal_id=deal.pk, condition="basics", reason="老客户"
    ),
    "share": lambda actor, deal: add_collaborator(actor=actor, deal_id=deal.pk, user_id=actor.user_id, may_write=True),
    "change the customer": lambda actor, deal: create_contact(
        actor=actor, customer_id=deal.customer_id or 0, fields={"name": "王"}
    ),
}


@pytest.fixture
def deal(company: Company, rep: User) -> Deal:
    """A deal of the rep whose first gate is open, with a customer of theirs."""
    return new_deal(rep, need="有需求", customer=new_customer(rep).pk)


def shared(deal: Deal, rep: User, person: User, *, may_write: bool) -> Actor:
    add_collaborator(actor=actor_of(rep), deal_id=deal.pk, user_id=person.pk, may_write=may_write)
    return actor_of(person)


def test_a_collaborator_sees_the_deal_and_its_customer(deal: Deal, rep: User, stranger: User) -> None:
    before = last_event_id()
    assert not queries.deals(actor_of(stranger)).filter(pk=deal.pk).exists()
    actor = shared(deal, rep, stranger, may_write=False)
    assert queries.deals(actor).filter(pk=deal.pk).exists()
    assert queries.customers(actor).filter(pk=deal.customer_id or 0).exists()
    assert event_kinds(before) == ["deal.collaborator_added"]
    told = Event.objects.latest("pk").payload
    assert (told["user_id"], told["user_name"], told["may_write"]) == (stranger.pk, "小陌", False)


@pytest.mark.parametrize("name", BOTH)
def test_one_who_may_write_works_on_it(name: str, deal: Deal, rep: User, stranger: User) -> None:
    actor = shared(deal, rep, stranger, may_write=True)
    before = last_event_id()
    BOTH[name](actor, deal)
    assert len(event_kinds(before)) == 1


@pytest.mark.parametrize("name", NEVER)
def test_no_collaborator_gives_it_away(name: str, deal: Deal, rep: User, stranger: User) -> None:
    actor = shared(deal, rep, stranger, may_write=True)
    with refuses(NotAllowed):
        NEVER[name](actor, deal)


@pytest.mark.parametrize("name", [*SHARED, *NEVER])
def test_one_who_reads_changes_nothing(name: str, deal: Deal, rep: User, stranger: User) -> None:
    actor = shared(deal, rep, stranger, may_write=False)
    with refuses(NotAllowed):
        (SHARED.get(name) or NEVER[name])(actor, deal)


@pytest.mark.parametrize("name", READING)
def test_one_who_reads_talks_about_it(name: str, deal: Deal, rep: User, stranger: User) -> None:
    actor = shared(deal, rep, stranger, may_write=False)
    before = last_event_id()
    READING[name](actor, deal)
    assert len(event_kinds(before)) == 1


@pytest.mark.parametrize("name", ["change", "advance"])
def test_writing_allows_only_what_a_role_allows_at_all(name: str, deal: Deal, rep: User, legal: User) -> None:
    actor = shared(deal, rep, legal, may_write=True)
    with refuses(NotAllowed):
        SHARED[name](actor, deal)
    record_activity(actor=actor, deal_id=deal.pk, kind="call", text="聊了合同")


def test_adding_again_changes_what_they_may(deal: Deal, rep: User, stranger: User) -> None:
    before = last_event_id()
    for may_write in (False, True, True):
        shared(deal, rep, stranger, may_write=may_write)
    assert Collaborator.objects.get().may_write
    assert event_kinds(before) == ["deal.collaborator_added", "deal.collaborator_changed"]


def test_a_collaborator_is_taken_off_and_sees_it_no_more(deal: Deal, rep: User, stranger: User) -> None:
    actor = shared(deal, rep, stranger, may_write=True)
    remove_collaborator(actor=actor_of(rep), deal_id=deal.pk, user_id=stranger.pk)
    with refuses(NotFound):
        SHARED["change"](actor, deal)
    with refuses(NotFound):
        remove_collaborator(actor=actor_of(rep), deal_id=deal.pk, user_id=stranger.pk)


def test_one_takes_off_oneself_but_nobody_else(deal: Deal, rep: User, stranger: User, colleague: User) -> None:
    actor = shared(deal, rep, stranger, may_write=True)
    shared(deal, rep, colleague, may_write=True)
    with refuses(NotAllowed):
        remove_collaborator(actor=actor, deal_id=deal.pk, user_id=colleague.pk)
    remove_collaborator(actor=actor, deal_id=deal.pk, user_id=stranger.pk)
    assert [row.user for row in queries.collaborators(deal.pk)] == [colleague]


def test_the_owner_is_no_collaborator_and_becoming_one_ends_it(deal: Deal, rep: User, colleague: User) -> None:
    with refuses(OwnsItAlready):
        add_collaborator(actor=actor_of(rep), deal_id=deal.pk, user_id=rep.pk)
    shared(deal, rep, colleague, may_write=True)
    deals.transfer_deal(actor=actor_of(rep), deal_id=deal.pk, owner_id=colleague.pk)
    assert not Collaborator.objects.exists()


def test_who_sees_a_deal_is_the_same_from_both_sides(deal: Deal, rep: User, stranger: User, company: Company) -> None:
    shared(deal, rep, stranger, may_write=False)
    pooled = new_deal(rep)
    pools.release_deal(actor=actor_of(rep), deal_id=pooled.pk, reason="没空")
    for one in (deal, pooled):
        one = Deal.objects.select_related("owner", "won_by", "pool").get(pk=one.pk)
        seeing = {person.login for person in queries.people_who_see(one)}
        expected = {
            login
            for login, person in company.people.items()
            if queries.deals(actor_of(person)).filter(pk=one.pk).exists()
        }
        assert seeing == expected
