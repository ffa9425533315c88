"""Follow-ups, tasks (plans among them), and SOP actions done."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dealrail.accounts.models import User
from dealrail.crm.models import Contact, Customer, Deal
from dealrail.process.models import Run, Stay


class Activity(models.Model):
    """A contact with the customer that happened (跟进), with the next step it led to."""

    class Kind(models.TextChoices):
        CALL = "call", _("Call")
        WECHAT = "wechat", _("WeChat")
        VISIT = "visit", _("Visit")
        EMAIL = "email", _("Mail")
        MEETING = "meeting", _("Meeting")
        DEMO = "demo", _("Demo")

    kind = models.CharField(max_length=8, choices=Kind.choices)
    deal: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        Deal, on_delete=models.CASCADE, null=True, related_name="activities"
    )
    customer: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        Customer, on_delete=models.CASCADE, null=True, related_name="activities"
    )
    contact: "models.ForeignKey[Any, Any]" = models.ForeignKey(Contact, on_delete=models.SET_NULL, null=True)
    stay: "models.ForeignKey[Any, Any]" = models.ForeignKey(Stay, on_delete=models.SET_NULL, null=True)
    text = models.TextField()
    next_step = models.CharField(max_length=200, blank=True)
    next_step_at = models.DateTimeField(null=True)
    author: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="activities"
    )
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(deal__isnull=False) | Q(customer__isnull=False), name="activity_about_something"
            ),
        ]
        indexes = [
            models.Index(fields=["deal", "-occurred_at"], name="activity_by_deal"),
            models.Index(fields=["customer", "-occurred_at"], name="activity_by_customer"),
            models.Index(fields=["author", "-occurred_at"], name="activity_by_author"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.occurred_at:%Y-%m-%d}"


class Task(models.Model):
    """Something somebody is to do by a time: a task, a planned follow-up (计划), or an SOP action due."""

    class Kind(models.TextChoices):
        TASK = "task", _("Task")
        PLAN = "plan", _("Planned follow-up")
        ACTION = "action", _("SOP action")

    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.TASK)
    title = models.CharField(max_length=200)
    deal: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        Deal, on_delete=models.CASCADE, null=True, related_name="tasks"
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
        User, on_delete=models.PROTECT, null=True, related_name="+"
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


class ActionDone(models.Model):
    """An SOP action carried out for a run, with its evidence (note, file or follow-up)."""

    run: "models.ForeignKey[Any, Run]" = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="actions_done")
    stay: "models.ForeignKey[Any, Any]" = models.ForeignKey(Stay, on_delete=models.SET_NULL, null=True)
    action = models.CharField(max_length=40)
    note = models.TextField(blank=True)
    file = models.CharField(max_length=300, blank=True)
    file_name = models.CharField(max_length=200, blank=True)
    activity: "models.ForeignKey[Any, Any]" = models.ForeignKey(Activity, on_delete=models.SET_NULL, null=True)
    done_by: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+"
    )
    done_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "action"], name="action_done_once_per_run")]

    def __str__(self) -> str:
        return f"{self.action} for run {self.run_id}"
