"""Reading what clients send: strict bodies, ids and moments that the database can hold, people by id or login."""

import json
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, NoReturn, TypeVar

from django.http import HttpRequest
from django.utils import timezone
from ninja.errors import HttpError, ValidationError
from ninja.parser import Parser
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
)
from pydantic import ValidationError as BodyError

from dealrail.accounts import queries as people
from dealrail.api.errors import UnknownChoice, UnstorableText
from dealrail.core.texts import LONGEST_ASKED, is_storable
from dealrail.crm.rules import CUSTOM

FILES_FOR = "files."
LARGEST_ID = 2**63 - 1
YEARS = range(1900, 2200)
YAML_TYPES = {"application/yaml", "application/x-yaml", "text/yaml"}


class StrictParser(Parser):
    """JSON without NaN, and without text that a database can't hold; YAML as the text it is."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        """The body as plain values."""
        if request.content_type in YAML_TYPES:
            return {"yaml": storable(request.body.decode("utf-8"))}
        value: dict[str, Any] = storable(json.loads(request.body, parse_constant=_refuse_constant))
        return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def storable(value: Any) -> Any:
    """The value itself; refuse with UnstorableText when a text in it can't be stored."""
    if isinstance(value, str) and not is_storable(value):
        raise UnstorableText()
    if isinstance(value, Mapping):
        for key in value:
            storable(key)
            storable(value[key])
    if isinstance(value, list):
        for row in value:
            storable(row)
    return value


class Body(BaseModel):
    """A JSON object; fields it doesn't know are refused by name."""

    model_config = ConfigDict(extra="forbid")

    def given(self) -> dict[str, Any]:
        """The fields that were sent, and only those, together with those sent in `fields` and in `custom`."""
        sent = self.model_dump(exclude_unset=True)
        added = {f"{CUSTOM}{key}": value for key, value in sent.pop("custom", {}).items()}
        return {**sent.pop("fields", {}), **sent, **added}


B = TypeVar("B", bound=Body)


def body_or_form(request: HttpRequest, shape: type[B], *, as_json: Collection[str] = ()) -> B:
    """A body that comes as JSON or, where files belong to it, as multipart/form-data; there parts `as_json` are JSON.

    Refuses with ValidationError.
    """
    if request.content_type == "multipart/form-data":
        parts = {name: _json_part(text) if name in as_json else text for name, text in request.POST.dict().items()}
        sent: Any = storable(parts)
    else:
        sent = _body(request) if request.body else {}
    try:
        return shape.model_validate(sent)
    except BodyError as error:
        raise ValidationError([{**row, "loc": ("body", *row["loc"])} for row in error.errors()]) from error


def _body(request: HttpRequest) -> Any:
    """The body as plain values; one that can't be read is refused like everywhere else in the API."""
    try:
        return StrictParser().parse_body(request)
    except (ValueError, RecursionError) as error:
        raise HttpError(400, "Cannot parse request body") from error


def _json_part(text: Any) -> Any:
    """What a part holds; one that is no JSON stays a text, which its field then refuses."""
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return text


def files_for_questions(request: HttpRequest) -> dict[str, list[Any]]:
    """The files that were sent for questions of a form, as parts named files.KEY."""
    sent = (name for name in request.FILES if name.startswith(FILES_FOR))
    return {name.removeprefix(FILES_FOR): request.FILES.getlist(name) for name in sent}


class OpenBody(Body):
    """A JSON object with fields that only the record's process knows; the action refuses the rest by name."""

    model_config = ConfigDict(extra="allow")


def _moment(value: datetime) -> datetime:
    if value.year not in YEARS:
        raise ValueError("year")
    return (timezone.make_aware(value) if timezone.is_naive(value) else value).astimezone(UTC)


def _no_bool(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("bool")
    return value


Id = Annotated[int, Field(ge=1, le=LARGEST_ID)]
Version = Annotated[int, Field(ge=0, le=LARGEST_ID)]
Moment = Annotated[datetime, AfterValidator(_moment)]
Value = StrictStr | StrictInt | StrictFloat | None
Fields = dict[str, Value]
Added = dict[str, StrictStr | StrictInt | StrictFloat | StrictBool | list[StrictStr] | None]
Reference = Annotated[Annotated[int, Field(strict=True, ge=1, le=LARGEST_ID)] | str, BeforeValidator(_no_bool)]


def person_id(given: int | str | None) -> int | None:
    """The id of an active person given by id, login or name; refuse with UnknownPerson."""
    return None if given is None else people.person(given).pk


def needed_person_id(given: int | str) -> int:
    """The id of an active person given by id, login or name; refuse with UnknownPerson."""
    return people.person(given).pk


def unit_id(given: str | None) -> int | None:
    """The id of a department given by id or name; refuse with UnknownUnit."""
    if not given:
        return None
    return people.unit(int(given) if is_id(given) else given).pk


def needed_unit_id(given: int | str) -> int:
    """The id of a department given by id or name; refuse with UnknownUnit."""
    return people.unit(given).pk


def unit_by_reference(given: int | str | None) -> int | None:
    """The id of a department given by id or name, if one is given; refuse with UnknownUnit."""
    return None if given is None else needed_unit_id(given)


def row_id(rows: Any, given: int | str | None, *, field: str) -> int | None:
    """The id of one of these rows given by id or name; refuse with UnknownChoice."""
    if given in (None, ""):
        return None
    text = str(given)[:LONGEST_ASKED]
    found = rows.filter(pk=int(text)) if is_id(text) else rows.filter(name__iexact=text)
    for pk in found.values_list("pk", flat=True)[:1]:
        return int(pk)
    raise UnknownChoice(field=field, value=text[:80])


def is_id(text: str) -> bool:
    """Whether a text can be the id of a row."""
    return text.isascii() and text.isdecimal() and len(text) < 19
