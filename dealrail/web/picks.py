"""Days to choose by one tap: tomorrow, in three days, next Monday."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dealrail.activities.rules import NEXT_STEP_HOUR, PICKS, picked_day
from dealrail.core import clock

PICK_WORDS = dict(zip(PICKS, (_("Tomorrow"), _("In three days"), _("Next Monday")), strict=True))


@dataclass(frozen=True)
class Pick:
    """A day to choose by one tap; `word` says which, and the weekday of `day` stands beside it."""

    key: str
    word: Any
    day: date


def picks(today: date) -> list[Pick]:
    """The days to choose from, seen from this one."""
    return [_pick(key, today) for key in PICKS]


def _pick(key: str, today: date) -> Pick:
    day = picked_day(key, today)
    assert day is not None
    is_later = key == "tomorrow" and day > today + timedelta(days=1)
    return Pick(key, _("Next working day") if is_later else PICK_WORDS[key], day)


def picked_moment(key: str) -> datetime | None:
    """When something is due on a chosen day; None where none was chosen."""
    day = picked_day(key, timezone.localdate(clock.now()))
    return timezone.make_aware(datetime.combine(day, time(NEXT_STEP_HOUR))) if day else None
