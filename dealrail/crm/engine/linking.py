"""Links to records that are merged into others, or removed for good."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from dealrail.crm.models import CustomField, DealValue
from dealrail.crm.queries.custom import VALUES, custom_fields

# what such links are called among what a merge moved, before the id of their field
LINKS = "links:"


def linking_deals(target: str, ids: Collection[int]) -> list[int]:
    """The ids of the deals from which a link leads to one of these records."""
    rows = DealValue.objects.filter(field__type=CustomField.Type.LINK, field__target=target, number__in=ids)
    return list(rows.values_list("record", flat=True))


def lead_elsewhere(target: str, gone_id: int, kept_id: int) -> dict[str, list[int]]:
    """Let every link to one record lead to another; the ids of the records they stand in, by field."""
    moved = {}
    for field in _links(target):
        held = VALUES[field.kind]._default_manager.filter(field=field, number=gone_id)
        if ids := sorted(held.values_list("record", flat=True)):
            _lead(field, ids, gone_id, kept_id)
            moved[f"{LINKS}{field.pk}"] = ids
    return moved


def lead_back(moved: Mapping[str, Iterable[int]], kept_id: int, gone_id: int) -> None:
    """Let these links lead to the first record again, unless they lead to a third by now."""
    for label, ids in moved.items():
        if label.startswith(LINKS):
            field = CustomField.objects.get(pk=int(label.removeprefix(LINKS)))
            held = VALUES[field.kind]._default_manager.filter(field=field, number=kept_id, record__in=ids)
            _lead(field, sorted(held.values_list("record", flat=True)), kept_id, gone_id)


def lead_nowhere(target: str, ids: Collection[int]) -> None:
    """Empty every link to these records."""
    for field in _links(target):
        held = VALUES[field.kind]._default_manager.filter(field=field, number__in=ids)
        for record in _locked(field, sorted(held.values_list("record", flat=True))):
            record.custom = {key: value for key, value in record.custom.items() if key != field.key}
            record.save(update_fields=["custom"])
        held.delete()


def _links(target: str) -> Iterable[CustomField]:
    return custom_fields().filter(type=CustomField.Type.LINK, target=target)


def _locked(field: CustomField, ids: Collection[int]) -> Any:
    records = VALUES[field.kind]._meta.get_field("record").related_model
    return records._default_manager.filter(pk__in=ids).order_by("pk").select_for_update(of=("self",))


def _lead(field: CustomField, ids: Collection[int], before: int, after: int) -> None:
    values = VALUES[field.kind]._default_manager.filter(field=field)
    for record in _locked(field, ids):
        record.custom = {**record.custom, field.key: after}
        record.save(update_fields=["custom"])
    # where another one holds what only one may, this one holds it beside
    only = str(after) if field.unique and len(ids) == 1 and not values.filter(only=str(after)).exists() else None
    values.filter(record__in=ids, number=before).update(number=after, text=str(after), only=only)
