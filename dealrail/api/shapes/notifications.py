"""What one was told as JSON."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from dealrail.accounts.actor import Actor
from dealrail.activities import queries as activities
from dealrail.api.shapes.events import Subject
from dealrail.core.reading import reading
from dealrail.crm import queries as crm
from dealrail.notifications.rules import FAREWELLS, OWN


class NotificationOut(BaseModel):
    """One thing one was told. `data` holds what its sentence needs; it is empty when the record is hidden by now."""

    id: int
    kind: str
    subject: Subject | None
    data: dict[str, Any]
    created_at: datetime
    read_at: datetime | None


def notifications_out(actor: Actor, rows: Iterable[Any]) -> list[NotificationOut]:
    """What one was told, without what concerns records and fields one may no longer see, and comments taken back."""
    found = list(rows)
    deals = crm.versions_of_deals(actor, (row.subject_id for row in found if row.subject_kind == "deal"))
    customers = crm.visible_customers_among(actor, (row.subject_id for row in found if row.subject_kind == "customer"))
    seen = {"deal": set(deals), "customer": customers}
    gone = activities.taken_back({row.params["comment_id"] for row in found if "comment_id" in row.params})
    pooled = crm.pooled_among(row.subject_id for row in found if row.params.get("about"))
    with reading():
        for row in found:
            if row.params.get("comment_id") in gone:
                row.params = {**row.params, "note": ""}
        asked = [row for row in found if row.params.get("about")]
        about = [crm.told_about(actor, row.params["about"], pooled=row.subject_id in pooled) for row in asked]
        for row, told in zip(asked, crm.told_in_words("deal", about, actor), strict=True):
            row.params = {**row.params, "about": told}
    return [_out(row, row.subject_id in seen.get(row.subject_kind, {row.subject_id})) for row in found]


def _out(row: Any, is_seen: bool) -> NotificationOut:
    return NotificationOut(
        id=row.pk,
        kind=row.kind,
        subject=Subject(kind=row.subject_kind, id=row.subject_id) if is_seen and row.subject_id else None,
        data=row.params if is_seen or row.kind in FAREWELLS | OWN else {},
        created_at=row.created_at,
        read_at=row.read_at,
    )
