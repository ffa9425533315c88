"""Follow-ups, tasks (plans among them), SOP actions and their library, comments, attachments, texts to start from."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dealrail.accounts.models import User
from dealrail.crm.models import Contact, Customer, Deal, FieldValue
from dealrail.forms.models import FormRecord
from dealrail.process.models import Run, Stay
from dealrail.process.rules import ActionSpec


class Activity(models.Model):
    """A contact with the customer that happened (跟进), with the next step it led to.

    A visit may hold a check-in: its time, and where it was in degrees, accurate to so many metres.
    """

    class Kind(models.TextChoices):
        CALL = "call", _("Call")
        WECHAT = "wechat", _("WeChat")
        VISIT = "visit", _("Visit")
        EMAIL = "email", _("Mail")
        MEETING = "meeting", _("Meeting")
        DEMO = "demo", _("Demo")

    kind = models.CharField(max_length=8, choices=Kind.choices)
    deal: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        Deal, on_delete=models.CASCADE, null=True, related_name="activities", db_index=False
    )
    customer: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        Customer, on_delete=models.CASCADE, null=True, related_name="activities", db_index=False
    )
    contact: "models.ForeignKey[Any, Any]" = models.ForeignKey(Contact, on_delete=models.SET_NULL, null=True)
    stay: "models.ForeignKey[Any, Any]" = models.ForeignKey(Stay, on_delete=models.SET_NULL, null=True)
    text = models.TextField()
    next_step = models.CharField(max_length=200, blank=True)
    next_step_at = models.DateTimeField(null=True)
    author: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="activities", db_index=False
    )
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    checked_in_at = models.DateTimeField(null=True)
    place = models.CharField(max_length=200, blank=True)
    latitude = models.DecimalField(max_digits=8, decimal_places=6, null=True)
    longitude = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    accuracy = models.PositiveIntegerField(null=True)
    custom = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(deal__isnull=False) | Q(customer__isnull=False), name="activity_about_something"
            ),
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(latitude__range=(-90, 90), longitude__range=(-180, 180)),
                name="activity_place_on_earth",
            ),
        ]
        indexes = [
            models.Index(fields=["deal", "-occurred_at"], name="activity_by_deal"),
            models.Index(fields=["customer", "-occurred_at"], name="activity_by_customer"),
            models.Index(fields=["author", "-occurred_at"], name="activity_by_author"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.occurred_at:%Y-%m-%d}"

    @property
    def pool_id(self) -> int | None:
        """The pool that its deal or customer lies in, by which ways to reach somebody are masked."""
        pool: int | None = (self.deal or self.customer).pool_id
        return pool


class ActivityValue(FieldValue):
    """What a follow-up holds of a field that was added."""

    record: "models.ForeignKey[Any, Activity]" = models.ForeignKey(Activity, on_delete=models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return f"{self.field_id} of follow-up {self.record_id}"


class Task(models.Model):
    """Something somebody is to do by a time: a task, a planned follow-up (计划), or an SOP action due."""

    class Kind(models.TextChoices):
        TASK = "task", _("Task")
        PLAN = "plan", _("Planned follow-up")
        ACTION = "action", _("SOP action")

    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.TASK)
    title = models.CharField(max_length=200)
    deal: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        Deal, on_delete=models.CASCADE, null=True, related_name="tasks", db_index=False
    )
    customer: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        Customer, on_delete=models.CASCADE, null=True, related_name="tasks"
    )
    action = models.CharField(max_length=40, blank=True)
    stay: "models.ForeignKey[Any, Any]" = models.ForeignKey(Stay, on_delete=models.CASCADE, null=True)
    owner: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="tasks"
    )
    due_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    dropped = models.BooleanField(default=False)
    done_by: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField()
    created_by: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["stay", "action"], condition=~Q(action=""), name="one_task_per_action"),
        ]
        indexes = [
            models.Index(fields=["owner", "due_at"], name="task_open", condition=Q(done_at__isnull=True)),
            models.Index(fields=["deal", "due_at"], name="task_by_deal"),
        ]

    def __str__(self) -> str:
        return self.title


# what was done and counts: its evidence wasn't withdrawn since
COUNTS = Q(taken_back_at__isnull=True)


class ActionDone(models.Model):
    """An SOP action carried out for a run, with its evidence (note, file, follow-up or a form that was filled in).

    One whose evidence was withdrawn counts no more from then on (`taken_back_at`).
    """

    run: "models.ForeignKey[Any, Run]" = models.ForeignKey(
        Run, on_delete=models.CASCADE, related_name="actions_done", db_index=False
    )
    stay: "models.ForeignKey[Any, Any]" = models.ForeignKey(Stay, on_delete=models.SET_NULL, null=True)
    action = models.CharField(max_length=40)
    note = models.TextField(blank=True)
    file = models.CharField(max_length=300, blank=True)
    file_name = models.CharField(max_length=200, blank=True)
    activity: "models.ForeignKey[Any, Any]" = models.ForeignKey(Activity, on_delete=models.SET_NULL, null=True)
    form_record: "models.ForeignKey[Any, FormRecord | None]" = models.ForeignKey(
        FormRecord, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    done_by: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    done_at = models.DateTimeField()
    taken_back_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "action"], condition=COUNTS, name="action_done_once_per_run"),
        ]
        indexes = [
            models.Index(fields=["form_record"], name="action_done_by_form", condition=Q(form_record__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.action} for run {self.run_id}"


class Comment(models.Model):
    """What colleagues tell each other about a deal or a customer; the customer never sees it."""

    deal: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        Deal, on_delete=models.CASCADE, null=True, related_name="comments"
    )
    customer: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        Customer, on_delete=models.CASCADE, null=True, related_name="comments"
    )
    text = models.TextField()
    mentions: "models.ManyToManyField[User, Any]" = models.ManyToManyField(User, blank=True, related_name="+")
    author: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(deal__isnull=False) | Q(customer__isnull=False), name="comment_about_something"
            ),
        ]

    def __str__(self) -> str:
        return self.text[:40]


class Attachment(models.Model):
    """A file kept with a deal or a customer, or with one follow-up there."""

    deal: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        Deal, on_delete=models.CASCADE, null=True, related_name="attachments"
    )
    customer: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        Customer, on_delete=models.CASCADE, null=True, related_name="attachments"
    )
    activity: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        Activity, on_delete=models.CASCADE, null=True, related_name="attachments"
    )
    file = models.CharField(max_length=300)
    name = models.CharField(max_length=200)
    size = models.PositiveBigIntegerField()
    media_type = models.CharField(max_length=100, blank=True)
    uploaded_by: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+"
    )
    uploaded_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)
    deleted_by: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(deal__isnull=False) | Q(customer__isnull=False), name="attachment_about_something"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class TextTemplate(models.Model):
    """A text to start a follow-up from; everybody's when it has no owner. Without `kind` it suits every kind."""

    name = models.CharField(max_length=60)
    text = models.TextField()
    kind = models.CharField(max_length=8, choices=Activity.Kind.choices, blank=True)
    owner: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.CASCADE, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="template_once_per_name"),
            models.UniqueConstraint(
                fields=["name"], condition=Q(owner__isnull=True), name="shared_template_once_per_name"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ActionTemplate(models.Model):
    """An action of the library (动作库), from which processes take theirs; each process keeps a copy of its own.

    `form` is the key of the form that is its evidence, where that is one. One that is retired (`is_active` false) is no
    longer offered. `revision` counts its changes.
    """

    class Evidence(models.TextChoices):
        NONE = "none", _("A tick")
        NOTE = "note", _("A note")
        FILE = "file", _("A file")
        FOLLOW_UP = "follow_up", _("A follow-up in this stage")
        FORM = "form", _("A form that is filled in")

    key = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    how_to = models.TextField(blank=True)
    script = models.TextField(blank=True)
    evidence = models.CharField(max_length=10, choices=Evidence.choices, default=Evidence.NONE)
    form = models.CharField(max_length=40, blank=True)
    expected_minutes = models.PositiveSmallIntegerField(null=True)
    is_active = models.BooleanField(default=True)
    revision = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField()
    changed_by: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        indexes = [models.Index(fields=["name", "id"], name="action_template_by_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def spec(self) -> ActionSpec:
        """The action as a process would carry it."""
        return ActionSpec(
            self.key, self.name, self.how_to, self.script, self.evidence, self.expected_minutes, self.form
        )


class ActionExample(models.Model):
    """A good follow-up copied into the library as an example of an action, without the names in it.

    `author` wrote the follow-up. One that was taken back is no longer shown.
    """

    template: "models.ForeignKey[Any, ActionTemplate]" = models.ForeignKey(
        ActionTemplate, on_delete=models.CASCADE, related_name="examples"
    )
    activity: "models.ForeignKey[Any, Any]" = models.ForeignKey(Activity, on_delete=models.SET_NULL, null=True)
    kind = models.CharField(max_length=8, choices=Activity.Kind.choices)
    text = models.TextField()
    reason = models.CharField(max_length=500)
    author: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    promoted_by: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    promoted_at = models.DateTimeField()
    taken_back_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["template", "activity"],
                condition=Q(taken_back_at__isnull=True),
                name="example_once_per_action",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="example_has_reason"),
        ]

    def __str__(self) -> str:
        return f"example of {self.template_id}"


class CalendarFeed(models.Model):
    """The secret link under which somebody's plans can be read as a calendar; only its hash is kept."""

    user: "models.OneToOneField[Any, User]" = models.OneToOneField(
        User, on_delete=models.CASCADE, related_name="calendar_feed"
    )
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"calendar of {self.user_id}"
