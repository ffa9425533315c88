"""Reading about imports: lists, previews, what was refused, and the sheet behind a job."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from dealrail.accounts import policy as accounts
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotFound
from dealrail.accounts.permissions import PEOPLE_MANAGE
from dealrail.core.sheets import Row, Sheet, open_sheet
from dealrail.crm import mappings, queries
from dealrail.crm.errors import SheetChanged
from dealrail.crm.mappings import ColumnMap, Target
from dealrail.crm.models import CustomField, ImportJob, ImportRow, SavedMapping
from dealrail.crm.permissions import (
    CUSTOMERS_CHANGE,
    CUSTOMERS_CREATE,
    DEALS_CREATE,
    IMPORTS_HISTORY,
    IMPORTS_RUN,
    PRODUCTS_CHANGE,
)
from dealrail.crm.rules import is_custom
from dealrail.events import queries as log
from dealrail.process import queries as processes
from dealrail.process.rules import ProcessSpec

# what importing a kind as new takes beside the permission to import
NEEDED = {
    "people": PEOPLE_MANAGE,
    "products": PRODUCTS_CHANGE,
    "customers": CUSTOMERS_CREATE,
    "contacts": CUSTOMERS_CHANGE,
    "deals": DEALS_CREATE,
}
# which record a row of a sheet becomes, where fields are added to it
RECORDS = {"customers": "customer", "contacts": "contact", "deals": "deal"}


def require_kind(actor: Actor, kind: str) -> None:
    """Refuse with NotAllowed or UnknownImportKind what the actor can't import in any way."""
    accounts.require(actor, IMPORTS_RUN)
    mappings.targets(kind)
    if not _may_bring(actor, kind):
        accounts.require(actor, NEEDED[kind])


def kinds(actor: Actor) -> list[str]:
    """The kinds of sheets the actor may import."""
    return [kind for kind in mappings.KIND_LABELS if _may_bring(actor, kind)]


def _may_bring(actor: Actor, kind: str) -> bool:
    past_deals = kind == "deals" and actor.may(IMPORTS_HISTORY)
    return past_deals or kind not in NEEDED or actor.may(NEEDED[kind])


def jobs(actor: Actor) -> QuerySet[ImportJob]:
    """Imports the actor started, all of them for who may import history; newest first. Refuses with NotAllowed."""
    accounts.require(actor, IMPORTS_RUN)
    rows = ImportJob.objects.select_related("started_by").order_by("-pk")
    return rows if actor.may(IMPORTS_HISTORY) else rows.filter(started_by=actor.user_id)


def job(actor: Actor, job_id: int) -> ImportJob:
    """One import; refuse with NotFound, also when it is somebody else's."""
    found = jobs(actor).filter(pk=job_id).first()
    if found is None:
        raise NotFound()
    return found


def rows_of(job: ImportJob, *results: str) -> QuerySet[ImportRow]:
    """What became of the rows of an import, in the order of the sheet."""
    rows = ImportRow.objects.filter(job=job).order_by("number", "pk")
    return rows.filter(result__in=results) if results else rows


def saved_mappings(actor: Actor, kind: str) -> QuerySet[SavedMapping]:
    """Mappings kept for this kind of sheet. Refuses with NotAllowed."""
    accounts.require(actor, IMPORTS_RUN)
    return SavedMapping.objects.filter(kind=kind).order_by("name")


def spec_for(kind: str, process: str) -> ProcessSpec | None:
    """The process that deals are imported into: the one named, else the first. Refuses with NoSuchProcess."""
    if kind != "deals":
        return None
    first = processes.definitions().first()
    return processes.spec_of(processes.current_version(process or (first.key if first else "")).pk)


def added_targets(kind: str, actor: Actor | None = None) -> tuple[Target, ...]:
    """The fields that were added to what a sheet of this kind holds: all, or those that the actor fills."""
    record = RECORDS.get(kind, "")
    fields = queries.fields_typed(actor, record) if actor else queries.fields_in_use(record)
    return tuple(
        Target(queries.field_name(row), row.name, (row.key,), row.required and not row.default)
        for row in (fields if record else ())
        if row.type != CustomField.Type.FILE
    )


def look_at(actor: Actor, path: Path, *, name: str) -> Sheet:
    """Open a sheet before its import begins: a large workbook takes seconds, and a transaction keeps others waiting.

    Refuses with NotAllowed or UnreadableSheet.
    """
    accounts.require(actor, IMPORTS_RUN)
    return open_sheet(path, name=name)


def stored(job: ImportJob) -> Path:
    """Where the uploaded sheet of a job is kept."""
    return Path(settings.MEDIA_ROOT) / job.path


def forget_sheet(job: ImportJob) -> None:
    """Delete the uploaded sheet of a job, and what it was converted to."""
    path = stored(job)
    for kept in (path, path.with_name(f"{path.name}.table.csv")):
        kept.unlink(missing_ok=True)


@lru_cache(maxsize=8)
def _sheet(path: Path, name: str) -> Sheet:
    return open_sheet(path, name=name)


def sheet_of(job: ImportJob) -> Sheet:
    """The sheet of a job, read again only when another process had it. Refuses with SheetChanged."""
    path = stored(job)
    if not path.is_file():
        raise SheetChanged()
    return _sheet(path, job.name)


