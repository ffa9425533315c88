"""Approvals on their way: passed on, shared with one more, taken back."""

from django.db import transaction

from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.accounts.models import User
from dealrail.core.db import take_turns
from dealrail.core.texts import tidy
from dealrail.crm import approving, ownership, queries
from dealrail.crm.facts import ApprovalDelegated, ApprovalReminded, ApproverAdded
from dealrail.crm.models import Deal
from dealrail.events.engine import record
from dealrail.process import engine
from dealrail.process import queries as processes
from dealrail.process.errors import NoSuchApproval, NotYourRequest
from dealrail.process.models import ApprovalRequest

LONGEST_NOTE = 500


@transaction.atomic
def delegate_approval(*, actor: Actor, deal_id: int, request_id: int, to: int, note: str = "") -> ApprovalRequest:
    """Have another active person answer in the actor's place (转交); they see the deal while it waits.

    Raises NotFound, UnknownPerson, NoSuchApproval, AsksThemselves or AskedAlready.
    """
    deal = queries.deal_for_change(actor, deal_id)
    person = _able(to)
    request = engine.delegate(deal.run, request_id, to=person, by=actor)
    fact = ApprovalDelegated(
        **approving.naming(deal, request),
        user_id=person.pk,
        user_name=person.name,
        asked_by_id=request.asked_by_id,
        about=request.about,
        note=tidy(note)[:LONGEST_NOTE],
    )
    record(fact, actor=actor)
    return request


def _able(person_id: int) -> User:
    """An active person, whom nobody stops before it is on record that they are asked: then others answer for them.

    Refuses with UnknownPerson.
    """
    take_turns("user", [str(person_id)])
    return people.person(person_id)


@transaction.atomic
def replace_approver(*, actor: Actor, deal_id: int, request_id: int, gone_id: int) -> ApprovalRequest | None:
    """Have the leader of somebody who was stopped answer in their place, or else those who may waive.

    Where there is nobody, the request is taken back, to be made anew. None where it doesn't wait for them any more.
    A deal in the recycle bin is served like any other, so that nothing is amiss when it is restored.
    """
    deal = queries.deal_for_reaction(deal_id)
    if deal is None:
        return None
    request = processes.pending_approvals([deal.run_id]).filter(pk=request_id).first()
    gone = people.user(gone_id)
    if request is None or gone.is_active:
        return None
    deputies = queries.deputies(deal, request, gone.pk)
    taken = engine.replace_approver(deal.run, request_id, gone=gone.pk, to=deputies)
    if taken is not None and deputies:
        _record_deputies(deal, taken, gone.name, deputies, actor)
    elif taken is not None:
        approving.record_withdrawn(deal, taken, how="vacant", note=gone.name, actor=actor)
        ownership.forget_next_owner(deal)
    return taken


def _record_deputies(deal: Deal, request: ApprovalRequest, gone: str, deputies: list[User], actor: Actor) -> None:
    for person in deputies:
        fact = ApprovalDelegated(
            **approving.naming(deal, request),
            user_id=person.pk,
            user_name=person.name,
            asked_by_id=request.asked_by_id,
            about=request.about,
            note="",
            instead_of=gone,
        )
        record(fact, actor=actor)


@transaction.atomic
def add_approver(
    *, actor: Actor, deal_id: int, request_id: int, person: int, first: bool = False, note: str = ""
) -> ApprovalRequest:
    """Have another active person agree besides the actor (加签); `first`: the actor's turn comes after theirs.

    Raises NotFound, UnknownPerson, NoSuchApproval, AsksThemselves, AskedAlready or TooManyApprovers.
    """
    deal = queries.deal_for_change(actor, deal_id)
    added = _able(person)
    request = engine.add_approver(deal.run, request_id, user=added, first=first, by=actor)
    fact = ApproverAdded(
        **approving.naming(deal, request),
        user_id=added.pk,
        user_name=added.name,
        asked_by_id=request.asked_by_id,
        first=first,
        about=request.about,
        note=tidy(note)[:LONGEST_NOTE],
    )
    record(fact, actor=actor)
    return request


@transaction.atomic
def remind_approvers(*, actor: Actor, deal_id: int, request_id: int) -> bool:
    """Remind those who haven't answered a request, if it is time; whether it was.

    However many workers ask at once, each reminder is recorded once. Raises NotFound.
    """
    deal = queries.deal_for_change(actor, deal_id)
    request = engine.remind(deal.run, request_id)
    if request is None:
        return False
    fact = ApprovalReminded(
        **approving.naming(deal, request),
        waiting_ids=[person.pk for person in request.waits_for if person.is_active],
        about=request.about,
    )
    record(fact, actor=actor)
    return True


@transaction.atomic
def withdraw_approval(*, actor: Actor, deal_id: int, request_id: int, note: str = "") -> Deal:
    """Take back a request that isn't decided yet (撤回): who asked may, and the deal's owner.

    Raises NotFound, NoSuchApproval or NotYourRequest.
    """
    deal = queries.deal_for_change(actor, deal_id)
    request = processes.pending_approvals([deal.run_id]).filter(pk=request_id).first()
    if request is None:
        raise NoSuchApproval()
    if actor.user_id not in {request.asked_by_id, deal.owner_id}:
        raise NotYourRequest()
    note = tidy(note)[:LONGEST_NOTE]
    withdrawn = engine.withdraw(deal.run, request_id, note=note)
    approving.record_withdrawn(deal, withdrawn, how="recalled", note=note, actor=actor)
    ownership.forget_next_owner(deal)
    return deal
