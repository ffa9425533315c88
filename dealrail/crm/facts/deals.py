"""What happens to deals."""

from dataclasses import dataclass
from typing import ClassVar

from dealrail.crm.facts.customers import Changes
from dealrail.events.facts import Fact


@dataclass(frozen=True, kw_only=True)
class DealFact(Fact):
    subject_kind: ClassVar[str] = "deal"
    deal_id: int
    deal_name: str
    owner_id: int | None


@dataclass(frozen=True, kw_only=True)
class DealCreated(DealFact):
    kind: ClassVar[str] = "deal.created"
    customer_id: int | None
    process: str
    version: int
    stage: str
    amount: str | None


@dataclass(frozen=True, kw_only=True)
class DealHistory(DealFact):
    """Brought in from a sheet as it was; nobody is to react as if it had just begun."""

    kind: ClassVar[str] = "deal.history_told"
    customer_id: int | None
    stage: str
    amount: str | None


@dataclass(frozen=True, kw_only=True)
class DealPlaced(DealFact):
    """Brought in as it was: the sheet says it entered this stage, or ended in it, at `occurred_at`."""

    kind: ClassVar[str] = "deal.placed"
    stage: str
    state: str
    debts: int
    amount: str | None


@dataclass(frozen=True, kw_only=True)
class DealChanged(DealFact):
    kind: ClassVar[str] = "deal.changed"
    changes: Changes


@dataclass(frozen=True, kw_only=True)
class DealStageChanged(DealFact):
    """Moved forward, back, or to the end (`to_stage` is then "end"); `waived` names conditions passed by waiver.

    `version` is that of the process whose gate was asked. `note` says why it was sent back.
    """

    kind: ClassVar[str] = "deal.stage_changed"
    from_stage: str
    to_stage: str
    how: str
    amount: str | None
    won: bool
    waived: list[str]
    note: str
    version: int


@dataclass(frozen=True, kw_only=True)
class DealLost(DealFact):
    kind: ClassVar[str] = "deal.lost"
    stage: str
    reason: str
    reason_name: str
    note: str
    amount: str | None


@dataclass(frozen=True, kw_only=True)
class DealParked(DealFact):
    """Set aside, for the reason in `note`; on the day `again_on`, if one was named, somebody is to look at it again."""

    kind: ClassVar[str] = "deal.parked"
    stage: str
    note: str
    again_on: str | None


@dataclass(frozen=True, kw_only=True)
class DealReopened(DealFact):
    kind: ClassVar[str] = "deal.reopened"
    stage: str
    was: str


@dataclass(frozen=True, kw_only=True)
class DealMigrated(DealFact):
    """Taken over to another version of its process.

    `how`: in the `same_stage` its stay goes on, in a `new_stage` a new one began, `set_aside` it will begin there.
    `waivers_ended` names the conditions that it was excused from and that ask something else now.
    """

    kind: ClassVar[str] = "deal.migrated"
    process: str
    from_version: int
    to_version: int
    from_stage: str
    to_stage: str
    how: str
    waivers_ended: list[str]
    migration_id: int


@dataclass(frozen=True, kw_only=True)
class DealOwnerChanged(DealFact):
    """Handed over, claimed from a pool or released into one, as `how` says; `owner_id` is the new owner."""

    kind: ClassVar[str] = "deal.owner_changed"
    how: str
    from_owner_id: int | None
    pool_id: int | None
    note: str


@dataclass(frozen=True, kw_only=True)
class DealDeleted(DealFact):
    """Put into the recycle bin."""

    kind: ClassVar[str] = "deal.deleted"


@dataclass(frozen=True, kw_only=True)
class DealRestored(DealFact):
    """Taken out of the recycle bin."""

    kind: ClassVar[str] = "deal.restored"


@dataclass(frozen=True, kw_only=True)
class DealHandedOver(DealFact):
    """Given to its next owner, to whom the card on the deal's page tells everything known so far.

    `by`: somebody was `named`, or the process says whose it becomes; `task` is what they are to do first.
    """

    kind: ClassVar[str] = "deal.handed_over"
    hand_over_id: int
    from_owner_id: int | None
    from_owner_name: str
    to_owner_id: int
    to_owner_name: str
    stage: str
    stage_name: str
    customer_name: str
    amount: str | None
    debts: int
    note: str
    by: str = "named"
    task: str = ""


@dataclass(frozen=True, kw_only=True)
class HandOverVacant(DealFact):
    """It stays with its owner: the leader or person the process gives it to isn't there, or nobody has the role."""

    kind: ClassVar[str] = "deal.hand_over_vacant"
    stage: str
    stage_name: str
    by: str
    wanted: str


@dataclass(frozen=True, kw_only=True)
class HandOverSeen(DealFact):
    kind: ClassVar[str] = "deal.hand_over_seen"
    hand_over_id: int
    from_owner_id: int | None


@dataclass(frozen=True, kw_only=True)
class CollaboratorFact(DealFact):
    user_id: int
    user_name: str
    may_write: bool


