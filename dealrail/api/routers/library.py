"""The action library."""

from datetime import date

from django.db.models import F
from ninja import Query, Router, Schema
from pydantic import Field

from dealrail.activities import queries
from dealrail.activities.actions import library
from dealrail.api.auth import ApiRequest
from dealrail.api.paging import Page, Paged, paged
from dealrail.api.reading import Body, storable
from dealrail.api.shapes.library import (
    ActionUsageOut,
    LibraryActionOut,
    action_usage_out,
    library_action_out,
    library_actions_out,
)
from dealrail.insights import queries as insights
from dealrail.insights.queries import latest_days

router = Router(tags=["processes"])


class LibraryQuery(Paged):
    """Which actions."""

    q: str = Field("", description="Part of a name, a key, a how-to or a script.")
    is_active: bool | None = Field(None, description="Only those offered, or only those retired.")
    evidence: str = Field("", description="none, note, file, follow_up or form.")


class UsageQuery(Schema):
    """Which days; the last 90 when none are given, and never more than a year."""

    start: date | None = Field(None, alias="from", description="The first day counted.")
    end: date | None = Field(None, alias="to", description="The first day not counted any more.")


class NewLibraryAction(Body):
    """An action for the library."""

    name: str
    key: str = Field("", description="Made from the name when left out; it never changes.")
    how_to: str = ""
    script: str = ""
    evidence: str = Field("none", description="none, note, file, follow_up or form.")
    form: str = Field("", description="The key of the form that is the evidence, where that is one.")
    expected_minutes: int | None = None


class LibraryActionChange(Body):
    """What to change; what is left out stays."""

    name: str | None = None
    how_to: str | None = None
    script: str | None = None
    evidence: str | None = None
    form: str | None = None
    expected_minutes: int | None = None
    is_active: bool | None = Field(None, description="false retires the action, true offers it again.")


@router.get("/actions-library", response=Page[LibraryActionOut])
def list_library_actions(request: ApiRequest, asked: Query[LibraryQuery]) -> Page[LibraryActionOut]:
    """The actions of the library by name, with the processes in force that use them."""
    rows = queries.action_templates(asked.q, is_active=asked.is_active, evidence=asked.evidence)
    return paged(rows, asked, [F("name").asc()], show=library_actions_out)


@router.post("/actions-library", response={201: LibraryActionOut})
def create_library_action(request: ApiRequest, given: NewLibraryAction) -> LibraryActionOut:
    """Add an action to the library."""
    fields = given.model_dump(exclude={"key"})
    return library_action_out(library.create_action_template(actor=request.auth, fields=fields, key=given.key))


@router.get("/actions-library/{action_key}", response=LibraryActionOut)
def read_library_action(request: ApiRequest, action_key: str) -> LibraryActionOut:
    """One action of the library."""
    return library_action_out(queries.action_template(storable(action_key)))


@router.patch("/actions-library/{action_key}", response=LibraryActionOut)
def change_library_action(request: ApiRequest, action_key: str, given: LibraryActionChange) -> LibraryActionOut:
    """Change an action of the library, retire it, or offer it again; processes keep the copies they have."""
    changed = library.change_action_template(actor=request.auth, key=storable(action_key), fields=given.given())
    return library_action_out(changed)


@router.get("/actions-library/{action_key}/usage", response=ActionUsageOut, by_alias=True)
def read_action_usage(request: ApiRequest, action_key: str, asked: Query[UsageQuery]) -> ActionUsageOut:
    """How an action was carried out in each process: done, waived, skipped, on time."""
    template = queries.action_template(storable(action_key))
    start, end = latest_days(asked.start, asked.end)
    return action_usage_out(start, end, insights.action_usages(request.auth, template.key, start, end))
