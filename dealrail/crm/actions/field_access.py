"""Saying in one step what each role may with several fields that were added."""

from collections.abc import Mapping

from django.db import transaction

from dealrail.accounts import policy as accounts
from dealrail.accounts.actor import Actor
from dealrail.core.db import take_turns
from dealrail.crm.actions.fields import change_field
from dealrail.crm.errors import FieldRefused
from dealrail.crm.models import CustomField
from dealrail.crm.queries.custom import custom_field
from dealrail.crm.rules import FIELD_KINDS
from dealrail.process.permissions import PROCESS_PUBLISH

Accesses = Mapping[int, Mapping[str, str]]
"""For each field by id what each role may: hidden, read or edit."""


@transaction.atomic
def save_field_access(*, actor: Actor, wanted: Accesses, seen: Accesses | None = None) -> int:
    """Say what roles may with fields, all or none, and how many fields changed; a role that isn't named stays.

    `seen` is what the cells held when one looked: only those that differ from it are changed. Raises NotAllowed,
    NotFound, FieldRefused, or ChangedMeanwhile for a cell that somebody else
    changed.
    """
    accounts.require(actor, PROCESS_PUBLISH)
    take_turns("fields", FIELD_KINDS)
    return sum(_save(actor, custom_field(pk), row, (seen or {}).get(pk, {})) for pk, row in wanted.items())


def _save(actor: Actor, field: CustomField, row: Mapping[str, str], seen: Mapping[str, str]) -> bool:
    if all(allowed == seen.get(role) for role, allowed in row.items()):
        return False
    try:
        now = change_field(actor=actor, field_id=field.pk, fields={"access": row}, seen={"access": seen})
    except FieldRefused as refusal:
        refusal.params["label"] = f"{field.name} · {refusal.params['label']}"
        raise
    return bool(now.access != field.access)
