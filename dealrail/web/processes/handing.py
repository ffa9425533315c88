"""Whose a deal becomes in a stage and what they do there first, in words."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from dealrail.accounts import queries as people
from dealrail.crm import queries as crm
from dealrail.process.rules import HandOverSpec, ProcessSpec

WAYS: Mapping[str, Any] = {
    "optional": gettext_lazy("Whoever moves it may name its next owner, where its owner has none of these roles"),
    "required": gettext_lazy("Whoever moves it must name its next owner, unless its owner has one of these roles"),
    "keep": gettext_lazy("It stays with its owner"),
    "leader": gettext_lazy("The owner's leader"),
    "person": gettext_lazy("This person"),
    "turns": gettext_lazy("The people of this role, in turns"),
    "role": gettext_lazy("Whoever of this role is nearest and has the fewest open deals"),
}


def receiver_words(rule: HandOverSpec, roles: Mapping[str, str]) -> str:
    """Whose a deal becomes."""
    role = roles.get(rule.role, rule.role)
    if rule.to == "person":
        found = people.user_by_login(rule.person)
        return found.name if found else rule.person
    if rule.to == "turns":
        return _("%(role)s, in turns") % {"role": role}
    if rule.to == "role":
        return _("%(role)s: whoever is nearest and has the fewest open deals") % {"role": role}
    return str(WAYS[rule.to])


def task_words(rule: HandOverSpec) -> str:
    """What its owner does first, and by when; empty where that isn't said."""
    if not rule.task or not rule.due_days:
        return rule.task
    within = ngettext("%(task)s (within %(n)s working day)", "%(task)s (within %(n)s working days)", rule.due_days)
    return within % {"task": rule.task, "n": rule.due_days}


def hand_over_facts(rule: HandOverSpec, roles: Mapping[str, str]) -> list[tuple[str, str]]:
    """What a handbook says of it; nothing of what goes without saying."""
    goes = receiver_words(rule, roles) if rule.to != "optional" else ""
    rows = [(_("Goes to"), goes), (_("First to do here"), task_words(rule))]
    return [(label, value) for label, value in rows if value]


def arriving(deal: Any, spec: ProcessSpec, to: str) -> str:
    """What the process does with a deal that moves forward into this stage, in a sentence or two; empty if nothing."""
    if not spec.has_stage(to):
        return ""
    rule, said = spec.stage(to).hand_over, []
    found = crm.arrival(deal, spec, to)
    if found and found.person:
        said.append(_("By the process it goes to %(who)s.") % {"who": found.person.name})
    elif found:
        said.append(_("By the process somebody else takes it over, but nobody is there: it stays with its owner."))
    if rule.task:
        said.append(_("First to do there: %(task)s.") % {"task": task_words(rule)})
    return " ".join(said)
