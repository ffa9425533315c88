"""Saved views of lists, and steps for many records."""

from functools import partial
from typing import Any, Literal

from django.db.models import F
from ninja import Query, Router
from pydantic import BaseModel, Field

from dealrail.accounts.actor import Actor
from dealrail.api.auth import ApiRequest
from dealrail.api.paging import Page, Paged, paged
from dealrail.api.reading import Body, Id, Reference, needed_person_id, storable, unit_by_reference
from dealrail.api.shapes.parts import Ref, plain, ref
from dealrail.crm import bulk, queries
from dealrail.crm.actions import bulk as bulk_actions
from dealrail.crm.actions import saved_views

router = Router(tags=["lists"])


Keys = list[str]  # beside a field that is called list
Audience = Literal["everybody", "unit", "role"]


class ViewOut(BaseModel):
    """A list kept under a name: `query` is that of its address on screen."""

    id: int
    list: str
    name: str
    query: str
    is_shared: bool
    is_pinned: bool
    owner: Ref | None
    audience: Audience
    unit: Ref | None
    role: str
    standard_of: Keys


class ViewChange(Body):
    """What to change; what is left out stays. `audience` takes a `unit` or a `role` with it where it names one."""

    name: str | None = None
    query: str | None = None
    is_shared: bool | None = None
    is_pinned: bool | None = None
    audience: Audience | None = Field(None, description="With whom it is shared.")
    unit: Reference | None = Field(None, description="Id or name of a department; those below it see the view too.")
    role: str = Field("", description="Key of a role.")


class NewView(Body):
    """A list to keep; sharing it takes the permission, or leading a department."""

    list: str = Field(description="deals, customers, contacts, tasks, activities or board.")
    name: str
    query: str = ""
    is_shared: bool = False
    is_pinned: bool = False
    audience: Audience = Field("everybody", description="With whom it is shared.")
    unit: Reference | None = Field(None, description="Id or name of a department; those below it see the view too.")
    role: str = Field("", description="Key of a role.")


class StandardOf(Body):
    """The roles, by key, whose holders find the list as this view when they open it; others no longer do."""

    roles: Keys


class ViewOwner(Body):
    """Whose a shared view is to be."""

    owner: Reference = Field(description="Id, login or name.")


class ViewQuery(Paged):
    """Of which list; all when left out."""

    list: str = ""


class NewJob(Body):
    """One step for many records; they are done one by one in the background."""

    kind: str = Field(description="deals, customers, contacts or tasks.")
    step: str = Field(description="advance, transfer, change, lose, release, claim; finish, due, drop for tasks.")
    records: list[Id]
    params: dict[str, str] = Field({}, description="What the step asks for: owner, note, field and value, reason …")


class JobOut(BaseModel):
    """How far it is; `undo_of` is the job that this one puts back."""

    id: int
    kind: str
    step: str
    status: str
    total: int
    done: int
    succeeded: int
    waiting: int
    refused: int
    undo_of: int | None
    can_be_undone: bool


class JobRowOut(BaseModel):
    """What became of one record: open, done, waiting or refused, and why."""

    number: int
    record_id: int
    name: str
    result: str
    message: str


class RowQuery(Paged):
    """Rows with this result; all when left out."""

    result: str = ""


def _views(rows: list[Any]) -> list[ViewOut]:
    names = ("list", "name", "query", "is_shared", "is_pinned", "audience")
    standards = queries.standards_of(row.pk for row in rows)
    return [
        ViewOut(
            id=row.pk,
            **plain(row, *names),
            owner=ref(row.owner),
            unit=ref(row.unit),
            role=row.role.key if row.role else "",
            standard_of=standards.get(row.pk, []),
        )
        for row in rows
    ]


def _sharing(sent: dict[str, Any]) -> dict[str, Any]:
    """What was sent of a view, with the department and the role as the action takes them."""
    unit, role = sent.pop("unit", None), sent.pop("role", "")
    return {**sent, "unit_id": unit_by_reference(unit), "role_key": storable(role)}


def _job(actor: Actor, row: Any) -> JobOut:
    figures = plain(row, "kind", "step", "status", "total", "done", "succeeded", "waiting", "refused")
    return JobOut(id=row.pk, **figures, undo_of=row.undo_of_id, can_be_undone=bulk.can_be_undone(actor, row))


