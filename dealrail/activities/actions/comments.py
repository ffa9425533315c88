"""What colleagues tell each other about a deal or a customer."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction

from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotAllowed, NotFound
from dealrail.accounts.models import User
from dealrail.activities import facts, permissions, queries, rules
from dealrail.activities.errors import CommentMissing, MentionUnclear, NotSeenByMentioned
from dealrail.activities.models import Comment
from dealrail.core import clock
from dealrail.core.texts import is_storable, listed
from dealrail.crm import queries as crm
from dealrail.crm.actions.pools import open_subject
from dealrail.crm.models import Customer, Deal
from dealrail.crm.queries.sight import about_for_change
from dealrail.events.engine import record
from dealrail.events.facts import Fact

LONGEST_TEXT = 5000


@transaction.atomic
def add_comment(*, actor: Actor, text: str, deal_id: int | None = None, customer_id: int | None = None) -> Comment:
    """Write a comment; whoever sees the deal or customer may. @login or @name mentions people who see it too.

    Raises NotFound, PoolViewsUsedUp, CommentMissing, MentionUnclear or NotSeenByMentioned.
    """
    open_subject(actor=actor, deal_id=deal_id, customer_id=customer_id)
    deal, customer = about_for_change(actor, deal_id, customer_id)
    if not 1 <= len(text.strip()) <= LONGEST_TEXT or not is_storable(text):
        raise CommentMissing(longest=LONGEST_TEXT)
    mentioned = _mentioned(text, deal, customer)
    comment = Comment.objects.create(
        deal=deal, customer=customer, text=text.strip(), author_id=actor.user_id or None, created_at=clock.now()
    )
    comment.mentions.set(mentioned)
    told = {
        "text": comment.text,
        "mentioned_ids": [person.pk for person in mentioned],
        "mentioned_names": [person.name for person in mentioned],
    }
    record(_fact(comment, facts.DealCommentAdded, facts.CustomerCommentAdded, told), actor=actor)
    return comment


def _mentioned(text: str, deal: Deal | None, customer: Customer | None) -> list[User]:
    """The people behind the @ of a text. Refuses with MentionUnclear or NotSeenByMentioned."""
    named = queries.people_named(rules.handles(text))
    known: dict[str, set[int]] = {}
    for person in named:
        for handle in (person.login.lower(), person.name.lower()):
            known.setdefault(handle, set()).add(person.pk)
    meant = rules.mentioned(text, known)
    found = {person.pk: person for person in named}
    for group in meant:
        if len(group) > 1:
            raise MentionUnclear(person=found[min(group)].name, logins=listed(found[pk].login for pk in sorted(group)))
    mentioned = [found[pk] for pk in dict.fromkeys(pk for group in meant for pk in group)]
    blind = [person for person in mentioned if not _sees(person, deal, customer)]
    if blind:
        raise NotSeenByMentioned(people=listed(person.name for person in blind), field="text")
    return mentioned


def _sees(person: User, deal: Deal | None, customer: Customer | None) -> bool:
    actor = people.actor_for(person, channel="system")
    if deal is not None:
        return crm.deals(actor).filter(pk=deal.pk).exists()
    return customer is not None and crm.customers(actor).filter(pk=customer.pk).exists()


@transaction.atomic
def remove_comment(*, actor: Actor, comment_id: int) -> Comment:
    """Take back one's own comment; nobody sees its words on screens any more.

    Raises NotFound or NotAllowed.
    """
    found = queries.comment(actor, comment_id)
    about_for_change(actor, found.deal_id, found.customer_id)
    if found.author_id != actor.user_id:
        raise NotAllowed(permission=permissions.ACTIVITIES_RECORD)
    if found.deleted_at is not None:
        raise NotFound()
    found.deleted_at = clock.now()
    found.save(update_fields=["deleted_at"])
    record(_fact(found, facts.DealCommentRemoved, facts.CustomerCommentRemoved, {}), actor=actor)
    return found


def _fact(
    comment: Comment, of_deal: Callable[..., Fact], of_customer: Callable[..., Fact], told: Mapping[str, Any]
) -> Fact:
    deal, customer = comment.deal, comment.customer
    about = {"comment_id": comment.pk, **told}
    if deal is not None:
        return of_deal(deal_id=deal.pk, deal_name=deal.name, owner_id=deal.owner_id, **about)
    return of_customer(customer_id=customer.pk, customer_name=customer.name, owner_id=customer.owner_id, **about)
