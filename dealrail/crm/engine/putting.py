"""Puts field values on records, without saving them, and tells what changed."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from dealrail.accounts.actor import Actor
from dealrail.core import formats
from dealrail.core.db import hold
from dealrail.core.problems import refuse_changed
from dealrail.crm import policy
from dealrail.crm.engine.custom import AddedFields
from dealrail.crm.engine.reading import DEAL_READERS, Reader, Value, deal_readers, read_fields
from dealrail.crm.errors import FieldRefused
from dealrail.crm.models import Customer, Deal, Product
from dealrail.crm.queries import LABELS
from dealrail.crm.rules import changes, custom_key, custom_text, is_custom, is_empty
from dealrail.process.rules import ProcessSpec


def put_on_deal(
    deal: Deal, values: Mapping[str, Value], *, spec: ProcessSpec, actor: Actor, added: AddedFields
) -> dict[str, list[str | None]]:
    """Set a deal's fields, without saving, and tell what changed. Refuses like `read_fields`."""
    readers, labels = deal_readers(spec), {**LABELS, **spec.field_names()}
    if any(map(is_custom, values)):
        readers, labels = {**readers, **added.readers}, {**labels, **added.labels}
    asked = {key: value for key, value in values.items() if key not in readers or not _holds(deal, key, value)}
    read = read_fields(asked, readers, actor=actor, labels=labels)
    before = {key: _held(deal, key) if key in DEAL_READERS or is_custom(key) else deal.extra.get(key) for key in read}
    if (customer := read.get("customer")) is not None and customer.pk != deal.customer_id:
        _hold(customer)
    for key, value in read.items():
        if key in DEAL_READERS or is_custom(key):
            _set(deal, key, value)
        else:
            deal.extra = {**deal.extra, key: value}
    changed = changes(before, {key: custom_text(value) if is_custom(key) else value for key, value in read.items()})
    return {**changed, **added.compute(deal)} if changed else changed


def _hold(customer: Customer) -> None:
    """Keep it from being merged away or deleted while a deal comes to name it. Refuses with FieldRefused."""
    if not hold(Customer.objects.filter(policy.LIVING, pk=customer.pk)):
        problem = _("“%(value)s” was merged or deleted meanwhile.") % {"value": customer.name}
        raise FieldRefused(field="customer", label=LABELS["customer"], problem=problem)


def put_on(
    record: Any,
    values: Mapping[str, Value],
    readers: Mapping[str, Reader],
    *,
    actor: Actor,
    seen: Mapping[str, Any] | None = None,
    labels: Mapping[str, Any] | None = None,
    added: AddedFields | None = None,
) -> dict[str, list[str | None]]:
    """Set the fields of a customer, contact, product or follow-up, without saving, and tell what changed.

    What formulas make of it is set and told with it.

    Refuses like `read_fields`, and with ChangedMeanwhile where one no longer holds what was `seen` of it.
    """
    named = LABELS if labels is None else labels
    asked = {key: value for key, value in values.items() if key not in readers or not _holds(record, key, value)}
    read = read_fields(asked, readers, actor=actor, labels=named)
    before = {key: _held(record, key) for key in read}
    after = {key: custom_text(value) if is_custom(key) else value for key, value in read.items()}
    refuse_changed(before, after, _as_held(record, seen or {}), named)
    for key, value in read.items():
        _set(record, key, value)
    if not isinstance(record, Product) and "phone" in read:
        record.phone_key = phone_key(record.phone)
    if isinstance(record, Customer) and "name" in read:
        record.name_key = formats.name_key(record.name)
    changed = changes(before, after)
    return {**changed, **added.compute(record)} if added and changed else changed


def _as_held(record: Any, seen: Mapping[str, Any]) -> dict[str, Any]:
    """What was seen of fields; a form knows what one points at by “#” and its number, links with a name."""
    ids = {key: record.custom.get(custom_key(key)) for key in seen if is_custom(key)}
    same = {key: str(pk) for key, pk in ids.items() if type(pk) is int and str(seen[key]).endswith(f"#{pk}")}
    return {**seen, **same}


def _held(record: Any, key: str) -> Any:
    return custom_text(record.custom.get(custom_key(key))) if is_custom(key) else getattr(record, key)


def _holds(record: Any, key: str, value: Value) -> bool:
    """Whether a field that was added holds just this: then it may be sent again, though it can't be chosen any more.

    Nothing may be sent again too where a record that is there already lacks what was not required when it was made.
    """
    if not is_custom(key):
        return False
    held = record.custom.get(custom_key(key))
    if is_empty(value) or value == []:
        return held is None and record.pk is not None
    if not isinstance(value, str | int | float | list):
        return False
    # of what points at somebody or something only a number is the same: digits in a text are a login or a name
    if type(held) is int:
        return not isinstance(value, bool) and value in (held, f"#{held}")
    return custom_text(value) == custom_text(held)


def _set(record: Any, key: str, value: Value) -> None:
    if not is_custom(key):
        setattr(record, key, value)
        return
    others = {name: held for name, held in record.custom.items() if name != custom_key(key)}
    record.custom = others if value is None else {**others, custom_key(key): value}


def phone_key(phone: str) -> str:
    """Digits only, to find the same phone however it is written."""
    return "".join(character for character in phone if character.isdigit())
