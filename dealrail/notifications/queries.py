"""What a person was told."""

from django.db.models import QuerySet

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotFound
from dealrail.notifications.models import Notification

MOST_COUNTED = 100


def notifications(actor: Actor, *, unread: bool = False) -> QuerySet[Notification]:
    """What the actor was told, or what of it they haven't read; the newest first."""
    rows = Notification.objects.filter(user=actor.user_id).order_by("-pk")
    return rows.filter(read_at__isnull=True) if unread else rows


def notification(actor: Actor, notification_id: int) -> Notification:
    """One thing the actor was told; refuse with NotFound."""
    found = notifications(actor).filter(pk=notification_id).first()
    if found is None:
        raise NotFound()
    return found


def unread_count(actor: Actor) -> int:
    """How much the actor hasn't read; counts to a hundred and no further, so that it costs the same for everybody."""
    return notifications(actor, unread=True)[:MOST_COUNTED].count()
