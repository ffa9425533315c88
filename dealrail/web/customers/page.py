"""What the customer page shows: facts, contacts, deals, follow-ups, tasks, one timeline of all of it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotAllowed
from dealrail.activities import permissions as acting
from dealrail.activities import queries as activities
from dealrail.core.errors import Refusal
from dealrail.crm import permissions, policy
from dealrail.crm import queries as crm
from dealrail.crm.actions.pools import open_customer
from dealrail.crm.queries import LABELS, LAYOUT_LABELS
from dealrail.crm.rules import CUSTOMER_FIELDS, CUSTOMER_PAGE
from dealrail.process.rules import State
from dealrail.web.added import added_facts
from dealrail.web.customers.rows import CustomerRow, contact_rows, customer_row
from dealrail.web.customers.timeline import timeline_page
from dealrail.web.forms.filling import forms_of
from dealrail.web.grouped import grouped
from dealrail.web.notes.rows import comment_form, files_of_customer
from dealrail.web.people.heirs import heirs, loss
from dealrail.web.pools.page import allowance, why_not_claimed

SHOWN_ROWS = 30


def customer_page(
    actor: Actor, customer_id: int, *, before: str = "", show: str = "", refusal: Refusal | None = None
) -> dict[str, Any]:
    """Everything about one customer within the actor's sight; refuse with NotFound or PoolViewsUsedUp."""
    row = customer_row(actor, open_customer(actor=actor, customer_id=customer_id))
    deals = list(crm.deals_of_customer(actor, customer_id)[: SHOWN_ROWS * 2])
    tasks = list(activities.tasks_about(actor, customer_id)[:SHOWN_ROWS])
    open_deals = [deal for deal in deals if deal.run.state == State.OPEN]
    return {
        "row": row,
        "customer": row.customer,
        **fact_groups(actor, row),
        "contacts": list(contact_rows(actor, row, crm.contacts_of(customer_id))),
        "roles": crm.contact_roles(),
        "deals": deals,
        "open_deals": open_deals,
        "closed_deals": [deal for deal in deals if deal.run.state != State.OPEN],
        "open_amount": sum((deal.amount or Decimal(0) for deal in open_deals), Decimal(0)),
        "last_contact": activities.activities_about(actor, customer_id).first(),
        "next_step": _next_step(deals, tasks),
        "tasks": tasks,
        "parent_seen": crm.customers(actor).filter(pk=row.customer.parent_id or 0).exists(),
        "children": list(crm.children(actor, customer_id)[:SHOWN_ROWS]),
        "merges": list(crm.merges_of(customer_id)[:SHOWN_ROWS]),
        "timeline": timeline_page(actor, row.customer, before=before, show=show),
        "kinds": activities.activity_kinds(),
        "files": files_of_customer(actor, row.customer),
        "filled": forms_of(actor, "customer", row.customer),
        "comment": comment_form("customer", customer_id),
        "refusal": refusal,
        **_allowed(actor, row),
    }


def _next_step(deals: list[Any], tasks: list[Any]) -> Any:
    """When the next follow-up is planned, for one of the deals under way or the customer itself; None where none is.

    What else is to be done, such as an action of the process, is no next step here, as it is none of a deal.
    """
    of_deals = [deal.next_step_at for deal in deals if deal.run.state in {State.OPEN, State.WON}]
    moments = of_deals + [task.due_at for task in tasks if task.kind == "plan" and task.deal_id is None]
    return min((moment for moment in moments if moment), default=None)


@dataclass(frozen=True)
class CustomerFact:
    """One thing that is known of a customer, in words; of a time, the moment."""

    key: str
    label: Any
    value: Any


def fact_groups(actor: Actor, row: CustomerRow) -> dict[str, Any]:
    """The customer's facts as the reader's layout has them; notes that are in no group stand below all of them."""
    rows = {fact.key: fact for fact in facts(actor, row)}
    groups, notes = grouped(actor, "customer", rows, apart=lambda fact: fact.key == "notes")
    return {"fact_groups": groups, "notes": notes[0].value if notes else ""}


def facts(actor: Actor, row: CustomerRow) -> list[CustomerFact]:
    """The customer's facts in words, those of fields that were added behind the others."""
    customer = row.customer
    values = {name: getattr(customer, name) for name in CUSTOMER_FIELDS} | {"phone": row.phone}
    shown = [CustomerFact(name, LABELS[name], values[name]) for name in CUSTOMER_PAGE if name in values]
    added = [CustomerFact(*fact) for fact in added_facts(actor, customer, "customer")]
    return [
        *(fact for fact in shown if fact.key != "notes"),
        *added,
        CustomerFact("owner", LABELS["owner"], customer.owner or _("Nobody")),
        CustomerFact("created_at", LAYOUT_LABELS["created_at"], customer.created_at),
        *(fact for fact in shown if fact.key == "notes"),
    ]


def _allowed(actor: Actor, row: CustomerRow) -> dict[str, Any]:
    """Which buttons this reader gets; the actions ask again."""
    customer, pooled = row.customer, row.customer.pool_id is not None
    may_claim = pooled and actor.may(permissions.POOLS_CLAIM)
    allowed = allowance(actor, customer.pool, "customers") if may_claim else None
    may_transfer = policy.may(actor, permissions.CUSTOMERS_TRANSFER, customer)
    return {
        "may_change": policy.may(actor, permissions.CUSTOMERS_CHANGE, customer),
        "may_add_contact": _may_add_contact(actor, customer),
        "may_claim": may_claim,
        "allowance": allowed,
        "blocked": why_not_claimed(actor, allowed, customer) if allowed else "",
        "may_release": may_transfer and not pooled,
        "may_transfer": may_transfer,
        "may_delete": policy.may(actor, permissions.RECORDS_DELETE, customer),
        "may_record": policy.may(actor, acting.ACTIVITIES_RECORD, customer),
        "may_create_deal": actor.may(permissions.DEALS_CREATE),
        "heirs": heirs(actor, but=customer.owner_id) if may_transfer else (),
        "loss": loss(actor, permissions.CUSTOMERS_TRANSFER) if may_transfer else "",
        "pools": crm.release_pools() if may_transfer else [],
    }


def _may_add_contact(actor: Actor, customer: Any) -> bool:
    try:
        policy.require_can_add_contact(actor, customer)
    except NotAllowed:
        return False
    return True
