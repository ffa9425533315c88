"""What happens to imports, exports, saved views, steps for many records, and migrations to another version."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

from dealrail.events.facts import Fact


@dataclass(frozen=True, kw_only=True)
class ImportFact(Fact):
    subject_kind: ClassVar[str] = "import"
    import_id: int
    name: str
    import_kind: str
    mode: str


@dataclass(frozen=True, kw_only=True)
class ImportStarted(ImportFact):
    kind: ClassVar[str] = "import.started"
    sha256: str
    rows: int


@dataclass(frozen=True, kw_only=True)
class ImportFinished(ImportFact):
    kind: ClassVar[str] = "import.finished"
    started_by_id: int | None
    created: int
    changed: int
    skipped: int
    failed: int


@dataclass(frozen=True, kw_only=True)
class ImportFailed(ImportFact):
    """An import, or its undoing, stopped before its end for the reason in `problem`."""

    kind: ClassVar[str] = "import.failed"
    started_by_id: int | None
    problem: str


@dataclass(frozen=True, kw_only=True)
class ImportUndone(ImportFact):
    kind: ClassVar[str] = "import.undone"
    removed: int
    kept: int


@dataclass(frozen=True, kw_only=True)
class ExportTaken(Fact):
    """Somebody took records out of the system."""

    kind: ClassVar[str] = "export.taken"
    subject_kind: ClassVar[str] = "user"
    user_id: int
    what: str
    rows: int
    filter: str


@dataclass(frozen=True, kw_only=True)
class ViewFact(Fact):
    """A list kept by somebody as they want it again."""

    subject_kind: ClassVar[str] = "view"
    view_id: int
    list: str
    name: str


@dataclass(frozen=True, kw_only=True)
class ViewSaved(ViewFact):
    kind: ClassVar[str] = "view.saved"
    query: str
    is_shared: bool
    is_pinned: bool
    audience: str = "everybody"
    unit_id: int | None = None
    role: str = ""


@dataclass(frozen=True, kw_only=True)
class ViewMadeStandard(ViewFact):
    """The roles, by key, whose holders find a list as this view when they open it, and those before."""

    kind: ClassVar[str] = "view.made_standard"
    roles: list[str]
    before: list[str]


@dataclass(frozen=True, kw_only=True)
class ViewHandedOver(ViewFact):
    """A shared view belongs to somebody else from now on."""

    kind: ClassVar[str] = "view.handed_over"
    from_owner_id: int
    to_owner_id: int


@dataclass(frozen=True, kw_only=True)
class ViewDeleted(ViewFact):
    kind: ClassVar[str] = "view.deleted"


@dataclass(frozen=True, kw_only=True)
class BulkFact(Fact):
    """One step for many records; what became of each is in the events of the records."""

    subject_kind: ClassVar[str] = "bulk"
    bulk_id: int
    of: str
    step: str


@dataclass(frozen=True, kw_only=True)
class BulkStarted(BulkFact):
    kind: ClassVar[str] = "bulk.started"
    rows: int
    undo_of_id: int | None


@dataclass(frozen=True, kw_only=True)
class BulkFinished(BulkFact):
    """`handed`: who got how many from whom; empty for other steps. `undo_of_id`: the job that was taken back."""

    kind: ClassVar[str] = "bulk.finished"
    stopped: bool
    succeeded: int
    waiting: int
    refused: int
    undo_of_id: int | None = None
    handed: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class MigrationFact(Fact):
    """Running deals of a process go over to this version; what became of each is in the events of the deals."""

    subject_kind: ClassVar[str] = "process"
    process_id: int
    key: str
    name: str
    version: int
    migration_id: int


@dataclass(frozen=True, kw_only=True)
class MigrationStarted(MigrationFact):
    kind: ClassVar[str] = "process.migration_started"
    mapping: dict[str, str]
    filter: dict[str, Any]
    at_next_move: bool
    deals: int
    note: str


@dataclass(frozen=True, kw_only=True)
class MigrationFinished(MigrationFact):
    """Every deal was looked at, or somebody `stopped` it; `waiting` ones go over at their next move."""

    kind: ClassVar[str] = "process.migration_finished"
    stopped: bool
    done: int
    waiting: int
    refused: int
    started_by_id: int | None


@dataclass(frozen=True, kw_only=True)
class TrialStarted(Fact):
    """A dry run or replay, as `of` says, of `count` deals or moves; `version` is empty for a text not published."""

    kind: ClassVar[str] = "process.tried"
    subject_kind: ClassVar[str] = "process"
    process_id: int
    key: str
    name: str
    trial_id: int
    of: str
    version: int | None
    count: int
