"""The log, as a feed to follow."""

from typing import Annotated, Any

from django.db.models import Q
from ninja import Query, Router, Schema
from pydantic import Field

from dealrail.accounts.permissions import LOG_READ
from dealrail.api.auth import ApiRequest
from dealrail.api.paging import MOST_ROWS, Page
from dealrail.api.reading import LARGEST_ID
from dealrail.api.shapes.events import EventOut, events_out
from dealrail.crm import policy
from dealrail.crm import queries as crm
from dealrail.events import queries as events

router = Router(tags=["events"])


class Feed(Schema):
    """Where to go on: after the last event that was seen."""

    after: Annotated[int, Field(ge=0, le=LARGEST_ID)] = 0
    cursor: Annotated[int | None, Field(ge=0, le=LARGEST_ID)] = Field(None, description="Another name for `after`.")
    limit: Annotated[int, Field(ge=1, le=MOST_ROWS)] = 50


@router.get("/events", response=Page[EventOut])
def list_events(request: ApiRequest, asked: Query[Feed]) -> Page[EventOut]:
    """What happened after this event, the oldest first: all of it with `log.read`, else what concerns one's records.

    `next` is the place to go on from as soon as there is more; poll with `after` set to the last id you saw.
    """
    rows: Any = events.feed(after=asked.after if asked.cursor is None else asked.cursor)
    if not request.auth.may(LOG_READ):
        deals, customers = (
            rows_of(request.auth).filter(policy.told_in_lists(request.auth, kind)).values("pk")
            for rows_of, kind in ((crm.deals, "deal"), (crm.customers, "customer"))
        )
        mine = Q(subject_kind="deal", subject_id__in=deals) | Q(subject_kind="customer", subject_id__in=customers)
        rows = rows.filter(mine)
    found = list(rows[: asked.limit + 1])
    shown = found[: asked.limit]
    return Page(items=events_out(request.auth, shown), next=str(shown[-1].pk) if len(found) > asked.limit else None)
