"""Finding actions of the library, where processes use them, and how far those copies have gone their own way."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from dealrail.accounts.errors import NotFound
from dealrail.activities.models import ActionExample, ActionTemplate
from dealrail.activities.rules import differences
from dealrail.core.texts import LONGEST_ASKED, is_storable
from dealrail.process import queries as processes
from dealrail.process.rules import ActionSpec, ProcessSpec, StageSpec

_LABELS: dict[str, Any] = {
    "key": _("Key"),
    "name": _("Name of the action"),
    "how_to": _("How to do it"),
    "script": _("Script"),
    "evidence": _("Evidence"),
    "form": _("Which form"),
    "expected_minutes": _("Expected minutes"),
    "is_active": _("Offered"),
}


@dataclass(frozen=True)
class ActionUse:
    """An action in the version in force of a process: the process's own text of it, and the stages it belongs to."""

    process: ProcessSpec
    action: ActionSpec
    stages: tuple[StageSpec, ...]

    def differs_from(self, template: ActionTemplate) -> tuple[str, ...]:
        """In which parts the process's text differs from the library's."""
        return differences(self.action, template.spec)


def action_labels() -> dict[str, Any]:
    """What the fields of an action of the library are called."""
    return _LABELS


def evidence_kinds() -> dict[str, Any]:
    """The kinds of evidence that an action can ask for, by key."""
    return dict(ActionTemplate.Evidence.choices)


def action_templates(text: str = "", *, is_active: bool | None = None, evidence: str = "") -> QuerySet[ActionTemplate]:
    """Actions of the library by name, whose name, key or texts hold `text`; offered or retired, of a kind."""
    rows = ActionTemplate.objects.select_related("changed_by").order_by("name", "pk")
    if text and is_storable(text):
        words = text[:LONGEST_ASKED].strip()
        held = ("name__icontains", "key__icontains", "how_to__icontains", "script__icontains")
        rows = rows.filter(Q.create([(where, words) for where in held], connector=Q.OR))
    if is_active is not None:
        rows = rows.filter(is_active=is_active)
    return rows.filter(evidence=evidence) if evidence else rows


def action_template(key: str) -> ActionTemplate:
    """One action of the library; refuse with NotFound."""
    found = ActionTemplate.objects.select_related("changed_by").filter(key=key).first()
    if found is None:
        raise NotFound()
    return found


def action_uses() -> dict[str, list[ActionUse]]:
    """Where the versions in force use which action, by its key."""
    found: dict[str, list[ActionUse]] = defaultdict(list)
    for version in processes.current_versions():
        spec = processes.spec_of(version.pk)
        for action in spec.actions:
            stages = tuple(stage for stage in spec.stages if action.key in asked_in(stage))
            found[action.key].append(ActionUse(spec, action, stages))
    return found


def asked_in(stage: StageSpec) -> set[str]:
    """The actions of a stage: those it lists, and those that its gate demands."""
    demanded = (row.config["actions"] for row in stage.conditions if row.kind == "activities.done")
    return {*stage.actions, *(key for keys in demanded for key in keys)}


def examples_of(actions: Collection[str]) -> dict[str, list[ActionExample]]:
    """The examples of these actions, by key, the latest first."""
    found: dict[str, list[ActionExample]] = defaultdict(list)
    rows = ActionExample.objects.filter(template__key__in=actions, taken_back_at__isnull=True)
    for row in rows.select_related("template", "author", "promoted_by").order_by("-promoted_at", "-pk"):
        found[row.template.key].append(row)
    return found
