"""Files that records hold in fields that were added."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import QuerySet

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotFound
from dealrail.core import uploads
from dealrail.crm import policy
from dealrail.crm.models import FieldFile
from dealrail.crm.queries import records
from dealrail.crm.queries.custom import VALUES
from dealrail.crm.rules import Access


def field_file(actor: Actor, file_id: int) -> FieldFile:
    """A file in a field that the actor may see, of a record that lists tell them all of; refuse with NotFound."""
    for found in FieldFile.objects.select_related("field").filter(pk=file_id, field__is_active=True):
        is_seen = policy.access_to(actor, found.field) is not Access.HIDDEN
        if is_seen and _holders(actor, found).exists() and uploads.kept_at(found.file).is_file():
            return found
    raise NotFound()


def _holders(actor: Actor, found: FieldFile) -> QuerySet[Any]:
    """The records within sight that hold this file."""
    kind = found.field.kind
    held = VALUES[kind]._default_manager.filter(field=found.field_id, number=found.pk)
    return _TOLD[kind](actor).filter(pk__in=held.values("record"))


_TOLD: Mapping[str, Callable[[Actor], QuerySet[Any]]] = {
    "customer": lambda actor: records.customers(actor).filter(policy.told_in_lists(actor, "customer")),
    "contact": lambda actor: records.contacts(actor).filter(policy.told_phone_of_contact(actor)),
    "deal": lambda actor: records.deals(actor).filter(policy.told_in_lists(actor, "deal")),
}


def missing_field_files() -> int:
    """How many files in fields are gone from the disk."""
    return uploads.missing(FieldFile.objects.values_list("file", flat=True).iterator())
