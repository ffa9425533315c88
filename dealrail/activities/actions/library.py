"""Keeping the action library: adding, changing and retiring its actions, and collecting those of processes."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from dealrail.accounts import policy as accounts
from dealrail.accounts.actor import Actor
from dealrail.activities import queries
from dealrail.activities.errors import ActionKeyTaken, LibraryFull
from dealrail.activities.facts import ActionTemplateSaved, ActionTemplatesCollected
from dealrail.activities.models import ActionTemplate
from dealrail.activities.permissions import ACTIONS_CHANGE
from dealrail.activities.rules import LONGEST_ACTION_NAME, MOST_MINUTES, free_key
from dealrail.core import clock
from dealrail.core.db import take_turns
from dealrail.core.problems import Problems, plain, refuse_changed
from dealrail.core.texts import is_storable
from dealrail.crm.errors import FieldRefused, UnknownField
from dealrail.events.engine import record
from dealrail.forms import queries as forms
from dealrail.process import queries as processes
from dealrail.process.actions.pictures import show_pictures
from dealrail.process.rules import EVIDENCE, KEY, LONGEST_TEXT

MOST = 1000


@transaction.atomic
def create_action_template(*, actor: Actor, fields: Mapping[str, Any], key: str = "") -> ActionTemplate:
    """Add an action to the library; without a key it gets one made from its name.

    Raises NotAllowed, UnknownField, FieldRefused or FieldsRefused, ActionKeyTaken or LibraryFull.
    """
    accounts.require(actor, ACTIONS_CHANGE)
    values = _read({"name": "", **fields})
    _check_form(values)
    take_turns("action library", ["all"])
    taken = set(ActionTemplate.objects.values_list("key", flat=True))
    if len(taken) >= MOST:
        raise LibraryFull(most=MOST)
    template = ActionTemplate(key=_checked_key(key, taken) if key else free_key(values["name"], taken), **values)
    return _saved(template, {}, actor)


@transaction.atomic
def change_action_template(
    *, actor: Actor, key: str, fields: Mapping[str, Any], seen: Mapping[str, Any] | None = None
) -> ActionTemplate:
    """Change an action of the library, retire it or take it up again (`is_active`); processes keep their copies.

    What is not given stays, and changing nothing leaves no trace. `seen` is what fields held when one looked. Raises
    NotAllowed, NotFound, UnknownField, FieldRefused or FieldsRefused, or ChangedMeanwhile.
    """
    accounts.require(actor, ACTIONS_CHANGE)
    values = _read(fields)
    found = queries.action_template(key)
    template = ActionTemplate.objects.select_for_update().get(pk=found.pk)
    _check_form({"evidence": template.evidence, "form": template.form, **values})
    now = {name: getattr(template, name) for name in values}
    refuse_changed(now, values, seen, queries.action_labels())
    changes = {name: [_told(now[name]), _told(value)] for name, value in values.items() if now[name] != value}
    if not changes:
        return template
    for name, value in values.items():
        setattr(template, name, value)
    template.revision += 1
    return _saved(template, changes, actor)


@transaction.atomic
def collect_action_templates(*, actor: Actor, process: str, version: int) -> list[ActionTemplate]:
    """Take actions of a published process into the library, those whose keys it doesn't know yet; the new ones.

    Raises NotAllowed or NoSuchProcess. What doesn't fit any more, for the library is full, is left out.
    """
    accounts.require(actor, ACTIONS_CHANGE)
    published = processes.version(process, version)
    take_turns("action library", ["all"])
    taken = set(ActionTemplate.objects.values_list("key", flat=True))
    fresh = [row for row in processes.spec_of(published.pk).actions if row.key not in taken][: MOST - len(taken)]
    by = {"changed_at": clock.now(), "changed_by_id": actor.user_id or None}
    made = ActionTemplate.objects.bulk_create(ActionTemplate(**vars(row), **by) for row in fresh)
    if made:
        fact = ActionTemplatesCollected(
            process_id=published.definition_id,
            key=process,
            name=published.definition.name,
            version=version,
            actions=[row.key for row in made],
        )
        record(fact, actor=actor)
    return made


def _saved(template: ActionTemplate, changes: dict[str, list[str | None]], actor: Actor) -> ActionTemplate:
    template.changed_at, template.changed_by_id = clock.now(), actor.user_id or None
    template.save()
    show_pictures(actor=actor, texts=[template.how_to, template.script])
    fact = ActionTemplateSaved(
        action_template_id=template.pk,
        key=template.key,
        name=template.name,
        revision=template.revision,
        is_active=template.is_active,
        changes=changes,
    )
    record(fact, actor=actor)
    return template


def _told(value: Any) -> str | None:
    return None if value in (None, "") else str(value)


def _checked_key(key: str, taken: set[str]) -> str:
    if not KEY.fullmatch(key):
        raise _refused("key", _("write small letters, digits, - and _, a letter first, 40 at the most."))
    if key in taken:
        raise ActionKeyTaken(key=key, field="key")
    return key


def _read(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The values of these fields; refuse with all that is wrong at once."""
    if unknown := sorted(set(fields) - set(_READERS)):
        raise UnknownField(field=str(unknown[0])[:40], known=", ".join(_READERS))
    problems, values = Problems(), {}
    for name, value in fields.items():
        with problems:
            values[name] = _READERS[name](name, value)
    problems.refuse()
    return values


def _name(field: str, value: Any) -> str:
    text = _text(field, value)
    if not 1 <= len(text) <= LONGEST_ACTION_NAME:
        raise _refused(field, _("write 1 to %(longest)s characters.") % {"longest": LONGEST_ACTION_NAME})
    return text


def _text(field: str, value: Any) -> str:
    text = plain(value)
    if len(text) > LONGEST_TEXT or not is_storable(text):
        raise _refused(field, _("write at most %(longest)s characters.") % {"longest": LONGEST_TEXT})
    return text


def _evidence(field: str, value: Any) -> str:
    if value not in EVIDENCE:
        raise _refused(field, _("choose one of %(known)s.") % {"known": ", ".join(EVIDENCE)})
    return str(value)


def _form(field: str, value: Any) -> str:
    key = plain(value)
    if key and not (is_storable(key) and forms.offered().filter(key=key).exists()):
        raise _refused(field, _("there is no form “%(form)s” that can be filled in.") % {"form": key[:40]})
    return key


def _check_form(values: Mapping[str, Any]) -> None:
    """Refuse an action whose evidence is a form and that names none, or that names one for other evidence."""
    if values.get("evidence") == "form" and not values.get("form"):
        raise _refused("form", _("choose the form that is its evidence."))
    if values.get("form") and values.get("evidence") != "form":
        raise _refused("form", _("choose “A form that is filled in” as the evidence, or no form."))


def _minutes(field: str, value: Any) -> int | None:
    text = plain(value)
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 6 and 1 <= int(text) <= MOST_MINUTES):
        raise _refused(field, _("write whole minutes, 1 to %(most)s, or nothing.") % {"most": MOST_MINUTES})
    return int(text)


def _flag(field: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise _refused(field, _("say yes or no."))
    return value


def _refused(field: str, problem: str) -> FieldRefused:
    return FieldRefused(field=field, label=queries.action_labels()[field], problem=problem)


_READERS: dict[str, Callable[[str, Any], Any]] = {
    "name": _name,
    "how_to": _text,
    "script": _text,
    "evidence": _evidence,
    "form": _form,
    "expected_minutes": _minutes,
    "is_active": _flag,
}
