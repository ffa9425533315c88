"""For which deals a condition of a process is meant: those on record, and those that examples describe."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db.models import BooleanField, Case, ExpressionWrapper, Q, When
from django.db.models.lookups import Exact

from dealrail.core import clock
from dealrail.core.filters import BadFilter, FieldType, check, compile_filter, fields_in
from dealrail.crm.condition_kinds.imagined import imagined_columns, imagined_deal
from dealrail.crm.models import Deal
from dealrail.crm.queries import condition_fields, condition_fields_of
from dealrail.crm.rules import OF_CUSTOMER
from dealrail.process.rules import ProcessSpec

# PostgreSQL answers with at most 1,664 columns.
MOST_COLUMNS = 200
Wanted = tuple[Mapping[str, Any], ProcessSpec]


class DealFilter:
    """Which deals a condition of a process is meant for."""

    def problem(self, wanted: Mapping[str, Any], spec: ProcessSpec) -> str:
        try:
            check(wanted, condition_fields(spec))
        except BadFilter as error:
            return str(error)
        return ""

    def kept(self, wanted: Sequence[Wanted], ids: Collection[int]) -> list[set[int]]:
        asked = [_asks(one, spec) for one, spec in wanted]
        different = dict(zip(asked, wanted, strict=True))  # versions of a process mostly ask the same
        found = dict(zip(different, self._kept(list(different.values()), ids), strict=True))
        return [found[key] for key in asked]

    def _kept(self, wanted: Sequence[Wanted], ids: Collection[int]) -> Iterator[set[int]]:
        now = clock.now()
        named = {name for one, _spec in wanted for name in fields_in(one)}
        known = condition_fields_of([spec for _one, spec in wanted], named)
        pairs = zip(wanted, known, strict=True)
        asked = [compile_filter(one, fields, now=now, me=0) for (one, _spec), fields in pairs]
        for start in range(0, len(asked), MOST_COLUMNS):
            some = asked[start : start + MOST_COLUMNS]
            flags = {
                f"kept_{number}": ExpressionWrapper(condition, output_field=BooleanField())
                for number, condition in enumerate(some)
                if condition
            }
            rows = list(Deal.objects.filter(pk__in=ids).values("pk", **flags))
            yield from ({row["pk"] for row in rows if row.get(f"kept_{number}", True)} for number in range(len(some)))

    def imagined(self, given: Mapping[str, Any], spec: ProcessSpec) -> Deal:
        return imagined_deal(given, spec)

    def keeps(self, wanted: Sequence[Mapping[str, Any]], given: Mapping[str, Any], spec: ProcessSpec) -> list[bool]:
        """The database is asked, with the values of the example in the place of columns: a filter has one meaning."""
        [known] = condition_fields_of([spec], {name for one in wanted for name in fields_in(one)})
        # no row repeats the values of an example, and what it points at stands there by its name
        fields = [replace(field, held=None, named=None) for field in known]
        columns = imagined_columns(given, spec)
        return [_holds(compile_filter(one, fields, now=clock.now(), me=0)).check(columns) for one in wanted]

    def depends_on(self, wanted: Mapping[str, Any], spec: ProcessSpec) -> set[str]:
        asked = fields_in(wanted)
        [known] = condition_fields_of([spec], asked)
        fields = {field.name: field for field in known}
        found = {part for name in asked for part in _parts(name) if name not in spec.field_names()}
        found |= asked & set(spec.field_names())
        is_dated = any(fields[name].type in (FieldType.DATE, FieldType.DATETIME) for name in asked)
        return found | {"now"} if is_dated else found


def _asks(wanted: Mapping[str, Any], spec: ProcessSpec) -> tuple[object, ...]:
    """What a filter asks in a version of a process: two that read the same ask the same of the same fields."""
    named = fields_in(wanted)
    return json.dumps(wanted, sort_keys=True), *(field for field in spec.fields if field.key in named)


def _holds(kept: Q) -> Q:
    """Where a filter keeps what it is asked about; what is not known isn't kept, as in every list."""
    return Q(Exact(Case(When(kept, then=True), default=False, output_field=BooleanField()), True)) if kept else Q()


def _parts(name: str) -> tuple[str, ...]:
    """What a field of the filter hangs on."""
    return _OF_CUSTOMER if name.startswith(OF_CUSTOMER) else _PARTS.get(name, (name,))


_OF_CUSTOMER = ("customer", "customer_facts")
# What a field of the filter hangs on besides the deal's field of its own name.
_PARTS: dict[str, tuple[str, ...]] = {
    "product_series": ("product",),
    "unit": ("owner",),
    "created_at": (),
    **{f"customer{part}": _OF_CUSTOMER for part in ("", "_code", "_industry", "_grade", "_region")},
}
