"""Adding fields to kinds of records, changing, ordering and retiring them, and what a new role may with them."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from dealrail.accounts import policy as accounts
from dealrail.accounts.actions.roles import save_role
from dealrail.accounts.actor import Actor
from dealrail.accounts.models import Role
from dealrail.core.db import share_turn, take_turns
from dealrail.core.problems import refuse_changed
from dealrail.crm.engine.describing import FIELD_LABELS, field_refused, free_key, one_of, put_description
from dealrail.crm.engine.linking import of_living
from dealrail.crm.engine.recomputing import begin, carry_limits, compute_piece
from dealrail.crm.errors import TooManyFields
from dealrail.crm.facts import FieldRecomputed, FieldSaved
from dealrail.crm.models import CustomField
from dealrail.crm.queries import LABELS
from dealrail.crm.queries.custom import VALUES, custom_field, custom_fields, field_told
from dealrail.crm.rules import FIELD_KINDS, MOST_FIELDS, Access, changes
from dealrail.events.engine import record
from dealrail.process.permissions import PROCESS_PUBLISH

Type = CustomField.Type


@transaction.atomic
def create_field(*, actor: Actor, kind: str, fields: Mapping[str, Any]) -> CustomField:
    """Add a field to a kind of record; without a key it gets one from its name, and stands last.

    `fields` are name, key, type, target (of a link: customer, contact or deal), help, required, unique, searchable,
    default, choices, format, pattern, low, high, formula, access and is_active. A formula is computed for some records
    at once, for the others by the worker.

    Raises NotAllowed, UnknownField, TooManyFields, FieldRefused or FieldsRefused.
    """
    accounts.require(actor, PROCESS_PUBLISH)
    if kind not in FIELD_KINDS:
        raise field_refused("kind", _("Write one of: %(known)s.") % {"known": ", ".join(FIELD_KINDS)})
    take_turns("fields", [kind])
    there = list(custom_fields(kind))
    if len(there) >= MOST_FIELDS:
        raise TooManyFields(most=MOST_FIELDS)
    field = CustomField(kind=kind, type=one_of(Type.values)("type", fields.get("type", Type.TEXT)))
    field.target = one_of(["", *CustomField.Target.values])("target", fields.get("target") or "")
    wanted = {"name": "", **{name: value for name, value in fields.items() if name not in {"type", "target"}}}
    given = str(wanted.pop("key", "") or "")
    put_description(field, wanted)
    field.key = free_key(given, field.name, {row.key for row in there})
    field.position = len(there)
    field.save()
    _compute(field)
    _record(field, {}, actor)
    return field


def _compute(field: CustomField) -> None:
    """Compute a formula that is new or says something else now, once it is known who may see it."""
    carry_limits(field.kind)
    field.refresh_from_db(fields=["under"])
    if field.type == Type.FORMULA and field.is_active:
        begin(field)


@transaction.atomic
def change_field(
    *, actor: Actor, field_id: int, fields: Mapping[str, Any], seen: Mapping[str, Any] | None = None
) -> CustomField:
    """Change a field; what is not given stays. Its kind, key and type never change, and a choice is only retired.

    `position` counts from 0. `seen` is what it held when one looked; where it says what roles might (`access`), only
    those change that differ from it. Raises NotAllowed, NotFound, UnknownField, FieldRefused, FieldsRefused, or
    ChangedMeanwhile where what is to change no longer holds what was seen.
    """
    accounts.require(actor, PROCESS_PUBLISH)
    kind = custom_field(field_id).kind
    take_turns("fields", [kind])
    field = CustomField.objects.select_for_update().get(pk=field_id)
    before, was_unique = field_told(field), field.unique
    wanted, held = dict(fields), dict(seen or {})
    position = wanted.pop("position", None)
    if "access" in held:
        wanted["access"] = _access_since(field, wanted.get("access", {}), held.pop("access"))
    put_description(field, wanted)
    refuse_changed(before, field_told(field), held, {**LABELS, **FIELD_LABELS})
    field.save()
    if field.unique != was_unique:
        _hold_once(field)
    if position is not None:
        _place(field, position)
    changed = changes(before, field_told(field))
    if changed.keys() & {"formula", "is_active"}:
        _compute(field)
    elif "access" in changed:
        carry_limits(kind)
    if changed:
        _record(field, changed, actor)
    return field


@transaction.atomic
def recompute_field(*, actor: Actor, field_id: int) -> CustomField:
    """Compute a formula, and all that stand upon it, for every record anew: some at once, the others by the worker.

    Raises NotAllowed, NotFound, or FieldRefused for what is no formula in use.
    """
    accounts.require(actor, PROCESS_PUBLISH)
    take_turns("fields", [custom_field(field_id).kind])
    field = CustomField.objects.select_for_update().get(pk=field_id)
    if field.type != Type.FORMULA or not field.is_active:
        raise field_refused("formula", _("Only a formula in use is computed."))
    begin(field)
    record(FieldRecomputed(field_id=field.pk, record=field.kind, key=field.key, name=field.name), actor=actor)
    return field


@transaction.atomic
def step_formula(*, actor: Actor, field_id: int) -> bool:
    """Compute some more records of a formula; False when none is left. Raises NotAllowed."""
    accounts.require(actor, PROCESS_PUBLISH)
    share_turn("fields", custom_field(field_id).kind)  # before the field, as whoever changes one takes its turn first
    return compute_piece(CustomField.objects.select_for_update().get(pk=field_id))


@transaction.atomic
def create_role_like(
    *, actor: Actor, model: str, key: str, name: str, permissions: Iterable[str], scope: str, units: Iterable[int] = ()
) -> Role:
    """Add a role that may no more with fields that were added than the `model` role may, each of them on record.

    Raises what `save_role` does, and RoleKeyTaken where there is a role of this key.
    """
    role = save_role(actor=actor, key=key, name=name, permissions=permissions, scope=scope, units=units, replace=False)
    take_turns("fields", FIELD_KINDS)
    for field in custom_fields().exclude(access={}).select_for_update():
        if model in field.access:
            before = field_told(field)
            field.access = {**field.access, key: field.access[model]}
            field.save(update_fields=["access"])
            _record(field, changes(before, field_told(field)), actor)
    for kind in FIELD_KINDS:
        carry_limits(kind)
    return role


def _access_since(field: CustomField, row: Mapping[str, str], seen: Mapping[str, str]) -> dict[str, str]:
    """What roles may when only what differs from what was seen is changed; refuses what changed since."""
    touched = {role: allowed for role, allowed in row.items() if allowed != seen.get(role)}
    now = {role: field.access.get(role, Access.EDIT.value) for role in touched}
    refuse_changed(now, touched, seen, {role: f"{field.name} · {role}" for role in touched})
    return {**field.access, **touched}


def _record(field: CustomField, changed: dict[str, list[str | None]], actor: Actor) -> None:
    fact = FieldSaved(
        field_id=field.pk, record=field.kind, key=field.key, name=field.name, type=field.type, changes=changed
    )
    record(fact, actor=actor)


def _hold_once(field: CustomField) -> None:
    """Let no two records hold the same from now on, or let them again. Refuses where two do that are not deleted."""
    rows = VALUES[field.kind]._default_manager.filter(field=field)
    if not field.unique:
        rows.update(only=None)
        return
    try:
        with transaction.atomic():
            of_living(field.kind, rows).update(only=F("text"))
    except IntegrityError as error:
        raise field_refused("unique", _("Some records hold the same already. Make them differ first.")) from error


def _place(field: CustomField, position: Any) -> None:
    """Put a field at this place among those of its kind."""
    if isinstance(position, bool) or not isinstance(position, int):
        raise field_refused("position", _("Write a whole number."))
    others = list(custom_fields(field.kind).exclude(pk=field.pk))
    others.insert(max(position, 0), field)
    for place, row in enumerate(others):
        row.position = place
    CustomField.objects.bulk_update(others, ["position"])
