"""Reading group templates, which processes follow them, and where these deviate."""

from dataclasses import dataclass

from django.db.models import F, QuerySet

from dealrail.process.errors import NoSuchTemplate
from dealrail.process.models import Definition, DefinitionVersion, DraftStep, GroupTemplate, TemplateUse
from dealrail.process.queries import current_version, spec_of
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


def followed(key: str) -> DefinitionVersion | None:
    """The version of a template that a process goes by when published next: what its draft took over, if it did."""
    versions = DefinitionVersion.objects.select_related("definition__template")
    here = DraftStep.objects.filter(draft__key=key, number=F("draft__position")).exclude(follows=None)
    taken = versions.filter(pk__in=here.values("follows")).first()
    use = None if taken else use_of(key)
    return use.version if use else taken


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


def compared(own: ProcessSpec) -> Compared | None:
    """This text, to be published, beside the template that its process follows; None where it follows none."""
    version = followed(own.key)
    return None if version is None else _beside(version, own)


def _beside(version: DefinitionVersion, own: ProcessSpec) -> Compared:
    base = spec_of(version.pk)
    return Compared(version, base, own, deviations(base, own), frozenset(version.definition.template.allowed))


def deviations_of(key: str) -> Compared | None:
    """Where the version in force of a process deviates from its template; None where it follows none.

    Refuses with NoSuchProcess.
    """
    own, use = spec_of(current_version(key).pk), use_of(key)
    return None if use is None else _beside(use.version, own)
