"""The hand-over of a stage in its form: who gets a deal that comes here, and what they do first."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from dealrail.accounts import queries as people
from dealrail.process.rules import LONGEST_TASK, HandOverSpec
from dealrail.web.inputs import Input, options
from dealrail.web.people.choosing import named_people
from dealrail.web.processes.handbook import role_names
from dealrail.web.processes.handing import WAYS

TEXTS = ("hand_over", "hand_over_role", "hand_over_person", "hand_over_task")
LABELS: Mapping[str, Any] = {
    "hand_over": _("Who gets a deal that comes here"),
    "hand_over_role": _("Which role"),
    "hand_over_person": _("Which person"),
    "hand_over_task": _("What they do first"),
    "hand_over_due_days": _("Within (working days)"),
}
_NEEDS = {"hand_over_role": ("role", "turns"), "hand_over_person": ("person",)}


def shown(rule: HandOverSpec) -> dict[str, Any]:
    """What the form holds of it."""
    return {
        "hand_over": rule.to,
        "hand_over_role": rule.role,
        "hand_over_person": rule.person,
        "hand_over_task": rule.task,
        "hand_over_due_days": rule.due_days if rule.task else None,
    }


def written(values: Mapping[str, Any]) -> Any:
    """As the text of the stage has it: nothing where it says nothing, a word where that is all."""
    to, task = values["hand_over"], values["hand_over_task"]
    row = {name.removeprefix("hand_over_"): values[name] for name, wanting in _NEEDS.items() if to in wanting}
    if task:
        row["task"] = task
        row |= {"due_days": values["hand_over_due_days"]} if values["hand_over_due_days"] is not None else {}
    if row:
        return {"to": to, **row}
    return None if to == "optional" else to


def inputs(values: Mapping[str, Any]) -> tuple[Input, ...]:
    """The inputs for it; those for a role and a person count where the way needs them."""
    roles, person = role_names(), values["hand_over_person"]
    chosen = values["hand_over_role"]
    known = [*roles.items(), *([(chosen, chosen)] if chosen and chosen not in roles else [])]
    persons = _persons(person)
    return (
        Input("hand_over", LABELS["hand_over"], "select", options=tuple(WAYS.items())),
        Input(
            "hand_over_role",
            LABELS["hand_over_role"],
            "select",
            options=options(known, none="—"),
            help=_("Only for the two ways by role."),
        ),
        Input(
            "hand_over_person",
            LABELS["hand_over_person"],
            "select",
            options=options(persons, none="—"),
            help=_("Only for “This person”."),
        ),
        Input(
            "hand_over_task",
            LABELS["hand_over_task"],
            help=_("Becomes the next step of whoever owns the deal then; up to %(most)s characters.")
            % {"most": LONGEST_TASK},
        ),
        Input("hand_over_due_days", LABELS["hand_over_due_days"], "number", help=_("Left empty: one.")),
    )


def _persons(chosen: str) -> list[tuple[str, str]]:
    logins = dict(people.active_people().values_list("pk", "login"))
    known = [(logins[pk], name) for pk, name in named_people(people.active_people())]
    return [*known, *([(chosen, chosen)] if chosen and chosen not in dict(known) else [])]
