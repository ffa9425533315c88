"""Regions, sources, products and public pools, with who claimed and opened what lies in them."""

from typing import Any

from django.db import models
from django.db.models import Q

from dealrail.accounts.models import Unit, User


class Region(models.Model):
    """A sales region."""

    name = models.CharField(max_length=80, unique=True)
    is_active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name


class Source(models.Model):
    """Where customers and deals come from."""

    name = models.CharField(max_length=80, unique=True)
    is_active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name


class Product(models.Model):
    """Something we sell."""

    code = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=120, unique=True)
    series = models.CharField(max_length=80, blank=True)
    unit = models.CharField(max_length=20, blank=True)
    price = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(price__gte=0), name="product_price_not_negative")]

    def __str__(self) -> str:
        return self.name


class Pool(models.Model):
    """A public pool (公海). Limits of 0 mean none; without `units` everybody with the permission is a member."""

    name = models.CharField(max_length=80, unique=True)
    units: "models.ManyToManyField[Unit, Any]" = models.ManyToManyField(Unit, blank=True, related_name="pools")
    admins: "models.ManyToManyField[User, Any]" = models.ManyToManyField(User, blank=True, related_name="pools")
    claim_limit = models.PositiveIntegerField(default=0)
    claim_days = models.PositiveIntegerField(default=1)
    capacity = models.PositiveIntegerField(default=0)
    cooldown_days = models.PositiveIntegerField(default=0)
    daily_views = models.PositiveIntegerField(default=0)
    is_default = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["is_default"], condition=Q(is_default=True), name="one_default_pool"),
        ]

    def __str__(self) -> str:
        return self.name


class Claim(models.Model):
    """A record taken from a pool, for the claim limit."""

    pool: "models.ForeignKey[Any, Pool]" = models.ForeignKey(
        Pool, on_delete=models.CASCADE, related_name="claims", db_index=False
    )
    user: "models.ForeignKey[Any, User]" = models.ForeignKey(User, on_delete=models.CASCADE, related_name="claims")
    record = models.CharField(max_length=24)
    record_id = models.BigIntegerField()
    claimed_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["pool", "user", "claimed_at"], name="claim_by_user")]

    def __str__(self) -> str:
        return f"{self.user_id} claimed {self.record}:{self.record_id}"


class PoolView(models.Model):
    """That somebody opened a record of a pool on a day, for the daily view cap."""

    pool: "models.ForeignKey[Any, Pool]" = models.ForeignKey(
        Pool, on_delete=models.CASCADE, related_name="views", db_index=False
    )
    user: "models.ForeignKey[Any, User]" = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    record = models.CharField(max_length=24)
    record_id = models.BigIntegerField()
    day = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pool", "user", "day", "record", "record_id"], name="pool_view_once_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} saw {self.record}:{self.record_id} on {self.day}"
