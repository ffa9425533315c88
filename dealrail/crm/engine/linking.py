"""Links to records that are merged into others, or removed for good."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.db.models import Q

from dealrail.crm.models import CustomField, DealValue
from dealrail.crm.queries.custom import VALUES, custom_fields, field_name

# what such links are called among what a merge moved, before the id of their field
LINKS = "links:"
PIECE = 500


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


def deals_among(moved: Mapping[str, Iterable[int]]) -> dict[int, list[str]]:
    """The names of the fields by which deals stand among the links that were moved, by the id of the deal."""
    names = {f"{LINKS}{field.pk}": field_name(field) for field in custom_fields("deal")}
    found: dict[int, list[str]] = {}
    for label in moved.keys() & names.keys():
        for pk in moved[label]:
            found.setdefault(pk, []).append(names[label])
    return found


def lead_back(moved: Mapping[str, Iterable[int]], kept_id: int, gone_id: int) -> dict[str, list[int]]:
    """Let these links lead to the first record again, unless they lead to a third by now; which did, as above."""
    back = {}
    for label, ids in moved.items():
        if label.startswith(LINKS):
            field = CustomField.objects.get(pk=int(label.removeprefix(LINKS)))
            held = VALUES[field.kind]._default_manager.filter(field=field, number=kept_id, record__in=ids)
            back[label] = sorted(held.values_list("record", flat=True))
            _lead(field, back[label], kept_id, gone_id)
    return back


def lead_nowhere(target: str, ids: Collection[int]) -> None:
    """Empty every link to these records."""
    for field in _links(target):
        held = VALUES[field.kind]._default_manager.filter(field=field, number__in=ids)
        for record in _locked(field, sorted(held.values_list("record", flat=True))):
            record.custom = {key: value for key, value in record.custom.items() if key != field.key}
            record.save(update_fields=["custom"])
        held.delete()


def of_living(kind: str, rows: Any) -> Any:
    """Those of these values whose record doesn't lie in the recycle bin; of a follow-up its deal or customer."""
    if kind == "activity":
        of_deal = Q(record__deal__isnull=False, record__deal__deleted_at__isnull=True)
        living = rows.filter(of_deal | Q(record__deal__isnull=True, record__customer__deleted_at__isnull=True))
        return rows.filter(pk__in=list(living.values_list("pk", flat=True)))
    return rows.filter(record__deleted_at__isnull=True)


def _links(target: str) -> Iterable[CustomField]:
    return custom_fields().filter(type=CustomField.Type.LINK, target=target)


def _locked(field: CustomField, ids: Collection[int]) -> Any:
    return _records(field).filter(pk__in=ids).order_by("pk").select_for_update(of=("self",))


def _records(field: CustomField) -> Any:
    model: Any = VALUES[field.kind]._meta.get_field("record").related_model
    return model._default_manager


def _lead(field: CustomField, ids: Collection[int], before: int, after: int) -> None:
    values = VALUES[field.kind]._default_manager.filter(field=field)
    records = list(_locked(field, ids))
    for record in records:
        record.custom = {**record.custom, field.key: after}
    _records(field).bulk_update(records, ["custom"], batch_size=PIECE)
    # where another one holds what only one may, this one holds it beside; so does one in the recycle bin
    is_only = field.unique and len(ids) == 1 and not values.filter(only=str(after)).exists()
    only = str(after) if is_only and of_living(field.kind, values.filter(record__in=ids)).exists() else None
    values.filter(record__in=ids, number=before).update(number=after, text=str(after), only=only)