def columns_of(job: ImportJob, worker: Actor) -> tuple[ColumnMap, ProcessSpec | None]:
    """The checked mapping of a job, and the process its deals go to; fields that the worker doesn't fill aren't told.

    What the mapping names is worked off, even where it was hidden since: its rows are refused then, and say so.
    """
    return _read(job, job.mapping, {target.key for target in added_targets(job.kind, worker)})


def columns_seen(actor: Actor, job: ImportJob) -> tuple[ColumnMap, ProcessSpec | None]:
    """The same for somebody who reads what became of a sheet: without fields that are hidden from them."""
    return _read(job, mapping_seen(actor, job.kind, job.mapping), set())


def _read(job: ImportJob, mapping: Mapping[str, Any], filled: set[str]) -> tuple[ColumnMap, ProcessSpec | None]:
    spec, known = spec_for(job.kind, mapping.get("process", "")), {*filled, *mapping["fields"]}
    added = [target for target in added_targets(job.kind) if target.key in known]
    return mappings.read_mapping(job.kind, mapping, sheet_of(job).headers, spec=spec, added=added), spec


def mapping_seen(actor: Actor, kind: str, mapping: Mapping[str, Any]) -> dict[str, Any]:
    """A kept mapping, or that of an import, without the added fields that the actor doesn't see or that aren't used."""
    record = RECORDS.get(kind, "")
    seen = {queries.field_name(row) for row in queries.fields_seen(actor, record)} if record else set()
    fields = {key: source for key, source in mapping["fields"].items() if key in seen or not is_custom(key)}
    return {**mapping, "fields": fields}


@dataclass(frozen=True)
class Sight:
    """What somebody may read of an import: of fields hidden from them neither the column nor what was said of it."""

    hidden: Mapping[str, str] = field(default_factory=dict)  # the name of each field that the mapping names
    columns: frozenset[str] = frozenset()  # those of the sheet that go to such a field only

    def headers(self, sheet: Sheet) -> list[str]:
        """The headings of the columns that may be shown."""
        return [header for header in sheet.headers if header not in self.columns]

    def cells(self, sheet: Sheet, row: Row) -> list[str]:
        """The cells of a row that may be shown."""
        return [cell for header, cell in zip(sheet.headers, row.cells, strict=False) if header not in self.columns]

    def said(self, name: str, message: str) -> tuple[str, str]:
        """The field and the sentence of a fault; of a hidden field neither."""
        words = [*self.hidden, *self.hidden.values()]
        if name in self.hidden or any(word in message for word in words):
            return "", _("What is wrong here is about a field that you may not see.")
        return name, message


def sight(actor: Actor, job: ImportJob) -> Sight:
    """What the actor may read of an import."""
    limited = dict(queries.hidden_names(actor, RECORDS.get(job.kind, "")))
    fields = job.mapping["fields"]
    hidden = {key: name for key, name in limited.items() if key in fields}
    columns: dict[bool, set[str]] = {True: set(), False: set()}
    for key, source in fields.items() if hidden else ():
        columns[key in hidden].add(str(source.get("column", "")) if isinstance(source, Mapping) else str(source))
    return Sight(hidden, frozenset(columns[True] - columns[False]))


def error_table(actor: Actor, job: ImportJob) -> tuple[list[str], Iterator[list[str]]]:
    """The refused rows as they were, with the reason behind them; can be corrected and imported again.

    Columns of fields that are hidden from the actor are left out.
    """
    sheet, seen = sheet_of(job), sight(actor, job)
    told = ([*seen.cells(sheet, row), message] for row, _field, message in refused_rows(job, sheet, seen))
    return [*seen.headers(sheet), _("What is wrong")], told


def refused_rows(job: ImportJob, sheet: Sheet, seen: Sight) -> Iterator[tuple[Row, str, str]]:
    """The refused rows of the sheet, each with the field and the sentence of its first fault, as far as it is seen."""
    refused = rows_of(job, ImportRow.Result.FAILED).values_list("number", "field", "message")
    reasons = {number: seen.said(name, message) for number, name, message in refused.iterator(chunk_size=2000)}
    if not reasons:
        return
    for row in sheet.rows(min(reasons)):
        if row.number in reasons:
            yield row, *reasons[row.number]


Holds = Callable[[Collection[int]], set[int]]
_holds: dict[str, list[Holds]] = {}


def hold_back(kind: str, which: Holds) -> None:
    """Keep those records of this kind from being taken back of which apps above know that people work with them."""
    _holds.setdefault(kind, []).append(which)


def held_back(kind: str, record_ids: Collection[int]) -> set[int]:
    """Those of these records that people work with: in the log's view, or in that of the apps above."""
    return log.touched_since(kind, record_ids).union(*(which(record_ids) for which in _holds.get(kind, [])))


def as_values(sheet: Sheet, row: Row) -> Mapping[str, str]:
    """A row by its headings."""
    return dict(zip(sheet.headers, row.cells, strict=False))


def describe(job: ImportJob) -> dict[str, Any]:
    """A job as plain values."""
    numbers = {key: getattr(job, key) for key in ("total", "done", "created", "changed", "skipped", "failed")}
    return {
        "id": job.pk,
        "name": job.name,
        "kind": job.kind,
        "mode": job.mode,
        "status": job.status,
        "dry_run": job.dry_run,
        "problem": job.problem,
        **numbers,
    }
