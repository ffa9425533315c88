"""The company, people, the department tree, roles and API tokens."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce, Lower
from django.utils.translation import gettext_lazy as _

from dealrail.accounts.permissions import Scope
from dealrail.core.texts import LONGEST_ASKED


class Company(models.Model):
    """The one company this installation serves; `set_up_at` is when its first run ended."""

    name = models.CharField(max_length=80, blank=True)
    language = models.CharField(max_length=8, blank=True)
    set_up_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="one_company")]

    def __str__(self) -> str:
        return self.name


class Unit(models.Model):
    """A department. `path` lists the ids from the root down as /1/4/, so that a subtree is one prefix."""

    name = models.CharField(max_length=80)
    parent: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )
    leader: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        "User", on_delete=models.SET_NULL, null=True, blank=True, related_name="leads"
    )
    path = models.CharField(max_length=400, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name", "parent"], name="unit_name_once_per_parent"),
            models.UniqueConstraint(
                fields=["name"], condition=Q(parent__isnull=True), name="unit_name_once_at_the_top"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class WorkCalendar(models.Model):
    """When is worked: in the whole company (no unit), or in a department and those below it without one of their own.

    `weekdays` are numbers, Monday is 1. `days` are those that are otherwise, by their ISO date: `{"worked": bool,
    "name": text}`. A department's calendar only says what differs: days of those above hold there too.
    """

    unit: "models.OneToOneField[Any, Unit | None]" = models.OneToOneField(
        Unit, on_delete=models.CASCADE, null=True, related_name="work_calendar"
    )
    weekdays = models.JSONField(default=list)
    opens_at = models.TimeField()
    closes_at = models.TimeField()
    with_holidays = models.BooleanField(default=True)
    days = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(Coalesce("unit", 0), name="one_calendar_for_the_company"),
            models.CheckConstraint(condition=Q(opens_at__lt=models.F("closes_at")), name="opens_before_it_closes"),
        ]

    def __str__(self) -> str:
        return f"calendar of unit {self.unit_id}" if self.unit_id else "calendar of the company"


class Role(models.Model):
    """A named set of permissions with one data scope, and how much its holders are to do; 0 means no target.

    Nobody holds one that is out of use (`is_active` false).
    """

    class ScopeChoice(models.TextChoices):
        OWN = Scope.OWN, _("Own")
        UNIT = Scope.UNIT, _("Own department")
        SUBTREE = Scope.SUBTREE, _("Own department and below")
        UNITS = Scope.UNITS, _("Chosen departments")
        ALL = Scope.ALL, _("Everything")

    key = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    permissions = models.JSONField(default=list)
    scope = models.CharField(max_length=8, choices=ScopeChoice.choices, default=Scope.OWN)
    units: "models.ManyToManyField[Unit, Any]" = models.ManyToManyField(Unit, blank=True)
    first_contacts_a_day = models.PositiveSmallIntegerField(default=0)
    follow_ups_a_day = models.PositiveSmallIntegerField(default=0)
    follow_ups_a_week = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name


class Users(BaseUserManager["User"]):
    """Finds people by login, whatever its case."""

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(login__iexact=(username or "")[:LONGEST_ASKED])


class User(AbstractBaseUser):
    """A person who may log in, or one who only owned something once (`is_active` false).

    `looked_at`: until when they have seen what changed.
    """

    login = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=80)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=20, blank=True)
    unit: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="people"
    )
    roles: "models.ManyToManyField[Role, Any]" = models.ManyToManyField(Role, blank=True, related_name="people")
    language = models.CharField(max_length=8, blank=True)
    theme = models.CharField(max_length=5, blank=True)
    looked_at = models.DateTimeField(null=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[Users] = Users()

    USERNAME_FIELD = "login"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        constraints = [models.UniqueConstraint(Lower("login"), name="login_once_whatever_its_case")]
        indexes = [models.Index(fields=["name"], name="user_by_name")]

    def __str__(self) -> str:
        return self.name


class ApiToken(models.Model):
    """A bearer token, of which only the hash is kept. One made with another never outlives that."""

    user: "models.ForeignKey[Any, User]" = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=12)
    made_with: "models.ForeignKey[Any, ApiToken | None]" = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, related_name="made"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.hint}…)"


class IdempotentAnswer(models.Model):
    """The answer once given to a person's request under an Idempotency-Key, kept for a day."""

    user: "models.ForeignKey[Any, User]" = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="idempotency_key_once_per_user"),
            models.CheckConstraint(condition=~Q(key=""), name="idempotency_key_not_empty"),
        ]

    def __str__(self) -> str:
        return self.key
