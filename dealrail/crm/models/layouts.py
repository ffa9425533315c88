"""In which order and groups fields stand on pages and cards."""

from typing import Any

from django.db import models

from dealrail.accounts.models import Role


class Layout(models.Model):
    """Which fields stand on the page of a deal or a customer, or on the board's card, for everybody or for a role.

    `groups` are headings with their fields, by what these are called; `with_rest` says whether fields in no group
    stand behind them or are left out.
    """

    place = models.CharField(max_length=8)
    role: "models.ForeignKey[Any, Role | None]" = models.ForeignKey(
        Role, on_delete=models.CASCADE, null=True, related_name="+"
    )
    groups = models.JSONField(default=list)
    with_rest = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["place", "role"], name="layout_once_per_role"),
            models.UniqueConstraint(
                fields=["place"], condition=models.Q(role__isnull=True), name="layout_once_for_everybody"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place} of role {self.role_id}" if self.role_id else f"{self.place} of everybody"
