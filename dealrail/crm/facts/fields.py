"""What happens to the fields that an administrator adds."""

from dataclasses import dataclass, field
from typing import ClassVar

from dealrail.events.facts import Fact


@dataclass(frozen=True, kw_only=True)
class FieldSaved(Fact):
    """A field was added or changed; `record` is the kind of record that has it."""

    kind: ClassVar[str] = "field.saved"
    subject_kind: ClassVar[str] = "field"
    field_id: int
    record: str
    key: str
    name: str
    type: str
    changes: dict[str, list[str | None]] = field(default_factory=dict)
