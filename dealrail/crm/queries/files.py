"""Files that records hold in fields that were added."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

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


def files_kept(now: datetime) -> QuerySet[FieldFile]:
    """The files whose content is kept: those that a record holds, or may still come to hold."""
    return FieldFile.objects.filter(_held() | Q(uploaded_at__gte=now - 2 * uploads.SETTLED))


def files_to_take(now: datetime) -> QuerySet[FieldFile]:
    """The files that were kept lately enough to be put into a record: well before their content is swept."""
    return FieldFile.objects.filter(uploaded_at__gte=now - uploads.SETTLED)


def missing_field_files() -> int:
    """How many files that records hold are gone from the disk."""
    return uploads.missing(FieldFile.objects.filter(_held()).values_list("file", flat=True).iterator())


def _held() -> Q:
    """Those that a record holds; one in the recycle bin, or merged into another, goes on holding its files."""
    ours = {"field": OuterRef("field"), "number": OuterRef("pk")}
    return reduce(or_, (Q(Exists(model._default_manager.filter(**ours))) for model in VALUES.values()))
