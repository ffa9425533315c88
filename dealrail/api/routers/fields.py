"""Fields that were added to customers and the like."""

from typing import Any

from django.http import FileResponse
from ninja import File, Query, Router, UploadedFile
from pydantic import BaseModel, Field

from dealrail.accounts.actor import Actor
from dealrail.api.auth import ApiRequest
from dealrail.api.reading import Body, Id, Value, storable
from dealrail.core import uploads
from dealrail.crm import policy
from dealrail.crm import queries as crm
from dealrail.crm.actions import field_files, fields
from dealrail.process.permissions import PROCESS_PUBLISH

router = Router(tags=["fields"])


class FieldOut(BaseModel):
    """A field; `may` is what oneself may with it: read or edit. `access` is told to who may change it.

    A `formula` gives a `result` of this type, and `is_computed` once that stands in all records.
    """

    id: int
    kind: str
    key: str
    name: str
    type: str
    target: str
    help: str
    required: bool
    unique: bool
    searchable: bool
    default: str
    choices: list[str]
    retired: list[str]
    format: str
    pattern: str
    low: str | None
    high: str | None
    formula: str
    result: str
    is_computed: bool
    position: int
    is_active: bool
    may: str
    access: dict[str, str] | None


class FieldChange(Body):
    """What to change; what is left out stays. Choices that are left out of the list are retired."""

    name: str | None = None
    help: str | None = None
    required: bool | None = None
    unique: bool | None = None
    searchable: bool | None = Field(None, description="Whether searching finds records by it.")
    default: str | None = None
    choices: list[str] | None = None
    format: str | None = Field(None, description="Of a text: phone, email, website or credit_code.")
    pattern: str | None = Field(None, description="Of a text: # a digit, @ a letter, * either, all else as it is.")
    low: Value = None
    high: Value = None
    formula: str | None = Field(None, description="Over {fields}, by key or name: {amount} * 0.1.")
    access: dict[str, str] | None = Field(None, description="{role: hidden, read or edit}; edit where it says nothing.")
    is_active: bool | None = None


class FieldPlace(FieldChange):
    """The same, and its place among the others, from 0."""

    position: int | None = None


class NewField(FieldChange):
    """A field to add."""

    kind: str = Field(description="deal, customer, contact or activity.")
    name: str
    key: str | None = Field(None, description="Made from the name when left out.")
    type: str = Field(
        "text",
        description="text, long_text, number, money, date, choice, choices, yes_no, person, unit, link, place, formula "
        "or file.",
    )
    target: str = Field("", description="Of a link: customer, contact or deal.")


class FieldQuery(BaseModel):
    """Of which kind of record; all when left out."""

    kind: str = ""


def _out(actor: Actor, field: Any) -> FieldOut:
    names = (
        "kind", "key", "name", "type", "target", "help", "required", "unique", "searchable", "choices",
        "retired", "format", "pattern", "position", "is_active",
    )  # fmt: skip
    told = crm.field_told(field)
    may_describe = actor.may(PROCESS_PUBLISH)
    return FieldOut(
        id=field.pk,
        **{name: getattr(field, name) for name in names},
        # the default of a link names a record that may not be the reader's to see
        default=field.default if may_describe or not field.target else "",
        low=told["low"] or None,
        high=told["high"] or None,
        formula=told["formula"],
        result=field.result,
        is_computed=field.computed_to is None,
        may=policy.access_to(actor, field),
        access=field.access if may_describe else None,
    )


@router.get("/fields", response=list[FieldOut])
def list_fields(request: ApiRequest, asked: Query[FieldQuery]) -> list[FieldOut]:
    """The fields that one may see, in order; who may change them sees all, those out of use too."""
    actor, rows = request.auth, crm.custom_fields(storable(asked.kind))
    if actor.may(PROCESS_PUBLISH):
        return [_out(actor, row) for row in rows]
    return [_out(actor, row) for row in rows if row.is_active and policy.access_to(actor, row) != "hidden"]


@router.post("/fields", response={201: FieldOut})
def create_field(request: ApiRequest, given: NewField) -> FieldOut:
    """Add a field; it can be used at once."""
    wanted = {name: value for name, value in given.given().items() if name != "kind"}
    return _out(request.auth, fields.create_field(actor=request.auth, kind=given.kind, fields=wanted))


@router.patch("/fields/{field_id}", response=FieldOut)
def change_field(request: ApiRequest, field_id: Id, given: FieldPlace) -> FieldOut:
    """Change a field, move it, or take it out of use."""
    return _out(request.auth, fields.change_field(actor=request.auth, field_id=field_id, fields=given.given()))


class FieldFileOut(BaseModel):
    """A file kept for a field; its id goes into `custom` of one record."""

    id: int
    name: str
    size: int


@router.post("/fields/{field_id}/files", response={201: FieldFileOut})
def keep_field_file(request: ApiRequest, field_id: Id, file: File[UploadedFile]) -> FieldFileOut:
    """Keep a file, up to 20 MB, for a field; then put its id into the record that is to hold it."""
    made = field_files.keep_field_file(actor=request.auth, field_id=field_id, file=file)
    return FieldFileOut(id=made.pk, name=made.name, size=made.size)


@router.get("/field-files/{file_id}", response={200: None})
def read_field_file(request: ApiRequest, file_id: Id) -> FileResponse:
    """The file itself, of a record that one may see."""
    found = crm.field_file(request.auth, file_id)
    return FileResponse(uploads.kept_at(found.file).open("rb"), as_attachment=True, filename=found.name)


@router.post("/fields/{field_id}/recompute", response=FieldOut)
def recompute_field(request: ApiRequest, field_id: Id) -> FieldOut:
    """Compute a formula anew for every record; what isn't done at once is worked off."""
    return _out(request.auth, fields.recompute_field(actor=request.auth, field_id=field_id))
