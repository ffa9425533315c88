"""When is worked: weekdays, hours and days that are otherwise, for the company and for departments apart."""

from calendar import Calendar
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_time
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from dealrail.accounts import policy
from dealrail.accounts import queries as people
from dealrail.accounts.actions.calendars import (
    CALENDAR_LABELS,
    change_calendar,
    remove_calendar,
    set_calendar_days,
)
from dealrail.accounts.errors import CalendarRefused
from dealrail.accounts.permissions import COMPANY_MANAGE
from dealrail.core import clock
from dealrail.core.errors import Refusal
from dealrail.core.problems import Problems
from dealrail.core.workdays import WorkingTime, announced_until, make_up_days, public_holidays
from dealrail.web.inputs import Input, filled, typed, whole
from dealrail.web.opened import again, seen, touched
from dealrail.web.signed_in import actor_of

A_MONDAY = date(2024, 1, 1)
FIRST_YEAR, LAST_YEAR = 2004, 2100
WORKED = {"off": False, "on": True, "": None}
HOLIDAY_NAMES = {
    "New Year's Day": _("New Year's Day"),
    "Spring Festival": _("Spring Festival"),
    "Tomb-sweeping Day": _("Tomb-sweeping Day"),
    "Labour Day": _("Labour Day"),
    "Dragon Boat Festival": _("Dragon Boat Festival"),
    "Mid-autumn Festival": _("Mid-autumn Festival"),
    "National Day": _("National Day"),
}


@dataclass(frozen=True)
class Day:
    """A day of the year shown; `name` is the holiday, or what somebody called it."""

    on: date
    is_worked: bool
    is_otherwise: bool
    """Not as the weekday alone would have it."""
    is_own: bool
    """Somebody said so; the public holidays didn't."""
    name: str


@dataclass(frozen=True)
class Span:
    """Days one after the other that are otherwise in the same way."""

    first: date
    last: date
    is_worked: bool
    is_own: bool
    name: str


@dataclass(frozen=True)
class Told:
    """What a calendar makes of each day; `said` are the days that somebody said are otherwise, by ISO date."""

    calendar: Any
    working: WorkingTime
    said: Mapping[str, Mapping[str, Any]]

    def month(self, year: int, month: int) -> Iterator[Day]:
        """The days of a month."""
        return (self._day(on) for on in Calendar().itermonthdates(year, month) if on.month == month)

    def _day(self, on: date) -> Day:
        is_worked, own = self.working.is_working_day(on), self.said.get(str(on))
        name = own["name"] if own else _holiday(on) if self.calendar.with_holidays else ""
        is_otherwise = is_worked != (on.isoweekday() in self.calendar.weekdays)
        return Day(on, is_worked, is_otherwise, own is not None, name)


def calendar_inputs() -> list[Input]:
    """Empty inputs for weekdays and hours."""
    weekdays = tuple((str(number + 1), name) for number, name in WEEKDAYS.items())
    public = (
        ("True", _("off, and their make-up days worked, as announced for mainland China")),
        ("False", _("as any other day")),
    )
    hours = _("For limits that are counted in hours; limits of days count whole working days.")
    return [
        Input("weekdays", CALENDAR_LABELS["weekdays"], kind="ticks", options=weekdays, required=True),
        Input("opens_at", CALENDAR_LABELS["opens_at"], kind="time", required=True),
        Input("closes_at", CALENDAR_LABELS["closes_at"], kind="time", required=True, help=hours),
        Input("with_holidays", CALENDAR_LABELS["with_holidays"], kind="select", options=public),
    ]


def day_inputs() -> list[Input]:
    """Empty inputs for days that are otherwise."""
    how = (("off", _("Not worked")), ("on", _("Worked")), ("", _("As the calendar says")))
    return [
        Input("first", _("First day"), kind="date", required=True),
        Input("last", _("Last day"), kind="date", help=_("Empty: that one day.")),
        Input("worked", _("These days are"), kind="select", options=how, value="off"),
        Input("name", _("Called"), help=_("Such as “Company outing”.")),
    ]


def working_time(request: HttpRequest, unit_id: int | None = None) -> HttpResponse:
    """The calendar of the company, or that of a department."""
    actor = actor_of(request)
    policy.require(actor, COMPANY_MANAGE)
    found = people.calendar_of(unit_id)
    now = people.calendar_told(found)
    if request.method != "POST":
        return _page(request, found, now, was=now)
    values = typed(request.POST, calendar_inputs())
    fields = touched(request.POST, values)
    try:
        change_calendar(actor=actor, unit_id=unit_id, **_read(fields), seen=seen(request.POST, fields))
    except Refusal as refusal:
        shown, was = again(request.POST, values, now, refusal)
        return _page(request, found, shown, refusal, was)
    messages.success(request, gettext("Saved."))
    return _back(unit_id)


@require_POST
def working_days(request: HttpRequest, unit_id: int | None = None) -> HttpResponse:
    """Have some days be worked or not."""
    actor = actor_of(request)
    policy.require(actor, COMPANY_MANAGE)
    values = typed(request.POST, day_inputs())
    try:
        first = _day("first", values.get("first", ""))
        last = _day("last", values.get("last") or values.get("first", ""))
        worked = WORKED.get(values.get("worked", ""))
        set_calendar_days(
            actor=actor, unit_id=unit_id, first=first, last=last, worked=worked, name=values.get("name", "")
        )
    except Refusal as refusal:
        found = people.calendar_of(unit_id)
        now = people.calendar_told(found)
        return _page(request, found, now, was=now, days=values, refused_day=refusal)
    messages.success(request, gettext("Saved."))
    return _back(unit_id, year=first.year)


