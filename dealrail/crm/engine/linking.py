"""Links to records that are merged into others, or removed for good."""

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q

from dealrail.crm.facts import Changes
from dealrail.crm.models import CustomField
from dealrail.crm.queries.custom import VALUES, custom_fields, field_name

# what such links are called among what a merge moved, before the id of their field
LINKS = "links:"
PIECE = 500
# the ids of records, by their kind
Ids = Mapping[str, Collection[int]]
# the kind of records that are merged
MERGED = "customer"
# the target of links, before and after, and the ids of the records whose links go back; all without. The ids that moved
Lead = Callable[[str, int, int, Collection[int] | None], list[int]]
_held_above: dict[str, Lead] = {}


def register(label: str, lead: Lead) -> None:
    """Let links that an app above holds lead elsewhere too, called `label` among what a merge moved."""
    _held_above[label] = lead


def linking(kind: str, gone: Ids) -> list[int]:
    """The ids of the records of one kind from which a link leads to one of these."""
    fields = [field for field in _links(*gone) if field.kind == kind]
    return list(_held(kind, fields, gone).values_list("record", flat=True)) if fields else []


def lead_elsewhere(target: str, gone_id: int, kept_id: int) -> dict[str, list[int]]:
    """Let every link to one record lead to another; the ids of the records they stand in, by field."""
    moved = {}
    for field in _links(target):
        held = VALUES[field.kind]._default_manager.filter(field=field, number=gone_id)
        if ids := sorted(held.values_list("record", flat=True)):
            _lead(field, ids, gone_id, kept_id)
            moved[f"{LINKS}{field.pk}"] = ids
    for label, lead in _held_above.items():
        if ids := lead(target, gone_id, kept_id, None):
            moved[f"{LINKS}{label}"] = ids
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
        name = label.removeprefix(LINKS)
        if name in _held_above:
            back[label] = _held_above[name](MERGED, kept_id, gone_id, [*ids])
        elif name != label:
            field = CustomField.objects.get(pk=int(name))
            held = VALUES[field.kind]._default_manager.filter(field=field, number=kept_id, record__in=ids)
            back[label] = sorted(held.values_list("record", flat=True))
            _lead(field, back[label], kept_id, gone_id)
    return back


def lead_nowhere(gone: Ids) -> dict[str, list[tuple[Any, Changes]]]:
    """Empty every link to these records; the locked records they stood in, by kind, with what each told and lost."""
    fields: dict[str, list[CustomField]] = {}
    for field in _links(*gone):
        fields.setdefault(field.kind, []).append(field)
    return {kind: emptied for kind, row in fields.items() if (emptied := _empty(kind, row, gone))}


def _empty(kind: str, fields: Iterable[CustomField], gone: Ids) -> list[tuple[Any, Changes]]:
    held, emptied = _held(kind, fields, gone), []
    for record in _locked(kind, set(held.values_list("record", flat=True))):
        lost = [field for field in fields if record.custom.get(field.key) in gone[field.target]]
        if lost:
            emptied.append((record, {field_name(field): [str(record.custom[field.key]), None] for field in lost}))
            keys = {field.key for field in lost}
            record.custom = {key: value for key, value in record.custom.items() if key not in keys}
    if emptied:
        _records(kind).bulk_update([record for record, _lost in emptied], ["custom"], batch_size=PIECE)
    held.delete()
    return emptied


def _held(kind: str, fields: Iterable[CustomField], gone: Ids) -> Any:
    """The values of one kind of record that lead to these by one of these fields."""
    leading = (Q(field=field, number__in=gone[field.target]) for field in fields)
    return VALUES[kind]._default_manager.filter(reduce(or_, leading))


def of_living(kind: str, rows: Any) -> Any:
    """Those of these values whose record doesn't lie in the recycle bin; of a follow-up its deal or customer."""
    if kind == "activity":
        of_deal = Q(record__deal__isnull=False, record__deal__deleted_at__isnull=True)
        living = rows.filter(of_deal | Q(record__deal__isnull=True, record__customer__deleted_at__isnull=True))
        return rows.filter(pk__in=list(living.values_list("pk", flat=True)))
    return rows.filter(record__deleted_at__isnull=True)


def _links(*targets: str) -> Iterable[CustomField]:
    return custom_fields().filter(type=CustomField.Type.LINK, target__in=targets)


# what is locked with a record by whoever changes it: a deal's run, and in the place of a contact its customer
_WITH: Mapping[str, str] = {"deal": "run", "contact": "customer"}


def _locked(kind: str, ids: Collection[int]) -> Any:
    rows, parts = _records(kind).filter(pk__in=ids).order_by("pk"), [part] if (part := _WITH.get(kind)) else []
    return (rows.select_related(*parts) if parts else rows).select_for_update(of=("self", *parts))


def _records(kind: str) -> Any:
    model: Any = VALUES[kind]._meta.get_field("record").related_model
    return model._default_manager


def _lead(field: CustomField, ids: Collection[int], before: int, after: int) -> None:
    values = VALUES[field.kind]._default_manager.filter(field=field)
    records = list(_locked(field.kind, ids))
    for record in records:
        record.custom = {**record.custom, field.key: after}
    _records(field.kind).bulk_update(records, ["custom"], batch_size=PIECE)
    # where another one holds what only one may, this one holds it beside; so does one in the recycle bin
    is_only = field.unique and len(ids) == 1 and not values.filter(only=str(after)).exists()
    only = str(after) if is_only and of_living(field.kind, values.filter(record__in=ids)).exists() else None
    values.filter(record__in=ids, number=before).update(number=after, text=str(after), only=only)
