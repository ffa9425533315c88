"""Facts about definitions; what happens to a run is told by the app that owns its record."""

from dataclasses import dataclass
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
