"""Reading what one was told, and forgetting it in the end. Neither is of interest to anybody else: no facts."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from dealrail.accounts.actor import Actor
from dealrail.notifications import queries, rules
from dealrail.notifications.models import Notification

BATCH = 500


@transaction.atomic
def read_notification(*, actor: Actor, notification_id: int) -> Notification:
    """Mark one thing the actor was told as read; when it was read first stays. Raises NotFound."""
    found = queries.notification(actor, notification_id)
    if found.read_at is None:
        found.read_at = timezone.now()
        found.save(update_fields=["read_at"])
    return found


@transaction.atomic
def read_all_notifications(*, actor: Actor, before: datetime | None = None) -> int:
    """Mark all that the actor was told so far, or before a moment, as read, and tell how many."""
    rows = queries.notifications(actor, unread=True).order_by()
    told = rows if before is None else rows.filter(created_at__lt=before)
    return told.update(read_at=timezone.now())


@transaction.atomic
def forget_old_notifications(*, actor: Actor) -> int:
    """Drop a batch of those read longer ago than they are kept, and tell how many."""
    old = Notification.objects.filter(read_at__lt=timezone.now() - rules.KEPT_FOR).order_by("read_at")
    gone = list(old.values_list("pk", flat=True)[:BATCH])
    Notification.objects.filter(pk__in=gone).delete()
    return len(gone)
