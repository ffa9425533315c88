"""Fields that an administrator adds: which there are, who sees them, and what they hold in words."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotFound
from dealrail.core.filters import Field, FieldType
from dealrail.core.formulas import renamed
from dealrail.core.reading import once
from dealrail.crm import policy
from dealrail.crm.models import ContactValue, CustomerValue, CustomField, DealValue
from dealrail.crm.queries.labels import LABELS
from dealrail.crm.queries.pointing import is_pointed_seen, pointed_rows, pointed_words, points_to
from dealrail.crm.rules import CUSTOM, OF_CUSTOMER, Access, custom_text

Type = CustomField.Type
YES_NO: dict[str, Any] = {"true": _("Yes"), "false": _("No")}
VALUES: dict[str, type[Any]] = {"customer": CustomerValue, "contact": ContactValue, "deal": DealValue}


def register_values(kind: str, model: type[Any]) -> None:
    """Let fields be added to a kind of record of an app above, whose values are found by these rows."""
    VALUES[kind] = model


# what every kind of filter field makes of a type; texts of any length can't be found by an index
_FILTERED = {
    Type.TEXT: FieldType.TEXT,
    Type.LONG_TEXT: FieldType.TEXT,
    Type.NUMBER: FieldType.NUMBER,
    Type.MONEY: FieldType.MONEY,
    Type.DATE: FieldType.DATE,
    Type.CHOICE: FieldType.CHOICE,
    Type.CHOICES: FieldType.CHOICE,
    Type.YES_NO: FieldType.BOOL,
    Type.PERSON: FieldType.PERSON,
    Type.UNIT: FieldType.REF,
    Type.LINK: FieldType.TEXT,
    Type.PLACE: FieldType.TEXT,
    Type.FILE: FieldType.TEXT,
}


def custom_fields(kind: str = "") -> QuerySet[CustomField]:
    """Every field that was added to this kind of record, or to any, in order; those out of use too."""
    rows = CustomField.objects.order_by("kind", "position", "pk")
    return rows.filter(kind=kind) if kind else rows


def custom_field(field_id: int) -> CustomField:
    """One of them; refuse with NotFound."""
    for field in CustomField.objects.filter(pk=field_id):
        return field
    raise NotFound()


@once
def fields_in_use(kind: str) -> list[CustomField]:
    """The fields that records of this kind have, whoever may see them."""
    return list(custom_fields(kind).filter(is_active=True))


def fields_seen(actor: Actor, kind: str) -> list[CustomField]:
    """The fields of this kind of record that the actor may see."""
    return [field for field in fields_in_use(kind) if policy.access_to(actor, field) is not Access.HIDDEN]


def hidden_fields(actor: Actor) -> list[tuple[str, str]]:
    """The kind and key of every field that the actor may not see."""
    limited = custom_fields().exclude(access={}, under=[])  # a formula is hidden by what it is computed from too
    return [(field.kind, field.key) for field in limited if policy.access_to(actor, field) is Access.HIDDEN]


def hidden_names(actor: Actor, kind: str) -> list[tuple[str, str]]:
    """What every field of this kind of record is called and named that the actor may not see, used or not."""
    rows = _every(kind) if kind else ()
    return [(field_name(row), row.name) for row in rows if policy.access_to(actor, row) is Access.HIDDEN]


def fields_edited(actor: Actor, kind: str) -> list[CustomField]:
    """The fields of this kind of record that the actor may fill, where they may change the record."""
    return [field for field in fields_in_use(kind) if policy.access_to(actor, field) is Access.EDIT]


def fields_typed(actor: Actor, kind: str) -> list[CustomField]:
    """Those of them that forms and sheets ask for: a file has a page of its own."""
    return [field for field in fields_edited(actor, kind) if field.type != Type.FILE]


def may_fill(actor: Actor, kind: str, name: str) -> bool:
    """Whether the actor may fill the added field of this name."""
    return any(field_name(field) == name for field in fields_edited(actor, kind))


def fields_searched(actor: Actor) -> dict[str, list[CustomField]]:
    """The fields by whose values the actor finds records of each kind."""
    found: dict[str, list[CustomField]] = {}
    for field in custom_fields().filter(is_active=True, searchable=True):
        if policy.access_to(actor, field) is not Access.HIDDEN:
            found.setdefault(field.kind, []).append(field)
    return found


def fields_for_gates(kind: str) -> list[CustomField]:
    """The fields of this kind of record that gates may ask about: those that are in use and hidden from nobody."""
    return [field for field in fields_in_use(kind) if policy.is_seen_by_all(field)]


def field_types() -> list[tuple[str, Any]]:
    """What a field can hold, in words."""
    return list(Type.choices)


def field_targets() -> list[tuple[str, Any]]:
    """The kinds of records that a link can lead to, in words."""
    return list(CustomField.Target.choices)


def field_formats() -> list[tuple[str, Any]]:
    """What a text can be held to, in words."""
    return list(CustomField.Format.choices)


def field_name(field: CustomField) -> str:
    """What a field is called in forms, filters, mappings and events."""
    return f"{CUSTOM}{field.key}"


def field_told(field: CustomField, among: Iterable[CustomField] | None = None) -> dict[str, str]:
    """All that can be changed of a field, as texts; a formula with the names of these fields, or of its kind's."""
    limits = sorted(field.access.items())
    return {
        "name": field.name,
        "help": field.help,
        "required": _flag(field.required),
        "unique": _flag(field.unique),
        "searchable": _flag(field.searchable),
        "default": field.default,
        "choices": "\n".join(field.choices),
        "format": field.format,
        "pattern": field.pattern,
        "low": "" if field.low is None else f"{field.low.normalize():f}",
        "high": "" if field.high is None else f"{field.high.normalize():f}",
        "is_active": _flag(field.is_active),
        "access": "\n".join(f"{role}: {access}" for role, access in limits),
        "position": str(field.position),
        "formula": _spoken(field, among),
    }


