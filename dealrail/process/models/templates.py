"""Group templates (集团模板): processes from which lines make theirs, and what they may change."""

from typing import Any

from django.db import models

from dealrail.process.models.definitions import Definition, DefinitionVersion


class GroupTemplate(models.Model):
    """A process that the group gives its lines as a template; `allowed` are the parts in which they may deviate."""

    definition: "models.OneToOneField[Any, Definition]" = models.OneToOneField(
        Definition, on_delete=models.PROTECT, related_name="template"
    )
    allowed = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"template {self.definition_id}"


class TemplateUse(models.Model):
    """A process, published or a draft, that follows a template: the version of the template it goes by."""

    key = models.SlugField(max_length=40, unique=True)
    version: "models.ForeignKey[Any, DefinitionVersion]" = models.ForeignKey(
        DefinitionVersion, on_delete=models.PROTECT, related_name="uses"
    )

    def __str__(self) -> str:
        return f"{self.key} follows version {self.version_id}"
