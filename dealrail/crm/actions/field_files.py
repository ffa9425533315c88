"""Keeping files for fields, before a record holds them."""

from django.db import transaction

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotFound
from dealrail.core.uploads import Upload
from dealrail.crm import policy
from dealrail.crm.engine.pointing import keep_file
from dealrail.crm.models import CustomField, FieldFile
from dealrail.crm.queries.custom import custom_field
from dealrail.crm.rules import Access


@transaction.atomic
def keep_field_file(*, actor: Actor, field_id: int, file: Upload) -> FieldFile:
    """Keep a file for a field that the actor fills; until a record holds it, it is nobody's to fetch.

    Raises NotFound or FileRefused.
    """
    field = custom_field(field_id)
    is_filled = policy.access_to(actor, field) is Access.EDIT and field.is_active
    if field.type != CustomField.Type.FILE or not is_filled:
        raise NotFound()
    return keep_file(field, file, actor)