# what formulas compute with beside fields that were added, and of which kind that is
FIXED_INPUTS: Mapping[str, Mapping[str, str]] = {
    "deal": {"name": "text", "amount": "money", "expected_close": "date"},
    "customer": {"name": "text", "code": "text", "grade": "text", "industry": "text"},
    "contact": {"name": "text", "title": "text"},
    "activity": {},
    "form": {},
}


def spoken_names(kind: str, fields: Iterable[CustomField]) -> dict[str, str]:
    """What formulas about this kind of record call fields for people: these that were added, and fixed ones."""
    added = {field_name(field): field.name for field in fields if not set(field.name) & set("{}")}
    return {**{name: str(LABELS[name]) for name in FIXED_INPUTS[kind]}, **added}


def _spoken(field: CustomField, among: Iterable[CustomField] | None) -> str:
    """A formula with its fields called by their names."""
    others = _every(field.kind) if field.formula and among is None else among or ()
    return renamed(field.formula, spoken_names(field.kind, others)) if field.formula else ""


@once
def _every(kind: str) -> list[CustomField]:
    return list(custom_fields(kind))


def _flag(value: bool) -> str:
    return "True" if value else "False"


def filter_fields(actor: Actor, kind: str) -> list[Field]:
    """What the filter language knows of them: those that the actor may see."""
    told = policy.told_ways(actor, kind)
    return [
        replace(_filter_field(field, actor), told=told if field.format in policy.WAYS else None)
        for field in fields_seen(actor, kind)
    ]


def added_condition_fields(*, judging: bool = False) -> list[Field]:
    """What conditions of a process can tell deals apart by of the fields that were added to them and to customers.

    Those that gates may ask about; when `judging` all there ever were, as a version that was published never changes.
    """
    rows = custom_fields().filter(kind__in=["deal", "customer"])
    found = [field for field in rows if judging or (field.is_active and policy.is_seen_by_all(field))]
    return [_filter_field(field) if field.kind == "deal" else _of_customer(field) for field in found]


def _of_customer(field: CustomField) -> Field:
    label = format_lazy(_("{field} (customer)"), field=field.name)
    name = f"{OF_CUSTOMER}{field_name(field)}"
    return replace(_filter_field(field), name=name, path="customer__custom", holder="customer", label=label)


def _filter_field(field: CustomField, actor: Actor | None = None) -> Field:
    """The same for a reader, or for conditions, which go from one company to another and so know names only."""
    held = None if field.holds == Type.LONG_TEXT else VALUES[field.kind]._default_manager.filter(field=field.pk)
    found, what = replace(filter_field(field, name=field_name(field), path="custom"), held=held), points_to(field)
    if not what:
        return found
    type_ = FieldType.TEXT if actor is None else found.type
    return replace(found, type=type_, named=pointed_rows(what, actor), points=what)


def filter_field(field: CustomField, *, name: str, path: str) -> Field:
    """What the filter language knows of a field whose values stand in the JSON object of a path."""
    words = YES_NO if field.holds == Type.YES_NO else {one: one for one in (*field.choices, *field.retired)}
    return Field(
        name=name,
        path=path,
        key=field.key,
        type=_FILTERED[Type(field.holds)],
        label=field.name,
        choices=words or None,
    )


def held(actor: Actor, record: Any, field: CustomField) -> Any:
    """What a record holds of a field as this reader gets to see it: how to reach somebody in a pool is masked."""
    value = record.custom.get(field.key)
    is_masked = value and field.format in policy.WAYS and not policy.sees_ways(actor, record)
    return policy.masked_way(value) if is_masked else value


def custom_value(actor: Actor, record: Any, field: CustomField) -> Any:
    """The same, typed: a text, Decimal, date, bool or list of texts; None for nothing."""
    value = held(actor, record, field)
    if value is None:
        return None
    if field.holds in {Type.NUMBER, Type.MONEY}:
        return Decimal(value)
    return date.fromisoformat(value) if field.holds == Type.DATE else value


def custom_told(actor: Actor, record: Any, field: CustomField) -> Any:
    """The same as programs are told it: what it points at by number and name, without the number where it is hidden."""
    what = points_to(field)
    if not what:
        return held(actor, record, field)
    is_seen = is_pointed_seen(actor, record, (field.key, what))
    return {"id": record.custom[field.key] if is_seen else None, "name": custom_words(actor, record, field)}


def custom_words(actor: Actor, record: Any, field: CustomField) -> str:
    """The same as a person reads it; what it points at by name, which `pointing.point` asks for of many at once."""
    if what := points_to(field):
        return pointed_words(actor, record, (field.key, what))
    text = custom_text(held(actor, record, field))
    return str(YES_NO.get(text, text)) if text and field.holds == Type.YES_NO else text or ""


@once
def fields_ever(kind: str) -> dict[str, CustomField]:
    """Every field that was ever added to this kind of record, by what it is called."""
    return {field_name(field): field for field in custom_fields(kind)}


def custom_labels(kind: str) -> dict[str, str]:
    """The names of all fields that were ever added to a kind of record, by what they are called."""
    return {name: field.name for name, field in fields_ever(kind).items()}
