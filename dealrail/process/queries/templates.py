"""Reading group templates, which processes follow them, and where these deviate."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import F, QuerySet

from dealrail.process.errors import NoSuchTemplate
from dealrail.process.models import Definition, DefinitionVersion, DraftStep, GroupTemplate, TemplateUse
from dealrail.process.queries import current_version, spec_of, versions_in_force
from dealrail.process.rules import ProcessSpec
from dealrail.process.rules.deviations import Deviation, Part, deviations


def templates() -> QuerySet[GroupTemplate]:
    """Every group template, in the company's order of processes."""
    return GroupTemplate.objects.select_related("definition").order_by("definition__position", "definition")


def template_or_none(key: str) -> GroupTemplate | None:
    """The template that this process is, if the group made it one."""
    return templates().filter(definition__key=key).first()


def template(key: str) -> GroupTemplate:
    """The same; refuse with NoSuchTemplate."""
    found = template_or_none(key)
    if found is None:
        raise NoSuchTemplate(process=key)
    return found


def use_of(key: str) -> TemplateUse | None:
    """Which version of which template a process goes by, if any."""
    return TemplateUse.objects.filter(key=key).select_related("version__definition__template").first()


def followed(key: str, content: Mapping[str, Any]) -> DefinitionVersion | None:
    """The version of a template that this text of a process goes by: of the draft's text what the draft took over.

    Whatever else is published beside the draft goes by the version that the process in force goes by.
    """
    here = DraftStep.objects.filter(draft__key=key, number=F("draft__position")).exclude(follows=None)
    for step in here.select_related("follows__definition__template"):
        if step.content == content:
            taken: DefinitionVersion = step.follows
            return taken
    use = use_of(key)
    return use.version if use else None


def followers(definition_id: int) -> QuerySet[Definition]:
    """The published processes that follow a template."""
    keys = TemplateUse.objects.filter(version__definition=definition_id).values("key")
    return Definition.objects.filter(key__in=keys).select_related("line").order_by("position", "pk")


@dataclass(frozen=True)
class Compared:
    """A text of a process beside its template: where it deviates, and the parts in which it may."""

    version: DefinitionVersion
    template: ProcessSpec
    own: ProcessSpec
    found: list[Deviation]
    allowed: frozenset[str]

    @property
    def forbidden(self) -> list[Deviation]:
        """Those that the template doesn't allow."""
        return [row for row in self.found if row.part not in self.allowed]

    @property
    def parts(self) -> list[Part]:
        """The parts in which it deviates, in their order."""
        return [part for part in Part if any(row.part == part for row in self.found)]


def compared(content: Mapping[str, Any], own: ProcessSpec) -> Compared | None:
    """This text, to be published, beside the template that its process follows; None where it follows none."""
    version = followed(own.key, content)
    return None if version is None else _beside(version, own)


def _beside(version: DefinitionVersion, own: ProcessSpec) -> Compared:
    base = spec_of(version.pk)
    return Compared(version, base, own, deviations(base, own), frozenset(version.definition.template.allowed))


def deviations_of(key: str) -> Compared | None:
    """Where the version in force of a process deviates from its template; None where it follows none.

    Refuses with NoSuchProcess.
    """
    current_version(key)
    return deviations_in([key]).get(key)


def deviations_in(keys: Collection[str]) -> dict[str, Compared]:
    """The same for each of these processes that follows one and is published."""
    uses = TemplateUse.objects.filter(key__in=keys).select_related("version__definition__template")
    found = {use.key: use.version for use in uses}
    current = {row.definition.key: row.pk for row in versions_in_force([*found])}
    return {key: _beside(found[key], spec_of(pk)) for key, pk in current.items()}
