"""Fields that an administrator adds: which there are, who sees them, and what they hold in words."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotFound
from dealrail.core.filters import Field, FieldType
from dealrail.core.reading import once
from dealrail.crm import policy
from dealrail.crm.models import ContactValue, CustomerValue, CustomField, DealValue
from dealrail.crm.rules import CUSTOM, Access, custom_text, is_custom

Type = CustomField.Type
YES_NO: dict[str, Any] = {"true": _("Yes"), "false": _("No")}
VALUES: dict[str, type[Any]] = {"customer": CustomerValue, "contact": ContactValue, "deal": DealValue}
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


def fields_edited(actor: Actor, kind: str) -> list[CustomField]:
    """The fields of this kind of record that the actor may fill, where they may change the record."""
    return [field for field in fields_in_use(kind) if policy.access_to(actor, field) is Access.EDIT]


def field_types() -> list[tuple[str, Any]]:
    """What a field can hold, in words."""
    return list(Type.choices)


def field_formats() -> list[tuple[str, Any]]:
    """What a text can be held to, in words."""
    return list(CustomField.Format.choices)


def field_name(field: CustomField) -> str:
    """What a field is called in forms, filters, mappings and events."""
    return f"{CUSTOM}{field.key}"


def field_told(field: CustomField) -> dict[str, str]:
    """All that can be changed of a field, as texts."""
    limits = sorted(field.access.items())
    return {
        "name": field.name,
        "help": field.help,
        "required": _flag(field.required),
        "unique": _flag(field.unique),
        "default": field.default,
        "choices": "\n".join(field.choices),
        "format": field.format,
        "low": "" if field.low is None else f"{field.low.normalize():f}",
        "high": "" if field.high is None else f"{field.high.normalize():f}",
        "is_active": _flag(field.is_active),
        "access": "\n".join(f"{role}: {access}" for role, access in limits),
        "position": str(field.position),
    }


def _flag(value: bool) -> str:
    return "True" if value else "False"


def filter_fields(actor: Actor, kind: str) -> list[Field]:
    """What the filter language knows of them: those that the actor may see."""
    return [_filter_field(field) for field in fields_seen(actor, kind)]


def _filter_field(field: CustomField) -> Field:
    words = YES_NO if field.type == Type.YES_NO else {one: one for one in (*field.choices, *field.retired)}
    held = None if field.type == Type.LONG_TEXT else VALUES[field.kind]._default_manager.filter(field=field.pk)
    return Field(
        name=field_name(field),
        path="custom",
        key=field.key,
        type=_FILTERED[Type(field.type)],
        label=field.name,
        choices=words or None,
        held=held,
    )


def custom_value(record: Any, field: CustomField) -> Any:
    """What a record holds of a field, typed: a text, Decimal, date, bool or list of texts; None for nothing."""
    value = record.custom.get(field.key)
    if value is None:
        return None
    if field.type in {Type.NUMBER, Type.MONEY}:
        return Decimal(value)
    return date.fromisoformat(value) if field.type == Type.DATE else value


def custom_words(record: Any, field: CustomField) -> str:
    """What a record holds of a field as a person reads it."""
    text = custom_text(record.custom.get(field.key))
    return str(YES_NO.get(text, text)) if text and field.type == Type.YES_NO else text or ""


def custom_labels(kind: str) -> dict[str, str]:
    """The names of all fields that were ever added to a kind of record, by what they are called."""
    return {field_name(field): field.name for field in custom_fields(kind)}


_PARTS = ("fields", "changes")


def without_hidden(actor: Actor, events: Iterable[Any]) -> list[Any]:
    """These events without the fields that the actor may not see, and without those that tell of nothing else."""
    rows = list(events)
    if not any(map(_tells_custom, rows)):
        return rows
    fields = {(field.kind, field_name(field)): field for field in custom_fields()}
    hidden = {key for key, field in fields.items() if policy.access_to(actor, field) is Access.HIDDEN}
    return [row for row in rows if not _tells_custom(row) or _stripped(row, hidden)]


def event_kind(event: Any) -> str:
    """The kind of record whose fields an event tells of: that of contact.changed is contact."""
    return str(event.kind).partition(".")[0]


def _tells_custom(event: Any) -> bool:
    return any(is_custom(name) for part in _PARTS for name in _part(event, part))


def _part(event: Any, part: str) -> Mapping[str, Any]:
    found = event.payload.get(part)
    return found if isinstance(found, Mapping) else {}


def _stripped(event: Any, hidden: set[tuple[str, str]]) -> bool:
    """Take what is hidden out of an event; whether anything is left to tell."""
    kind = event_kind(event)
    kept = {
        part: {name: value for name, value in _part(event, part).items() if (kind, name) not in hidden}
        for part in _PARTS
        if part in event.payload
    }
    was_all = "changes" in kept and not kept["changes"]
    event.payload = {**event.payload, **kept}
    return not was_all


def in_words(events: Iterable[Any]) -> list[Any]:
    """These events with the fields that were added called by their names, and what they hold in words."""
    rows = list(events)
    if not any(map(_tells_custom, rows)):
        return rows
    fields = {(field.kind, field_name(field)): field for field in custom_fields()}
    for row in rows:
        changes = _part(row, "changes")
        if changes:
            row.payload = {
                **row.payload,
                "changes": dict(_named(fields, event_kind(row), *one) for one in changes.items()),
            }
    return rows


def _named(
    fields: Mapping[tuple[str, str], CustomField], kind: str, name: str, values: list[str | None]
) -> tuple[str, list[str | None]]:
    field = fields.get((kind, name))
    if field is None:
        return name, values
    words = YES_NO if field.type == Type.YES_NO else {}
    return field.name, [None if value is None else str(words.get(value, value)) for value in values]
