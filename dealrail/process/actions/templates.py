"""Making a process a template of the group, and beginning a line's process from it."""

from collections.abc import Iterable

from django.db import transaction

from dealrail.accounts import policy as accounts
from dealrail.accounts.actor import Actor
from dealrail.core.texts import listed
from dealrail.events.engine import record
from dealrail.process import queries
from dealrail.process.actions.drafts import start_draft
from dealrail.process.errors import FollowsTemplate, ProcessThere, TemplateFollowed, UnknownPart
from dealrail.process.facts import TemplateSet
from dealrail.process.models import Definition, Draft, GroupTemplate, TemplateUse
from dealrail.process.permissions import LINES_MANAGE
from dealrail.process.queries.lines import line_processes
from dealrail.process.queries.templates import template, template_or_none, use_of
from dealrail.process.rules.deviations import Part


@transaction.atomic
def set_template(*, actor: Actor, key: str, allowed: Iterable[str] | None) -> GroupTemplate | None:
    """Let a process in force be a template of the group, and say in which parts lines may deviate; None: no longer.

    What lines have in force already stays; their next publication goes by what is allowed then. Saying the same again
    leaves no trace. Raises NotAllowed, NoSuchProcess, UnknownPart, FollowsTemplate or TemplateFollowed.
    """
    accounts.require(actor, LINES_MANAGE)
    definition = queries.current_version(key).definition
    Definition.objects.select_for_update().get(pk=definition.pk)
    found = template_or_none(key)
    parts = None if allowed is None else _known(allowed)
    if (found.allowed if found else None) == parts:
        return found
    if parts is None:
        _refuse_followed(definition)
        GroupTemplate.objects.filter(definition=definition).delete()
    else:
        if use_of(key) is not None:
            raise FollowsTemplate(process=definition.name)
        GroupTemplate.objects.update_or_create(definition=definition, defaults={"allowed": parts})
    fact = TemplateSet(process_id=definition.pk, key=key, name=definition.name, allowed=parts)
    record(fact, actor=actor)
    return template_or_none(key)


def _known(allowed: Iterable[str]) -> list[str]:
    wanted = set(allowed)
    if unknown := sorted(wanted - {*Part}):
        raise UnknownPart(part=unknown[0][:40], known=", ".join(Part))
    return [part.value for part in Part if part in wanted]


def _refuse_followed(definition: Definition) -> None:
    keys = set(TemplateUse.objects.filter(version__definition=definition).values_list("key", flat=True))
    if keys:
        names = listed(row.name for row in line_processes() if row.key in keys)
        raise TemplateFollowed(process=definition.name, names=names)


@transaction.atomic
def start_from_template(*, actor: Actor, of: str, key: str, name: str, line_id: int | None = None) -> Draft:
    """Begin a line's process from a template of the group, as a draft that says what the template says.

    A process that is published already is changed by a draft of its own, and doesn't come to follow a template by it.
    Raises ProcessThere, what start_draft does, or NoSuchTemplate.
    """
    # as whoever takes the template back does, so that nobody follows what is none any more
    Definition.objects.select_for_update().filter(key=of).first()
    version = queries.current_version(template(of).definition.key)
    content = {**version.content, "process": key, "name": name}
    draft = start_draft(actor=actor, key=key, content=content, line_id=line_id)
    if draft.base_id is not None:
        raise ProcessThere()
    TemplateUse.objects.update_or_create(key=key, defaults={"version": version})
    return draft
