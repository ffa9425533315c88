"""What the customer page shows: facts, contacts, deals, follow-ups, tasks, one timeline of all of it."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotAllowed
from dealrail.activities import permissions as acting
from dealrail.activities import queries as activities
from dealrail.core.errors import Refusal
from dealrail.crm import permissions, policy
from dealrail.crm import queries as crm
from dealrail.crm.queries import LABELS
from dealrail.crm.rules import CUSTOMER_FIELDS
from dealrail.process.rules import State
from dealrail.web.customers.rows import CustomerRow, contact_rows, customer_row
from dealrail.web.customers.timeline import timeline_page

SHOWN_ROWS = 30


def customer_page(
    actor: Actor, customer_id: int, *, before: str = "", refusal: Refusal | None = None
) -> dict[str, Any]:
    """Everything about one customer within the actor's sight; refuse with NotFound."""
    row = customer_row(actor, crm.customer(actor, customer_id))
    deals = list(crm.deals_of_customer(actor, customer_id)[: SHOWN_ROWS * 2])
    return {
        "row": row,
        "customer": row.customer,
        "facts": facts(row),
        "contacts": list(contact_rows(row, crm.contacts_of(customer_id))),
        "roles": crm.contact_roles(),
        "deals": deals,
        "open_amount": sum((deal.amount or Decimal(0) for deal in deals if deal.run.state == State.OPEN), Decimal(0)),
        "activities": activities.activities_about(actor, customer_id)[:SHOWN_ROWS],
        "tasks": activities.tasks_about(actor, customer_id)[:SHOWN_ROWS],
        "timeline": timeline_page(actor, row, before=before),
        "kinds": activities.activity_kinds(),
        "refusal": refusal,
        **_allowed(actor, row),
    }


def facts(row: CustomerRow) -> list[tuple[Any, Any]]:
    """The customer's facts in words; empty ones are left out, except those that gates and grades ask for."""
    customer = row.customer
    values = {name: getattr(customer, name) for name in CUSTOMER_FIELDS} | {"phone": row.phone}
    shown = [(LABELS[name], values[name]) for name in CUSTOMER_FIELDS if name not in {"name", "notes", "parent"}]
    return [*shown, (LABELS["owner"], customer.owner or _("Nobody")), (_("Created"), customer.created_at)]


def _allowed(actor: Actor, row: CustomerRow) -> dict[str, Any]:
    """Which buttons this reader gets; the actions ask again."""
    customer, pooled = row.customer, row.customer.pool_id is not None
    may_transfer = policy.may(actor, permissions.CUSTOMERS_TRANSFER, customer)
    return {
        "may_change": policy.may(actor, permissions.CUSTOMERS_CHANGE, customer),
        "may_add_contact": _may_add_contact(actor, customer),
        "may_claim": pooled and actor.may(permissions.POOLS_CLAIM),
        "may_release": may_transfer and not pooled,
        "may_transfer": may_transfer,
        "may_delete": policy.may(actor, permissions.RECORDS_DELETE, customer),
        "may_record": policy.may(actor, acting.ACTIVITIES_RECORD, customer),
        "may_create_deal": actor.may(permissions.DEALS_CREATE),
        "people": people.active_people() if may_transfer else [],
        "pools": crm.release_pools() if may_transfer else [],
    }


def _may_add_contact(actor: Actor, customer: Any) -> bool:
    try:
        policy.require_can_add_contact(actor, customer)
    except NotAllowed:
        return False
    return True
