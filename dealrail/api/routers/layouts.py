"""Layouts: which fields stand on pages and cards, for everybody and by role."""

from typing import Any

from ninja import Query, Router
from pydantic import BaseModel, Field

from dealrail.accounts import policy
from dealrail.api.auth import ApiRequest
from dealrail.api.reading import Body, storable
from dealrail.crm import queries as crm
from dealrail.crm.actions import layouts
from dealrail.crm.rules import CARD, PLACES, FieldGroup, arranged
from dealrail.process.permissions import PROCESS_PUBLISH

router = Router(tags=["fields"])


class GroupOut(BaseModel):
    """Fields that stand together, by what they are called; the heading is empty for none."""

    heading: str
    fields: list[str]


class LayoutOut(BaseModel):
    """What stands on a page or card; `role` is empty for everybody."""

    place: str
    role: str
    groups: list[GroupOut]
    with_rest: bool


class PlaceOut(BaseModel):
    """A page or card with the names of all that can stand there, and how it was laid out for whom."""

    place: str
    fields: dict[str, str]
    layouts: list[LayoutOut]


class LayoutSeen(BaseModel):
    """What oneself sees there: the fields in order and groups, those of the last group under no heading, with names.

    `is_standard` where nobody laid it out.
    """

    place: str
    is_standard: bool
    fields: dict[str, str]
    groups: list[GroupOut]


class NewGroup(Body):
    """Fields that are to stand together."""

    heading: str = ""
    fields: list[str]


class NewLayout(Body):
    """What is to stand on a page or card."""

    role: str = Field("", description="The key of a role; everybody when left out.")
    groups: list[NewGroup]
    with_rest: bool | None = Field(
        None, description="Whether fields in no group stand behind the others; they do when left out, but on a card."
    )


class RoleQuery(BaseModel):
    """Of which role; of everybody when left out."""

    role: str = ""


def _out(row: Any) -> LayoutOut:
    there = crm.layout_fields(row.place)
    groups = arranged(crm.groups_of(row), there, with_rest=False)
    return LayoutOut(
        place=row.place, role=row.role.key if row.role else "", groups=_groups(groups), with_rest=row.with_rest
    )


def _groups(groups: list[FieldGroup]) -> list[GroupOut]:
    return [GroupOut(heading=group.heading, fields=list(group.fields)) for group in groups]


def _named(fields: dict[str, Any]) -> dict[str, str]:
    return {name: str(label) for name, label in fields.items()}


@router.get("/layouts", response=list[PlaceOut])
def list_layouts(request: ApiRequest) -> list[PlaceOut]:
    """Every page and card with what can stand there and how it was laid out, for who may lay it out."""
    policy.require(request.auth, PROCESS_PUBLISH)
    rows = crm.layouts()
    return [
        PlaceOut(
            place=place,
            fields=_named(crm.layout_fields(place)),
            layouts=[_out(row) for row in rows if row.place == place],
        )
        for place in PLACES
    ]


@router.get("/layouts/mine", response=list[LayoutSeen])
def list_my_layouts(request: ApiRequest) -> list[LayoutSeen]:
    """What oneself sees on each page and card, in which order and groups; hidden fields are in none."""
    return [_seen(request.auth, place) for place in PLACES]


def _seen(actor: Any, place: str) -> LayoutSeen:
    fields, is_standard = crm.layout_fields(place, actor=actor), crm.layout_seen(actor, place) is None
    shown = crm.standard_groups(place) if is_standard and place == CARD else crm.groups_seen(actor, place, fields)
    named = {name for group in shown for name in group.fields}
    kept = {name: label for name, label in fields.items() if name in named}
    return LayoutSeen(place=place, is_standard=is_standard, fields=_named(kept), groups=_groups(shown))


@router.put("/layouts/{place}", response=LayoutOut)
def save_layout(request: ApiRequest, place: str, given: NewLayout) -> LayoutOut:
    """Lay a page or card out, for everybody or for a role; what was there is replaced."""
    place = storable(place)
    row = layouts.save_layout(
        actor=request.auth,
        place=place,
        role=given.role,
        groups=[FieldGroup(group.heading, tuple(group.fields)) for group in given.groups],
        with_rest=place != CARD if given.with_rest is None else given.with_rest,
    )
    return _out(row)


@router.delete("/layouts/{place}", response={204: None})
def remove_layout(request: ApiRequest, place: str, asked: Query[RoleQuery]) -> None:
    """Take a layout back: a role sees what everybody sees, everybody what stands there without one."""
    layouts.remove_layout(actor=request.auth, place=storable(place), role=storable(asked.role))
