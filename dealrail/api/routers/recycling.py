"""The recycle bin."""

from datetime import datetime

from ninja import Router
from pydantic import BaseModel

from dealrail.api.auth import ApiRequest
from dealrail.api.reading import Moment
from dealrail.crm.queries import deleted as bin_queries

router = Router(tags=["recycling"])
MOST = 200


class DeletedOut(BaseModel):
    """A deleted record: its kind (deal, customer or contact), who deleted it, until when it can be restored."""

    kind: str
    id: int
    name: str
    about: str
    deleted_at: datetime
    deleted_by: str
    until: datetime


@router.get("/recycle-bin", response=list[DeletedOut])
def list_deleted(request: ApiRequest, before: Moment | None = None) -> list[DeletedOut]:
    """What one may restore, the latest deleted first; at most 200, go on with the last one's `deleted_at`."""
    rows = bin_queries.deleted(request.auth, before=before, most=MOST)
    return [DeletedOut.model_validate(row, from_attributes=True) for row in rows]
