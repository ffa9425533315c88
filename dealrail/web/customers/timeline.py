"""The timeline of a customer: its own events and those of its deals, phone numbers masked like everywhere."""

from dataclasses import dataclass
from typing import Any

from dealrail.accounts.actor import Actor
from dealrail.crm import policy
from dealrail.crm import queries as crm
from dealrail.events import queries as events
from dealrail.process import queries as processes
from dealrail.web.customers.rows import CustomerRow
from dealrail.web.inputs import whole
from dealrail.web.timeline import told

SHOWN_EVENTS = 40


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
    found = list(events.timeline(subjects, before=whole(before))[: SHOWN_EVENTS + 1])
    shown = found[:SHOWN_EVENTS]
    for event in shown if row.masked else []:
        event.payload = policy.masked(event.payload)
    specs = {deal_id: processes.spec_of(version_id) for deal_id, version_id in versions.items()}
    return TimelinePage(events=told(shown, specs), next=shown[-1].pk if len(found) > SHOWN_EVENTS else 0)
