"""What the mapping form shows of a sheet: its columns and first rows, and words that mean nothing to us yet."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from dealrail.accounts.actor import Actor
from dealrail.core.errors import Refusal
from dealrail.core.sheets import Sheet, open_sheet
from dealrail.crm import importing, mappings
from dealrail.crm.mappings import ENTERED, Target
from dealrail.process.rules import ProcessSpec
from dealrail.web.imports.draft import LEFT_EMPTY, Draft
from dealrail.web.imports.staging import Upload
from dealrail.web.imports.words import Found, Vocabulary, vocabularies

SAMPLE = 10
EXAMPLES = 3
LOOKED_AT = 20_000
SHOWN_WORDS = 30
ONLY_HISTORY = {"closed_at", "loss_reason"}


@dataclass(frozen=True)
class Word:
    """A word of the sheet, how often it stands there, and what of ours it stands for; empty when nobody said yet."""

    text: str
    count: int
    ours: str = ""


@dataclass(frozen=True)
class FieldRow:
    """One of our fields in the form: where it comes from, examples, and words to translate."""

    target: Target
    column: str = ""
    constant: str = ""
    examples: list[str] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)
    more_words: int = 0
    choices: tuple[tuple[str, Any], ...] = ()
    takes_words: bool = False
    looked_up: bool = False
    error: str = ""

    @property
    def for_history(self) -> bool:
        """Whether only the import of past deals asks for it."""
        return self.target.key in ONLY_HISTORY or self.is_date_of_stage

    @property
    def is_date_of_stage(self) -> bool:
        """Whether it dates the entry into a stage."""
        return self.target.key.startswith(ENTERED)

    @property
    def is_spare(self) -> bool:
        """Whether nothing goes here and nothing must."""
        return not (self.column or self.constant or self.error or self.target.required)

    @property
    def open_words(self) -> int:
        """How many words mean nothing to us yet."""
        return sum(not word.ours for word in self.words) + self.more_words

    @property
    def choice_keys(self) -> set[str]:
        """What can be chosen; an alias of a saved mapping may say something else."""
        return {key for key, _label in self.choices} | {LEFT_EMPTY}


@dataclass(frozen=True)
class Look:
    """A sheet that was opened, with all that the form asks about it."""

    upload: Upload
    sheet: Sheet
    spec: ProcessSpec | None
    sample: list[list[str]]
    added: tuple[Target, ...] = ()

    @property
    def targets(self) -> tuple[Target, ...]:
        """The fields that columns can go to."""
        return mappings.targets(self.upload.kind, self.spec, self.added)

    @property
    def suggested(self) -> Draft:
        """What the headings say by themselves."""
        return Draft(columns=mappings.suggest(self.upload.kind, self.sheet.headers, self.spec, self.added))


def look_at(actor: Actor, upload: Upload) -> Look:
    """Open an upload. Refuses with UnknownImportKind, NoSuchProcess or UnreadableSheet."""
    mappings.targets(upload.kind)
    sheet = open_sheet(upload.file, name=upload.name)
    spec = importing.spec_for(upload.kind, upload.process)
    sample = [row.cells[: len(sheet.headers)] for row in islice(sheet.rows(), SAMPLE)]
    return Look(upload, sheet, spec, sample, importing.added_targets(upload.kind, actor))


def field_rows(actor: Actor, look: Look, draft: Draft, refusal: Refusal | None = None) -> list[FieldRow]:
    """Every field of the form. A refused field says why."""
    known = vocabularies(actor, look.upload.kind, look.spec)
    found = _found(look, draft, known)
    place = str(refusal.params.get("place", "")) if refusal else ""
    said = str(refusal.params.get("problem", "")) if refusal else ""
    rows = []
    for target in look.targets:
        missing = target.required and str(target.label) in place.split(", ")
        error = said if target.key == place or missing else ""
        rows.append(_row(target, look, draft, known.get(target.key), found, error))
    return rows


def headings(look: Look, draft: Draft) -> list[tuple[str, list[Any]]]:
    """Each column of the sheet with the fields it goes to; none when it isn't used."""
    labels = {target.key: target.label for target in look.targets}
    return [
        (header, [labels[key] for key, column in draft.columns.items() if column == header and key in labels])
        for header in look.sheet.headers
    ]


def _found(look: Look, draft: Draft, known: Mapping[str, Vocabulary]) -> Found:
    """How often each word stands in the columns of fields that take certain words only."""
    places = {header: index for index, header in enumerate(look.sheet.headers)}
    asked = {key: column for key, column in draft.columns.items() if key in known and key not in draft.lookups}
    found = Found({key: places[column] for key, column in asked.items() if column in places})
    for row in islice(look.sheet.rows(), LOOKED_AT) if found.columns else ():
        if row.problem is None:
            found.note(row.cells)
    return found


def _row(target: Target, look: Look, draft: Draft, vocabulary: Vocabulary | None, found: Found, error: str) -> FieldRow:
    key, column = target.key, draft.columns.get(target.key, "")
    words = _words(found.counts.get(key, {}), draft.aliases.get(key, {}), vocabulary) if column else []
    return FieldRow(
        target=target,
        column=column,
        constant=draft.constants.get(key, ""),
        examples=_examples(look, column),
        words=words[:SHOWN_WORDS],
        more_words=len(words[SHOWN_WORDS:]),
        choices=vocabulary.choices if vocabulary else (),
        takes_words=bool(column and key not in draft.lookups and (vocabulary or words)),
        looked_up=key in draft.lookups,
        error=error,
    )


def _words(counts: Mapping[str, int], aliases: Mapping[str, str], vocabulary: Vocabulary | None) -> list[Word]:
    """Those that were translated, then those that mean nothing to us, the most frequent first."""
    translated = [Word(word, counts.get(word, 0), ours) for word, ours in aliases.items()]
    unknown = vocabulary.unknown(counts) - set(aliases) if vocabulary else set()
    left = sorted(unknown, key=lambda word: (-counts[word], word))
    return [*translated, *(Word(word, counts[word]) for word in left)]


def _examples(look: Look, column: str) -> list[str]:
    if column not in look.sheet.headers:
        return []
    index = look.sheet.headers.index(column)
    return list(dict.fromkeys(_cells(look.sample, index)))[:EXAMPLES]


def _cells(rows: Iterable[list[str]], index: int) -> Iterable[str]:
    return (row[index] for row in rows if row[index])
