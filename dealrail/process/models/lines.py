"""Business lines (业务线): parts of a group with processes of their own, and who belongs to them."""

from typing import Any

from django.db import models
from django.db.models.functions import Lower

from dealrail.accounts.models import User


class BusinessLine(models.Model):
    """A part of the group that sells by processes of its own; one out of use keeps what it had, and starts nothing."""

    key = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(Lower("name"), name="line_name_once")]

    def __str__(self) -> str:
        return self.name


class LineMember(models.Model):
    """Somebody who sells in a line; who is in charge of it (负责人) designs its processes too."""

    line: "models.ForeignKey[Any, BusinessLine]" = models.ForeignKey(
        BusinessLine, on_delete=models.CASCADE, related_name="members", db_index=False
    )
    user: "models.ForeignKey[Any, User]" = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    in_charge = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["line", "user"], name="line_member_once")]

    def __str__(self) -> str:
        return f"{self.user_id} in line {self.line_id}"
