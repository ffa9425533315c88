"""Working time of the company and of departments."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import F, QuerySet

from dealrail.accounts.errors import NotFound
from dealrail.accounts.models import WorkCalendar
from dealrail.accounts.queries.departments import all_units
from dealrail.core.reading import once
from dealrail.core.workdays import WorkingTime, with_holidays

REMEMBERED = 64
Days = tuple[tuple[str, bool], ...]


@dataclass(frozen=True)
class WorkingTimes:
    """The company's working time, and by id that of each department that follows another one."""

    company: WorkingTime
    units: Mapping[int, WorkingTime]

    def of(self, unit_id: int | None) -> WorkingTime:
        """The working time of a department, or of who is in none."""
        return self.company if unit_id is None else self.units.get(unit_id, self.company)

    def apart(self) -> dict[WorkingTime, list[int]]:
        """The working times other than the company's, with the departments that follow each."""
        found: dict[WorkingTime, list[int]] = {}
        for unit_id, working in self.units.items():
            if working != self.company:
                found.setdefault(working, []).append(unit_id)
        return found


@once
def working_times() -> WorkingTimes:
    """Everybody's working time, by one statement, or two where departments have calendars of their own."""
    rows = _widest_first()
    chains = {unit.pk: _chain(rows, unit.path) for unit in (all_units() if len(rows) > 1 else ())}
    units = {unit_id: _working(*chain) for unit_id, chain in chains.items() if len(chain) > 1}
    return WorkingTimes(_working(rows[0]), units)


def days_said(unit_id: int | None) -> dict[str, dict[str, Any]]:
    """The days that somebody said are otherwise, by ISO date: in a department, where it and those above it say so."""
    path = next((unit.path for unit in all_units() if unit.pk == unit_id), "")
    return {day: said for row in _chain(_widest_first(), path) for day, said in row.days.items()}


def _widest_first() -> list[WorkCalendar]:
    """The calendar of the company, saved or not, then those of departments, parents before children."""
    rows = list(calendars())
    return rows if rows and rows[0].unit is None else [standard(), *rows]


def _chain(rows: list[WorkCalendar], path: str) -> list[WorkCalendar]:
    """Those of these calendars that hold in a department: the company's, that of one above it, and so on."""
    return [row for row in rows if row.unit is None or path.startswith(row.unit.path)]


def working_time() -> WorkingTime:
    """The company's working time."""
    return working_times().company


def standard() -> WorkCalendar:
    """What holds while nobody has said anything: Monday to Friday from nine to six, with the public holidays."""
    return WorkCalendar(weekdays=[1, 2, 3, 4, 5], opens_at=time(9), closes_at=time(18), with_holidays=True, days={})


def calendars() -> QuerySet[WorkCalendar]:
    """Every calendar that was saved: the company's first, then those of departments, parents before children."""
    return WorkCalendar.objects.select_related("unit").order_by(F("unit__path").asc(nulls_first=True))


def calendar_of(unit_id: int | None) -> WorkCalendar:
    """The calendar of a department, refusing with NotFound where it has none of its own; or that of the company."""
    found = WorkCalendar.objects.select_related("unit").filter(unit=unit_id).first()
    if found is None and unit_id is not None:
        raise NotFound()
    return found or standard()


def calendar_told(calendar: WorkCalendar) -> dict[str, str]:
    """What a calendar says, as forms and the log tell it: weekdays by number, Monday is 1."""
    return {
        "weekdays": ", ".join(map(str, calendar.weekdays)),
        "opens_at": f"{calendar.opens_at:%H:%M}",
        "closes_at": f"{calendar.closes_at:%H:%M}",
        "with_holidays": str(calendar.with_holidays),
    }


def _working(*calendars: WorkCalendar) -> WorkingTime:
    """What the last of these says, with the days that are otherwise in any of them; the later ones win."""
    calendar = calendars[-1]
    days = {day: bool(row["worked"]) for one in calendars for day, row in one.days.items()}
    otherwise = tuple(sorted(days.items()))
    weekdays = frozenset(calendar.weekdays)
    return _built(weekdays, calendar.opens_at, calendar.closes_at, calendar.with_holidays, otherwise)


@lru_cache(maxsize=REMEMBERED)
def _built(weekdays: frozenset[int], opens: time, closes: time, is_public: bool, days: Days) -> WorkingTime:
    otherwise = [(date.fromisoformat(day), worked) for day, worked in days]
    off, on = with_holidays(otherwise) if is_public else _without(otherwise)
    return WorkingTime(ZoneInfo(settings.TIME_ZONE), weekdays, opens, closes, off, on)


def _without(days: list[tuple[date, bool]]) -> tuple[frozenset[date], frozenset[date]]:
    on = frozenset(day for day, worked in days if worked)
    return frozenset(day for day, _worked in days) - on, on
