"""Which deals and customers may be told of in lists, and locking the one that something is kept with."""

from django.db.models import Exists, OuterRef, Q

from dealrail.accounts.actor import Actor
from dealrail.crm import policy
from dealrail.crm.models import Customer, Deal
from dealrail.crm.queries.records import customer_for_change, deal_for_change

# a deal's record lives with the deal, though its customer be deleted
ABOUT_LIVING = Q(deal__isnull=True, customer__deleted_at__isnull=True) | Q(
    deal__isnull=False, deal__deleted_at__isnull=True
)
"""Follow-ups, tasks and the like about what doesn't lie in the recycle bin, or about nothing."""


def about_for_change(actor: Actor, deal_id: int | None, customer_id: int | None) -> tuple[Deal | None, Customer | None]:
    """The deal or customer that something is kept with, locked; refuse with NotFound."""
    if deal_id is not None:
        return deal_for_change(actor, deal_id), None
    return None, customer_for_change(actor, customer_id or 0)


def told(actor: Actor) -> tuple[Q, Q]:
    """The deals and the customers of which lists may tell."""
    deals = policy.visible_deals(actor) & policy.told_in_lists(actor, "deal")
    return deals, policy.visible_customers(actor) & policy.told_in_lists(actor, "customer")


def about_visible(actor: Actor) -> Q:
    """What is kept with a deal that the actor may see, or with a customer they may see."""
    deals, customers = told(actor)
    if deals == policy.LIVING and customers == policy.LIVING:
        return ABOUT_LIVING
    # Asked row by row, or all at once where the database expects many: for one row only its own deal is read.
    seen_deal = Exists(Deal.objects.filter(deals, pk=OuterRef("deal")))
    seen_customer = Exists(Customer.objects.filter(customers, pk=OuterRef("customer")))
    return Q(seen_deal) | Q(seen_customer, deal__isnull=True)
