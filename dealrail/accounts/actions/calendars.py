"""Saying when is worked: weekdays, hours, and the days that are otherwise, in the company or in a department."""

from collections.abc import Iterable, Mapping
from datetime import date, time, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dealrail.accounts import policy, queries
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import CalendarRefused, NotFound
from dealrail.accounts.facts import CalendarChanged, CalendarDaysSet, CalendarRemoved
from dealrail.accounts.models import WorkCalendar
from dealrail.accounts.permissions import COMPANY_MANAGE
from dealrail.accounts.queries.calendars import calendar_told, standard
from dealrail.core.db import take_turns
from dealrail.core.problems import Problems, refuse_changed
from dealrail.core.texts import tidy
from dealrail.events.engine import record

LONGEST_DAY_NAME = 40
MOST_DAYS = 800
LONGEST_SPAN = 62
CALENDAR_LABELS: dict[str, Any] = {
    "weekdays": gettext_lazy("Working days"),
    "opens_at": gettext_lazy("Work begins at"),
    "closes_at": gettext_lazy("Work ends at"),
    "with_holidays": gettext_lazy("Public holidays"),
}
PARTS = tuple(CALENDAR_LABELS)


@transaction.atomic
def change_calendar(
    *,
    actor: Actor,
    unit_id: int | None = None,
    weekdays: Iterable[int] | None = None,
    opens_at: time | None = None,
    closes_at: time | None = None,
    with_holidays: bool | None = None,
    seen: Mapping[str, Any] | None = None,
) -> WorkCalendar:
    """Say when the company works, or a department; what is not given stays.

    A department without a calendar of its own gets one, which begins as the company's. `weekdays` are numbers, Monday
    is 1. `seen` is what the calendar said when one looked. Changing nothing leaves no trace.
    Raises NotAllowed, NotFound for the department, CalendarRefused or ChangedMeanwhile.
    """
    policy.require(actor, COMPANY_MANAGE)
    calendar = _locked(unit_id)
    before = calendar_told(calendar)
    days = None if weekdays is None else sorted(set(weekdays))
    given = {"weekdays": days, "opens_at": opens_at, "closes_at": closes_at, "with_holidays": with_holidays}
    wanted = {name: value for name, value in given.items() if value is not None}
    for name, value in wanted.items():
        setattr(calendar, name, value)
    after = calendar_told(calendar)
    refuse_changed(before, {name: after[name] for name in wanted}, seen, CALENDAR_LABELS)
    _refuse_impossible(calendar)
    changes: dict[str, list[str | None]] = {
        name: [before[name], after[name]] for name in PARTS if before[name] != after[name]
    }
    if calendar.pk and not changes:
        return calendar
    calendar.save()
    record(CalendarChanged(**_about(calendar), changes=changes), actor=actor)
    return calendar


@transaction.atomic
def set_calendar_days(
    *, actor: Actor, first: date, last: date, worked: bool | None, unit_id: int | None = None, name: str = ""
) -> WorkCalendar:
    """Have all days from first to last be worked or not, whatever weekday or holiday they are; None: as they would be.

    Raises NotAllowed, NotFound for the department, or CalendarRefused for a span that is no span, is longer than two
    months, or more days than a calendar keeps.
    """
    policy.require(actor, COMPANY_MANAGE)
    calendar = _locked(unit_id)
    name = tidy(name)
    if not first <= last <= first + timedelta(days=LONGEST_SPAN - 1):
        raise _refused("last", _("Last day"), _("At most %(most)s days, the last not before the first.") % _MOST_SPAN)
    if len(name) > LONGEST_DAY_NAME:
        raise _refused("name", _("Name"), _("At most %(longest)s characters.") % {"longest": LONGEST_DAY_NAME})
    span = [str(first + timedelta(days=more)) for more in range((last - first).days + 1)]
    kept = {day: row for day, row in calendar.days.items() if day not in span}
    days = kept if worked is None else {**kept, **{day: {"worked": worked, "name": name} for day in span}}
    if len(days) > MOST_DAYS:
        raise _refused("first", _("First day"), _("A calendar keeps at most %(most)s days.") % {"most": MOST_DAYS})
    if days == calendar.days:
        return calendar
    calendar.days = days
    calendar.save()
    spoken: dict[str, Any] = {"first": span[0], "last": span[-1], "worked": worked, "day_name": name}
    record(CalendarDaysSet(**_about(calendar), **spoken), actor=actor)
    return calendar


@transaction.atomic
def remove_calendar(*, actor: Actor, unit_id: int) -> None:
    """Have a department work as the one above it, or the company, from now on. Raises NotAllowed or NotFound."""
    policy.require(actor, COMPANY_MANAGE)
    calendar = _locked(unit_id)
    if not calendar.pk:
        raise NotFound()
    record(CalendarRemoved(**_about(calendar)), actor=actor)
    calendar.delete()


_MOST_SPAN = {"most": LONGEST_SPAN}


def _locked(unit_id: int | None) -> WorkCalendar:
    """The calendar of this department or of the company; where there is none yet, the company's as it begins."""
    take_turns("calendar", ["all"])
    found = WorkCalendar.objects.select_related("unit").filter(unit=unit_id).first()
    if found is not None:
        return found
    unit = None if unit_id is None else queries.unit_by_id(unit_id)
    above = standard() if unit is None else _locked(None)
    begun = {name: getattr(above, name) for name in PARTS}
    return WorkCalendar(unit=unit, **begun, days={})


def _refuse_impossible(calendar: WorkCalendar) -> None:
    problems = Problems()
    with problems:
        if not calendar.weekdays or not set(calendar.weekdays) <= set(range(1, 8)):
            raise _refused("weekdays", CALENDAR_LABELS["weekdays"], _("Choose at least one day of the week."))
    with problems:
        if calendar.opens_at >= calendar.closes_at:
            raise _refused("closes_at", CALENDAR_LABELS["closes_at"], _("Work ends after it begins."))
    problems.refuse()


def _refused(field: str, label: Any, problem: str) -> CalendarRefused:
    return CalendarRefused(field=field, label=str(label), problem=problem)


def _about(calendar: WorkCalendar) -> dict[str, Any]:
    name = calendar.unit.name if calendar.unit else ""
    return {"calendar_id": calendar.pk, "unit_id": calendar.unit_id, "unit_name": name}
