"""The timeline of a customer: its own events and those of its deals, phone numbers masked like everywhere."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from dealrail.accounts.actor import Actor
from dealrail.crm import queries as crm
from dealrail.events import queries as events
from dealrail.process import queries as processes
from dealrail.web.inputs import whole
from dealrail.web.tellers import TELLERS
from dealrail.web.timeline import told, worth_telling

SHOWN_EVENTS = 40
FILTERS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "": (_("All"), ()),
    "follow_ups": (_("Follow-ups"), ("follow_up",)),
    "deals": (_("Deals"), ("move", "approval")),
    "changes": (_("Changes"), ("change",)),
    "notes": (_("Comments and files"), ("comment", "attachment")),
}


@dataclass(frozen=True)
class TimelinePage:
    """Some events in words, newest first, and the id from which to go on; 0 at the beginning. `show`: which kinds."""

    events: list[Any]
    next: int
    show: str
    filters: list[tuple[str, Any]]


def timeline_page(actor: Actor, customer: Any, *, before: str = "", show: str = "") -> TimelinePage:
    """The events of a customer, of those that were merged into it, and of its deals that the actor may see."""
    rows = crm.deals_of_customer(actor, customer.pk).order_by().values_list("pk", "run__version_id")
    versions: dict[int, int] = dict(rows)
    customers = [customer.pk, *crm.merged_into(customer.pk)]
    subjects: dict[str, Any] = {"customer": customers, "deal": list(versions)}
    wanted = worth_telling(events.timeline(subjects, before=whole(before)))
    groups = FILTERS.get(show, FILTERS[""])[1]
    if groups:
        wanted = wanted.filter(kind__in=[kind for kind, teller in TELLERS.items() if teller[1] in groups])
    found = list(wanted[: SHOWN_EVENTS + 1])
    shown = found[:SHOWN_EVENTS]
    seen = crm.events_as_seen(actor, shown)
    specs = {deal_id: processes.spec_of(version_id) for deal_id, version_id in versions.items()}
    return TimelinePage(
        events=told(seen, specs, actor=actor),
        next=shown[-1].pk if len(found) > SHOWN_EVENTS else 0,
        show=show if show in FILTERS else "",
        filters=[(key, label) for key, (label, _groups) in FILTERS.items()],
    )
