"""Who works on a deal besides its owner (协作人)."""

from collections.abc import Callable

from django.db import transaction

from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotFound
from dealrail.core import clock
from dealrail.crm import policy, queries
from dealrail.crm.errors import OwnsItAlready
from dealrail.crm.facts import CollaboratorAdded, CollaboratorChanged, CollaboratorFact, CollaboratorRemoved
from dealrail.crm.models import Collaborator, Deal
from dealrail.events.engine import record


@transaction.atomic
def add_collaborator(*, actor: Actor, deal_id: int, user_id: int, may_write: bool = False) -> Collaborator:
    """Let somebody read a deal, or work on it too; for who does already, change which of both.

    Raises NotFound, NotAllowed, UnknownPerson or OwnsItAlready.
    """
    deal = queries.deal_for_change(actor, deal_id)
    policy.require_can_share(actor, deal)
    person = people.person(user_id)
    if person.pk == deal.owner_id:
        raise OwnsItAlready(person=person.name)
    found = Collaborator.objects.filter(deal=deal, user=person).select_related("user").first()
    if found is None:
        added = {"added_by_id": actor.user_id or None, "added_at": clock.now()}
        found = Collaborator.objects.create(deal=deal, user=person, may_write=may_write, **added)
        _record(CollaboratorAdded, deal, found, actor)
    elif found.may_write != may_write:
        found.may_write = may_write
        found.save(update_fields=["may_write"])
        _record(CollaboratorChanged, deal, found, actor)
    return found


@transaction.atomic
def remove_collaborator(*, actor: Actor, deal_id: int, user_id: int) -> Deal:
    """Take somebody off a deal; everybody may take off themselves.

    Raises NotFound or NotAllowed.
    """
    deal = queries.deal_for_change(actor, deal_id)
    if user_id != actor.user_id:
        policy.require_can_share(actor, deal)
    found = Collaborator.objects.filter(deal=deal, user=user_id).select_related("user").first()
    if found is None:
        raise NotFound()
    _record(CollaboratorRemoved, deal, found, actor)
    found.delete()
    return deal


def _record(fact: Callable[..., CollaboratorFact], deal: Deal, collaborator: Collaborator, actor: Actor) -> None:
    told = fact(
        deal_id=deal.pk,
        deal_name=deal.name,
        owner_id=deal.owner_id,
        user_id=collaborator.user.pk,
        user_name=collaborator.user.name,
        may_write=collaborator.may_write,
    )
    record(told, actor=actor)
