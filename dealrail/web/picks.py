"""Days to choose by one tap: tomorrow, in three days, next Monday."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dealrail.accounts import queries as people
from dealrail.activities.rules import NEXT_STEP_HOUR, PICKS, picked_day
from dealrail.core import clock

LOOKED_AHEAD = 90
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
    day = picked_day(key, today, people.working_time())
    assert day is not None
    is_later = key == "tomorrow" and day > today + timedelta(days=1)
    return Pick(key, _("Next working day") if is_later else PICK_WORDS[key], day)


def days_off(today: date) -> str:
    """The days from today on that aren't worked, for a page that is kept: it goes on choosing days by itself."""
    working = people.working_time()
    ahead = (today + timedelta(days=more) for more in range(LOOKED_AHEAD))
    return " ".join(str(day) for day in ahead if not working.is_working_day(day))


def picked_moment(key: str) -> datetime | None:
    """When something is due on a chosen day; None where none was chosen."""
    day = picked_day(key, timezone.localdate(clock.now()), people.working_time())
    return timezone.make_aware(datetime.combine(day, time(NEXT_STEP_HOUR))) if day else None
