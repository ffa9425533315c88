"""What became of the rows of an import: as the sheet has them, with what is wrong at its cell."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dealrail.accounts.actor import Actor
from dealrail.core.errors import Refusal
from dealrail.core.sheets import Row, Sheet, column_letters
from dealrail.crm import importing, mappings
from dealrail.crm.errors import FieldRefused
from dealrail.crm.importing import Sight
from dealrail.crm.mappings import ColumnMap
from dealrail.process.rules import ProcessSpec, State
from dealrail.web.imports.faults import faults_of
from dealrail.web.imports.words import STATE_LABELS

FIRST = 20
REFUSED = 50
COUNTED = 500
PIECE = 500
LISTED = 50
SAID = {"failed", "skipped", "kept"}
NO_PROBLEM = {"problem": ""}
RESULTS: dict[str, Any] = {
    "created": _("Brought in"),
    "changed": _("Changed"),
    "skipped": _("Already there"),
    "failed": _("Refused"),
    "undone": _("Removed again"),
    "kept": _("Kept"),
}


@dataclass(frozen=True)
class Cell:
    """A cell as the sheet has it, what of ours it stands for where that differs, and what is wrong with it."""

    head: str
    text: str
    ours: str = ""
    problem: str = ""


@dataclass(frozen=True)
class SheetRow:
    """A row of the sheet; `problem` is what is wrong with no cell of it in particular. No result: not reached yet."""

    number: int
    cells: list[Cell]
    result: str = ""
    label: Any = ""
    problem: str = ""


@dataclass(frozen=True)
class Table:
    """Rows under their headings, each heading with the fields that its column goes to; empty when the file is gone."""

    headings: list[tuple[str, list[Any]]] = field(default_factory=list)
    rows: list[SheetRow] = field(default_factory=list)


def first_rows(actor: Actor, job: Any) -> Table:
    """The first rows of the sheet, and what became of them so far."""
    return _table(actor, job, lambda sheet: islice(sheet.rows(), FIRST))


def refused_rows(actor: Actor, job: Any) -> Table:
    """The first refused rows, wherever they stand."""
    return _with_result(actor, job, "failed", REFUSED)


def sound_rows(actor: Actor, job: Any) -> Table:
    """The first rows that came in, or would."""
    return _with_result(actor, job, "created", FIRST)


def _with_result(actor: Actor, job: Any, result: str, most: int) -> Table:
    rows = importing.rows_of(job, result).order_by("number").values_list("number", flat=True)
    numbers = set(rows.distinct()[:most])
    return _table(actor, job, lambda sheet: _numbered(sheet, numbers)) if numbers else Table()


def problems_by_field(actor: Actor, job: Any) -> list[tuple[Any, int]]:
    """In how many rows each field is wrong, the most first; what is about no field comes as an empty label.

    Of very many refused rows only the first fault counts.
    """
    labels = {target.key: target.label for target in _targets(actor, job)}
    if job.failed > COUNTED:
        firsts = importing.rows_of(job, "failed").order_by().values_list("field").annotate(count=Count("pk"))
        counts = dict(firsts)
    else:
        counts = Counter(key for _row, faults in _all_faults(actor, job) for key in faults)
    told: Counter[Any] = Counter()
    for key, count in counts.items():  # what is hidden counts with what is about no field
        told[labels.get(key, "")] += count
    return told.most_common()


def error_table(actor: Actor, job: Any) -> tuple[list[str], Iterator[list[str]]]:
    """The refused rows as they were, with everything that is wrong behind them; corrected, they come in again."""
    sheet, labels = importing.sheet_of(job), {target.key: target.label for target in _targets(actor, job)}
    seen = importing.sight(actor, job)
    told = ([*seen.cells(sheet, row), _told(faults, labels)] for row, faults in _all_faults(actor, job))
    return [*seen.headers(sheet), gettext("What is wrong")], told


def _told(faults: Mapping[str, str], labels: Mapping[str, Any]) -> str:
    """Each fault with the name of its field."""
    named = {key: f"{label}: " if (label := labels.get(key)) else "" for key in faults}
    return " · ".join(text if text.startswith(named[key]) else f"{named[key]}{text}" for key, text in faults.items())


def _all_faults(actor: Actor, job: Any) -> Iterator[tuple[Row, dict[str, str]]]:
    """The refused rows, each with all that is wrong with it, by field; what the import said first comes first."""
    try:
        sheet = importing.sheet_of(job)
        columns, spec = importing.columns_seen(actor, job)
    except Refusal:  # the file is gone, or the process has changed since
        return
    refused = importing.refused_rows(job, sheet, importing.sight(actor, job))
    while piece := list(islice(refused, PIECE)):
        texts = [importing.as_values(sheet, row) for row, _field, _message in piece]
        for (row, key, message), others in zip(piece, faults_of(actor, job.kind, columns, spec, texts), strict=True):
            first = {} if len(others) > 1 and key in others else {key: message}
            yield row, {**first, **({} if row.problem else {k: text for k, text in others.items() if k not in first})}


def listed(job: Any, result: str) -> list[Any]:
    """The first rows with this result, for a list."""
    return list(importing.rows_of(job, result).exclude(message="")[:LISTED])


def count(job: Any, result: str) -> int:
    """How many rows, and records made on the way, have this result."""
    return importing.rows_of(job, result).count()


def _targets(actor: Actor, job: Any) -> Iterable[mappings.Target]:
    spec = importing.spec_for(job.kind, job.mapping.get("process", ""))
    return mappings.targets(job.kind, spec, importing.added_targets(job.kind, actor))


def _numbered(sheet: Sheet, numbers: set[int]) -> Iterator[Row]:
    left = len(numbers)
    for row in sheet.rows(min(numbers)):
        if row.number in numbers:
            yield row
            left -= 1
            if not left:
                return


def _table(actor: Actor, job: Any, chosen: Callable[[Sheet], Iterable[Row]]) -> Table:
    try:
        sheet = importing.sheet_of(job)
        columns, spec = importing.columns_seen(actor, job)
    except Refusal:  # the file is gone, or the process has changed since
        return Table()
    rows = list(chosen(sheet))
    notes = _notes(job, rows)
    failed = [row for row in rows if (note := notes.get(row.number)) and note.result == "failed" and not row.problem]
    texts = [importing.as_values(sheet, row) for row in failed]
    wrong = faults_of(actor, job.kind, columns, spec, texts) if texts else []
    faults = {row.number: found for row, found in zip(failed, wrong, strict=True)}
    labels = {target.key: target.label for target in _targets(actor, job)}
    reader = _Reader(sheet, importing.sight(actor, job), columns, labels, spec)
    told = [reader.read(row, notes.get(row.number), faults.get(row.number, {})) for row in rows]
    return Table(reader.headings(), told)


def _notes(job: Any, rows: Iterable[Row]) -> dict[int, Any]:
    """What was noted of each row; the first note is about the row, others about what was made on the way."""
    notes: dict[int, Any] = {}
    for note in importing.rows_of(job).filter(number__in=[row.number for row in rows]):
        notes.setdefault(note.number, note)
    return notes


@dataclass(frozen=True)
class _Reader:
    """Puts what was said of a row to its cells."""

    sheet: Sheet
    seen: Sight
    columns: ColumnMap
    labels: Mapping[str, Any]
    spec: ProcessSpec | None

    @property
    def _headers(self) -> list[str]:
        return self.seen.headers(self.sheet)

    def headings(self) -> list[tuple[str, list[Any]]]:
        """Each heading that may be shown with the fields that its column goes to."""
        return [(header, [self.labels[key] for key in self._keys(header)]) for header in self._headers]

    def read(self, row: Row, note: Any, faults: Mapping[str, str]) -> SheetRow:
        """A row with what became of it; `note` is None when nothing did yet."""
        place, problem = self._problem(row, note)
        known = {self._column(key): fault for key, fault in faults.items()}
        wrong = {place: problem} | known if len(known) > 1 else known | {place: problem}
        texts = importing.as_values(self.sheet, row)
        cells = [Cell(head, texts[head], self._ours(head, texts), wrong.get(head, "")) for head in self._headers]
        result = note.result if note else ""
        return SheetRow(row.number, cells, result, RESULTS.get(result, ""), "" if place else problem)

    def _problem(self, row: Row, note: Any) -> tuple[str, str]:
        """In which column something is wrong, and what; in none of them when it is about the row."""
        if note is None or note.result not in SAID:
            return "", ""
        if row.problem is not None:
            letters = str(row.problem.params.get("column", ""))
            named = {column_letters(index): header for index, header in enumerate(self.sheet.headers)}
            return named.get(letters, ""), str(row.problem)
        key, message = self.seen.said(note.field, note.message)
        said = str(FieldRefused.sentence) % {**NO_PROBLEM, "label": self.labels.get(key, "")}
        return self._column(key), message.removeprefix(said)

    def _column(self, key: str) -> str:
        source = self.columns.sources.get(key)
        return source.column if source else ""

    def _keys(self, header: str) -> list[str]:
        return [key for key, source in self.columns.sources.items() if source.column == header and key in self.labels]

    def _ours(self, header: str, texts: Mapping[str, str]) -> str:
        """What a cell stands for by its aliases, in our words; empty where it is what it says."""
        values = [self.columns.value(key, texts) for key in self._keys(header)]
        return " · ".join(self._in_words(value) for value in values if value != texts[header])

    def _in_words(self, value: Any) -> str:
        if isinstance(value, Mapping) and self.spec:
            stage, state = self.spec.stage(value["stage"]).name, State(value["state"])
            return stage if state is State.OPEN else f"{stage} · {STATE_LABELS[state]}"
        return str(value) or "—"
