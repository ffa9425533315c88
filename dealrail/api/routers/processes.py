"""Processes: reading what is in force, publishing a new version."""

from django.db.models import F
from ninja import Query, Router, Status

from dealrail.accounts import policy
from dealrail.api.auth import ApiRequest
from dealrail.api.paging import Page, Paged, paged
from dealrail.api.reading import Body, storable
from dealrail.api.shapes.processes import ProcessOut, ProcessRow, PublishedOut, process_out, process_rows
from dealrail.process import queries as processes
from dealrail.process import texts
from dealrail.process.actions.definitions import publish_process as publish
from dealrail.process.permissions import PROCESS_PUBLISH

router = Router(tags=["processes"])


class NewVersion(Body):
    """A definition in YAML; it may also be sent as it is, as application/yaml."""

    yaml: str
    note: str = ""


@router.get("/processes", response=Page[ProcessRow])
def list_processes(request: ApiRequest, asked: Query[Paged]) -> Page[ProcessRow]:
    """Every process with its stages, in the company's order."""
    return paged(processes.definitions(), asked, [F("position").asc()], show=process_rows)


@router.get("/processes/{key}", response=ProcessOut)
def read_process(request: ApiRequest, key: str) -> ProcessOut:
    """The version of a process in force, complete."""
    return process_out(request.auth, storable(key))


@router.post("/processes", response={200: PublishedOut, 201: PublishedOut})
def publish_process(request: ApiRequest, given: NewVersion) -> Status[PublishedOut]:
    """Put a definition in force as a new version; running deals stay on theirs."""
    policy.require(request.auth, PROCESS_PUBLISH)  # a long text isn't read for who may not publish it
    content = texts.read_yaml(given.yaml)
    version, is_new = publish(actor=request.auth, content=content, note=given.note)
    spec = processes.spec_of(version.pk)
    shown = PublishedOut(key=spec.key, name=spec.name, version=version.number, published=is_new)
    return Status(201 if is_new else 200, shown)
