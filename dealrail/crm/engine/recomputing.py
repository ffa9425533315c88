"""Computing formulas anew for all records, a piece at a time; and who may see them, by what they compute with."""

from collections.abc import Iterable
from typing import Any

from dealrail.accounts.actor import Actor
from dealrail.crm.engine.computing import limits_under
from dealrail.crm.engine.custom import AddedFields
from dealrail.crm.models import CustomField
from dealrail.crm.queries.custom import VALUES, custom_fields

PIECE = 500
# so many records are computed in the action itself; the worker goes on with the rest
AT_ONCE = 1000


def begin(field: CustomField) -> None:
    """Have the results of a formula, and of all that stand upon it, computed anew, for few records at once.

    A record that somebody else has locked is left to the worker, with all after it: they may wait for this
    transaction to end, and then compute with what it made of the formula.
    """
    field.computed_to = 0
    field.save(update_fields=["computed_to"])
    for _ in range(AT_ONCE // PIECE):
        if not _compute_piece(field, waits=False):
            break


def compute_piece(field: CustomField) -> bool:
    """Compute some more records; False when none is left."""
    return field.computed_to is not None and _compute_piece(field, waits=True)


def _compute_piece(field: CustomField, *, waits: bool) -> bool:
    """Compute some more records; False when none is left, or one that isn't waited for."""
    model: Any = VALUES[field.kind]._meta.get_field("record").related_model
    records = model._default_manager.order_by("pk")
    ids = list(records.filter(pk__gt=field.computed_to).values_list("pk", flat=True)[:PIECE])
    rows = list(records.filter(pk__in=ids).select_for_update(of=("self",), skip_locked=not waits))
    _compute_rows(field.kind, rows)
    passed_by = [] if waits else sorted({*ids} - {row.pk for row in rows})
    is_left = len(ids) == PIECE
    field.computed_to = passed_by[0] - 1 if passed_by else ids[-1] if is_left else None
    field.save(update_fields=["computed_to"])
    return is_left and not passed_by


def _compute_rows(kind: str, rows: Iterable[Any]) -> None:
    added, changed, names = AddedFields(Actor.system(), kind), [], set[str]()
    for row in rows:
        if found := added.compute(row):
            changed.append(row)
            names |= found.keys()
    if changed:
        type(changed[0])._default_manager.bulk_update(changed, ["custom"])
        added.keep(changed, names)


def carry_limits(kind: str) -> None:
    """Keep with each formula what roles may with the fields that it computes with."""
    fields = list(custom_fields(kind))
    for field in fields:
        if field.inputs and (under := limits_under(field, fields)) != field.under:
            field.under = under
            field.save(update_fields=["under"])
