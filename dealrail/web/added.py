"""Fields that an administrator added, in forms and on pages."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotFound
from dealrail.core.money import grouped
from dealrail.crm import policy
from dealrail.crm import queries as crm
from dealrail.crm.rules import CUSTOM, custom_key, custom_text, is_custom, split_choices
from dealrail.web.inputs import Input, options

_CONTROLS = {
    "long_text": "textarea",
    "number": "number",
    "money": "money",
    "date": "date",
    "choice": "select",
    "choices": "ticks",
    "yes_no": "select",
}
_FORMATS = {"phone": "tel", "email": "email"}


def added_inputs(actor: Actor, kind: str, *, only_required: bool = False) -> list[Input]:
    """Inputs for the fields of this kind of record that the actor may fill, with their defaults."""
    fields = crm.fields_edited(actor, kind)
    return [field_input(field) for field in fields if field.required or not only_required]


def added_input(actor: Actor, kind: str, name: str) -> Input:
    """The input of one of them; refuse with NotFound where there is none that the actor may fill."""
    for field in crm.fields_edited(actor, kind):
        if crm.field_name(field) == name:
            return field_input(field)
    raise NotFound()


def field_input(field: Any) -> Input:
    """The input of a field as it was described."""
    offered = options(crm.YES_NO.items()) if field.type == "yes_no" else _offered(field)
    return Input(
        crm.field_name(field),
        field.name,
        kind=_FORMATS.get(field.format) or _CONTROLS.get(field.type, "text"),
        value=field.default,
        options=offered,
        help=field.help or field.pattern,
        required=field.required,
    )


def _offered(field: Any) -> tuple[tuple[str, Any], ...]:
    pairs = [(one, one) for one in field.choices]
    return tuple(pairs) if field.type == "choices" else options(pairs) if pairs else ()


def added_values(actor: Actor, record: Any, inputs: Iterable[Input]) -> dict[str, str]:
    """What the inputs hold for a record, with what this reader may see of the ways to reach somebody."""
    held = {f"{CUSTOM}{key}": custom_text(value) or "" for key, value in record.custom.items()}
    asked = {row.name: held.get(row.name, "") for row in inputs if is_custom(row.name)}
    return {**asked, **{name: policy.masked_way(asked[name]) for name in _masked(actor, record, inputs) if asked[name]}}


def added_hidden(actor: Actor, record: Any, inputs: Iterable[Input], shown: Mapping[str, Any]) -> dict[str, str]:
    """What stands masked in a form of added fields, by name."""
    return {name: str(shown[name]) for name in _masked(actor, record, inputs)}


def _masked(actor: Actor, record: Any, inputs: Iterable[Input]) -> list[str]:
    if policy.sees_ways(actor, record):
        return []
    return [row.name for row in inputs if is_custom(row.name) and row.kind in _FORMATS.values()]


def added_facts(actor: Actor, record: Any, kind: str) -> list[tuple[str, Any, Any]]:
    """What a record holds of the fields that the actor may see, in words: each by its key, its name and its value."""
    fields = crm.fields_seen(actor, kind)
    return [(crm.field_name(field), field.name, _fact(actor, record, field)) for field in fields]


def _fact(actor: Actor, record: Any, field: Any) -> str:
    return field_fact(field, crm.custom_words(actor, record, field))


def field_fact(field: Any, words: str) -> str:
    """What a field holds as a page shows it."""
    return f"¥{grouped(Decimal(words))}" if words and field.type == "money" else words


def still_offering_held(row: Input, record: Any) -> Input:
    """A record goes on offering the choices it holds, though they are retired."""
    held = split_choices(custom_text(record.custom.get(custom_key(row.name))) or "")
    known = {value for value, _label in row.options}
    kept = [(one, one) for one in held if one not in known]
    return replace(row, options=(*row.options, *kept)) if kept and row.options else row
