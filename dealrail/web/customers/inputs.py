"""The inputs of the customer form."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from dealrail.accounts.actor import Actor
from dealrail.crm.queries import LABELS
from dealrail.crm.rules import CUSTOMER_FIELDS
from dealrail.web.added import added_inputs, added_values
from dealrail.web.catalog import catalog_input
from dealrail.web.inputs import Input, options

GRADES = (("A", "A"), ("B", "B"), ("C", "C"))
SHORT = ("name", "phone", "grade", "industry", "source")


def customer_inputs(actor: Actor) -> list[Input]:
    """Empty inputs for all fields of a customer that the actor may fill."""
    return [*_fixed_inputs(), *added_inputs(actor, "customer")]


def short_customer_inputs(actor: Actor) -> list[Input]:
    """Empty inputs for the fields that are asked for first, and all that are required."""
    return [
        *(row for row in _fixed_inputs() if row.name in SHORT),
        *added_inputs(actor, "customer", only_required=True),
    ]


def _fixed_inputs() -> list[Input]:
    return [
        Input("name", LABELS["name"], required=True),
        Input("phone", LABELS["phone"], kind="tel", help=_("Mobile or landline, for example 13800001111.")),
        Input("grade", LABELS["grade"], kind="select", options=options(GRADES)),
        Input("grade_reason", LABELS["grade_reason"], help=_("For example: three orders a year, pays on time.")),
        Input("industry", LABELS["industry"]),
        catalog_input("region", LABELS["region"]),
        catalog_input("source", LABELS["source"]),
        Input("credit_code", LABELS["credit_code"], help=_("18 characters, checked.")),
        Input("code", LABELS["code"], help=_("Your own number for this customer.")),
        Input("address", LABELS["address"]),
        Input("website", LABELS["website"]),
        Input("parent", LABELS["parent"], kind="list", help=_("The name of a customer you can see.")),
        Input("notes", LABELS["notes"], kind="textarea"),
    ]


def customer_values(actor: Actor, customer: Any, phone: str, inputs: Iterable[Input]) -> dict[str, Any]:
    """What these inputs hold for a customer: references by id, its parent by name."""
    values = {name: getattr(customer, name) for name in CUSTOMER_FIELDS}
    parent = customer.parent.name if customer.parent else ""
    values |= added_values(actor, customer, inputs)
    return {**values, "region": customer.region_id, "source": customer.source_id, "parent": parent, "phone": phone}
