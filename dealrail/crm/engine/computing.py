"""Formulas over the fields of a record: checking them when they are saved, and putting their results on records."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from dealrail.core.formulas import BadFormula, Kind, Value, computed, fields_in, kind_of, parsed, renamed
from dealrail.crm.models import CustomField
from dealrail.crm.policy import WAYS
from dealrail.crm.queries.custom import FIXED_INPUTS, field_name, spoken_names
from dealrail.crm.rules import changes, custom_key, custom_text, is_custom, is_empty

Type = CustomField.Type
# how many formulas may stand upon each other
MOST_LEVELS = 10
_KINDS: Mapping[str, Kind] = {
    Type.TEXT: Kind.TEXT,
    Type.LONG_TEXT: Kind.TEXT,
    Type.CHOICE: Kind.TEXT,
    Type.PLACE: Kind.TEXT,
    Type.NUMBER: Kind.NUMBER,
    Type.MONEY: Kind.MONEY,
    Type.DATE: Kind.DATE,
    Type.YES_NO: Kind.YES_NO,
}


def spell(field: CustomField, others: Sequence[CustomField]) -> None:
    """Turn a formula as it was typed, with the names of these fields or their keys, into one with keys alone.

    What is the name of one field and the key of another is read as the name, as formulas are shown with names.
    """
    typed = {said: name for name, said in spoken_names(field.kind, others).items()}
    keys = {row.key: field_name(row) for row in others} | {name: name for name in FIXED_INPUTS[field.kind]}
    own = {field.key: _SELF, field_name(field): _SELF} if field.key else {}
    field.formula = renamed(field.formula, {**own, **keys, **typed, field.name: _SELF})


def settle(field: CustomField, others: Sequence[CustomField]) -> None:
    """Find out which of these fields a formula computes with, by their keys, and of which type its result is.

    Refuses with BadFormula, also where it would need its own result or give another type of result than before.
    """
    node = parsed(field.formula)
    inputs = fields_in(node)
    known = {field_name(row): row for row in others}
    _refuse_inputs(inputs, known)
    kinds = {name: Kind(kind) for name, kind in FIXED_INPUTS[field.kind].items()}
    kinds |= {name: kind for name, row in known.items() if (kind := _KINDS.get(row.holds)) is not None}
    result = str(kind_of(node, kinds))
    _refuse_ring(field, inputs, known)
    if field.pk and field.result not in ("", result):
        said = _("Its result would be of the type “%(now)s”, but it was “%(was)s” so far. Add another field for it.")
        raise BadFormula(said, now=str(Type(result).label), was=str(Type(field.result).label))
    field.inputs, field.result = inputs, result


# what a formula would call its own result
_SELF = "itself"


def _refuse_inputs(inputs: Iterable[str], known: Mapping[str, CustomField]) -> None:
    for name in inputs:
        if name == _SELF:
            raise BadFormula(_("A formula can't compute with its own result."))
        row = known.get(name)
        if row is not None and row.holds not in _KINDS:
            said = _("It can't compute with “%(field)s”, which is of the type “%(type)s”.")
            raise BadFormula(said, field=row.name, type=str(row.get_type_display()))
        if row is not None and row.format in WAYS:
            said = _("It can't compute with “%(field)s”, which tells how to reach somebody and is masked in pools.")
            raise BadFormula(said, field=row.name)
        if row is not None and not row.is_active:
            raise BadFormula(_("It can't compute with “%(field)s”, which is out of use."), field=row.name)


def _refuse_ring(field: CustomField, inputs: Iterable[str], known: Mapping[str, CustomField]) -> None:
    """No formula needs, by way of others, its own result; nor do too many stand upon each other."""
    own, level = {*inputs}, 1
    while formulas := [known[name] for name in own if name in known and known[name].inputs]:
        level += 1
        below = {name for row in formulas for name in row.inputs}
        if field.key and field_name(field) in below:
            said = _("It goes round in a circle: “%(field)s” is computed from it already.")
            raise BadFormula(said, field=formulas[0].name)
        if level > MOST_LEVELS:
            raise BadFormula(_("At most %(most)s formulas may stand upon each other."), most=MOST_LEVELS)
        own = below


def built_on(field: CustomField, others: Iterable[CustomField]) -> list[CustomField]:
    """The formulas among these that compute with a field, by way of others too."""
    rows, found = [row for row in others if row.inputs], {field_name(field): field}
    while more := [row for row in rows if field_name(row) not in found and found.keys() & {*row.inputs}]:
        found |= {field_name(row): row for row in more}
    return [row for name, row in found.items() if name != field_name(field)]


def limits_under(field: CustomField, others: Sequence[CustomField]) -> list[dict[str, str]]:
    """What roles may with the fields that a formula computes with, by way of others too, each once."""
    known = {field_name(row): row for row in others}
    under: list[dict[str, str]] = []
    waiting, seen = [*field.inputs], set[str]()
    for name in waiting:
        row = known.get(name)
        if row is None or name in seen:
            continue
        seen.add(name)
        waiting += row.inputs
        if row.access and row.access not in under:
            under.append(row.access)
    return under


def in_order(fields: Iterable[CustomField]) -> list[CustomField]:
    """The formulas in use among these fields, each after those that it computes with."""
    left = {field_name(row): row for row in fields if row.type == Type.FORMULA and row.is_active}
    found: list[CustomField] = []
    while left:
        ready = [row for row in left.values() if not left.keys() & {*row.inputs}] or list(left.values())
        found += ready
        left = {name: row for name, row in left.items() if row not in ready}
    return found


def compute(record: Any, fields: Iterable[CustomField]) -> dict[str, list[str | None]]:
    """Put the results of the formulas among these fields on a record, without saving it, and tell what changed."""
    rows = list(fields)
    formulas = in_order(rows)
    if not formulas:
        return {}
    known, custom = {field_name(row): row for row in rows}, dict(record.custom)
    for formula in formulas:
        values = {name: _input(record, custom, name, known) for name in formula.inputs}
        result = computed(parsed(formula.formula), Kind(formula.result), values)
        custom.pop(formula.key, None)
        if result is not None:
            custom[formula.key] = _plain(result, formula.result)
    names = [field_name(row) for row in formulas]
    before, after = (
        {name: custom_text(held.get(custom_key(name))) for name in names} for held in (record.custom, custom)
    )
    record.custom = custom
    return changes(before, after)


def _input(record: Any, custom: Mapping[str, Any], name: str, known: Mapping[str, CustomField]) -> Value:
    if not is_custom(name):
        value: Value = getattr(record, name)
        return None if is_empty(value) else value
    row = known.get(name)
    held = None if row is None else custom.get(row.key)
    return None if row is None or held is None else _typed(held, row.holds)


def _typed(held: Any, holds: str) -> Value:
    if holds in {Type.NUMBER, Type.MONEY}:
        return Decimal(held)
    value: Value = date.fromisoformat(held) if holds == Type.DATE else held
    return value


def _plain(result: Any, holds: str) -> Any:
    """A result as a record keeps it."""
    if isinstance(result, Decimal):
        return f"{result:f}" if holds == Type.MONEY else f"{result.normalize():f}"
    return result.isoformat() if isinstance(result, date) else result
