"""What a follow-up is about: a deal, or a customer without one."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from dealrail.accounts.actor import Actor
from dealrail.crm import queries as crm


@dataclass(frozen=True)
class About:
    """A deal or a customer that the actor sees. `kind`: deal or customer."""

    kind: str
    record: Any
    customer_id: int | None

    @property
    def key(self) -> str:
        """What drafts of this record are kept under."""
        return f"{self.kind}-{self.record.pk}"

    @property
    def address(self) -> str:
        """Where the form is, and where it is sent."""
        return reverse(f"{self.kind}_follow_up", args=[self.record.pk])

    @property
    def page(self) -> str:
        """The record's own page."""
        return reverse(self.kind, args=[self.record.pk])

    @property
    def subject(self) -> dict[str, Any]:
        """The record as actions and queries take it."""
        return {f"{self.kind}_id": self.record.pk}


@dataclass(frozen=True)
class AnyDeal(About):
    """One of several deals, chosen in the form: kept on a phone, it is there for each of them without network."""

    deals: tuple[Any, ...] = ()

    @property
    def key(self) -> str:
        """What is written before a deal is chosen is kept under this."""
        return "any"

    @property
    def address(self) -> str:
        """Where the form is; with scripts it is sent to the chosen deal's own."""
        return reverse("follow_up_any")

    @property
    def page(self) -> str:
        """Where one goes without having written anything."""
        return reverse("home")

    @property
    def subject(self) -> dict[str, Any]:
        """Nothing yet."""
        return {}


def any_deal(deals: Iterable[Any]) -> AnyDeal:
    """One of these deals."""
    return AnyDeal("deal", None, None, tuple(deals))


def deal_about(actor: Actor, deal_id: int) -> About:
    """A deal; refuse with NotFound when it is not the actor's to see."""
    deal = crm.deal(actor, deal_id)
    return About("deal", deal, deal.customer_id)


def customer_about(actor: Actor, customer_id: int) -> About:
    """A customer; refuse with NotFound when it is not the actor's to see."""
    customer = crm.customer(actor, customer_id)
    return About("customer", customer, customer.pk)
