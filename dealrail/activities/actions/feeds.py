"""The secret link under which one's plans can be read as a calendar."""

import secrets

from django.db import transaction

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotFound
from dealrail.accounts.rules import USE_NOTED_EVERY, token_digest
from dealrail.activities.facts import CalendarFeedRenewed, CalendarFeedRevoked
from dealrail.activities.models import CalendarFeed
from dealrail.core import clock
from dealrail.events.engine import record


@transaction.atomic
def renew_calendar_feed(*, actor: Actor) -> str:
    """Make the secret of one's calendar link and return it: only its hash is kept, and an older link is dead.

    Raises NotFound for who is no person.
    """
    if not actor.user_id:
        raise NotFound()
    secret = secrets.token_urlsafe(32)
    CalendarFeed.objects.update_or_create(
        user_id=actor.user_id,
        defaults={"digest": token_digest(secret), "created_at": clock.now(), "last_used_at": None},
    )
    record(CalendarFeedRenewed(user_id=actor.user_id), actor=actor)
    return secret


@transaction.atomic
def revoke_calendar_feed(*, actor: Actor) -> None:
    """Kill one's calendar link at once. Raises NotFound when there is none."""
    gone, _rows = CalendarFeed.objects.filter(user=actor.user_id).delete()
    if not gone:
        raise NotFound()
    record(CalendarFeedRevoked(user_id=actor.user_id), actor=actor)


@transaction.atomic
def note_calendar_use(*, actor: Actor) -> None:
    """Remember that one's calendar was read today; at most one write in half a day, so that reading stays reading."""
    now = clock.now()
    stale = CalendarFeed.objects.filter(user=actor.user_id).exclude(last_used_at__gt=now - USE_NOTED_EVERY)
    stale.update(last_used_at=now)
