"""What one was told."""

from functools import partial

from ninja import Query, Router

from dealrail.api.auth import ApiRequest
from dealrail.api.paging import Page, Paged, paged
from dealrail.api.reading import Id
from dealrail.api.shapes.notifications import NotificationOut, notifications_out
from dealrail.notifications import actions
from dealrail.notifications import queries as notifications

router = Router(tags=["notifications"])


class Told(Paged):
    """All that one was told, or only what isn't read."""

    unread: bool = False


@router.get("/notifications", response=Page[NotificationOut])
def list_notifications(request: ApiRequest, asked: Query[Told]) -> Page[NotificationOut]:
    """What one was told, the newest first."""
    rows = notifications.notifications(request.auth, unread=asked.unread)
    return paged(rows, asked, show=partial(notifications_out, request.auth))


@router.post("/notifications/{notification_id}/read", response=NotificationOut)
def read_notification(request: ApiRequest, notification_id: Id) -> NotificationOut:
    """Mark one as read; when it was read first stays."""
    row = actions.read_notification(actor=request.auth, notification_id=notification_id)
    return notifications_out(request.auth, [row])[0]


@router.post("/notifications/read", response={204: None})
def read_all_notifications(request: ApiRequest) -> None:
    """Mark all that one was told so far as read."""
    actions.read_all_notifications(actor=request.auth)
