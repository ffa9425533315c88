"""Which deals and customers may be told of in lists, and locking the one that something is kept with."""

from django.db.models import Exists, OuterRef, Q

from dealrail.accounts.actor import Actor
from dealrail.activities import policy
from dealrail.crm import policy as crm
from dealrail.crm import queries as crm_queries
from dealrail.crm.models import Customer, Deal


def about_for_change(actor: Actor, deal_id: int | None, customer_id: int | None) -> tuple[Deal | None, Customer | None]:
    """The deal or customer that something is kept with, locked; refuse with NotFound."""
    if deal_id is not None:
        return crm_queries.deal_for_change(actor, deal_id), None
    return None, crm_queries.customer_for_change(actor, customer_id or 0)


def told(actor: Actor) -> tuple[Q, Q]:
    """The deals and the customers of which lists may tell."""
    deals = crm.visible_deals(actor) & crm.told_in_lists(actor, "deal")
    return deals, crm.visible_customers(actor) & crm.told_in_lists(actor, "customer")


def about_visible(actor: Actor) -> Q:
    """What is kept with a deal that the actor may see, or with a customer they may see."""
    deals, customers = told(actor)
    if deals == crm.LIVING and customers == crm.LIVING:
        return policy.ABOUT_LIVING
    # Asked row by row, or all at once where the database expects many: for one row only its own deal is read.
    seen_deal = Exists(Deal.objects.filter(deals, pk=OuterRef("deal")))
    seen_customer = Exists(Customer.objects.filter(customers, pk=OuterRef("customer")))
    return Q(seen_deal) | Q(seen_customer, deal__isnull=True)
