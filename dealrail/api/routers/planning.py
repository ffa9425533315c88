"""Texts to start follow-ups from, the calendar of plans and tasks, and its secret link."""

from datetime import date, datetime, time, timedelta

from django.urls import reverse
from django.utils import timezone
from ninja import Query, Router
from pydantic import Field

from dealrail.accounts import queries as people
from dealrail.activities import queries
from dealrail.activities.actions import feeds, texts
from dealrail.api.auth import ApiRequest
from dealrail.api.once import shown_once
from dealrail.api.paging import Page, Paged, paged
from dealrail.api.reading import Body, Id
from dealrail.api.shapes.activities import TaskOut, tasks_out
from dealrail.api.shapes.planning import FeedOut, TextOut, text_out, texts_out
from dealrail.core import clock

router = Router(tags=["activities"])
WEEK = timedelta(days=7)


class CalendarQuery(Paged):
    """Which days, and whose plans."""

    start: date | None = Field(None, alias="from", description="The first day; today when left out.")
    end: date | None = Field(None, alias="to", description="The first day no longer meant; a week on when left out.")
    owner: str = Field("", description="Id, login or name; yourself when left out.")


class NewText(Body):
    """A text to start follow-ups from."""

    name: str
    text: str
    kind: str = Field("", description="The kind of follow-up that it suits; every kind when left out.")
    is_shared: bool = Field(False, description="Everybody's instead of one's own; needs `texts.share`.")


class TextChange(Body):
    """What to change; what is left out stays."""

    name: str | None = None
    text: str | None = None
    kind: str | None = None


@router.get("/calendar", response=Page[TaskOut])
def list_calendar(request: ApiRequest, asked: Query[CalendarQuery]) -> Page[TaskOut]:
    """Open plans and tasks that are due in these days, within what one may see."""
    start = asked.start or timezone.localdate(clock.now())
    owner = people.person(asked.owner).pk if asked.owner else request.auth.user_id
    rows = queries.planned(
        request.auth, owners=[owner], start=_midnight(start), end=_midnight(asked.end or start + WEEK)
    )
    return paged(rows, asked, queries.by_due_date(), show=tasks_out)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


@router.get("/text-templates", response=Page[TextOut])
def list_text_templates(request: ApiRequest, asked: Query[Paged]) -> Page[TextOut]:
    """One's own texts and everybody's, the newest first."""
    return paged(queries.text_templates(request.auth).order_by(), asked, show=texts_out)


@router.post("/text-templates", response={201: TextOut})
def create_text_template(request: ApiRequest, given: NewText) -> TextOut:
    """Add a text of one's own, or one of everybody's with the permission."""
    return text_out(texts.save_text_template(actor=request.auth, **given.model_dump()))


@router.patch("/text-templates/{template_id}", response=TextOut)
def change_text_template(request: ApiRequest, template_id: Id, given: TextChange) -> TextOut:
    """Change a text of one's own, or one of everybody's with the permission."""
    found = queries.text_template(request.auth, template_id)
    kept = {"name": found.name, "text": found.text, "kind": found.kind}
    changed = {**kept, **given.model_dump(exclude_none=True)}
    return text_out(texts.save_text_template(actor=request.auth, template_id=template_id, **changed))


@router.delete("/text-templates/{template_id}", response={204: None})
def remove_text_template(request: ApiRequest, template_id: Id) -> None:
    """Remove a text of one's own, or one of everybody's with the permission."""
    texts.remove_text_template(actor=request.auth, template_id=template_id)


@router.post("/me/calendar-feed", response={201: FeedOut})
@shown_once("address")
def renew_calendar_feed(request: ApiRequest) -> FeedOut:
    """Make the secret link to one's calendar; it is shown in this answer and never again, and an older one is dead."""
    secret = feeds.renew_calendar_feed(actor=request.auth)
    return FeedOut(address=request.build_absolute_uri(reverse("calendar_feed", args=[secret])))


@router.delete("/me/calendar-feed", response={204: None})
def revoke_calendar_feed(request: ApiRequest) -> None:
    """Kill the secret link to one's calendar at once."""
    feeds.revoke_calendar_feed(actor=request.auth)
