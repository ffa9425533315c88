"""Follow-ups and tasks."""

from decimal import Decimal
from functools import partial
from typing import Any

from ninja import Query, Router
from pydantic import Field

from dealrail.activities import queries
from dealrail.activities.actions import activities, tasks
from dealrail.activities.rules import CheckIn
from dealrail.api.auth import ApiRequest
from dealrail.api.paging import Listing, Page, listed
from dealrail.api.reading import Added, Body, Id, Moment, Reference, person_id
from dealrail.api.shapes.activities import (
    ActivityOut,
    TaskOut,
    activities_out,
    activity_out,
    new_activity_out,
    task_out,
    tasks_out,
)
from dealrail.crm.rules import CUSTOM

router = Router(tags=["activities"])


class NewCheckIn(Body):
    """Being at the customer's, with a visit; the place in words, in degrees, or both."""

    at: Moment | None = Field(None, description="Now when left out.")
    place: str = ""
    latitude: Decimal | None = None
    longitude: Decimal | None = None
    accuracy: int | None = Field(None, description="In metres.")


class NewActivity(Body):
    """A contact with the customer that happened; about a deal or a customer."""

    kind: str = Field(description="call, wechat, visit, email, meeting or demo.")
    text: str
    deal: Id | None = None
    customer: Id | None = None
    contact: Id | None = None
    occurred_at: Moment | None = Field(None, description="Now when left out.")
    next_step: str = ""
    next_step_at: Moment | None = None
    check_in: NewCheckIn | None = Field(None, description="Only with a visit.")
    finishes: list[Id] = Field([], max_length=50, description="Planned follow-ups that this one completes.")
    custom: Added = {}


class Correction(Body):
    """The right words, and added fields to change; what is left out stays."""

    text: str | None = None
    custom: Added = {}


class NewTask(Body):
    """Something to do, for oneself or for whom one names."""

    title: str
    kind: str = Field("task", description="task, or plan for a planned follow-up.")
    due_at: Moment | None = Field(None, description="A planned follow-up needs it; a task may do without.")
    owner: Reference | None = Field(None, description="Id, login or name; yourself when left out.")
    deal: Id | None = None
    customer: Id | None = None


class TaskChange(Body):
    """What to change; what is left out stays."""

    title: str | None = None
    due_at: Moment | None = None
    owner: Reference | None = None


class Finish(Body):
    """Done, or dropped without having been done."""

    dropped: bool = False


@router.get("/activities", response=Page[ActivityOut])
def list_activities(request: ApiRequest, asked: Query[Listing]) -> Page[ActivityOut]:
    """The follow-ups one may see."""
    rows = queries.activities(request.auth).prefetch_related("attachments")
    return listed(
        rows,
        asked,
        queries.activity_fields(request.auth),
        actor=request.auth,
        show=partial(activities_out, request.auth),
    )


@router.post("/activities", response={201: ActivityOut})
def record_activity(request: ApiRequest, given: NewActivity) -> ActivityOut:
    """Write down a contact with the customer, and plan the next step if one is given."""
    done = activities.record_activity(
        actor=request.auth,
        deal_id=given.deal,
        customer_id=given.customer,
        contact_id=given.contact,
        check_in=CheckIn(**given.check_in.model_dump()) if given.check_in else None,
        fields=_added(given.custom),
        **given.model_dump(exclude={"deal", "customer", "contact", "check_in", "custom"}),
    )
    return new_activity_out(request.auth, queries.activity_with_parts(done.pk))


@router.get("/activities/{activity_id}", response=ActivityOut)
def read_activity(request: ApiRequest, activity_id: Id) -> ActivityOut:
    """One follow-up."""
    return activity_out(request.auth, queries.activity(request.auth, activity_id))


@router.patch("/activities/{activity_id}", response=ActivityOut)
def correct_activity(request: ApiRequest, activity_id: Id, given: Correction) -> ActivityOut:
    """Correct the words of one's own follow-up, or its added fields; the log keeps what was there."""
    corrected = activities.correct_activity(
        actor=request.auth, activity_id=activity_id, text=given.text, fields=_added(given.custom)
    )
    return activity_out(request.auth, corrected)


def _added(custom: Added) -> dict[str, Any]:
    """Values of added fields by their names."""
    return {f"{CUSTOM}{key}": value for key, value in custom.items()}


@router.get("/tasks", response=Page[TaskOut])
def list_tasks(request: ApiRequest, asked: Query[Listing]) -> Page[TaskOut]:
    """The tasks one has, gave, or may see."""
    rows = queries.tasks(request.auth)
    return listed(rows, asked, queries.task_fields(request.auth), actor=request.auth, show=tasks_out)


@router.post("/tasks", response={201: TaskOut})
def create_task(request: ApiRequest, given: NewTask) -> TaskOut:
    """Give a task, or plan a follow-up."""
    task = tasks.create_task(
        actor=request.auth,
        owner_id=person_id(given.owner),
        deal_id=given.deal,
        customer_id=given.customer,
        **given.model_dump(include={"title", "kind", "due_at"}),
    )
    return task_out(task)


@router.get("/tasks/{task_id}", response=TaskOut)
def read_task(request: ApiRequest, task_id: Id) -> TaskOut:
    """One task."""
    return task_out(queries.task(request.auth, task_id))


@router.patch("/tasks/{task_id}", response=TaskOut)
def change_task(request: ApiRequest, task_id: Id, given: TaskChange) -> TaskOut:
    """Rename, move or hand over an open task."""
    task = tasks.change_task(
        actor=request.auth,
        task_id=task_id,
        title=given.title,
        due_at=given.due_at,
        owner_id=person_id(given.owner),
    )
    return task_out(task)


@router.post("/tasks/{task_id}/finish", response=TaskOut)
def finish_task(request: ApiRequest, task_id: Id, given: Finish | None = None) -> TaskOut:
    """Tick off a task as done, or drop it."""
    return task_out(tasks.finish_task(actor=request.auth, task_id=task_id, **(given or Finish()).model_dump()))


@router.post("/tasks/{task_id}/reopen", response=TaskOut)
def reopen_task(request: ApiRequest, task_id: Id) -> TaskOut:
    """Take back that a task was ticked off or dropped."""
    return task_out(tasks.reopen_task(actor=request.auth, task_id=task_id))
