"""What happens to customers and contacts."""

from dataclasses import dataclass
from typing import ClassVar

from dealrail.events.facts import Fact

Changes = dict[str, list[str | None]]


@dataclass(frozen=True, kw_only=True)
class CustomerFact(Fact):
    subject_kind: ClassVar[str] = "customer"
    customer_id: int
    customer_name: str


@dataclass(frozen=True, kw_only=True)
class CustomerCreated(CustomerFact):
    kind: ClassVar[str] = "customer.created"
    owner_id: int | None
    fields: dict[str, str | None]


@dataclass(frozen=True, kw_only=True)
class CustomerChanged(CustomerFact):
    kind: ClassVar[str] = "customer.changed"
    changes: Changes


@dataclass(frozen=True, kw_only=True)
class CustomerOwnerChanged(CustomerFact):
    """Handed over, claimed from a pool or released into one, as `how` says."""

    kind: ClassVar[str] = "customer.owner_changed"
    how: str
    from_owner_id: int | None
    to_owner_id: int | None
    pool_id: int | None
    note: str


@dataclass(frozen=True, kw_only=True)
class CustomerDeleted(CustomerFact):
    """Put into the recycle bin."""

    kind: ClassVar[str] = "customer.deleted"


@dataclass(frozen=True, kw_only=True)
class CustomerRestored(CustomerFact):
    """Taken out of the recycle bin."""

    kind: ClassVar[str] = "customer.restored"


@dataclass(frozen=True, kw_only=True)
class CustomerRemoved(CustomerFact):
    kind: ClassVar[str] = "customer.removed"
    reason: str


@dataclass(frozen=True, kw_only=True)
class CustomerMerged(CustomerFact):
    """Took the place of another; `moved` counts by table what came along, `taken` names the fields."""

    kind: ClassVar[str] = "customer.merged"
    merge_id: int
    gone_id: int
    gone_name: str
    taken: list[str]
    moved: dict[str, int]


@dataclass(frozen=True, kw_only=True)
class CustomerMergeUndone(CustomerFact):
    """Is two customers again."""

    kind: ClassVar[str] = "customer.merge_undone"
    merge_id: int
    gone_id: int
    gone_name: str


@dataclass(frozen=True, kw_only=True)
class ContactFact(CustomerFact):
    contact_id: int
    contact_name: str


@dataclass(frozen=True, kw_only=True)
class ContactCreated(ContactFact):
    kind: ClassVar[str] = "contact.created"
    role: str


@dataclass(frozen=True, kw_only=True)
class ContactChanged(ContactFact):
    kind: ClassVar[str] = "contact.changed"
    changes: Changes


@dataclass(frozen=True, kw_only=True)
class ContactDeleted(ContactFact):
    """Put into the recycle bin."""

    kind: ClassVar[str] = "contact.deleted"
    reason: str


@dataclass(frozen=True, kw_only=True)
class ContactRestored(ContactFact):
    """Taken out of the recycle bin."""

    kind: ClassVar[str] = "contact.restored"


@dataclass(frozen=True, kw_only=True)
class ContactRemoved(ContactFact):
    kind: ClassVar[str] = "contact.removed"
    reason: str
