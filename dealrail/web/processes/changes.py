"""What changes between two texts of a process, in words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dealrail.activities import queries as activities
from dealrail.core.texts import listed
from dealrail.process import rules
from dealrail.process.rules import Change, ProcessSpec
from dealrail.web.forms.choosing import form_names
from dealrail.web.processes.handbook import condition_words, role_names
from dealrail.web.processes.handing import receiver_words, task_words

SETTINGS: Mapping[str, Any] = {
    "name": _("Name"),
    "description": _("Description"),
    "kind": _("Kind"),
    "roles": _("Owning roles"),
    "hand_over": _("Hand-over"),
    "probability": _("Probability"),
    "time_limit_days": _("Move within (working days)"),
    "follow_up_days": _("Follow up every (working days)"),
    "actions": _("Actions"),
    "key_action": _("Key action"),
    "goal": _("Goal"),
    "kpi": _("KPI"),
    "sop": _("SOP text"),
    "scripts": _("Talk tracks"),
    "type": _("Type"),
    "choices": _("Choices"),
    "help": _("Help"),
    "min": _("Least"),
    "max": _("Most"),
    "format": _("Format"),
    "pattern": _("Pattern"),
    "how_to": _("How-to"),
    "script": _("Script"),
    "evidence": _("Evidence"),
    "form": _("Form"),
    "expected_minutes": _("Expected minutes"),
}
_REASONS: Mapping[str, Any] = {"loss_reason": _("Loss reason"), "waiver_reason": _("Waiver reason")}
KINDS: Mapping[str, Any] = {"lead": _("Lead"), "open": _("Open"), "won": _("Won")}
_LONG = {"description", "sop", "scripts", "how_to", "script"}
_ROWS: Mapping[tuple[str, str], Any] = {
    ("field", "added"): _("Field added: %(name)s"),
    ("field", "removed"): _("Field removed: %(name)s"),
    ("action", "added"): _("Action added: %(name)s"),
    ("action", "removed"): _("Action removed: %(name)s"),
    ("loss_reason", "added"): _("Loss reason added: %(name)s"),
    ("loss_reason", "removed"): _("Loss reason removed: %(name)s"),
    ("waiver_reason", "added"): _("Waiver reason added: %(name)s"),
    ("waiver_reason", "removed"): _("Waiver reason removed: %(name)s"),
    ("example", "added"): _("Example added: %(name)s"),
    ("example", "removed"): _("Example removed: %(name)s"),
    ("condition", "added"): _("Condition added: %(name)s"),
    ("condition", "removed"): _("Condition removed: %(name)s"),
    ("field", "moved"): _("Field in another place: %(name)s"),
    ("action", "moved"): _("Action in another place: %(name)s"),
    ("loss_reason", "moved"): _("Loss reason in another place: %(name)s"),
    ("waiver_reason", "moved"): _("Waiver reason in another place: %(name)s"),
    ("example", "moved"): _("Example in another place: %(name)s"),
    ("condition", "moved"): _("Condition in another place: %(name)s"),
    ("stage", "added"): _("This stage is new."),
    ("stage", "removed"): _("This stage is gone."),
    ("stage", "moved"): _("This stage has another place in the order."),
}
_MOVES: Mapping[tuple[str, str], Any] = {
    ("next", "added"): _("May move forward to “%(stage)s”"),
    ("next", "removed"): _("May no longer move forward to “%(stage)s”"),
    ("next", "moved"): _("“Next” means “%(stage)s”"),
    ("back", "added"): _("May go back to “%(stage)s”"),
    ("back", "removed"): _("May no longer go back to “%(stage)s”"),
}


@dataclass(frozen=True)
class Group:
    """What changes of one stage, or of the process as a whole."""

    name: str
    lines: list[str]


def groups(old: ProcessSpec, new: ProcessSpec) -> list[Group]:
    """What changes from one definition to the other, in words, the process first and then stage by stage."""
    words = _Words(old, new)
    found: dict[str, list[str]] = {"": []}
    for change in rules.differences(old, new):
        found.setdefault(change.stage, []).extend(words.lines(change))
    return [
        Group(words.stage(key) if key else gettext("The whole process"), lines) for key, lines in found.items() if lines
    ]


class _Words:
    """Puts changes between these two definitions into words."""

    def __init__(self, old: ProcessSpec, new: ProcessSpec) -> None:
        self.old, self.new = old, new
        self.roles = role_names()
        self.names = {row.key: row.name for row in (*old.stages, *new.stages)}
        self.actions = {row.key: row.name for row in (*old.actions, *new.actions)}

    def stage(self, key: str) -> str:
        """What a stage is called."""
        return self.names.get(key) or gettext("end of the process")

    def lines(self, change: Change) -> Iterator[str]:
        """One change, in one sentence or, of what was rewritten, in one for each part of it."""
        if change.part == "move":
            yield _MOVES[change.setting, change.how] % {"stage": self.stage(change.key)}
        elif change.how == "changed" and not change.setting:
            yield from self._rewritten(change)
        elif change.how == "changed":
            yield self._setting(change)
        else:
            yield _ROWS[change.part, change.how] % {"name": self._name(change)}
            demanded = change.new.conditions if (change.part, change.how) == ("stage", "added") else ()
            yield from (gettext("It demands: %(name)s") % {"name": self._condition(self.new, row)} for row in demanded)

    def _name(self, change: Change) -> str:
        row = change.old if change.how == "removed" else change.new
        if change.part == "condition":
            return self._condition(self.old if change.how == "removed" else self.new, row)
        return str(getattr(row, "name", row))

    def _condition(self, spec: ProcessSpec, row: Any) -> str:
        said = condition_words(spec, row, self.roles)
        notes = "".join(gettext(" (%(note)s)") % {"note": note} for note in said.notes)
        return (f"{said.name} — {said.says}" if said.name else said.says) + notes

    def _rewritten(self, change: Change) -> Iterator[str]:
        old, new = change.old, change.new
        if change.part == "condition":
            names = {"old": self._condition(self.old, old), "new": self._condition(self.new, new)}
            yield gettext("Condition changed: %(old)s → %(new)s") % names
            return
        if change.part == "example":
            yield gettext("Example rewritten: %(name)s") % {"name": new.name}
            return
        for name in (field.name for field in fields(new)):
            if getattr(old, name) != getattr(new, name):
                part = Change(change.part, "changed", change.key, "", name, getattr(old, name), getattr(new, name))
                yield gettext("%(what)s: %(which)s") % {"what": new.name, "which": self._setting(part)}

    def _setting(self, change: Change) -> str:
        label = str(_REASONS.get(change.part) or SETTINGS.get(change.setting, change.setting))
        if change.setting in _LONG:
            return gettext("%(setting)s rewritten") % {"setting": label}
        old, new = (self._value(change.setting, value) for value in (change.old, change.new))
        return gettext("%(setting)s: %(old)s → %(new)s") % {"setting": label, "old": old, "new": new}

    def _value(self, setting: str, value: Any) -> str:
        if value in (None, "", ()):
            return "—"
        names = {
            "roles": self.roles,
            "actions": self.actions,
            "kind": KINDS,
            "evidence": activities.evidence_kinds(),
        }.get(setting, {})
        if isinstance(value, tuple):
            return listed(names.get(one, one) for one in value)
        if setting == "hand_over":
            return " · ".join(filter(None, [receiver_words(value, self.roles), task_words(value)]))
        if setting == "form":
            return form_names().get(value, str(value))
        if setting == "kpi":
            return f"{value.name} {value.target}{value.unit}"
        return str(names.get(value, value)) + ("%" if setting == "probability" else "")
