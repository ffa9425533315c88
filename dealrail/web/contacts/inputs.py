"""The inputs of the contact form."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from dealrail.accounts.actor import Actor
from dealrail.crm import policy
from dealrail.crm import queries as crm
from dealrail.crm.queries import LABELS
from dealrail.crm.rules import CONTACT_FIELDS
from dealrail.web.added import added_inputs, added_values
from dealrail.web.customers.rows import ContactRow
from dealrail.web.inputs import Input, options


def contact_inputs(actor: Actor, contact: Any = None) -> list[Input]:
    """Empty inputs for all fields of a contact that the actor may fill; not the added ones of one in a pool."""
    is_told = contact is None or policy.tells_added(actor, contact)
    return [*_fixed_inputs(), *(added_inputs(actor, "contact") if is_told else ())]


def _fixed_inputs() -> list[Input]:
    return [
        Input("name", _("Full name"), required=True),
        Input("role", LABELS["role"], kind="select", options=options(crm.contact_roles().items())),
        Input("title", LABELS["title"]),
        Input("phone", LABELS["phone"], kind="tel", help=_("Mobile or landline, for example 13800001111.")),
        Input("wechat", LABELS["wechat"]),
        Input("email", LABELS["email"], kind="email"),
        Input("notes", LABELS["notes"], kind="textarea"),
    ]


def contact_values(actor: Actor, row: ContactRow, inputs: Iterable[Input]) -> dict[str, Any]:
    """What these inputs hold for a contact; who may not see how to reach somebody gets it masked."""
    fixed = {name: getattr(row.contact, name) for name in CONTACT_FIELDS} | row.ways
    return fixed | added_values(actor, row.contact, inputs)