@require_POST
def working_time_apart(request: HttpRequest) -> HttpResponse:
    """Give a department a calendar of its own, which begins as the company's."""
    unit_id = whole(request.POST.get("unit"))
    if unit_id is None:
        return redirect("working_time")
    change_calendar(actor=actor_of(request), unit_id=unit_id)
    return _back(unit_id)


@require_POST
def working_time_remove(request: HttpRequest, unit_id: int) -> HttpResponse:
    """Have a department work as the one above it again."""
    remove_calendar(actor=actor_of(request), unit_id=unit_id)
    messages.success(request, gettext("It works as the department above it, or the company, again."))
    return redirect("working_time")


def _back(unit_id: int | None, *, year: int | None = None) -> HttpResponse:
    page = redirect("working_time") if unit_id is None else redirect("working_time_of", unit_id)
    page["Location"] += f"?year={year}" if year else ""
    return page


def _page(
    request: HttpRequest,
    calendar: Any,
    values: dict[str, Any],
    refusal: Refusal | None = None,
    was: dict[str, Any] | None = None,
    *,
    days: dict[str, Any] | None = None,
    refused_day: Refusal | None = None,
) -> HttpResponse:
    own = list(people.calendars())
    year = min(max(whole(request.GET.get("year")) or _today().year, FIRST_YEAR), LAST_YEAR)
    told = Told(calendar, people.working_times().of(calendar.unit_id), people.days_said(calendar.unit_id))
    shown = [list(told.month(year, month)) for month in range(1, 13)]
    taken = {row.unit_id for row in own}
    context = {
        "calendar": calendar,
        "inputs": filled(calendar_inputs(), values, refusal, was),
        "refusal": refusal,
        "day_inputs": filled(day_inputs(), days or {}, refused_day),
        "refused_day": refused_day,
        "apart": [row.unit for row in own if row.unit],
        "others": [unit for unit in people.all_units() if unit.pk not in taken],
        "year": year,
        "before": year - 1 if year > FIRST_YEAR else None,
        "after": year + 1 if year < LAST_YEAR else None,
        "week": [A_MONDAY + timedelta(days=more) for more in range(7)],
        "months": [(date(year, number + 1, 1), _weeks(month)) for number, month in enumerate(shown)],
        "spans": list(_spans([day for month in shown for day in month])),
        "unannounced": calendar.with_holidays and year > announced_until(),
    }
    either = refusal or refused_day
    return render(request, "settings/working_time.html", context, status=either.status if either else 200)


def _holiday(on: date) -> str:
    name = public_holidays().get(on) or make_up_days().get(on) or ""
    return str(HOLIDAY_NAMES.get(name, name))


def _weeks(month: list[Day]) -> list[list[Day | None]]:
    """The days of a month in rows of seven, Monday first."""
    before: list[Day | None] = [None] * (month[0].on.isoweekday() - 1)
    cells = before + list(month)
    return [cells[at : at + 7] for at in range(0, len(cells), 7)]


def _spans(days: list[Day]) -> Iterator[Span]:
    """What is otherwise in a year, days that belong together in one line."""
    span: Span | None = None
    for day in days:
        if span and not (day.on == span.last + timedelta(days=1) and _is_alike(day, span)):
            yield span
            span = None
        if day.is_own or day.is_otherwise or (day.name and not day.is_worked):
            span = Span(span.first if span else day.on, day.on, day.is_worked, day.is_own, day.name)
    if span:
        yield span


def _is_alike(day: Day, span: Span) -> bool:
    return (day.is_worked, day.is_own, day.name) == (span.is_worked, span.is_own, span.name)


def _read(fields: dict[str, Any]) -> dict[str, Any]:
    """What was typed, as the action takes it. Refuses with CalendarRefused what is no time."""
    read: dict[str, Any] = {}
    problems = Problems()
    for name in ("opens_at", "closes_at"):
        with problems:
            if name in fields:
                read[name] = _time(name, fields[name])
    if "weekdays" in fields:
        read["weekdays"] = [int(one) for one in fields["weekdays"].split(", ") if one.isdecimal()]
    if "with_holidays" in fields:
        read["with_holidays"] = fields["with_holidays"] == "True"
    problems.refuse()
    return read


def _time(name: str, text: str) -> time:
    try:
        found = parse_time(text)
    except ValueError:
        found = None
    if found is None:
        problem = gettext("Write a time such as 09:00.")
        raise CalendarRefused(field=name, label=str(CALENDAR_LABELS[name]), problem=problem)
    return found


def _day(name: str, text: str) -> date:
    try:
        found = parse_date(text)
    except ValueError:
        found = None
    if found is None or not FIRST_YEAR <= found.year <= LAST_YEAR:
        labels = {"first": _("First day"), "last": _("Last day")}
        problem = gettext("Write a day such as 2026-10-01.")
        raise CalendarRefused(field=name, label=str(labels[name]), problem=problem)
    return found


def _today() -> date:
    return timezone.localdate(clock.now())
