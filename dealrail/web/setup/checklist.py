"""What is left to do before a company can work: shown on the first page to who manages the company."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from dealrail.accounts import queries as accounts
from dealrail.accounts.actor import Actor
from dealrail.accounts.permissions import COMPANY_MANAGE
from dealrail.crm import queries as crm
from dealrail.process import queries as processes


@dataclass(frozen=True)
class Step:
    """One thing to do, where, and whether it is done."""

    name: str
    label: Any
    about: Any
    is_done: bool

    @property
    def href(self) -> str:
        """Where it is done."""
        return reverse(self.name)


def steps(actor: Actor) -> list[Step]:
    """The four questions of the first run, with what stands already."""
    company = accounts.company()
    return [
        Step("setup_company", _("Name the company"), _("Its name and its language."), bool(company.name)),
        Step(
            "setup_process",
            _("Choose how you sell"),
            _("One or several processes, to be changed later."),
            processes.definitions().exists(),
        ),
        Step(
            "setup_people",
            _("Invite your people"),
            _("Each gets a link and chooses a password."),
            accounts.everybody()[:2].count() > 1,
        ),
        Step(
            "setup_sheet",
            _("Bring in your sheet"),
            _("Yesterday's Excel, or sample data to look around."),
            crm.deals(actor).exists(),
        ),
    ]


def checklist(actor: Actor) -> list[Step]:
    """The steps while something is left and this person may do it; else nothing."""
    if not actor.may(COMPANY_MANAGE):
        return []
    found = steps(actor)
    return found if not all(step.is_done for step in found) else []
