"""Business lines: everybody reads them, who manages them makes, changes and retires them."""

from typing import Any

from ninja import Router
from pydantic import BaseModel, Field

from dealrail.api.auth import ApiRequest
from dealrail.api.reading import Body, Reference, needed_person_id, storable
from dealrail.api.shapes.parts import Named, Ref
from dealrail.process.actions import lines as actions
from dealrail.process.queries import lines as reading

router = Router(tags=["business lines"])


class LineOut(BaseModel):
    """A business line; `in_charge` are those of its people who design its processes."""

    id: int
    key: str
    name: str
    is_active: bool
    processes: list[Named]
    people: list[Ref]
    in_charge: list[Ref]


class LineChange(Body):
    """What to change; what is left out stays. Lists are sent whole."""

    name: str | None = None
    is_active: bool | None = Field(None, description="False retires it: it keeps all it has, nothing new begins in it.")
    processes: list[str] | None = Field(None, description="Keys. A process belongs to one line at most.")
    people: list[Reference] | None = Field(None, description="Ids, logins or names.")
    in_charge: list[Reference] | None = Field(None, description="Ids, logins or names; they belong to the line too.")


class NewLine(LineChange):
    """A business line to make."""

    name: str
    key: str | None = Field(None, description="Made from the name when left out.")


def _fields(given: LineChange, line: Any = None) -> dict[str, Any]:
    """What was sent, people by id; those who belong to the line already needn't be active."""
    fields = given.given()
    members = [] if line is None else [one.user for one in line.members.all()]
    own = {reference: one.pk for one in members for reference in (one.pk, one.login)}
    ids: dict[str, Any] = {
        name: [own.get(one) or needed_person_id(one) for one in fields[name]]
        for name in ("people", "in_charge")
        if fields.get(name) is not None
    }
    return {**fields, **ids}


def _outs(rows: Any) -> list[LineOut]:
    by_line = reading.processes_by_line()
    return [_out(row, by_line[row.pk]) for row in rows]


def _out(row: Any, processes: list[Any]) -> LineOut:
    members = list(row.members.all())
    return LineOut(
        id=row.pk,
        key=row.key,
        name=row.name,
        is_active=row.is_active,
        processes=[Named(key=one.key, name=one.name) for one in processes],
        people=[Ref(id=one.user_id, name=one.user.name) for one in members],
        in_charge=[Ref(id=one.user_id, name=one.user.name) for one in members if one.in_charge],
    )


@router.get("/business-lines", response=list[LineOut])
def list_business_lines(request: ApiRequest) -> list[LineOut]:
    """Every business line, those in use first."""
    return _outs(reading.lines_with_people())


@router.get("/business-lines/{line_key}", response=LineOut)
def read_business_line(request: ApiRequest, line_key: str) -> LineOut:
    """One business line."""
    return _outs([reading.line_by_key(storable(line_key))])[0]


@router.post("/business-lines", response={201: LineOut})
def create_business_line(request: ApiRequest, given: NewLine) -> LineOut:
    """Make a business line."""
    return _outs([actions.create_line(actor=request.auth, fields=_fields(given))])[0]


@router.patch("/business-lines/{line_key}", response=LineOut)
def change_business_line(request: ApiRequest, line_key: str, given: LineChange) -> LineOut:
    """Rename a business line, retire it, or change who and what belongs to it."""
    found = reading.line_by_key(storable(line_key))
    return _outs([actions.change_line(actor=request.auth, line_id=found.pk, fields=_fields(given, found))])[0]
