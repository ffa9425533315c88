"""Drafts of processes, their versions, and the differences between them."""

from typing import Any

from django.db.models import F
from ninja import Query, Router, Schema, Status
from pydantic import Field

from dealrail.api.auth import ApiRequest
from dealrail.api.errors import ContentMissing
from dealrail.api.paging import Page, Paged, paged
from dealrail.api.reading import Body, Version, storable
from dealrail.api.shapes.drafts import (
    DifferenceOut,
    DraftOut,
    ValidationOut,
    VersionRow,
    difference_out,
    draft_out,
    validation_out,
    version_rows,
)
from dealrail.api.shapes.processes import ProcessOut, PublishedOut, process_out
from dealrail.crm import queries as crm
from dealrail.process import policy, texts
from dealrail.process import queries as processes
from dealrail.process.actions import drafts
from dealrail.process.queries import drafts as reading
from dealrail.process.queries.lines import line_by_key

router = Router(tags=["processes"])


class Written(Body):
    """A definition as JSON or as YAML; right or wrong."""

    content: dict[str, Any] | None = None
    yaml: str | None = None

    def read(self) -> Any:
        """The definition; None where none was sent. Refuses with UnreadableDefinition."""
        return texts.read_yaml(self.yaml) if self.yaml is not None else self.content


class NewDraft(Written):
    """What to begin from: a version by number, or a text; the version in force unless told."""

    version: Version | None = None
    line: str | None = Field(None, description="Key of the business line that a new process is for.")


class SavedDraft(Written):
    """What the draft shall say, and the revision it was made from."""

    seen: Version


class Seen(Body):
    """The revision that the change was decided upon."""

    seen: Version


class Publishing(Seen):
    """What changes and why; `over` is the number of a version that came into force since the draft began."""

    note: str
    over: Version | None = None


class SeenQuery(Schema):
    """The revision that the change was decided upon."""

    seen: Version


class Until(Schema):
    """What to compare with."""

    to: str = Field("", description="The number of a version, or `draft`; the version in force unless told.")


@router.get("/processes/{key}/draft", response=DraftOut)
def read_draft(request: ApiRequest, key: str) -> DraftOut:
    """The draft of a process."""
    return draft_out(reading.draft(request.auth, storable(key)))


@router.post("/processes/{key}/draft", response={201: DraftOut})
def start_draft(request: ApiRequest, key: str, given: NewDraft) -> Status[DraftOut]:
    """Begin the draft of a process: of the version in force, of an older one (to roll back), or of a text."""
    policy.require_design_some(request.auth)  # a long text isn't read for who may not keep it
    line_id = None if given.line is None else line_by_key(given.line).pk
    drafts.start_draft(
        actor=request.auth, key=storable(key), version=given.version, content=given.read(), line_id=line_id
    )
    return Status(201, read_draft(request, key))


@router.put("/processes/{key}/draft", response=DraftOut)
def save_draft(request: ApiRequest, key: str, given: SavedDraft) -> DraftOut:
    """Keep a text as the draft's next step."""
    policy.require_design(request.auth, storable(key))
    if (content := given.read()) is None:
        raise ContentMissing()
    drafts.save_draft(actor=request.auth, key=storable(key), seen=given.seen, content=content)
    return read_draft(request, key)


@router.delete("/processes/{key}/draft", response={204: None})
def discard_draft(request: ApiRequest, key: str, asked: Query[SeenQuery]) -> None:
    """Throw the draft away with all its steps."""
    drafts.discard_draft(actor=request.auth, key=storable(key), seen=asked.seen)


@router.post("/processes/{key}/draft/undo", response=DraftOut)
def undo_draft(request: ApiRequest, key: str, given: Seen) -> DraftOut:
    """Go back to the step before, whoever made it."""
    drafts.undo_draft(actor=request.auth, key=storable(key), seen=given.seen)
    return read_draft(request, key)


@router.post("/processes/{key}/draft/redo", response=DraftOut)
def redo_draft(request: ApiRequest, key: str, given: Seen) -> DraftOut:
    """Go forward to the step that was undone."""
    drafts.redo_draft(actor=request.auth, key=storable(key), seen=given.seen)
    return read_draft(request, key)


@router.post("/processes/{key}/draft/validate", response=ValidationOut)
def validate_draft(request: ApiRequest, key: str) -> ValidationOut:
    """What keeps the draft from being published, and what is doubtful in it."""
    return validation_out(reading.draft(request.auth, storable(key)).content)


@router.post("/processes/{key}/draft/publish", response={200: PublishedOut, 201: PublishedOut})
def publish_draft(request: ApiRequest, key: str, given: Publishing) -> Status[PublishedOut]:
    """Put the draft in force as a new version; running deals stay on theirs."""
    version, is_new = drafts.publish_draft(
        actor=request.auth, key=storable(key), seen=given.seen, note=given.note, over=given.over
    )
    name = processes.spec_of(version.pk).name
    return Status(201 if is_new else 200, PublishedOut(key=key, name=name, version=version.number, published=is_new))


@router.get("/processes/{key}/versions", response=Page[VersionRow])
def list_versions(request: ApiRequest, key: str, asked: Query[Paged]) -> Page[VersionRow]:
    """Who published what, when and why; the newest first."""
    processes.current_version(storable(key))
    return paged(processes.versions_listed(key), asked, [F("number").desc()], show=version_rows)


@router.get("/processes/{key}/versions/{number}", response=ProcessOut)
def read_version(request: ApiRequest, key: str, number: Version) -> ProcessOut:
    """One version of a process, complete."""
    return process_out(request.auth, storable(key), number)


@router.get("/processes/{key}/versions/{number}/diff", response=DifferenceOut)
def compare_versions(request: ApiRequest, key: str, number: Version, asked: Query[Until]) -> DifferenceOut:
    """What changes from this version to another one, or to the draft."""
    to = asked.to or str(processes.current_version(storable(key)).number)
    old, new = (reading.text_of(request.auth, key, which) for which in (str(number), storable(to)))
    return difference_out(crm.text_as_seen(request.auth, old), crm.text_as_seen(request.auth, new))
