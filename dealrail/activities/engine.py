"""No plans for days that are over."""

from datetime import datetime

from django.utils import timezone

from dealrail.activities.errors import InThePast
from dealrail.core import clock


def require_not_over(at: datetime | None, *, field: str, today: datetime | None = None) -> None:
    """Refuse with InThePast when something is planned for a day before this one, or before `today`'s."""
    if at is not None and timezone.localdate(at) < timezone.localdate(today or clock.now()):
        raise InThePast(field=field)
