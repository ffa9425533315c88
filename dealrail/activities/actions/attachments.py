"""Keeping files with deals, customers and follow-ups."""

from collections.abc import Callable
from typing import Any

from django.db import transaction

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotFound
from dealrail.activities import facts, policy, queries
from dealrail.activities.models import Activity, Attachment
from dealrail.core import clock
from dealrail.core.uploads import Upload, keep, media_type_of, name_of
from dealrail.crm.actions.pools import open_subject
from dealrail.crm.models import Customer, Deal
from dealrail.crm.queries.sight import about_for_change
from dealrail.events.engine import record
from dealrail.events.facts import Fact


@transaction.atomic
def attach_file(
    *,
    actor: Actor,
    file: Upload,
    deal_id: int | None = None,
    customer_id: int | None = None,
    activity_id: int | None = None,
) -> Attachment:
    """Keep a file with a deal or a customer, or with one follow-up there.

    Raises NotFound, PoolViewsUsedUp, NotAllowed or FileRefused.
    """
    open_subject(actor=actor, deal_id=deal_id, customer_id=customer_id)
    deal, customer = about_for_change(actor, deal_id, customer_id)
    if about := deal or customer:
        policy.require_can_record(actor, about)
    attachment = Attachment.objects.create(
        deal=deal,
        customer=customer,
        activity=_follow_up(activity_id, deal, customer),
        file=keep(file, folder="attachments"),
        name=name_of(file),
        size=file.size or 0,
        media_type=media_type_of(file),
        uploaded_by_id=actor.user_id or None,
        uploaded_at=clock.now(),
    )
    record(_fact(attachment, facts.DealFileAttached, facts.CustomerFileAttached), actor=actor)
    return attachment


def _follow_up(activity_id: int | None, deal: Deal | None, customer: Customer | None) -> Activity | None:
    """The follow-up of this very deal or customer; refuse with NotFound for another one."""
    if activity_id is None:
        return None
    found = Activity.objects.filter(deal=deal) if deal else Activity.objects.filter(deal=None, customer=customer)
    activity = found.filter(pk=activity_id).first()
    if activity is None:
        raise NotFound()
    return activity


@transaction.atomic
def remove_attachment(*, actor: Actor, attachment_id: int) -> Attachment:
    """Put a file into the recycle bin; removing it twice is removing it once.

    Raises NotFound or NotAllowed.
    """
    attachment = _locked(actor, attachment_id)
    if attachment.deleted_at is None:
        attachment.deleted_at, attachment.deleted_by_id = clock.now(), actor.user_id or None
        attachment.save(update_fields=["deleted_at", "deleted_by"])
        record(_fact(attachment, facts.DealFileRemoved, facts.CustomerFileRemoved), actor=actor)
    return attachment


@transaction.atomic
def restore_attachment(*, actor: Actor, attachment_id: int) -> Attachment:
    """Take a file out of the recycle bin; one that isn't there stays as it is.

    Raises NotFound or NotAllowed.
    """
    attachment = _locked(actor, attachment_id)
    if attachment.deleted_at is not None:
        attachment.deleted_at, attachment.deleted_by = None, None
        attachment.save(update_fields=["deleted_at", "deleted_by"])
        record(_fact(attachment, facts.DealFileRestored, facts.CustomerFileRestored), actor=actor)
    return attachment


def _locked(actor: Actor, attachment_id: int) -> Attachment:
    """The file, its deal or customer locked. Refuses with NotFound or NotAllowed."""
    found = queries.attachment(actor, attachment_id)
    about_for_change(actor, found.deal_id, found.customer_id)
    policy.require_can_remove_file(actor, found)
    return queries.attachment(actor, attachment_id)


def _fact(attachment: Attachment, of_deal: Callable[..., Fact], of_customer: Callable[..., Fact]) -> Fact:
    about: dict[str, Any] = {
        "attachment_id": attachment.pk,
        "activity_id": attachment.activity_id,
        "file_name": attachment.name,
        "size": attachment.size,
    }
    if attachment.deal:
        deal = attachment.deal
        return of_deal(deal_id=deal.pk, deal_name=deal.name, owner_id=deal.owner_id, **about)
    customer = attachment.customer
    return of_customer(customer_id=customer.pk, customer_name=customer.name, owner_id=customer.owner_id, **about)
