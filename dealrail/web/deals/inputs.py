"""The inputs for a deal's fields, for follow-ups and for contacts."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext_lazy as _

from dealrail.accounts.actor import Actor
from dealrail.activities import queries as activities
from dealrail.crm import queries as crm
from dealrail.crm.queries import LABELS, deal_value
from dealrail.crm.rules import DEAL_FIELDS
from dealrail.process.rules import FieldSpec, ProcessSpec
from dealrail.web.inputs import Input, options
from dealrail.web.lists.deals import named

OFFERED_CUSTOMERS = 200
KINDS = {"text": "textarea", "number": "number", "money": "money", "date": "date", "choice": "select"}


def field_input(key: str, spec: ProcessSpec, actor: Actor) -> Input:
    """An empty input for one field of a deal, whether fixed or of its process."""
    own = next((row for row in spec.fields if row.key == key), None)
    return _own_input(own) if own else _fixed_input(key, actor)


def _own_input(row: FieldSpec) -> Input:
    choices = options((choice, choice) for choice in row.choices) if row.type == "choice" else ()
    return Input(row.key, row.name, kind=KINDS[row.type], options=choices, help=row.help)


def _fixed_input(key: str, actor: Actor) -> Input:
    label = LABELS[key]
    if key == "customer":
        return Input(key, label, kind="list", options=_customers(actor), help=_("Its full name; add new ones first."))
    rows = {"product": crm.products, "region": crm.regions, "source": crm.sources}
    if key in rows:
        return Input(key, label, kind="select", options=options(named(rows[key]())))
    kind = {"amount": "money", "expected_close": "date"}.get(key, "text")
    return Input(key, label, kind=kind, required=key == "name")


def _customers(actor: Actor) -> tuple[tuple[str, Any], ...]:
    rows = crm.customers(actor).order_by("-pk").values_list("name", flat=True)[:OFFERED_CUSTOMERS]
    return tuple((name, name) for name in rows)


def field_inputs(keys: Iterable[str], spec: ProcessSpec, actor: Actor, deal: Any = None) -> list[Input]:
    """Inputs for these fields, holding what the deal holds."""
    empty = [field_input(key, spec, actor) for key in keys]
    return [replace(row, value=shown_value(deal, row.name)) for row in empty] if deal else empty


def shown_value(deal: Any, key: str) -> Any:
    """What an input shows of a field: customers by name, other references by id, dates as dates."""
    if key == "customer":
        return deal.customer.name if deal.customer else ""
    value = deal_value(deal, key)
    return value.isoformat() if hasattr(value, "isoformat") else value


def all_fields(spec: ProcessSpec) -> list[str]:
    """Every field a deal of this process has."""
    return [*DEAL_FIELDS, *spec.field_names()]


def follow_up_inputs(kinds: Sequence[str] = ()) -> list[Input]:
    """A follow-up with its next step; only of these kinds, if any are named."""
    known = activities.activity_kinds()
    offered = [(key, known[key]) for key in kinds or known]
    return [
        Input("kind", _("How"), kind="select", options=tuple(offered), value=offered[0][0]),
        Input("text", _("What happened"), kind="textarea", required=True),
        Input("next_step", _("Next step")),
        Input("next_step_at", _("When"), kind="datetime-local"),
    ]


def contact_inputs(role: str = "") -> list[Input]:
    """A contact: name, part in the decision, phone."""
    roles = options(crm.contact_roles().items())
    return [
        Input("name", _("Full name"), required=True),
        Input("role", LABELS["role"], kind="select", options=roles, value=role),
        Input("title", LABELS["title"]),
        Input("phone", LABELS["phone"], kind="tel"),
    ]
