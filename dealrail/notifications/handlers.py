"""Reactions: each event tells whom it concerns, once."""

from django.utils import timezone

from dealrail.accounts import queries as people
from dealrail.events.engine import subscribe
from dealrail.events.models import Event
from dealrail.notifications import rules
from dealrail.notifications.models import Notification


def tell(event: Event) -> None:
    """Write down what this event tells to whom, for those who may log in; news too old to be kept is not told."""
    if event.recorded_at < timezone.now() - rules.KEPT_FOR:
        return
    happened = rules.Happened(event.kind, event.payload, event.actor_id, event.actor_name, event.channel)
    tellings = rules.tellings(happened)
    if not tellings:
        return
    known = set(people.active_among(telling.user_id for telling in tellings)) - _forgotten(event)
    rows = [_row(event, telling) for telling in tellings if telling.user_id in known]
    Notification.objects.bulk_create(rows, ignore_conflicts=True)


def _forgotten(event: Event) -> set[int]:
    """Who hadn't read of a hand-over that was taken back: they are told neither of it nor of its undoing."""
    undone = event.payload.get("undo_of_id") if event.kind == "bulk.finished" else None
    if undone is None:
        return set()
    unread = Notification.objects.filter(kind__in=rules.HANDED, params__bulk_id=undone, read_at__isnull=True)
    forgotten = set(unread.values_list("user_id", flat=True))
    unread.delete()
    return forgotten


def _row(event: Event, telling: rules.Telling) -> Notification:
    return Notification(
        user_id=telling.user_id,
        kind=telling.kind,
        subject_kind=telling.subject_kind,
        subject_id=telling.subject_id,
        params=dict(telling.params),
        event_id=event.pk,
        created_at=event.recorded_at,
    )


def connect() -> None:
    """Subscribe; called once when Django is ready."""
    subscribe(*rules.TELLERS, name="notifications.tell")(tell)
