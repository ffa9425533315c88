"""Computing formulas anew for all records, a piece at a time; and who may see them, by what they compute with."""

from typing import Any

from dealrail.accounts.actor import Actor
from dealrail.crm.engine.computing import compute, limits_under
from dealrail.crm.engine.custom import AddedFields
from dealrail.crm.models import CustomField
from dealrail.crm.queries.custom import VALUES, custom_fields

PIECE = 500
# so many records are computed in the action itself; the worker goes on with the rest
AT_ONCE = 1000


def begin(field: CustomField) -> None:
    """Have the results of a formula, and of all that stand upon it, computed anew, for few records at once."""
    field.computed_to = 0
    field.save(update_fields=["computed_to"])
    for _ in range(AT_ONCE // PIECE):
        if not compute_piece(field):
            break


def compute_piece(field: CustomField) -> bool:
    """Compute some more records; False when none is left."""
    if field.computed_to is None:
        return False
    records: Any = VALUES[field.kind]._meta.get_field("record").related_model
    left = records._default_manager.filter(pk__gt=field.computed_to).order_by("pk")
    rows = list(left.select_for_update(of=("self",))[:PIECE])
    added, changed, names = AddedFields(Actor.system(), field.kind), [], set[str]()
    for row in rows:
        if found := compute(row, added.every):
            changed.append(row)
            names |= found.keys()
    if changed:
        records._default_manager.bulk_update(changed, ["custom"])
        added.keep(changed, names)
    is_left = len(rows) == PIECE
    field.computed_to = rows[-1].pk if is_left else None
    field.save(update_fields=["computed_to"])
    return is_left


def carry_limits(kind: str) -> None:
    """Keep with each formula what roles may with the fields that it computes with."""
    fields = list(custom_fields(kind))
    for field in fields:
        if field.inputs and (under := limits_under(field, fields)) != field.under:
            field.under = under
            field.save(update_fields=["under"])
