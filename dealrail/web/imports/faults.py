"""All that is wrong in the cells of a refused row: an import names the first fault, a person mends all at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from dealrail.accounts.actor import Actor
from dealrail.core.errors import Refusal
from dealrail.core.formats import parse_date
from dealrail.crm import importing
from dealrail.crm.engine import (
    CONTACT_READERS,
    CUSTOMER_READERS,
    PRODUCT_READERS,
    AddedFields,
    Reader,
    deal_readers,
    read_fields,
)
from dealrail.crm.mappings import ENTERED, ColumnMap
from dealrail.process.rules import ProcessSpec
from dealrail.web.imports.words import vocabularies

WAYS = {key: CONTACT_READERS[key] for key in ("email", "phone")}
READERS: Mapping[str, Mapping[str, Reader]] = {
    "people": WAYS,
    "customers": CUSTOMER_READERS,
    "contacts": CONTACT_READERS,
    "products": PRODUCT_READERS,
}


def faults_of(
    actor: Actor, kind: str, columns: ColumnMap, spec: ProcessSpec | None, rows: Sequence[Mapping[str, str]]
) -> list[dict[str, str]]:
    """For each row (texts by heading): what is wrong, by field."""
    given = [columns.given(row) for row in rows]
    unknown = {
        key: vocabulary.unknown({values[key] for values in given if isinstance(values.get(key), str)})
        for key, vocabulary in vocabularies(actor, kind, spec).items()
    }
    fixed = deal_readers(spec) if spec else READERS.get(kind, {})
    record = importing.RECORDS.get(kind)
    added = AddedFields(actor, record).readers if record else {}
    reading = _Reading(actor, {**fixed, **added}, columns, unknown, _dates(spec))
    return [reading.faults(values) for values in given]


def _dates(spec: ProcessSpec | None) -> set[str]:
    return {"expected_close", "closed_at", *(row.key for row in spec.fields if row.type == "date")} if spec else set()


@dataclass(frozen=True)
class _Reading:
    """Reads each field by itself."""

    actor: Actor
    readers: Mapping[str, Reader]
    columns: ColumnMap
    unknown: Mapping[str, set[str]]
    dates: set[str]

    def faults(self, values: Mapping[str, Any]) -> dict[str, str]:
        found = {key: self._fault(key, value) for key, value in values.items() if isinstance(value, str)}
        return {key: fault for key, fault in found.items() if fault}

    def _fault(self, key: str, value: str) -> str:
        if key in self.unknown:
            return gettext("This is none of our words.") if value in self.unknown[key] else ""
        try:
            if key in self.dates or key.startswith(ENTERED):
                parse_date(value, date_order=self.columns.date_order)
            elif key in self.readers:
                read_fields({key: value}, self.readers, actor=self.actor)
        except Refusal as refusal:
            return str(refusal.params.get("problem") or refusal)
        return ""