def _rows(untold: bool, rows: list[Any]) -> list[JobRowOut]:
    """Rows of a job; without what was said of them where that is untold."""
    names = ("number", "record_id", "name", "result")
    return [JobRowOut(**plain(row, *names), message="" if untold else row.message) for row in rows]


@router.get("/views", response=Page[ViewOut])
def list_views(request: ApiRequest, asked: Query[ViewQuery]) -> Page[ViewOut]:
    """One's own views and the shared ones, by name."""
    return paged(queries.saved_views(request.auth, storable(asked.list)), asked, [F("name").asc()], show=_views)


@router.post("/views", response={201: ViewOut})
def create_view(request: ApiRequest, given: NewView) -> ViewOut:
    """Keep a list under a name."""
    fields = _sharing(given.model_dump(exclude={"list"}))
    view = saved_views.create_view(actor=request.auth, list_=given.list, **fields)
    return _views([queries.saved_view(request.auth, view.pk)])[0]


@router.get("/views/shared", response=Page[ViewOut])
def list_shared_views(request: ApiRequest, asked: Query[ViewQuery]) -> Page[ViewOut]:
    """Every view that somebody shares, with whomever, for who administers the company."""
    rows = queries.shared_views(request.auth)
    wanted = rows.filter(list=storable(asked.list)) if asked.list else rows
    return paged(wanted, asked, [F("name").asc()], show=_views)


@router.patch("/views/{view_id}", response=ViewOut)
def change_view(request: ApiRequest, view_id: Id, given: ViewChange) -> ViewOut:
    """Change a view, or take it back from those it was shared with."""
    return _views([saved_views.change_view(actor=request.auth, view_id=view_id, **_sharing(given.given()))])[0]


@router.put("/views/{view_id}/owner", response=ViewOut)
def hand_over_view(request: ApiRequest, view_id: Id, given: ViewOwner) -> ViewOut:
    """Let a shared view belong to somebody else."""
    row = saved_views.hand_over_view(actor=request.auth, view_id=view_id, owner_id=needed_person_id(given.owner))
    return _views([row])[0]


@router.put("/views/{view_id}/standard", response=ViewOut)
def set_standard_view(request: ApiRequest, view_id: Id, given: StandardOf) -> ViewOut:
    """Say for which roles the list opens with this view; it takes the permission to share views."""
    saved_views.set_standard_view(actor=request.auth, view_id=view_id, roles=[storable(key) for key in given.roles])
    return _views([queries.saved_view(request.auth, view_id)])[0]


@router.delete("/views/{view_id}", response={204: None})
def delete_view(request: ApiRequest, view_id: Id) -> None:
    """Delete a view."""
    saved_views.delete_view(actor=request.auth, view_id=view_id)


@router.post("/bulk-jobs", response={201: JobOut})
def start_bulk(request: ApiRequest, given: NewJob) -> JobOut:
    """Take one step for many records; ask for the job to see how far it is."""
    records = [(record_id, None) for record_id in given.records]
    job = bulk_actions.start_bulk(
        actor=request.auth, kind=given.kind, step=given.step, records=records, params=given.params
    )
    return _job(request.auth, job)


@router.get("/bulk-jobs/{job_id}", response=JobOut)
def read_bulk(request: ApiRequest, job_id: Id) -> JobOut:
    """How far a job is."""
    return _job(request.auth, bulk.job(request.auth, job_id))


@router.get("/bulk-jobs/{job_id}/rows", response=Page[JobRowOut])
def list_bulk_rows(request: ApiRequest, job_id: Id, asked: Query[RowQuery]) -> Page[JobRowOut]:
    """What became of each record."""
    wanted = [storable(asked.result)] if asked.result else []
    job = bulk.job(request.auth, job_id)
    show = partial(_rows, bulk.tells_hidden(request.auth, job))
    return paged(bulk.rows_of(job, *wanted), asked, [F("number").asc()], show=show)


@router.post("/bulk-jobs/{job_id}/stop", response=JobOut)
def stop_bulk(request: ApiRequest, job_id: Id) -> JobOut:
    """End a job where it stands."""
    return _job(request.auth, bulk_actions.stop_bulk(actor=request.auth, job_id=job_id))


@router.post("/bulk-jobs/{job_id}/undo", response={201: JobOut})
def undo_bulk(request: ApiRequest, job_id: Id) -> JobOut:
    """Have what a job changed put back, as a job of its own."""
    return _job(request.auth, bulk_actions.undo_bulk(actor=request.auth, job_id=job_id))
