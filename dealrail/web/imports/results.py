"""What became of the rows of an import: as the sheet has them, with what is wrong at its cell."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.db.models import Count

from dealrail.core.errors import Refusal
from dealrail.core.sheets import Row, Sheet, column_letters
from dealrail.crm import importing, mappings
from dealrail.crm.mappings import ColumnMap
from dealrail.process.rules import ProcessSpec, State
from dealrail.web.imports.words import STATE_LABELS

FIRST = 20
REFUSED = 50
LISTED = 50
SAID = {"failed", "skipped", "kept"}


@dataclass(frozen=True)
class Cell:
    """A cell as the sheet has it, what of ours it stands for where that differs, and what is wrong with it."""

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


def first_rows(job: Any) -> Table:
    """The first rows of the sheet, and what became of them."""
    return _table(job, lambda sheet: islice(sheet.rows(), FIRST))


def refused_rows(job: Any) -> Table:
    """The first refused rows, wherever they stand."""
    numbers = set(importing.rows_of(job, "failed").values_list("number", flat=True)[:REFUSED])
    return _table(job, lambda sheet: _numbered(sheet, numbers)) if numbers else Table()


def problems_by_field(job: Any) -> list[tuple[Any, int]]:
    """How many rows were refused for each field, the most first; what is about no field comes as an empty label."""
    labels = {target.key: target.label for target in _targets(job)}
    counts = importing.rows_of(job, "failed").order_by().values_list("field").annotate(count=Count("pk"))
    return sorted(((labels.get(key, ""), count) for key, count in counts), key=lambda row: -row[1])


def listed(job: Any, result: str) -> list[Any]:
    """The first rows with this result, for a list."""
    return list(importing.rows_of(job, result).exclude(message="")[:LISTED])


def _targets(job: Any) -> Iterable[mappings.Target]:
    return mappings.targets(job.kind, importing.spec_for(job.kind, job.mapping.get("process", "")))


def _numbered(sheet: Sheet, numbers: set[int]) -> Iterator[Row]:
    left = len(numbers)
    for row in sheet.rows(min(numbers)):
        if row.number in numbers:
            yield row
            left -= 1
            if not left:
                return


def _table(job: Any, chosen: Callable[[Sheet], Iterable[Row]]) -> Table:
    try:
        sheet = importing.sheet_of(job)
        columns, spec = importing.columns_of(job)
    except Refusal:  # the file is gone, or the process has changed since
        return Table()
    rows = list(chosen(sheet))
    reader = _Reader(sheet, columns, {target.key: target.label for target in mappings.targets(job.kind, spec)}, spec)
    notes: dict[int, Any] = {}
    for note in importing.rows_of(job).filter(number__in=[row.number for row in rows]):
        notes.setdefault(note.number, note)  # others of the same row are about what was made on the way
    return Table(reader.headings(), [reader.read(row, notes.get(row.number)) for row in rows])


@dataclass(frozen=True)
class _Reader:
    """Puts what was said of a row to its cells."""

    sheet: Sheet
    columns: ColumnMap
    labels: Mapping[str, Any]
    spec: ProcessSpec | None

    def headings(self) -> list[tuple[str, list[Any]]]:
        """Each heading with the fields that its column goes to."""
        return [(header, [self.labels[key] for key in self._keys(header)]) for header in self.sheet.headers]

    def read(self, row: Row, note: Any) -> SheetRow:
        """A row with what became of it; `note` is None when nothing did yet."""
        place, problem = self._problem(row, note)
        texts = dict(zip(self.sheet.headers, row.cells, strict=False))
        cells = [
            Cell(texts[header], self._ours(header, texts), problem if index == place else "")
            for index, header in enumerate(self.sheet.headers)
        ]
        result, label = (note.result, note.get_result_display()) if note else ("", "")
        return SheetRow(row.number, cells, result, label, problem if place is None else "")

    def _problem(self, row: Row, note: Any) -> tuple[int | None, str]:
        """In which cell something is wrong, and what; in none of them when it is about the row."""
        if note is None or note.result not in SAID:
            return None, ""
        if row.problem is not None:
            letters = str(row.problem.params.get("column", ""))
            cells = range(len(self.sheet.headers))
            return next((index for index in cells if column_letters(index) == letters), None), str(row.problem)
        source = self.columns.sources.get(note.field)
        place = self.sheet.headers.index(source.column) if source and source.column else None
        return place, note.message.removeprefix(f"{self.labels.get(note.field, '')}: ")

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
