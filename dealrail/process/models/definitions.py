"""Definitions, their versions and stages, and the drafts of what they shall become."""

from typing import Any

from django.db import models
from django.db.models import F, Q

from dealrail.accounts.models import User
from dealrail.process.models.lines import BusinessLine
from dealrail.process.models.values import choices
from dealrail.process.rules import StageKind


class Definition(models.Model):
    """A named way of selling; what it says stands in its versions. Without a line it is common to all."""

    key = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    position = models.PositiveSmallIntegerField(default=0)
    line: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        BusinessLine, on_delete=models.PROTECT, null=True, related_name="definitions"
    )

    def __str__(self) -> str:
        return self.name


class DefinitionVersion(models.Model):
    """A published text of a definition; never changes, so a running deal keeps its rules."""

    definition: "models.ForeignKey[Any, Definition]" = models.ForeignKey(
        Definition, on_delete=models.PROTECT, related_name="versions"
    )
    number = models.PositiveIntegerField()
    content = models.JSONField()
    digest = models.CharField(max_length=64)
    note = models.CharField(max_length=500, blank=True)
    published_at = models.DateTimeField()
    published_by: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["definition", "number"], name="version_once_per_number")]

    def __str__(self) -> str:
        return f"{self.definition_id} v{self.number}"


class Stage(models.Model):
    """A place in a version, as a row that runs and stays can point at."""

    version: "models.ForeignKey[Any, DefinitionVersion]" = models.ForeignKey(
        DefinitionVersion, on_delete=models.PROTECT, related_name="stages"
    )
    key = models.SlugField(max_length=40)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=8, choices=choices(StageKind))
    position = models.PositiveSmallIntegerField()
    probability = models.PositiveSmallIntegerField()
    time_limit_days = models.PositiveSmallIntegerField(null=True)
    follow_up_days = models.PositiveSmallIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "key"], name="stage_key_once_per_version"),
            models.UniqueConstraint(fields=["version", "position"], name="stage_position_once_per_version"),
        ]
        indexes = [models.Index(fields=["key"], name="stage_by_key")]

    def __str__(self) -> str:
        return self.name


class Draft(models.Model):
    """What a process shall become, while it is worked on; one for each key, also of a process not published yet.

    `revision` counts its changes, undoing included, so that two editors don't overwrite each other. Its states are kept
    as steps: `position` is the one it shows, `oldest` and `latest` bound what can be undone and redone. `base` is what
    was in force when it began, `origin` the version it was made from, if that is an older one. `line` is the one that
    a process not published yet shall belong to; of others the definition says it.
    """

    key = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    line: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        BusinessLine, on_delete=models.PROTECT, null=True, related_name="drafts"
    )
    content = models.JSONField()
    revision = models.PositiveIntegerField(default=1)
    position = models.PositiveIntegerField(default=1)
    oldest = models.PositiveIntegerField(default=1)
    latest = models.PositiveIntegerField(default=1)
    base: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        DefinitionVersion, on_delete=models.PROTECT, null=True, related_name="+"
    )
    origin: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        DefinitionVersion, on_delete=models.PROTECT, null=True, related_name="+"
    )
    started_at = models.DateTimeField()
    started_by: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+"
    )
    edited_at = models.DateTimeField()
    edited_by: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(oldest__lte=F("position"), position__lte=F("latest")),
                name="draft_stands_at_one_of_its_steps",
            )
        ]

    def __str__(self) -> str:
        return f"draft of {self.key}, revision {self.revision}"

    @property
    def can_undo(self) -> bool:
        """Whether a step lies before this one."""
        return self.position > self.oldest

    @property
    def can_redo(self) -> bool:
        """Whether a step was undone and nothing else saved since."""
        return self.position < self.latest


class DraftStep(models.Model):
    """One state of a draft, to go back to.

    `follows` is the version of the group's template that it took over, where its process in force goes by an older one.
    """

    draft: "models.ForeignKey[Any, Draft]" = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="steps")
    number = models.PositiveIntegerField()
    content = models.JSONField()
    follows: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        DefinitionVersion, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["draft", "number"], name="draft_step_once_per_number")]

    def __str__(self) -> str:
        return f"step {self.number} of draft {self.draft_id}"
