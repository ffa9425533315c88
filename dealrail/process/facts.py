"""Facts about definitions; what happens to a run is told by the app that owns its record."""

from dataclasses import dataclass, field
from typing import ClassVar

from dealrail.events.facts import Fact


@dataclass(frozen=True, kw_only=True)
class ProcessPublished(Fact):
    kind: ClassVar[str] = "process.published"
    subject_kind: ClassVar[str] = "process"
    process_id: int
    key: str
    name: str
    version: int
    digest: str
    note: str


@dataclass(frozen=True, kw_only=True)
class DraftStarted(Fact):
    """`origin` is the version it was made from; None where it was made from something else."""

    kind: ClassVar[str] = "draft.started"
    subject_kind: ClassVar[str] = "draft"
    draft_id: int
    key: str
    name: str
    origin: int | None


@dataclass(frozen=True, kw_only=True)
class DraftChanged(Fact):
    """`how` is saved, undone, redone or taken_over (from the template); `revision` the one it has since."""

    kind: ClassVar[str] = "draft.changed"
    subject_kind: ClassVar[str] = "draft"
    draft_id: int
    key: str
    name: str
    how: str
    revision: int


@dataclass(frozen=True, kw_only=True)
class DraftDiscarded(Fact):
    kind: ClassVar[str] = "draft.discarded"
    subject_kind: ClassVar[str] = "draft"
    draft_id: int
    key: str
    name: str
    revision: int


@dataclass(frozen=True, kw_only=True)
class DraftPublished(Fact):
    """The draft became this version and is gone."""

    kind: ClassVar[str] = "draft.published"
    subject_kind: ClassVar[str] = "draft"
    draft_id: int
    key: str
    name: str
    version: int
    note: str


@dataclass(frozen=True, kw_only=True)
class LineSaved(Fact):
    """A business line was made or changed; people and processes stand in the changes by name."""

    kind: ClassVar[str] = "line.saved"
    subject_kind: ClassVar[str] = "line"
    line_id: int
    key: str
    name: str
    is_active: bool
    changes: dict[str, list[str | None]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class TemplateSet(Fact):
    """A process became a template of the group, or lines may deviate from it in other parts; None: no template now."""

    kind: ClassVar[str] = "process.template_set"
    subject_kind: ClassVar[str] = "process"
    process_id: int
    key: str
    name: str
    allowed: list[str] | None


@dataclass(frozen=True, kw_only=True)
class PictureAdded(Fact):
    """A picture was kept for texts of processes to name it by its `digest`."""

    kind: ClassVar[str] = "picture.added"
    subject_kind: ClassVar[str] = "picture"
    picture_id: int
    digest: str
    name: str
    size: int
