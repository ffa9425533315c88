"""A process as a handbook: stages with goal, SOP, actions and, in words, what each gate demands."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dealrail.accounts import queries as people
from dealrail.activities import queries as activities
from dealrail.core.texts import listed
from dealrail.crm import queries as crm
from dealrail.crm.rules import is_custom
from dealrail.forms import queries as forms
from dealrail.process.rules import ActionSpec, ConditionSpec, ProcessSpec, StageSpec
from dealrail.web.people.naming import role_name
from dealrail.web.processes.approvals import approval_words
from dealrail.web.processes.handing import hand_over_facts
from dealrail.web.processes.limits import limits

SHOWN_EXAMPLES = 3


@dataclass(frozen=True)
class ConditionWords:
    """One condition in words: what it is called, what it demands, and in notes for which deals and moves only."""

    name: str
    says: str
    notes: list[str]


@dataclass(frozen=True)
class ActionWords:
    """One action of a stage, with its evidence and its expected time in words, and the library's examples of it."""

    spec: ActionSpec
    notes: list[str]
    examples: list[Any]


@dataclass(frozen=True)
class StageWords:
    """One stage of the handbook; its facts are labels and what stands behind them."""

    spec: StageSpec
    owners: list[str]
    facts: list[tuple[str, str]]
    conditions: list[ConditionWords]
    actions: list[ActionWords]
    forward: str
    back: str


def handbook(spec: ProcessSpec) -> list[StageWords]:
    """The stages of a process in words."""
    roles = role_names()
    examples = activities.examples_of([action.key for action in spec.actions])
    return [_stage(spec, stage, roles, examples) for stage in spec.stages]


def cover(version: Any) -> list[tuple[str, str]]:
    """Which version this is, and who published it when and why."""
    who = version.published_by.name if version.published_by else _("System")
    rows = [
        (_("Version"), str(version.number)),
        (_("In force since"), f"{timezone.localtime(version.published_at):%Y-%m-%d %H:%M}"),
        (_("Published by"), who),
        (_("Note"), version.note),
    ]
    return [(label, value) for label, value in rows if value]


def version_words(version: Any) -> str:
    """Which version this is, in a word."""
    return _("Version %(number)s") % {"number": version.number}


def condition_words(
    spec: ProcessSpec, condition: ConditionSpec, roles: Mapping[str, str] | None = None
) -> ConditionWords:
    """One condition that nothing is wrong with, in words; the names of roles are asked for unless given."""
    return _condition(spec, condition, role_names() if roles is None else roles)


def role_names() -> dict[str, str]:
    """What roles are called, by key."""
    return {role.key: role_name(role.key, role.name) for role in people.every_role()}


def _stage(
    spec: ProcessSpec, stage: StageSpec, roles: Mapping[str, str], examples: Mapping[str, list[Any]]
) -> StageWords:
    return StageWords(
        spec=stage,
        owners=[roles.get(key, key) for key in stage.roles],
        facts=[*_facts(stage), *hand_over_facts(stage.hand_over, roles)],
        conditions=[_condition(spec, condition, roles) for condition in stage.conditions],
        actions=[_action(action, examples.get(key, [])) for key in stage.actions if (action := spec.action(key))],
        forward=listed(_stage_name(spec, key) for key in stage.next),
        back=listed(_stage_name(spec, key) for key in stage.back),
    )


def _facts(stage: StageSpec) -> list[tuple[str, str]]:
    rows = [
        (_("Key action"), stage.key_action),
        (_("KPI"), f"{stage.kpi.name} {stage.kpi.target}{stage.kpi.unit}" if stage.kpi else ""),
        (_("Probability"), f"{stage.probability}%"),
        (_("Move within"), _working_days(stage.time_limit_days)),
        (_("Follow up every"), _working_days(stage.follow_up_days)),
    ]
    return [(label, value) for label, value in rows if value]


def _working_days(days: int | None) -> str:
    words = ngettext("%(days)s working day", "%(days)s working days", days or 0)
    return words % {"days": days} if days else ""


def _action(action: ActionSpec, examples: list[Any]) -> ActionWords:
    evidence = activities.evidence_kinds().get(action.evidence, action.evidence)
    if action.form:
        evidence = _("the form “%(name)s”") % {"name": _form_name(action.form)}
    notes = [_("Evidence: %(kind)s") % {"kind": evidence}] if action.evidence != "none" else []
    minutes = action.expected_minutes
    took = [_("%(minutes)s minutes") % {"minutes": minutes}] if minutes else []
    return ActionWords(action, [*notes, *took], examples[:SHOWN_EXAMPLES])


def _stage_name(spec: ProcessSpec, key: str) -> str:
    return spec.stage(key).name if spec.has_stage(key) else _("end of the process")


def _condition(spec: ProcessSpec, condition: ConditionSpec, roles: Mapping[str, str]) -> ConditionWords:
    says = _WORDS.get(condition.kind, _unknown)(spec, condition, roles)
    return ConditionWords(condition.name, says, list(_notes(spec, condition)))