@dataclass(frozen=True, kw_only=True)
class CollaboratorAdded(CollaboratorFact):
    kind: ClassVar[str] = "deal.collaborator_added"


@dataclass(frozen=True, kw_only=True)
class CollaboratorChanged(CollaboratorFact):
    kind: ClassVar[str] = "deal.collaborator_changed"


@dataclass(frozen=True, kw_only=True)
class CollaboratorRemoved(CollaboratorFact):
    kind: ClassVar[str] = "deal.collaborator_removed"


@dataclass(frozen=True, kw_only=True)
class WaiverFact(DealFact):
    request_id: int
    stage: str
    condition: str
    to_stage: str
    reason: str
    asked_by_id: int | None
    asked_by_name: str
    reason_key: str = ""
    reason_name: str = ""


@dataclass(frozen=True, kw_only=True)
class WaiverAsked(WaiverFact):
    """Somebody asks that a condition be waived; `decider_ids` are those who may."""

    kind: ClassVar[str] = "deal.waiver_asked"
    decider_ids: list[int]


@dataclass(frozen=True, kw_only=True)
class WaiverAnswered(WaiverFact):
    """Granted, in which case `condition.waived` stands beside it, or refused with a note."""

    kind: ClassVar[str] = "deal.waiver_answered"
    granted: bool
    note: str


@dataclass(frozen=True, kw_only=True)
class WaiverWithdrawn(WaiverFact):
    """Nobody is asked any more. `how`: who asked `recalled` it, or the deal `left` the stage or was `migrated`."""

    kind: ClassVar[str] = "deal.waiver_withdrawn"
    how: str


@dataclass(frozen=True, kw_only=True)
class DealRemoved(DealFact):
    kind: ClassVar[str] = "deal.removed"
    reason: str


@dataclass(frozen=True, kw_only=True)
class ApprovalAsked(DealFact):
    kind: ClassVar[str] = "approval.asked"
    request_id: int
    condition: str
    to_stage: str
    approver_ids: list[int]
    told_ids: list[int]
    about: dict[str, str | None]


@dataclass(frozen=True, kw_only=True)
class ApprovalWithdrawn(DealFact):
    """What was asked, or `granted` for a move not made yet, counts no more.

    `how`: what it was about has `changed`, the deal was `migrated` to another version of its process or `left` the
    stage, who asked `recalled` it, for the reason in `note`, approval of an `other_move` is asked for instead, or it
    was `vacant`: those in `note` were stopped, and nobody answers in their place.
    """

    kind: ClassVar[str] = "approval.withdrawn"
    request_id: int
    condition: str
    to_stage: str
    approver_ids: list[int]
    asked_by_id: int | None
    granted: bool
    how: str
    changes: Changes
    note: str


@dataclass(frozen=True, kw_only=True)
class ApprovalAgreed(DealFact):
    """One of several said yes; `waiting_ids` are still to answer, `next_ids` among them have their turn by that."""

    kind: ClassVar[str] = "approval.agreed"
    request_id: int
    condition: str
    to_stage: str
    waiting_ids: list[int]
    next_ids: list[int]
    about: dict[str, str | None]
    note: str


@dataclass(frozen=True, kw_only=True)
class ApprovalReminded(DealFact):
    """Those who haven't answered yet are reminded."""

    kind: ClassVar[str] = "approval.reminded"
    request_id: int
    condition: str
    to_stage: str
    waiting_ids: list[int]
    about: dict[str, str | None]


@dataclass(frozen=True, kw_only=True)
class ApproverFact(DealFact):
    request_id: int
    condition: str
    to_stage: str
    user_id: int
    user_name: str
    asked_by_id: int | None
    about: dict[str, str | None]
    note: str


@dataclass(frozen=True, kw_only=True)
class ApprovalDelegated(ApproverFact):
    """Who was asked has somebody else answer in their place."""

    kind: ClassVar[str] = "approval.delegated"
    instead_of: str = ""


@dataclass(frozen=True, kw_only=True)
class ApproverAdded(ApproverFact):
    """Who was asked has somebody agree besides; `first`: before them."""

    kind: ClassVar[str] = "approval.approver_added"
    first: bool


@dataclass(frozen=True, kw_only=True)
class ApprovalDecided(DealFact):
    kind: ClassVar[str] = "approval.decided"
    request_id: int
    condition: str
    granted: bool
    asked_by_id: int | None
    told_ids: list[int]
    note: str


@dataclass(frozen=True, kw_only=True)
class ConditionWaived(DealFact):
    """`asked_by_name` and `answer` tell who had asked for it and what they were told; empty when nobody had."""

    kind: ClassVar[str] = "condition.waived"
    stage: str
    condition: str
    reason: str
    asked_by_name: str
    answer: str
    reason_key: str = ""
    reason_name: str = ""


@dataclass(frozen=True, kw_only=True)
class DebtsSettled(DealFact):
    kind: ClassVar[str] = "deal.debts_settled"
    count: int
    left: int
