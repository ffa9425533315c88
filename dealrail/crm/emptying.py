"""Links to records that are removed for good are emptied, on record; called by actions, inside their transaction."""

from collections.abc import Callable
from typing import Any

from django.db.models import Q

from dealrail.accounts.actor import Actor
from dealrail.crm import approving
from dealrail.crm.engine.linking import Ids, lead_nowhere, linking
from dealrail.crm.facts import Changes, ContactChanged, CustomerChanged, DealChanged
from dealrail.crm.models import Contact, Customer, Deal
from dealrail.events.engine import record_many
from dealrail.events.facts import Fact

Teller = Callable[[Any, Changes], Fact]


def register(kind: str, teller: Teller) -> None:
    """Of records of this kind that the CRM doesn't know, this makes the fact that tells of emptied fields."""
    _TELLERS[kind] = teller


def lock_linking(gone: Ids) -> None:
    """Lock what links to these records, and the deals among them: before any other of them, as whoever changes a
    record locks it before what it is to lead to, or two would wait for each other."""
    lock_deals(Q(pk__in={*gone.get("deal", ()), *linking("deal", gone)}))
    theirs = Contact.objects.filter(pk__in=linking("contact", gone)).values("customer")
    leading = Q(pk__in=linking("customer", gone)) | Q(pk__in=theirs)
    list(Customer.objects.filter(leading).order_by("pk").select_for_update(of=("self",)).values_list("pk"))


def lock_deals(which: Q) -> list[Deal]:
    """These deals, locked with their runs and in order; to be called before customers are locked, as everybody does
    who has to do with both, or two would wait for each other."""
    rows = Deal.objects.filter(which).order_by("pk").select_for_update(of=("self", "run"))
    return list(rows.select_related("run"))


def empty_links(gone: Ids, *, actor: Actor) -> None:
    """Empty every link to records that were just removed, and tell it as any other change of a field.

    Approvals about what deals linked to must be asked for anew. No formula computes with links, so none changes.
    """
    for kind, emptied in lead_nowhere(gone).items():
        record_many([(_TELLERS[kind](row, lost), None) for row, lost in emptied], actor=actor)
        if kind == "deal":
            approving.outdate(dict(emptied), actor=actor)


_TELLERS: dict[str, Teller] = {
    "deal": lambda row, lost: DealChanged(deal_id=row.pk, deal_name=row.name, owner_id=row.owner_id, changes=lost),
    "customer": lambda row, lost: CustomerChanged(customer_id=row.pk, customer_name=row.name, changes=lost),
    "contact": lambda row, lost: ContactChanged(
        customer_id=row.customer_id,
        customer_name=row.customer.name,
        contact_id=row.pk,
        contact_name=row.name,
        changes=lost,
    ),
}
