"""When is worked: read by everybody, said by who manages the company."""

from datetime import date, time
from typing import Any

from ninja import Query, Router
from pydantic import BaseModel, Field

from dealrail.accounts import queries as people
from dealrail.accounts.actions import calendars
from dealrail.api.auth import ApiRequest
from dealrail.api.reading import Body, Id

router = Router(tags=["people"])


class DayOut(BaseModel):
    """A day that somebody said is otherwise than weekday and public holidays have it."""

    day: date
    worked: bool
    name: str


class WorkingTimeOut(BaseModel):
    """When is worked in the company (no `unit`), or in a department with working time of its own."""

    unit: int | None
    weekdays: list[int] = Field(description="Monday is 1.")
    opens_at: time
    closes_at: time
    with_holidays: bool = Field(description="Public holidays of mainland China are off, their make-up days worked.")
    days: list[DayOut]


class WorkingTimeChange(Body):
    """What to change; what is left out stays."""

    weekdays: list[int] | None = Field(None, max_length=7, description="Monday is 1.")
    opens_at: time | None = None
    closes_at: time | None = None
    with_holidays: bool | None = None


class DaysChange(Body):
    """Days to be worked or not; null: as weekday and public holidays have them."""

    first: date
    last: date | None = Field(None, description="That one day when left out.")
    worked: bool | None
    name: str = ""


class UnitQuery(BaseModel):
    """Of which department; of the company when left out."""

    unit: Id | None = None


def _out(row: Any) -> WorkingTimeOut:
    days = [DayOut(day=date.fromisoformat(day), **said) for day, said in sorted(row.days.items())]
    return WorkingTimeOut(
        unit=row.unit_id,
        weekdays=row.weekdays,
        opens_at=row.opens_at,
        closes_at=row.closes_at,
        with_holidays=row.with_holidays,
        days=days,
    )


@router.get("/working-time", response=WorkingTimeOut)
def read_working_time(request: ApiRequest, asked: Query[UnitQuery]) -> WorkingTimeOut:
    """When the company works, or a department with working time of its own."""
    return _out(people.calendar_of(asked.unit))


@router.patch("/working-time", response=WorkingTimeOut)
def change_working_time(request: ApiRequest, asked: Query[UnitQuery], given: WorkingTimeChange) -> WorkingTimeOut:
    """Say when the company works, or a department; one without working time of its own gets it."""
    return _out(calendars.change_calendar(actor=request.auth, unit_id=asked.unit, **given.given()))


@router.put("/working-time/days", response=WorkingTimeOut)
def set_working_days(request: ApiRequest, asked: Query[UnitQuery], given: DaysChange) -> WorkingTimeOut:
    """Have days be worked or not, whatever weekday or holiday they are."""
    return _out(
        calendars.set_calendar_days(
            actor=request.auth,
            unit_id=asked.unit,
            first=given.first,
            last=given.last or given.first,
            worked=given.worked,
            name=given.name,
        )
    )


@router.delete("/units/{unit_id}/working-time", response={204: None})
def remove_working_time(request: ApiRequest, unit_id: Id) -> None:
    """Have a department work as the one above it, or the company, again."""
    calendars.remove_calendar(actor=request.auth, unit_id=unit_id)