def _notes(spec: ProcessSpec, condition: ConditionSpec) -> Iterator[str]:
    if not condition.waivable:
        yield _("never waived")
    elif condition.waivable_by:
        names = role_names()
        yield _("waived only by: %(roles)s") % {"roles": listed(names.get(key, key) for key in condition.waivable_by)}
    if said := limits(spec, condition.when):
        yield _("only if %(limits)s") % {"limits": said}
    if condition.to:
        yield _("only to %(stages)s") % {"stages": listed(_stage_name(spec, key) for key in condition.to)}


def _fields(spec: ProcessSpec, condition: ConditionSpec, roles: Mapping[str, str]) -> str:
    names = _named(condition.config["fields"], "deal", crm.deal_labels(spec))
    return _("Filled in: %(names)s") % {"names": listed(names)}


def _named(asked: Collection[str], kind: str, labels: Mapping[str, Any]) -> list[str]:
    """What these fields are called; an older version may name one that was hidden from some since."""
    untold = crm.untold_names(kind) if any(map(is_custom, asked)) else set()
    words = _("a field that not everybody sees")
    return list(dict.fromkeys(words if key in untold else str(labels.get(key, key)) for key in asked))


def _actions(spec: ProcessSpec, condition: ConditionSpec, roles: Mapping[str, str]) -> str:
    names = [action.name for key in condition.config["actions"] if (action := spec.action(key))]
    return _("Done: %(names)s") % {"names": listed(names)}


def _follow_ups(spec: ProcessSpec, condition: ConditionSpec, roles: Mapping[str, str]) -> str:
    labels = activities.activity_kinds()
    kinds = [str(labels.get(kind, kind)) for kind in condition.config.get("of", [])]
    count = condition.config.get("at_least", 1)
    made = ngettext("At least one follow-up in this stage", "At least %(count)s follow-ups in this stage", count)
    said = _narrowed(made % {"count": count}, listed(kinds))
    days = condition.config.get("within_days")
    return _("%(what)s, in the last %(days)s days") % {"what": said, "days": days} if days else said


def _customer(spec: ProcessSpec, condition: ConditionSpec, roles: Mapping[str, str]) -> str:
    asked = condition.config["fields"]
    labels = {**crm.LABELS, **(crm.custom_labels("customer") if any(map(is_custom, asked)) else {})}
    names = _named(asked, "customer", labels)
    return _("Filled in for the customer: %(names)s") % {"names": listed(names)}


def _files(spec: ProcessSpec, condition: ConditionSpec, roles: Mapping[str, str]) -> str:
    labels = activities.file_kinds()
    count = condition.config.get("at_least", 1)
    if condition.config.get("since") == "stage":
        kept = ngettext("At least one file added in this stage", "At least %(count)s files added in this stage", count)
    else:
        kept = ngettext("At least one file attached", "At least %(count)s files attached", count)
    return _narrowed(kept % {"count": count}, listed(str(labels[kind]) for kind in condition.config.get("of", [])))


def _form(spec: ProcessSpec, condition: ConditionSpec, roles: Mapping[str, str]) -> str:
    name = _form_name(str(condition.config["form"]))
    filled = _("Filled in: the form “%(name)s”") % {"name": name}
    if condition.config.get("since") == "stage":
        filled = _("Filled in during this stage: the form “%(name)s”") % {"name": name}
    days = condition.config.get("within_days")
    return _("%(what)s, in the last %(days)s days") % {"what": filled, "days": days} if days else filled


def _form_name(key: str) -> str:
    return next((form.name for form in forms.forms().filter(key=key)), key)


def _contacts(spec: ProcessSpec, condition: ConditionSpec, roles: Mapping[str, str]) -> str:
    role = str(condition.config.get("role") or "")
    count = condition.config.get("at_least", 1)
    known = ngettext("At least one contact known", "At least %(count)s contacts known", count)
    return _narrowed(known % {"count": count}, str(crm.contact_roles().get(role, role)))


def _narrowed(what: str, which: str) -> str:
    return _("%(what)s: %(which)s") % {"what": what, "which": which} if which else what


def _approval(spec: ProcessSpec, condition: ConditionSpec, roles: Mapping[str, str]) -> str:
    return approval_words(spec, condition, roles)


def _cooling(spec: ProcessSpec, condition: ConditionSpec, roles: Mapping[str, str]) -> str:
    days = condition.config["days"]
    words = ngettext("A day in this stage at the least", "%(days)s days in this stage at the least", days)
    return words % {"days": days}


def _unknown(spec: ProcessSpec, condition: ConditionSpec, roles: Mapping[str, str]) -> str:
    return condition.kind


_WORDS: dict[str, Callable[[ProcessSpec, ConditionSpec, Mapping[str, str]], Any]] = {
    "fields.filled": _fields,
    "activities.done": _actions,
    "activities.follow_ups": _follow_ups,
    "files.attached": _files,
    "form.filled": _form,
    "customer.filled": _customer,
    "contacts.known": _contacts,
    "process.approval": _approval,
    "process.cooling": _cooling,
}
