"""What people were told in the program."""

from typing import Any

from django.db import models
from django.db.models import Q

from dealrail.accounts.models import User


class Notification(models.Model):
    """One thing one person is told; its sentence is made from `kind` and `params` when it is shown.

    `event_id` is the event that led to it: one event tells one person once.
    """

    user: "models.ForeignKey[Any, User]" = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="notifications", db_index=False
    )
    kind = models.CharField(max_length=40)
    subject_kind = models.CharField(max_length=24, blank=True)
    subject_id = models.BigIntegerField(null=True)
    params = models.JSONField(default=dict)
    event_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "event_id", "kind"],
                condition=Q(event_id__isnull=False),
                name="told_once_per_event",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-id"], name="notification_by_user"),
            models.Index(fields=["user"], name="notification_unread", condition=Q(read_at__isnull=True)),
            models.Index(fields=["read_at"], name="notification_read", condition=Q(read_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.user_id}"
