"""Keeping how a sheet is read under a name, for the next one of its kind."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from dealrail.accounts import policy as accounts
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NameMissing
from dealrail.core.texts import tidy
from dealrail.crm import importing, mappings, permissions
from dealrail.crm.models import SavedMapping
from dealrail.crm.rules import is_custom

LONGEST_NAME = 80


@transaction.atomic
def save_mapping(*, actor: Actor, name: str, kind: str, mapping: Mapping[str, Any]) -> SavedMapping:
    """Keep a mapping under a name for this kind of sheet, replacing the one of that name.

    Of one that is replaced stays where the added fields come from that the actor doesn't fill, unless the new one says.
    One that somebody else saved is replaced only by who imports history. Raises NotAllowed, UnknownImportKind,
    NameMissing, or BadMapping, also for an added field that the actor doesn't see.
    """
    accounts.require(actor, permissions.IMPORTS_RUN)
    mappings.targets(kind)
    if not 1 <= len(tidy(name)) <= LONGEST_NAME:
        raise NameMissing(longest=LONGEST_NAME)
    before = SavedMapping.objects.select_for_update().filter(kind=kind, name=tidy(name)).first()
    _require_own(actor, before)
    given = mappings.plain(mapping)
    _refuse_unseen(actor, kind, given)
    given["fields"] |= _unfilled(actor, kind, before.mapping["fields"], given["fields"]) if before else {}
    saved, _created = SavedMapping.objects.update_or_create(
        kind=kind,
        name=tidy(name),
        defaults={"mapping": given, "created_by_id": actor.user_id or None},
    )
    return saved


def _refuse_unseen(actor: Actor, kind: str, given: Mapping[str, Any]) -> None:
    """Refuse with BadMapping an added field that isn't there, or isn't for the actor."""
    seen = importing.mapping_seen(actor, kind, given)["fields"]
    if unseen := next((key for key in given["fields"] if key not in seen), None):
        known = [target.key for target in mappings.targets(kind, added=importing.added_targets(kind, actor))]
        raise mappings.unknown_field(unseen, known)


def _unfilled(actor: Actor, kind: str, before: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Of a mapping of before the added fields that the actor's form doesn't offer: others import by it too."""
    offered = {*given, *(target.key for target in importing.added_targets(kind, actor))}
    return {key: source for key, source in before.items() if is_custom(key) and key not in offered}


@transaction.atomic
def delete_mapping(*, actor: Actor, mapping_id: int) -> None:
    """Forget a saved mapping; one of somebody else only who imports history may. Raises NotAllowed."""
    accounts.require(actor, permissions.IMPORTS_RUN)
    saved = SavedMapping.objects.filter(pk=mapping_id).first()
    _require_own(actor, saved)
    if saved is not None:
        saved.delete()


def _require_own(actor: Actor, saved: SavedMapping | None) -> None:
    if saved is not None and saved.created_by_id != actor.user_id:
        accounts.require(actor, permissions.IMPORTS_HISTORY)
