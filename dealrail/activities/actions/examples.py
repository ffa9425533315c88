"""Making good follow-ups examples of the library, and taking them back."""

from typing import Any

from django.db import transaction

from dealrail.accounts import policy as accounts
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotFound
from dealrail.activities import queries
from dealrail.activities.errors import ExampleAlready, ExampleTellsWho, TextMissing, TooManyExamples
from dealrail.activities.facts import ExamplePromoted, ExampleTakenBack
from dealrail.activities.models import ActionExample, ActionTemplate, Activity
from dealrail.activities.permissions import EXAMPLES_PROMOTE
from dealrail.activities.rules import told_of
from dealrail.core import clock
from dealrail.core.texts import is_storable, listed
from dealrail.crm import queries as crm
from dealrail.events.engine import record
from dealrail.process import engine

MOST = 20
LONGEST = 5000


@transaction.atomic
def promote_example(*, actor: Actor, action: str, activity_id: int, text: str, reason: str) -> ActionExample:
    """Copy a follow-up one may read into the library as an example of an action, in words without names.

    Raises NotAllowed, NotFound, TextMissing, ReasonMissing, ExampleTellsWho where the text names the customer, a
    contact there, a mobile number or an address of mail, ExampleAlready or TooManyExamples.
    """
    accounts.require(actor, EXAMPLES_PROMOTE)
    activity = queries.activity(actor, activity_id)
    template = ActionTemplate.objects.select_for_update().get(pk=queries.action_template(action).pk)
    text, reason = _checked(text), engine.checked_reason(reason)
    if found := told_of(text, _names(activity)):
        raise ExampleTellsWho(found=listed(found), field="text")
    shown = template.examples.filter(taken_back_at__isnull=True)
    if shown.filter(activity=activity).exists():
        raise ExampleAlready(action=template.name)
    if shown.count() >= MOST:
        raise TooManyExamples(action=template.name, most=MOST)
    example = ActionExample.objects.create(
        template=template,
        activity=activity,
        kind=activity.kind,
        text=text,
        reason=reason,
        author_id=activity.author_id,
        promoted_by_id=actor.user_id or None,
        promoted_at=clock.now(),
    )
    record(ExamplePromoted(reason=reason, **_about(example)), actor=actor)
    return example


@transaction.atomic
def take_back_example(*, actor: Actor, example_id: int) -> ActionExample:
    """Show an example no longer: one of one's own follow-ups, or any with the permission.

    Raises NotFound, also for one that was taken back, or NotAllowed.
    """
    rows = ActionExample.objects.select_for_update(of=("self",)).select_related("template")
    example = rows.filter(pk=example_id, taken_back_at__isnull=True).first()
    if example is None:
        raise NotFound()
    if example.author_id is None or example.author_id != actor.user_id:
        accounts.require(actor, EXAMPLES_PROMOTE)
    example.taken_back_at = clock.now()
    example.save(update_fields=["taken_back_at"])
    record(ExampleTakenBack(**_about(example)), actor=actor)
    return example


def _names(activity: Activity) -> list[str]:
    """The customer a follow-up is about, and everybody known there."""
    customer = activity.customer or (activity.deal.customer if activity.deal else None)
    if customer is None:
        return []
    return [customer.name, *(contact.name for contact in crm.contacts_of(customer.pk))]


def _checked(text: str) -> str:
    if not 1 <= len(text.strip()) <= LONGEST or not is_storable(text):
        raise TextMissing(longest=LONGEST, field="text")
    return text.strip()


def _about(example: ActionExample) -> dict[str, Any]:
    return {
        "action_template_id": example.template.pk,
        "key": example.template.key,
        "name": example.template.name,
        "example_id": example.pk,
        "activity_id": example.activity_id,
        "author_id": example.author_id,
    }
