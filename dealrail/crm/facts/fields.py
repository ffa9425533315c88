"""What happens to the fields that an administrator adds, and to where fields stand."""

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


@dataclass(frozen=True, kw_only=True)
class FieldRecomputed(Fact):
    """A formula is computed anew for all records of a kind (`record`)."""

    kind: ClassVar[str] = "field.recomputed"
    subject_kind: ClassVar[str] = "field"
    field_id: int
    record: str
    key: str
    name: str


@dataclass(frozen=True, kw_only=True)
class LayoutFact(Fact):
    """What is told of every layout: of which place it is, and of which role; the key is empty for everybody."""

    subject_kind: ClassVar[str] = "layout"
    layout_id: int
    place: str
    role: str


@dataclass(frozen=True, kw_only=True)
class LayoutSaved(LayoutFact):
    """Which fields stand where was decided, for a role or for everybody; `changes` tell groups as lines of text."""

    kind: ClassVar[str] = "layout.saved"
    changes: dict[str, list[str | None]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class LayoutRemoved(LayoutFact):
    """A place shows its fields as before anybody laid it out, or a role as everybody; `groups` are what was there."""

    kind: ClassVar[str] = "layout.removed"
    groups: str
    with_rest: bool
