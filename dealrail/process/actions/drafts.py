"""Drafts of processes: begun, changed step by step, undone and redone, published or discarded."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from dealrail.accounts import policy
from dealrail.accounts.actor import Actor
from dealrail.accounts.models import User
from dealrail.core import clock
from dealrail.core.texts import tidy
from dealrail.events.engine import record
from dealrail.process import checks, queries
from dealrail.process import policy as processes
from dealrail.process.actions.definitions import publish_process
from dealrail.process.errors import (
    DraftThere,
    DraftUnreadable,
    NoStepAfter,
    NoStepBefore,
    NoSuchDraft,
    NothingNew,
    OtherProcess,
    PublishedMeanwhile,
    StaleDraft,
    UnkeepableDraft,
    describe,
)
from dealrail.process.facts import DraftChanged, DraftDiscarded, DraftPublished, DraftStarted
from dealrail.process.models import BusinessLine, Definition, DefinitionVersion, Draft, DraftStep, TemplateUse
from dealrail.process.permissions import PROCESS_PUBLISH
from dealrail.process.queries.templates import followed
from dealrail.process.rules import shape_problems
from dealrail.process.rules.merging import Conflict, merged

MOST_STEPS = 200


@transaction.atomic
def start_draft(
    *,
    actor: Actor,
    key: str,
    version: int | None = None,
    content: Mapping[str, Any] | None = None,
    line_id: int | None = None,
) -> Draft:
    """Begin the draft of a process: of the version in force, of an older one (to roll back), or of this content.

    Content serves a new process too (`texts.blank`, `texts.template`, a file); it may still be wrong. That belongs to
    the business line named, else to the one that its designer is in charge of, else to all. Raises NotAllowed,
    NoSuchProcess, DraftThere, OtherProcess, UnkeepableDraft, LineUnnamed, NotYourLine or LineRetired.
    """
    base = queries.versions_of(key).first()
    line = _line_of_draft(actor, key, base, line_id)
    origin = queries.version(key, version) if content is None else None
    kept = _keepable(key, origin.content if origin else content)
    now, by = clock.now(), actor.user_id or None
    fields = {"name": _name(kept, key), "content": kept, "base": base, "origin": origin, "line": line}
    moments = {"started_at": now, "started_by_id": by, "edited_at": now, "edited_by_id": by}
    draft, is_new = Draft.objects.get_or_create(key=key, defaults={**fields, **moments})
    if not is_new:
        raise DraftThere(process=draft.name, who=_who(draft.started_by))
    DraftStep.objects.create(draft=draft, number=draft.position, content=kept)
    number = origin.number if origin else None
    record(DraftStarted(draft_id=draft.pk, key=key, name=draft.name, origin=number), actor=actor)
    return draft


@transaction.atomic
def save_draft(*, actor: Actor, key: str, seen: int, content: Mapping[str, Any]) -> Draft:
    """Keep this content as the draft's next step; it may still be wrong. What it holds already changes nothing.

    `seen` is the revision it was made from. What was undone before is forgotten, and of all steps but the last 200.
    Raises NotAllowed, NoSuchDraft, StaleDraft, OtherProcess or UnkeepableDraft.
    """
    processes.require_design(actor, key)
    draft = _locked(key, seen)
    kept = _keepable(key, content)
    if kept == draft.content:
        return draft
    follows = draft.steps.values_list("follows", flat=True).get(number=draft.position)
    return _step(draft, kept, follows, how="saved", actor=actor)


@transaction.atomic
def take_over_template(*, actor: Actor, key: str, seen: int) -> tuple[Draft, tuple[Conflict, ...]]:
    """Bring what the group's template changed since into the draft, as its next step; and what both changed.

    What both changed differently stays as the draft has it. Raises NotAllowed, NoSuchDraft, StaleDraft, NothingNew, or
    DraftUnreadable where the draft can't be taken apart.
    """
    processes.require_design(actor, key)
    draft = _locked(key, seen)
    before = followed(key, draft.content)
    latest = queries.current_version(before.definition.key) if before else None
    if before is None or latest is None or latest.pk == before.pk:
        raise NothingNew(process=draft.name)
    if shape_problems(draft.content):
        raise DraftUnreadable()
    found = merged(before.content, latest.content, draft.content)
    taken = _step(draft, _keepable(key, found.content), latest.pk, how="taken_over", actor=actor)
    return taken, found.conflicts


@transaction.atomic
def undo_draft(*, actor: Actor, key: str, seen: int) -> Draft:
    """Go back to the step before, whoever made it. Raises NotAllowed, NoSuchDraft, StaleDraft or NoStepBefore."""
    processes.require_design(actor, key)
    draft = _locked(key, seen)
    if not draft.can_undo:
        raise NoStepBefore()
    return _go_to(draft, draft.position - 1, how="undone", actor=actor)


@transaction.atomic
def redo_draft(*, actor: Actor, key: str, seen: int) -> Draft:
    """Go forward to the step that was undone. Raises NotAllowed, NoSuchDraft, StaleDraft or NoStepAfter."""
    processes.require_design(actor, key)
    draft = _locked(key, seen)
    if not draft.can_redo:
        raise NoStepAfter()
    return _go_to(draft, draft.position + 1, how="redone", actor=actor)


@transaction.atomic
def discard_draft(*, actor: Actor, key: str, seen: int) -> None:
    """Throw the draft away with all its steps. Raises NotAllowed, NoSuchDraft or StaleDraft."""
    processes.require_design(actor, key)
    draft = _locked(key, seen)
    fact = DraftDiscarded(draft_id=draft.pk, key=key, name=draft.name, revision=draft.revision)
    draft.delete()
    if not Definition.objects.filter(key=key).exists():
        TemplateUse.objects.filter(key=key).delete()
    record(fact, actor=actor)


@transaction.atomic
def publish_draft(
    *, actor: Actor, key: str, seen: int, note: str, over: int | None = None
) -> tuple[DefinitionVersion, bool]:
    """Put the draft in force as a new version, with what changes and why (`note`); the draft is gone then.

    A version that came into force since the draft began is replaced only when `over` names its number. The flag says
    whether a version was made: what is in force already isn't published twice.
    Raises NotAllowed, NoSuchDraft, StaleDraft, NoteMissing, PublishedMeanwhile or BadDefinition with every problem.
    """
    policy.require(actor, PROCESS_PUBLISH)
    draft = _locked(key, seen)
    said = checks.require_note(note)
    _check_base(draft, over)
    version, is_new = publish_process(actor=actor, content=draft.content, note=said)
    fact = DraftPublished(draft_id=draft.pk, key=key, name=draft.name, version=version.number, note=said)
    draft.delete()
    record(fact, actor=actor)
    return version, is_new


def _line_of_draft(actor: Actor, key: str, base: DefinitionVersion | None, line_id: int | None) -> BusinessLine | None:
    """The line of a draft; of a process that is published, the line it belongs to."""
    if base is None and not Draft.objects.filter(key=key).exists():
        return processes.line_for_new(actor, line_id)
    processes.require_design(actor, key)
    return processes.line_of(key)


def _locked(key: str, seen: int) -> Draft:
    draft = Draft.objects.select_for_update().filter(key=key).first()
    if draft is None:
        raise NoSuchDraft(process=key)
    if draft.revision != seen:
        who, moment = _who(draft.edited_by), _moment(draft.edited_at)
        raise StaleDraft(who=who, moment=moment, revision=draft.revision)
    return draft


def _check_base(draft: Draft, over: int | None) -> None:
    """Refuse with PublishedMeanwhile; whoever publishes the same process at this moment waits."""
    Definition.objects.select_for_update().filter(key=draft.key).first()
    last = queries.versions_of(draft.key).first()
    if last is not None and last.pk != draft.base_id and last.number != over:
        who, moment = _who(last.published_by), _moment(last.published_at)
        raise PublishedMeanwhile(number=last.number, who=who, moment=moment)


def _keepable(key: str, content: Any) -> dict[str, Any]:
    if problem := checks.unkeepable(key, content):
        raise UnkeepableDraft(problem=describe(problem))
    given = content.get("process", key)
    if given != key:
        raise OtherProcess(given=str(given)[:80], process=key)
    return {**content, "process": key}


def _step(draft: Draft, kept: dict[str, Any], follows: int | None, *, how: str, actor: Actor) -> Draft:
    """Keep this content behind the step shown; what was undone is forgotten, and of all steps but the last 200."""
    draft.steps.filter(number__gt=draft.position).delete()
    draft.latest = draft.position + 1
    draft.oldest = max(draft.oldest, draft.latest - MOST_STEPS)
    draft.steps.filter(number__lt=draft.oldest).delete()
    DraftStep.objects.create(draft=draft, number=draft.latest, content=kept, follows_id=follows)
    return _show(draft, draft.latest, kept, how=how, actor=actor)


def _go_to(draft: Draft, position: int, *, how: str, actor: Actor) -> Draft:
    return _show(draft, position, draft.steps.get(number=position).content, how=how, actor=actor)


def _show(draft: Draft, position: int, content: dict[str, Any], *, how: str, actor: Actor) -> Draft:
    draft.position, draft.content, draft.name = position, content, _name(content, draft.key)
    draft.revision += 1
    draft.edited_at, draft.edited_by_id = clock.now(), actor.user_id or None
    draft.save()
    fact = DraftChanged(draft_id=draft.pk, key=draft.key, name=draft.name, how=how, revision=draft.revision)
    record(fact, actor=actor)
    return draft


def _name(content: Mapping[str, Any], key: str) -> str:
    name = content.get("name")
    return (tidy(name) if isinstance(name, str) else "")[:80] or key


def _who(user: User | None) -> str:
    return user.name if user else _("System")


def _moment(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"
