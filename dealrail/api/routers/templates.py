"""Templates of the group, and where the processes of business lines deviate from them."""

from ninja import Router
from pydantic import BaseModel, Field

from dealrail.api.auth import ApiRequest
from dealrail.api.reading import Body, storable
from dealrail.api.routers.drafts import Seen
from dealrail.api.shapes.drafts import ChangeOut, DraftOut, ProblemOut, change_out, draft_out
from dealrail.api.shapes.parts import Named
from dealrail.process.actions import drafts
from dealrail.process.actions.templates import set_template
from dealrail.process.errors import describe
from dealrail.process.queries import current_version, templates
from dealrail.process.queries import lines as reading
from dealrail.process.rules import Problem
from dealrail.process.rules.deviations import Deviation, Part

router = Router(tags=["business lines"])


class TemplateOut(BaseModel):
    """Whether a process is a template of the group, the parts in which lines may deviate, and who follows it."""

    is_template: bool
    allowed: list[Part]
    followers: list[Named]


class TemplateChange(Body):
    """Whether it is a template, and the parts in which lines may deviate; the whole list."""

    is_template: bool = True
    allowed: list[str] = Field([], description=", ".join(Part))


class DeviationOut(BaseModel):
    """A change against the template, the part it belongs to, and whether the template allows it."""

    part: Part
    is_allowed: bool
    change: ChangeOut


class DeviationsOut(BaseModel):
    """Where a process in force deviates from the version of the template that it goes by."""

    process: Named
    template: Named
    version: int
    latest: int
    deviations: list[DeviationOut]


class TakenOver(BaseModel):
    """The draft with what the template changed, and what the group and the line changed differently."""

    draft: DraftOut
    conflicts: list[ProblemOut]


@router.get("/processes/{key}/group-template", response=TemplateOut)
def read_group_template(request: ApiRequest, key: str) -> TemplateOut:
    """Whether a process is a template of the group, and for what."""
    definition = current_version(storable(key)).definition
    found = templates.template_or_none(key)
    rows = templates.followers(definition.pk)
    return TemplateOut(
        is_template=found is not None,
        allowed=found.allowed if found else [],
        followers=[Named(key=row.key, name=row.name) for row in rows],
    )


@router.put("/processes/{key}/group-template", response=TemplateOut)
def set_group_template(request: ApiRequest, key: str, given: TemplateChange) -> TemplateOut:
    """Make a process a template of the group, change where lines may deviate, or take it back."""
    set_template(actor=request.auth, key=storable(key), allowed=given.allowed if given.is_template else None)
    return read_group_template(request, key)


@router.post("/processes/{key}/draft/take-over", response=TakenOver)
def take_over_template(request: ApiRequest, key: str, given: Seen) -> TakenOver:
    """Bring what the group's template changed since into the draft; what both changed stays as the draft has it."""
    draft, conflicts = drafts.take_over_template(actor=request.auth, key=storable(key), seen=given.seen)
    found = [Problem(row.where, "both_changed") for row in conflicts]
    named = [ProblemOut(where=row.where, code=row.code, message=describe(row)) for row in found]
    return TakenOver(draft=draft_out(draft), conflicts=named)


@router.get("/business-lines/{line_key}/deviations", response=list[DeviationsOut])
def list_deviations(request: ApiRequest, line_key: str) -> list[DeviationsOut]:
    """Where each process of a line that follows a template deviates from it."""
    line = reading.line_by_key(storable(line_key))
    own = [row.key for row in reading.processes_by_line()[line.pk] if row.is_published]
    found = templates.deviations_in(own)
    return [_out(key, found[key]) for key in own if key in found]


def _out(key: str, beside: templates.Compared) -> DeviationsOut:
    definition = beside.version.definition
    return DeviationsOut(
        process=Named(key=key, name=beside.own.name),
        template=Named(key=definition.key, name=definition.name),
        version=beside.version.number,
        latest=current_version(definition.key).number,
        deviations=[_deviation(row, beside.allowed) for row in beside.found],
    )


def _deviation(row: Deviation, allowed: frozenset[str]) -> DeviationOut:
    return DeviationOut(part=row.part, is_allowed=row.part in allowed, change=change_out(row.change))
