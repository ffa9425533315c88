"""The timeline of a customer: its own events and those of its deals, phone numbers masked like everywhere."""

from dataclasses import dataclass
from typing import Any

from dealrail.accounts.actor import Actor
from dealrail.core.formats import mask_phone
from dealrail.crm import queries as crm
from dealrail.events import queries as events
from dealrail.process import queries as processes
from dealrail.web.customers.rows import HIDDEN, CustomerRow
from dealrail.web.timeline import told

SHOWN_EVENTS = 40
REACHING = ("phone", "email", "wechat")


@dataclass(frozen=True)
class TimelinePage:
    """Some events in words, newest first, and the id from which to go on; 0 at the beginning."""

    events: list[Any]
    next: int


def timeline_page(actor: Actor, row: CustomerRow, *, before: str = "") -> TimelinePage:
    """The events of a customer and of those of its deals that the actor may see."""
    rows = crm.deals_of_customer(actor, row.customer.pk).order_by().values_list("pk", "run__version_id")
    versions: dict[int, int] = dict(rows)
    subjects: dict[str, Any] = {"customer": [row.customer.pk], "deal": list(versions)}
    place = int(before) if before.isdecimal() and len(before) < 19 else None
    found = list(events.timeline(subjects, before=place)[: SHOWN_EVENTS + 1])
    shown = found[:SHOWN_EVENTS]
    for event in shown if row.masked else []:
        event.payload = masked(event.payload)
    specs = {deal_id: processes.spec_of(version_id) for deal_id, version_id in versions.items()}
    return TimelinePage(events=told(shown, specs), next=shown[-1].pk if len(found) > SHOWN_EVENTS else 0)


def masked(payload: dict[str, Any]) -> dict[str, Any]:
    """An event's values with the ways to reach somebody hidden."""
    return {
        **payload,
        **{name: _hidden(payload[name]) for name in ("fields", "changes") if isinstance(payload.get(name), dict)},
    }


def _hidden(values: dict[str, Any]) -> dict[str, Any]:
    return {key: _hide(key, value) if key in REACHING else value for key, value in values.items()}


def _hide(key: str, value: Any) -> Any:
    if isinstance(value, list):
        return [_hide(key, part) for part in value]
    if not value:
        return value
    return mask_phone(str(value)) if key == "phone" else HIDDEN
