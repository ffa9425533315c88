"""Publishing processes from text."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from dealrail.accounts import policy
from dealrail.accounts.actor import Actor
from dealrail.core import clock
from dealrail.core.db import take_turns
from dealrail.core.texts import tidy
from dealrail.events.engine import record
from dealrail.process import checks, examples, rules
from dealrail.process.actions.pictures import show_pictures
from dealrail.process.errors import BadDefinition
from dealrail.process.facts import ProcessPublished
from dealrail.process.models import Definition, DefinitionVersion, Draft, Stage, TemplateUse
from dealrail.process.permissions import PROCESS_PUBLISH
from dealrail.process.queries.templates import followed
from dealrail.process.rules import LONGEST_NOTE, ProcessSpec
from dealrail.process.rules.pictures import marked_texts


@transaction.atomic
def publish_process(*, actor: Actor, content: Mapping[str, Any], note: str = "") -> tuple[DefinitionVersion, bool]:
    """Put a definition in force as a new version; running deals stay on theirs.

    Publishing what is in force already changes nothing; the flag says whether a version was made.
    Raises NotAllowed or BadDefinition with every problem, or else every example that fails.
    """
    policy.require(actor, PROCESS_PUBLISH)
    take_turns("fields", ["customer", "deal"])  # or a field it demands could be hidden from somebody meanwhile
    if found := examples.problems(content):
        raise BadDefinition(found)
    spec, digest = rules.parse(content), rules.digest(content)
    definition = _definition(spec)
    if goes_by := followed(spec.key, content):
        TemplateUse.objects.filter(key=spec.key).update(version=goes_by)
    last = definition.versions.order_by("-number").first()
    if last and last.digest == digest:
        return last, False
    version = _new_version(definition, content, digest, number=last.number + 1 if last else 1, actor=actor, note=note)
    _create_stages(version, spec)
    show_pictures(actor=actor, texts=[text for _where, text in marked_texts(spec)])
    Definition.objects.filter(pk=definition.pk).update(name=spec.name)
    fact = ProcessPublished(
        process_id=definition.pk,
        key=spec.key,
        name=spec.name,
        version=version.number,
        digest=digest,
        note=tidy(note)[:LONGEST_NOTE],
    )
    record(fact, actor=actor)
    return version, True


@transaction.atomic
def publish_text(*, actor: Actor, content: Mapping[str, Any], note: str) -> tuple[DefinitionVersion, bool]:
    """The same for a text that somebody brings: it takes the place of a version only with what changes and why.

    Raises NoteMissing, and what `publish_process` raises.
    """
    version, is_new = publish_process(actor=actor, content=content, note=note)
    if is_new and version.number > 1:
        checks.require_note(note)
    return version, is_new


def _definition(spec: ProcessSpec) -> Definition:
    """The process, locked; a new one belongs to the line that its draft was begun for."""
    line = Draft.objects.filter(key=spec.key).values_list("line", flat=True).first()
    fresh = {"name": spec.name, "position": Definition.objects.count(), "line_id": line}
    return Definition.objects.select_for_update().get_or_create(key=spec.key, defaults=fresh)[0]


def _new_version(
    definition: Definition, content: Mapping[str, Any], digest: str, *, number: int, actor: Actor, note: str
) -> DefinitionVersion:
    return DefinitionVersion.objects.create(
        definition=definition,
        number=number,
        content=dict(content),
        digest=digest,
        note=tidy(note)[:LONGEST_NOTE],
        published_at=clock.now(),
        published_by_id=actor.user_id or None,
    )


def _create_stages(version: DefinitionVersion, spec: ProcessSpec) -> None:
    Stage.objects.bulk_create(
        Stage(
            version=version,
            key=stage.key,
            name=stage.name,
            kind=stage.kind,
            position=position,
            probability=stage.probability,
            time_limit_days=stage.time_limit_days,
            follow_up_days=stage.follow_up_days,
        )
        for position, stage in enumerate(spec.stages)
    )
