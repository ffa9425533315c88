"""Facts about follow-ups, tasks and actions; they join the chain of the deal, or of the customer without one."""

from dataclasses import dataclass, field
from typing import ClassVar

from dealrail.events.facts import Fact


@dataclass(frozen=True, kw_only=True)
class ActivityRecorded(Fact):
    kind: ClassVar[str] = "activity.recorded"
    subject_kind: ClassVar[str] = "deal"
    deal_id: int
    deal_name: str
    owner_id: int | None
    customer_id: int | None
    activity_id: int
    activity_kind: str
    text: str
    contact_name: str
    next_step: str
    next_step_at: str | None
    place: str = ""
    checked_in_at: str | None = None
    latitude: str | None = None
    longitude: str | None = None
    accuracy: int | None = None
    fields: dict[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class CustomerActivityRecorded(Fact):
    kind: ClassVar[str] = "activity.recorded_for_customer"
    subject_kind: ClassVar[str] = "customer"
    customer_id: int
    customer_name: str
    activity_id: int
    activity_kind: str
    text: str
    contact_name: str
    next_step: str
    next_step_at: str | None
    place: str = ""
    checked_in_at: str | None = None
    latitude: str | None = None
    longitude: str | None = None
    accuracy: int | None = None
    fields: dict[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ActivityCorrected(Fact):
    """The words of a follow-up were corrected, or fields that were added; `before` keeps what the words were."""

    kind: ClassVar[str] = "activity.corrected"
    subject_kind: ClassVar[str] = "activity"
    activity_id: int
    before: str
    after: str
    changes: dict[str, list[str | None]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class TextTemplateSaved(Fact):
    """A text to start follow-ups from was added or changed; everybody's when it has no owner."""

    kind: ClassVar[str] = "text_template.saved"
    subject_kind: ClassVar[str] = "text_template"
    text_template_id: int
    name: str
    text: str
    activity_kind: str
    owner_id: int | None


@dataclass(frozen=True, kw_only=True)
class TextTemplateRemoved(Fact):
    kind: ClassVar[str] = "text_template.removed"
    subject_kind: ClassVar[str] = "text_template"
    text_template_id: int
    name: str
    owner_id: int | None


@dataclass(frozen=True, kw_only=True)
class ActionTemplateSaved(Fact):
    """An action of the library was added, changed, retired or taken up again; `changes` is empty for a new one."""

    kind: ClassVar[str] = "action_template.saved"
    subject_kind: ClassVar[str] = "action_template"
    action_template_id: int
    key: str
    name: str
    revision: int
    is_active: bool
    changes: dict[str, list[str | None]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ActionTemplatesCollected(Fact):
    """Actions that a process brought along came into the library; `actions` are their keys."""

    kind: ClassVar[str] = "action_template.collected"
    subject_kind: ClassVar[str] = "process"
    process_id: int
    key: str
    name: str
    version: int
    actions: list[str]


@dataclass(frozen=True, kw_only=True)
class ExampleFact(Fact):
    subject_kind: ClassVar[str] = "action_template"
    action_template_id: int
    key: str
    name: str
    example_id: int
    activity_id: int | None
    author_id: int | None


@dataclass(frozen=True, kw_only=True)
class ExamplePromoted(ExampleFact):
    kind: ClassVar[str] = "action_template.example_promoted"
    reason: str


@dataclass(frozen=True, kw_only=True)
class ExampleTakenBack(ExampleFact):
    kind: ClassVar[str] = "action_template.example_taken_back"


@dataclass(frozen=True, kw_only=True)
class CalendarFeedRenewed(Fact):
    """Somebody made the secret link to their calendar; the link itself is nowhere, and an older one is dead."""

    kind: ClassVar[str] = "calendar_feed.renewed"
    subject_kind: ClassVar[str] = "user"
    user_id: int


@dataclass(frozen=True, kw_only=True)
class CalendarFeedRevoked(Fact):
    kind: ClassVar[str] = "calendar_feed.revoked"
    subject_kind: ClassVar[str] = "user"
    user_id: int


@dataclass(frozen=True, kw_only=True)
class TaskFact(Fact):
    subject_kind: ClassVar[str] = "task"
    task_id: int
    title: str
    owner_id: int | None
    deal_id: int | None
    customer_id: int | None
    due_at: str | None


@dataclass(frozen=True, kw_only=True)
class TaskCreated(TaskFact):
    kind: ClassVar[str] = "task.created"
    task_kind: str


@dataclass(frozen=True, kw_only=True)
class TaskChanged(TaskFact):
    """`from_owner_id` is whose it was before, `changes` what differs; events of earlier versions don't say."""

    kind: ClassVar[str] = "task.changed"
    from_owner_id: int | None
    changes: dict[str, list[str | None]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class TaskClosed(TaskFact):
    """Done, or dropped because what it was for is gone, as `how` says."""

    kind: ClassVar[str] = "task.closed"
    how: str


@dataclass(frozen=True, kw_only=True)
class TaskReopened(TaskFact):
    """That a task was closed is taken back."""

    kind: ClassVar[str] = "task.reopened"


@dataclass(frozen=True, kw_only=True)
class ActionCompleted(Fact):
    kind: ClassVar[str] = "action.completed"
    subject_kind: ClassVar[str] = "deal"
    deal_id: int
    deal_name: str
    owner_id: int | None
    stage: str
    action: str
    action_name: str
    evidence: str
    note: str
    file_name: str
    form_name: str = ""
    form_record_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class ActionTakenBack(Fact):
    """An action counts as not done, since the form that was its evidence is withdrawn."""

    kind: ClassVar[str] = "action.taken_back"
    subject_kind: ClassVar[str] = "deal"
    deal_id: int
    deal_name: str
    owner_id: int | None
    action: str
    action_name: str
    form_name: str
    form_record_id: int


@dataclass(frozen=True, kw_only=True)
class AboutDeal(Fact):
    subject_kind: ClassVar[str] = "deal"
    deal_id: int
    deal_name: str
    owner_id: int | None


@dataclass(frozen=True, kw_only=True)
class AboutCustomer(Fact):
    subject_kind: ClassVar[str] = "customer"
    customer_id: int
    customer_name: str
    owner_id: int | None


@dataclass(frozen=True, kw_only=True)
class FileFact(Fact):
    attachment_id: int
    activity_id: int | None
    file_name: str
    size: int


@dataclass(frozen=True, kw_only=True)
class DealFileAttached(AboutDeal, FileFact):
    kind: ClassVar[str] = "deal.file_attached"


@dataclass(frozen=True, kw_only=True)
class CustomerFileAttached(AboutCustomer, FileFact):
    kind: ClassVar[str] = "customer.file_attached"


@dataclass(frozen=True, kw_only=True)
class DealFileRemoved(AboutDeal, FileFact):
    kind: ClassVar[str] = "deal.file_removed"


@dataclass(frozen=True, kw_only=True)
class CustomerFileRemoved(AboutCustomer, FileFact):
    kind: ClassVar[str] = "customer.file_removed"


@dataclass(frozen=True, kw_only=True)
class DealFileRestored(AboutDeal, FileFact):
    kind: ClassVar[str] = "deal.file_restored"


@dataclass(frozen=True, kw_only=True)
class CustomerFileRestored(AboutCustomer, FileFact):
    kind: ClassVar[str] = "customer.file_restored"


@dataclass(frozen=True, kw_only=True)
class CommentFact(Fact):
    comment_id: int


@dataclass(frozen=True, kw_only=True)
class CommentAdded(CommentFact):
    text: str
    mentioned_ids: list[int]
    mentioned_names: list[str]


@dataclass(frozen=True, kw_only=True)
class DealCommentAdded(AboutDeal, CommentAdded):
    kind: ClassVar[str] = "deal.comment_added"


@dataclass(frozen=True, kw_only=True)
class CustomerCommentAdded(AboutCustomer, CommentAdded):
    kind: ClassVar[str] = "customer.comment_added"


@dataclass(frozen=True, kw_only=True)
class DealCommentRemoved(AboutDeal, CommentFact):
    kind: ClassVar[str] = "deal.comment_removed"


@dataclass(frozen=True, kw_only=True)
class CustomerCommentRemoved(AboutCustomer, CommentFact):
    kind: ClassVar[str] = "customer.comment_removed"
