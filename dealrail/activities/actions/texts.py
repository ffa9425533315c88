"""Keeping texts to start follow-ups from."""

from django.db import transaction

from dealrail.accounts import policy as accounts
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotFound
from dealrail.activities.errors import TemplateIncomplete, TemplateNameTaken, TooManyTemplates, UnknownKind
from dealrail.activities.facts import TextTemplateRemoved, TextTemplateSaved
from dealrail.activities.models import Activity, TextTemplate
from dealrail.activities.permissions import TEXTS_SHARE
from dealrail.core.texts import is_storable
from dealrail.events.engine import record

LONGEST_NAME = 60
LONGEST_TEXT = 2000
MOST = 50


@transaction.atomic
def save_text_template(
    *, actor: Actor, name: str, text: str, kind: str = "", is_shared: bool = False, template_id: int | None = None
) -> TextTemplate:
    """Add a text to start follow-ups from, or change one: one's own, or everybody's with the permission.

    Raises NotFound, NotAllowed, TemplateIncomplete, UnknownKind, TemplateNameTaken or TooManyTemplates.
    """
    if template_id is None:
        template = TextTemplate(owner_id=None if is_shared else actor.user_id or None)
    else:
        template = _own_or_shared(actor, template_id)
    if template.owner_id is None:
        accounts.require(actor, TEXTS_SHARE)
    _check(template, name, text, kind)
    template.name, template.text, template.kind = name.strip(), text.strip(), kind
    template.save()
    fact = TextTemplateSaved(
        text_template_id=template.pk,
        name=template.name,
        text=template.text,
        activity_kind=template.kind,
        owner_id=template.owner_id,
    )
    record(fact, actor=actor)
    return template


@transaction.atomic
def remove_text_template(*, actor: Actor, template_id: int) -> None:
    """Remove a text of one's own, or one of everybody's with the permission. Raises NotFound or NotAllowed."""
    template = _own_or_shared(actor, template_id)
    if template.owner_id is None:
        accounts.require(actor, TEXTS_SHARE)
    fact = TextTemplateRemoved(text_template_id=template.pk, name=template.name, owner_id=template.owner_id)
    record(fact, actor=actor)
    template.delete()


def _own_or_shared(actor: Actor, template_id: int) -> TextTemplate:
    found = TextTemplate.objects.select_for_update().filter(pk=template_id).first()
    if found is None or found.owner_id not in {None, actor.user_id}:
        raise NotFound()
    return found


def _check(template: TextTemplate, name: str, text: str, kind: str) -> None:
    fits = 1 <= len(name.strip()) <= LONGEST_NAME and 1 <= len(text.strip()) <= LONGEST_TEXT
    if not fits or not is_storable(name + text):
        raise TemplateIncomplete(longest=LONGEST_TEXT)
    if kind and kind not in Activity.Kind.values:
        raise UnknownKind(kind=kind[:40], known=", ".join(Activity.Kind.values))
    others = TextTemplate.objects.filter(owner=template.owner_id).exclude(pk=template.pk)
    if others.filter(name=name.strip()).exists():
        raise TemplateNameTaken(name=name.strip(), field="name")
    if template.pk is None and others.count() >= MOST:
        raise TooManyTemplates(most=MOST)
