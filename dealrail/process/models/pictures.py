"""Pictures that texts of processes name."""

from typing import Any

from django.db import models

from dealrail.accounts.models import User


class Picture(models.Model):
    """A picture, kept once whatever names it: `digest` is the hash of its content.

    Before a published process or the action library names it (`is_shown`), only who designs processes sees it.
    """

    digest = models.CharField(max_length=32, unique=True)
    name = models.CharField(max_length=200)
    file = models.CharField(max_length=300)
    media_type = models.CharField(max_length=20)
    size = models.PositiveIntegerField()
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    is_shown = models.BooleanField(default=False)
    added_at = models.DateTimeField()
    added_by: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    def __str__(self) -> str:
        return self.name
