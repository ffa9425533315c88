"""Whom an approval asks, in words."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from dealrail.accounts import queries as people
from dealrail.core.texts import listed
from dealrail.crm import queries as crm
from dealrail.process.rules import ConditionSpec, ProcessSpec
from dealrail.process.rules.approving import Member, decides_steps, seats_of, told_by
from dealrail.web.templatetags.dealrail import yuan

Roles = Mapping[str, str]


def approval_words(spec: ProcessSpec, condition: ConditionSpec, roles: Roles) -> str:
    """Whom an approval asks, by which steps, and who is told."""
    by = condition.config["by"]
    said = _steps(spec, condition, roles) if "steps" in by else _asked(by, roles)
    told = listed(member_words(member, roles) for member in told_by(condition))
    return _("%(asked)s; told of it: %(told)s") % {"asked": said, "told": told} if told else said


def _steps(spec: ProcessSpec, condition: ConditionSpec, roles: Roles) -> str:
    field = decides_steps(condition)
    label = crm.deal_labels(spec).get(field, field)
    is_money = not any(row.key == field and row.type == "number" for row in spec.fields)
    *steps, last = condition.config["by"]["steps"]
    parts = [
        _("%(field)s up to %(amount)s: %(asked)s")
        % {
            "field": label,
            "amount": yuan(step["up_to"]) if is_money else step["up_to"],
            "asked": _asked(step["by"], roles),
        }
        for step in steps
    ]
    return " · ".join([*parts, _("above: %(asked)s") % {"asked": _asked(last["by"], roles)}])


def _asked(by: Mapping[str, Any], roles: Roles) -> str:
    names = [member_words(member, roles) for seat in seats_of(by) for member in seat]
    if "all" in by:
        return _("Approved by all of: %(names)s") % {"names": listed(names)}
    if "any" in by:
        return _("Approved by one of: %(names)s") % {"names": listed(names)}
    return _("Approved by: %(role)s") % {"role": names[0]}


def member_words(member: Member, roles: Roles) -> str:
    """Somebody by what they are: a role, a person, a leader so many levels up."""
    if "role" in member:
        return roles.get(member["role"], member["role"])
    if "person" in member:
        found = people.user_by_login(member["person"])
        return found.name if found else member["person"]
    level = int(member["leader"])
    if level == 1:
        return _("the owner's leader")
    return _("the leader's leader") if level == 2 else _("the leader %(level)s levels up") % {"level": level}
